package onboard

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// DefaultRequestsInFlight is how many requests may be open at once if nothing
// else is said: far more than people submit, and a bound on what a program that
// runs wild can pile up.
const DefaultRequestsInFlight = 100

const (
	// gateAge is for how long a count of the open requests is used.
	gateAge = 5 * time.Second

	// gateShare is which part of the free places one process hands out before it
	// counts again. There may be several processes.
	gateShare = 10

	// retryInFlight is when somebody whose request was turned away should try again.
	retryInFlight = 30 * time.Second
)

// gate bounds how many requests are open at once. It counts them in the store,
// and then lets a few pass without counting: the bound is soft by a tenth, and a
// submission seldom waits for the count. With a limit below ten it counts every
// time.
type gate struct {
	store Requests
	limit int // negative: none

	mu      sync.Mutex
	passes  int
	counted time.Time
}

func (g *gate) pass(ctx context.Context) error {
	if g.limit < 0 || g.usePass() {
		return nil
	}
	latest, err := g.store.ListRequests(ctx, "", g.limit)
	if err != nil && !errors.Is(err, ErrDamaged) { // a request that cannot be read is not open
		return fmt.Errorf("count the open requests: %w", err)
	}
	now, running := time.Now(), 0
	for _, r := range latest {
		if !r.Done(now) {
			running++
		}
	}
	if running >= g.limit {
		return &NotAdmittedError{
			Code: CodeRequestsInFlight, RetryAfter: retryInFlight,
			Reason: fmt.Sprintf("%s not done yet, which is the limit. Wait for one to be done, or cancel one.", counted(running, "request is", "requests are")),
		}
	}
	g.refill(now, (g.limit-running)/gateShare)
	return nil
}

func (g *gate) usePass() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.passes == 0 || time.Since(g.counted) > gateAge {
		return false
	}
	g.passes--
	return true
}

func (g *gate) refill(now time.Time, passes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passes, g.counted = passes, now
}
