package client

import (
	"context"
	"net/http"
	"time"

	"usher.example/internal/onboard"
)

// Pool is the report of the pool doctor. Marshalled to JSON it is what the API sent.
type Pool struct {
	Setup    *PoolSetup `json:"pool"` // nil if it could not be read
	Ready    bool       `json:"ready"`
	Findings []Finding  `json:"findings"`

	raw document
}

// PoolSetup is the part of a pool's setup that people are shown.
type PoolSetup struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Groups []string `json:"groups"`
	Sender Sender   `json:"sender"`
}

// Sender is what sends a pool's mails, and what Amazon SES says of it. What is not known
// is zero.
type Sender struct {
	Kind             onboard.SenderKind `json:"kind"`
	From             string             `json:"from"`
	Known            bool               `json:"known"` // Amazon SES has answered
	Region           string             `json:"region"`
	Sandbox          bool               `json:"sandbox"`
	Paused           bool               `json:"paused"`
	IdentityVerified *bool              `json:"identity_verified"`
	Quota            int                `json:"quota_24h"` // 0: no limit
	Sent             int                `json:"sent_24h"`
	Rate             float64            `json:"rate_per_second"` // 0: no limit
}

// CanSend reports whether mail to anybody can go out, as far as is known.
func (s Sender) CanSend() bool {
	return !s.Sandbox && !s.Paused && (s.IdentityVerified == nil || *s.IdentityVerified)
}

// Finding is a problem that would stop or spoil invitations, and how to fix it.
type Finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"` // "error" or "warning"
	Effect   string `json:"effect"`
	Fix      string `json:"fix"`
}

// UnmarshalJSON reads what the API sent, and keeps it.
func (p *Pool) UnmarshalJSON(b []byte) (err error) {
	type plain Pool
	p.raw, err = kept(b, (*plain)(p))
	return err
}

// MarshalJSON returns what the API sent.
func (p Pool) MarshalJSON() ([]byte, error) { return p.raw.sent() }

// Pool returns the report of the pool doctor.
func (c *Client) Pool(ctx context.Context) (Pool, error) {
	var p Pool
	return p, c.get(ctx, "/pool", nil, &p)
}

// Health is what a call of /health shows.
type Health struct {
	Took  time.Duration // from the call to the answer
	Clock time.Duration // how far the server's clock is ahead of this one, to about a second
}

// Health checks that usher answers. It needs no sign-in.
func (c *Client) Health(ctx context.Context) (Health, error) {
	began := time.Now()
	a, err := c.do(ctx, call{method: http.MethodGet, path: "/health", open: true})
	if err != nil {
		return Health{}, err
	}
	h := Health{Took: time.Since(began)}
	var said struct {
		Status string `json:"status"`
	}
	if err := c.decode(a, &said); err != nil {
		return h, err
	}
	if said.Status != "ok" {
		return h, c.notUsher()
	}
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil {
		h.Clock = date.Sub(began).Truncate(time.Second)
	}
	return h, nil
}
