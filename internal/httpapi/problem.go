package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// The codes of problems that are not those of a row or a body.
const (
	codeUnauthorized = "unauthorized"
	codeForbidden    = "forbidden"
	codeNotFound     = "not_found"
	codeMethod       = "method_not_allowed"
	codeQuery        = "query_invalid"
	codeCursor       = "cursor_invalid"
	codeRangeNeeded  = "range_needed"
	codeKeyInvalid   = "idempotency_key_invalid"
	codeKeyReused    = "idempotency_key_reused"
	codeBusy         = "still_accepting"
	codeNotNow       = "not_now"
	codeNoValidRow   = "no_valid_row"
	codeEncoding     = "encoding_unsupported"
	codeBodyLost     = "body_incomplete"
	codeNotQueued    = "not_queued"
	codeInDoubt      = "in_doubt"
	codeUnavailable  = "unavailable"
	codeInternal     = "internal"
)

const (
	// retrySoon is when a caller should come back after a failure of ours.
	retrySoon = 5 * time.Second

	// maxErrors is how many rows at fault one problem lists.
	maxErrors = 1000
)

// problem is a refusal as the caller reads it (RFC 9457). As an error its text
// is the detail.
type problem struct {
	Type   string     `json:"type"`
	Title  string     `json:"title"`
	Status int        `json:"status"`
	Detail string     `json:"detail"`
	Code   string     `json:"code"`
	Errors []rowError `json:"errors,omitempty"`

	Columns []columnView `json:"columns,omitempty"` // of a table whose address column was not found

	allow      string        // of a wrong method
	retryAfter time.Duration // 0: waiting does not help
}

// rowError is what is wrong with one row, or at one place of the body.
type rowError struct {
	Row     int    `json:"row,omitempty"`
	Pointer string `json:"pointer,omitempty"` // RFC 6901
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

func (p *problem) Error() string { return p.Detail }

func notFound() error {
	return &problem{Status: http.StatusNotFound, Code: codeNotFound, Detail: "Nothing is at this path. GET /openapi.json lists the paths."}
}

func badQuery(detail string) error {
	return &problem{Status: http.StatusBadRequest, Code: codeQuery, Detail: detail}
}

// refuse answers with the problem that err means, and logs what was our
// own fault.
func (a *api) refuse(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		a.Log.Error("could not answer", "route", r.Pattern, "status", p.Status, "code", p.Code, "error", err)
	}
	p.write(w)
}

// problemOf is the one table from errors to problems.
func problemOf(err error) *problem {
	var (
		p      *problem
		body   *intake.Error
		rows   *onboard.NoValidRowError
		limit  *onboard.NotAdmittedError
		refuse *onboard.NotNowError
		pool   *onboard.PoolNotReadyError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &body):
		return problemOfBody(body)
	case errors.As(err, &rows):
		return problemOfRows(rows)
	case errors.As(err, &limit):
		return problemOfLimit(limit)
	case errors.As(err, &pool):
		return problemOfPool(pool)
	case errors.Is(err, errPanicked), errors.Is(err, onboard.ErrDamaged):
		return &problem{Status: http.StatusInternalServerError, Code: codeInternal, Detail: "Internal error. Details are in usher's log."}
	case errors.As(err, &refuse):
		return &problem{Status: http.StatusConflict, Code: codeNotNow, Detail: refuse.Reason}
	case errors.Is(err, onboard.ErrNotFound):
		return &problem{Status: http.StatusNotFound, Code: codeNotFound, Detail: "No such request. Requests are deleted after their retention period."}
	case errors.Is(err, onboard.ErrKeyReused):
		return &problem{
			Status: http.StatusUnprocessableEntity, Code: codeKeyReused,
			Detail: "This Idempotency-Key was used for another body. Send the same body, or use a new key.",
		}
	case errors.Is(err, onboard.ErrBusy):
		return &problem{
			Status: http.StatusConflict, Code: codeBusy, retryAfter: retrySoon,
			Detail: "This submission is still being accepted. Try again in a few seconds.",
		}
	case errors.Is(err, onboard.ErrNotQueued):
		return &problem{
			Status: http.StatusServiceUnavailable, Code: codeNotQueued, retryAfter: retrySoon,
			Detail: "Not everything could be put on the queue, so nobody is invited. Send the same again, with the same Idempotency-Key if it had one.",
		}
	case errors.Is(err, onboard.ErrInDoubt):
		return &problem{
			Status: http.StatusServiceUnavailable, Code: codeInDoubt, retryAfter: retrySoon,
			Detail: "This may or may not have been accepted. Look at the list of requests, or send the same again with the same Idempotency-Key if it had one.",
		}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &problem{Status: http.StatusServiceUnavailable, Code: codeUnavailable, retryAfter: retrySoon, Detail: "It took too long. Try again in a few seconds."}
	}
	return &problem{
		Status: http.StatusServiceUnavailable, Code: codeUnavailable, retryAfter: retrySoon,
		Detail: "usher cannot reach its database. Try again in a few seconds.",
	}
}

