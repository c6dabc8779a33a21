package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// Error is a refusal of the API (RFC 9457). Its text is the detail, and what to
// do next where the detail does not say.
type Error struct {
	Status int        `json:"status"`
	Code   string     `json:"code"` // a stable word, "" if something before usher refused
	Title  string     `json:"title"`
	Detail string     `json:"detail"`
	Rows   []RowError `json:"errors"`

	// RetryAfter is how long the API asks to wait; 0 if it does not say.
	RetryAfter time.Duration `json:"-"`
}

// RowError is what is wrong with one row, or at one place of the body.
type RowError struct {
	Row     int    `json:"row"`     // 0 if no row is at fault; of CSV and text the line
	Pointer string `json:"pointer"` // RFC 6901, of JSON
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

func (e *Error) Error() string {
	switch next := e.next(); {
	case next == "":
		return e.Detail
	case strings.HasSuffix(e.Detail, "."):
		return e.Detail + " " + onboard.Sentence(next)
	default:
		return e.Detail + "; " + next
	}
}

// Invalid reports whether the submission itself is at fault: nobody was invited,
// and sending it again unchanged fails again.
func (e *Error) Invalid() bool {
	switch e.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		return true
	}
	return e.Code == "no_valid_row"
}

// isTemporary reports whether the same call may succeed later.
func (e *Error) isTemporary() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusInternalServerError:
		return e.Code == "" // the gateway's own: its function has ended early
	}
	return e.Code == "still_accepting"
}

// next says what to do where the detail does not.
func (e *Error) next() string {
	switch {
	case e.Code == "daily_limit":
		return fmt.Sprintf("try again in %s", e.RetryAfter.Round(time.Minute))
	case e.Code != "":
		return ""
	case e.Status == http.StatusUnauthorized:
		return "sign in again: the token is missing, has expired, or belongs to another usher"
	case e.Status == http.StatusForbidden:
		return "check the address, and that you may use it"
	case e.Status == http.StatusNotFound, e.Status < http.StatusBadRequest:
		return "check the address"
	case e.Status == http.StatusRequestEntityTooLarge:
		return "split the file: a gateway in front of usher takes no larger one"
	case e.isTemporary():
		return "try again in a minute"
	}
	return ""
}

// refused reads a refusal. It may come from something in front of usher: a gateway
// with {"message": ...}, or a proxy with an HTML page.
func (c *Client) refused(a answer) error {
	e := &Error{RetryAfter: retryAfter(a.header)}
	if err := json.Unmarshal(a.body, e); err != nil || e.Detail == "" {
		*e = Error{RetryAfter: e.RetryAfter, Title: strings.ToLower(http.StatusText(a.status))}
		e.Detail = fmt.Sprintf("%s answers %d %s%s", c.URL(), a.status, e.Title, elsewhere(a))
	}
	e.Status = a.status
	return e
}

// elsewhere names the target of a redirect.
func elsewhere(a answer) string {
	if place := a.header.Get("Location"); place != "" {
		return " to " + place
	}
	return ""
}
