package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// action is what an administrator does to a request as a whole.
type action func(ctx context.Context, id, by string) (onboard.Request, error)

func (a *api) retry(w http.ResponseWriter, r *http.Request) error {
	return a.act(w, r, a.administration.Retry)
}

func (a *api) cancel(w http.ResponseWriter, r *http.Request) error {
	return a.act(w, r, a.administration.Cancel)
}

func (a *api) resume(w http.ResponseWriter, r *http.Request) error {
	return a.act(w, r, a.administration.Resume)
}

// erase asks that all that says whom a request was about be erased.
func (a *api) erase(w http.ResponseWriter, r *http.Request) error {
	return a.act(w, r, a.people.Eraser.EraseRequest)
}

func (a *api) act(w http.ResponseWriter, r *http.Request, do action) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	id := r.PathValue("id")
	if !isID(id) {
		return onboard.ErrNotFound
	}
	begun := time.Now()
	request, err := do(r.Context(), id, caller(r.Context()).Who())
	if err != nil {
		return actionFault(err)
	}
	deedOf(r.Context()).say(slog.Int("rows", rowsSince(request, begun)))
	return accepted(w, a.view(r.Context(), request), false)
}

// rowsSince is how many rows the request's latest action was for; 0 if it is
// older than begun, for a repeated action changes nothing and is not written down.
func rowsSince(r onboard.Request, begun time.Time) int {
	if len(r.Audit) == 0 {
		return 0
	}
	latest := r.Audit[len(r.Audit)-1]
	if latest.At.Before(begun) {
		return 0
	}
	return latest.Rows
}

// actionFault says of an action what the table of problems says of submissions:
// that it may have been begun, and is harmless to repeat.
func actionFault(err error) error {
	p := &problem{Status: http.StatusServiceUnavailable, retryAfter: retrySoon}
	switch {
	case errors.Is(err, onboard.ErrNotQueued):
		p.Code, p.Detail = codeNotQueued, "This could not be completed. Send it again in a few seconds; repeating it is safe."
	case errors.Is(err, onboard.ErrInDoubt):
		p.Code, p.Detail = codeInDoubt, "This may or may not have been done. Look at the request, and send it again if it was not."
	default:
		return err
	}
	return fmt.Errorf("%w: %w", p, err)
}

// resend submits a new request for those of an earlier one whom the filter
// chooses.
func (a *api) resend(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r, "dry_run")
	dryRun := q.flag("dry_run")
	if q.err != nil {
		return q.err
	}
	id := r.PathValue("id")
	if !isID(id) {
		return onboard.ErrNotFound
	}
	order, body, err := a.order(w, r, onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Send})
	if err != nil {
		return err
	}
	ask, err := readResend(r.Header.Get("Content-Type"), body)
	if err != nil {
		return err
	}
	if dryRun {
		return a.resendCheck(w, r, id, ask.filter)
	}
	order.Options.Force = ask.force
	request, replayed, err := a.administration.ResendTo(r.Context(), id, ask.filter, order)
	d := deedOf(r.Context())
	d.say(slog.String("filter", string(ask.filter)), slog.String("sent_as", request.ID), slog.Int("rows", request.Total))
	d.ofOrder(order, replayed)
	if err != nil {
		return err
	}
	return accepted(w, a.view(r.Context(), request), replayed)
}

// resendCheckView is whom a resend would mail at most: those who were mailed within the
// cooldown get no mail without force.
type resendCheckView struct {
	Filter onboard.Filter `json:"filter"`
	People int            `json:"people"`
}

// resendCheck answers with how many people a resend would choose.
func (a *api) resendCheck(w http.ResponseWriter, r *http.Request, id string, filter onboard.Filter) error {
	people, err := a.administration.ResendCount(r.Context(), id, filter)
	d := deedOf(r.Context())
	d.action = deedCheck
	d.say(slog.String("filter", string(filter)), slog.Int("rows", people))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, resendCheckView{Filter: filter, People: people})
}

// resendAsk is the body of a resend.
type resendAsk struct {
	filter onboard.Filter
	force  bool
}

// readResend reads {"filter": "...", "force": true}. As everywhere, keys that
// are unknown or stand twice, and what follows the object, are refused by name.
func readResend(contentType string, body []byte) (resendAsk, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return resendAsk{}, &intake.Error{Kind: intake.Unsupported, Code: intake.CodeTypeUnsupported, Detail: "Send the filter as application/json."}
	}
	fields, err := fieldsOf(body)
	if err != nil {
		return resendAsk{}, err
	}
	var ask resendAsk
	for _, name := range slices.Sorted(maps.Keys(fields)) { // of several faults always the same is reported
		ok := true
		switch name {
		case "filter":
			ask.filter, ok = filterOf(fields[name])
		case "force":
			ask.force, ok = fields[name].(bool)
		default:
			return resendAsk{}, bodyProblem(intake.CodeUnknownField, "Unknown field %s. Known here: filter, force.", quotedName(name))
		}
		if !ok {
			return resendAsk{}, bodyProblem(codeFilter, "filter must be expired, not_signed_in or not_mailed, and force true or false.")
		}
	}
	if ask.filter == "" {
		return resendAsk{}, bodyProblem(codeFilter, `Say who to send to: {"filter":"expired"}, "not_signed_in" or "not_mailed".`)
	}
	return ask, nil
}

const codeFilter = "filter_invalid"

func filterOf(value any) (onboard.Filter, bool) {
	switch f := onboard.Filter(fmt.Sprint(value)); f {
	case onboard.Expired, onboard.NotSignedIn, onboard.Unmailed:
		return f, true
	}
	return "", false
}

// fieldsOf reads a flat JSON object of texts and booleans.
func fieldsOf(body []byte) (map[string]any, error) {
	dec := json.NewDecoder(strings.NewReader(string(body)))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, bodyProblem(intake.CodeJSONSyntax, `The body must be a JSON object such as {"filter":"expired"}.`)
	}
	fields := map[string]any{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, bodyProblem(intake.CodeJSONSyntax, "The JSON of the body is broken. Correct it.")
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, bodyProblem(intake.CodeJSONSyntax, "The JSON of the body is broken. Correct it.")
		}
		if _, twice := fields[name.(string)]; twice {
			return nil, bodyProblem(intake.CodeDuplicateKey, "The key %s appears twice. Keep one.", quotedName(name.(string)))
		}
		fields[name.(string)] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, bodyProblem(intake.CodeJSONSyntax, "The JSON of the body is cut off. Send it again.")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, bodyProblem(intake.CodeTrailingData, "There is more after the end of the JSON. Send one object.")
	}
	return fields, nil
}

func bodyProblem(code, format string, args ...any) error {
	return &intake.Error{Kind: intake.Malformed, Code: code, Detail: fmt.Sprintf(format, args...)}
}