func problemOfBody(e *intake.Error) *problem {
	p := &problem{Status: http.StatusBadRequest, Code: e.Code, Detail: e.Detail, Columns: viewOfColumns(e.Columns)}
	switch e.Kind {
	case intake.TooLarge:
		p.Status = http.StatusRequestEntityTooLarge
	case intake.Unsupported:
		p.Status = http.StatusUnsupportedMediaType
	}
	if e.Row != 0 || e.Pointer != "" {
		p.Errors = []rowError{{Row: e.Row, Pointer: e.Pointer, Code: e.Code, Detail: e.Detail}}
	}
	return p
}

// problemOfLimit is 429 where waiting helps, 422 where it does not.
func problemOfLimit(e *onboard.NotAdmittedError) *problem {
	p := &problem{Status: http.StatusTooManyRequests, Code: string(e.Code), Detail: e.Reason, retryAfter: e.RetryAfter}
	if e.RetryAfter == 0 {
		p.Status = http.StatusUnprocessableEntity
	}
	return p
}

// problemOfPool says what is in the way of everybody, and how to send anyway.
func problemOfPool(e *onboard.PoolNotReadyError) *problem {
	p := &problem{Status: http.StatusConflict, Code: string(e.Code), Detail: e.Finding.Effect + " " + e.Finding.Fix}
	if e.Ignorable {
		p.Detail += " If usher is wrong about the pool, send the same with ignore_pool=true."
	}
	return p
}

func problemOfRows(e *onboard.NoValidRowError) *problem {
	messages := e.Messages
	p := &problem{Status: http.StatusUnprocessableEntity, Code: codeNoValidRow, Detail: "No row can be invited. Correct the rows below and send them again."}
	if len(messages) > maxErrors {
		p.Detail = "No row can be invited. The first " + strconv.Itoa(maxErrors) + " of " + strconv.Itoa(len(messages)) + " are below. Correct them and send them again."
		messages = messages[:maxErrors]
	}
	for i, m := range messages {
		p.Errors = append(p.Errors, rowError{Row: m.Row, Pointer: e.Rows[i].Pointer, Code: string(m.Code), Detail: m.Reason})
	}
	return p
}

// WriteProblem answers with a problem document, for the layer in front of the handler
// and has to refuse by itself.
func WriteProblem(w http.ResponseWriter, status int, code, detail string) {
	secure(w.Header())
	(&problem{Status: status, Code: code, Detail: detail}).write(w)
}

// write sends the problem. Its type is a name, not a place: docs/api.md has a
// line on each.
func (p *problem) write(w http.ResponseWriter) {
	full := *p
	full.Type = "urn:usher:problem:" + p.Code
	full.Title = strings.ToLower(http.StatusText(p.Status))
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusMethodNotAllowed:
		h.Set("Allow", p.allow)
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", wholeSeconds(p.retryAfter))
	}
	w.WriteHeader(p.Status)
	_ = encode(w, full) // a caller who has gone away gets nothing
}

// writeJSON answers with v.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = encode(w, v) // the status is sent: nothing else can be said any more
	return nil
}

func encode(w http.ResponseWriter, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// wholeSeconds writes a wait as Retry-After does, rounded up.
func wholeSeconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
