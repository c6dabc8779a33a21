package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"usher.example/internal/onboard"
)

// Retry tries rows again that failed through no fault of their own.
func (c *Client) Retry(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "retry")
}

// Cancel stops a request. Rows with an outcome keep it.
func (c *Client) Cancel(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "cancel")
}

// Resume continues a paused request.
func (c *Client) Resume(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "resume")
}

// Erase asks that the people of a request be erased. What still waits is canceled; only
// counts are left. [Request.ErasedAt] says when it was done.
func (c *Client) Erase(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "erase")
}

// Scan asks for a scan of who has not signed in. Request then says what it found, a
// minute or two later.
func (c *Client) Scan(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "scan")
}

// act acts on a request. If the answer to an earlier attempt was lost and this one
// finds nothing to do, the earlier one has done it: act then returns the request.
func (c *Client) act(ctx context.Context, id, what string) (Request, error) {
	a, err := c.do(ctx, call{method: http.MethodPost, path: requestPath(id) + "/" + what})
	var refused *Error
	if a.lostBefore && errors.As(err, &refused) && refused.Code == "not_now" {
		return c.Request(ctx, id)
	}
	if err != nil {
		return Request{}, err
	}
	var r Request
	return r, c.decode(a, &r)
}

// Resend says which people of a request get a new temporary password.
type Resend struct {
	Filter onboard.Filter
	Force  bool   // also to people who were mailed less than 24 hours ago
	Key    string // as for a [Submission]; "" means a hash of the other fields and the id
}

// ResendCount returns how many people of a request the filter chooses. Those who were
// mailed less than 24 hours ago get no mail without Force.
func (c *Client) ResendCount(ctx context.Context, id string, filter onboard.Filter) (int, error) {
	body, err := json.Marshal(map[string]onboard.Filter{"filter": filter})
	if err != nil {
		return 0, err
	}
	a, err := c.do(ctx, call{
		method: http.MethodPost, path: requestPath(id) + "/resend", query: url.Values{"dry_run": {"true"}},
		body: body, header: http.Header{"Content-Type": {typeJSON}},
	})
	if err != nil {
		return 0, err
	}
	var answer struct {
		People int `json:"people"`
	}
	return answer.People, c.decode(a, &answer)
}

// Resend makes a new request that sends new temporary passwords to people of an
// earlier request who never signed in.
func (c *Client) Resend(ctx context.Context, id string, r Resend) (Accepted, error) {
	body, err := json.Marshal(struct {
		Filter onboard.Filter `json:"filter"`
		Force  bool           `json:"force,omitempty"`
	}{r.Filter, r.Force})
	if err != nil {
		return Accepted{}, err
	}
	key := cmp.Or(r.Key, keyOf("resend", id, string(body)))
	return c.accept(ctx, call{
		path: requestPath(id) + "/resend", body: body,
		header: http.Header{"Content-Type": {typeJSON}, "Idempotency-Key": {key}},
	})
}
