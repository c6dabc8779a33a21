package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"usher.example/internal/onboard"
)

const (
	// The wait between attempts doubles from firstBackoff up to lastBackoff.
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 15 * time.Second

	// longestWait is the longest Retry-After that do waits for. A longer one, such as
	// that of a daily limit, is returned to the caller.
	longestWait = time.Minute
)

// do repeats a call until it succeeds, is refused for good, or patience ends.
func (c *Client) do(ctx context.Context, call call) (answer, error) {
	began, lostBefore := time.Now(), false
	for attempt := 1; ; attempt++ {
		a, err := c.once(ctx, call)
		a.lostBefore = lostBefore
		if err == nil {
			return a, nil
		}
		if ctx.Err() != nil {
			return a, context.Cause(ctx)
		}
		wait, again := pause(err, attempt)
		if !again || time.Since(began)+wait > c.patience() {
			return a, counted(err, attempt)
		}
		if c.cfg.Trouble != nil {
			c.cfg.Trouble(err, wait)
		}
		if !onboard.Sleep(ctx, wait) {
			return a, context.Cause(ctx)
		}
		lostBefore = lostBefore || unclear(err)
	}
}

func (c *Client) patience() time.Duration {
	if c.answered.Load() {
		return c.cfg.Patience
	}
	return min(c.cfg.Patience, firstPatience)
}

// pause returns how long to wait before the next attempt, and whether to make one.
func pause(err error, attempt int) (time.Duration, bool) {
	var (
		lost    *LostError
		refused *Error
	)
	switch {
	case errors.As(err, &lost):
		return backoff(attempt), !lost.isPermanent()
	case errors.As(err, &refused) && refused.isTemporary():
		wait := max(backoff(attempt), refused.RetryAfter)
		return wait, refused.RetryAfter <= longestWait
	}
	return 0, false
}

// backoff is the wait after that many attempts. It is random between half and all
// of its full length, so that callers cut off together do not return together.
func backoff(attempt int) time.Duration {
	full := lastBackoff
	if doublings := attempt - 1; doublings < 6 {
		full = min(full, firstBackoff<<doublings)
	}
	return full/2 + rand.N(full/2)
}

// retryAfter reads the header of that name, in seconds or as a date (RFC 9110,
// 10.2.3); 0 without one.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}
