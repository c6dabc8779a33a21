package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"usher.example/internal/onboard"
)

// Retry puts what failed by no fault of its row back on the queue.
func (c *Client) Retry(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "retry")
}

// Cancel stops a request. What is done stays done.
func (c *Client) Cancel(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "cancel")
}

// Resume lets a paused request go on.
func (c *Client) Resume(ctx context.Context, id string) (Request, error) {
	return c.act(ctx, id, "resume")
}

// act does something to a request. When an answer was lost and the repeated call
// is told that there is nothing to do any more, the first one has done it: then
// the request is what was asked for.
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

// Resend says whom of a request to send a new temporary password.
type Resend struct {
	Filter onboard.Filter
	Force  bool   // also to those who were mailed a short while ago
	Key    string // as of a [Submission]; "" is made of the rest
}

// Resend makes a new request that sends new temporary passwords to people of an
// earlier one who have never signed in.
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
