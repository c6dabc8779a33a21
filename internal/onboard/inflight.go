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

// SmallRequest is how many rows a small request has at most. One administrator can
// always submit a few of those, however many large ones others have open: they take a
// second each.
const SmallRequest = 10

const (
	// shareInFlight is which part of all places one administrator may fill.
	shareInFlight = 2

	// smallInFlight is how many small requests an administrator may have open where
	// the places are full, as a part of all places.
	smallInFlight = 10

	// gateAge is for how long a count of the open requests is used.
	gateAge = 5 * time.Second

	// gateShare is which part of the free places one process hands out before it
	// counts again. There may be several processes.
	gateShare = 10

	// openLag is within what time a new request shows among the open ones at last
	// (see [Requests.OpenRequests]).
	openLag = 2 * time.Second

	// retryInFlight is when somebody whose request was turned away should try again.
	retryInFlight = 30 * time.Second
)

// gate bounds how many requests are open at once. It keeps no counter, which a crash
// could leave wrong for ever: it counts the requests that the store has as open, and
// then lets a few pass without counting. So the bound is soft by a tenth, and by what
// other processes accepted within openLag. With few places free it counts every time.
type gate struct {
	store Requests
	limit int // negative: none

	mu      sync.Mutex
	last    census
	counted time.Time
	since   census             // what this process accepted after that
	recent  map[string]opening // what it accepted lately, by request id
}

// opening is a request as the gate counts it.
type opening struct {
	by    string
	small bool
	at    time.Time // when it was submitted
}

func openingOf(r Request) opening {
	return opening{r.SubmittedBy, r.Total <= SmallRequest, r.SubmittedAt}
}

// census counts open requests.
type census struct {
	all       int
	by, small map[string]int // of each administrator: all, and the small ones
}

func newCensus() census { return census{by: map[string]int{}, small: map[string]int{}} }

func (c *census) add(o opening) {
	c.all++
	c.by[o.by]++
	if o.small {
		c.small[o.by]++
	}
}

// pass lets a request in, or returns a [NotAdmittedError].
func (g *gate) pass(ctx context.Context, o opening) error {
	if g.limit < 0 || g.passesUncounted(o.by) {
		return nil
	}
	c, err := g.count(ctx)
	if err != nil {
		return err
	}
	return c.refuse(o, g.limit)
}

// refuse says why a further request cannot be let in beside those counted.
func (c census) refuse(o opening, limit int) error {
	share := (limit + shareInFlight - 1) / shareInFlight
	full, own := c.all >= limit, c.by[o.by] >= share
	left := max(1, limit/smallInFlight) - c.small[o.by]
	if !full && !own || o.small && left > 0 {
		return nil
	}
	text := fmt.Sprintf("%s not done yet, which is the limit.", counted(c.all, "request is", "requests are"))
	if !full {
		text = fmt.Sprintf("You have %s open, which is the most for one administrator.", counted(c.by[o.by], "request", "requests"))
	}
	text += " Wait for one to be done, or cancel one."
	if left > 0 {
		text += fmt.Sprintf(" A request of at most %d rows is accepted.", SmallRequest)
	}
	return &NotAdmittedError{Code: CodeRequestsInFlight, RetryAfter: retryInFlight, Reason: text}
}

// count counts the requests that are open now.
func (g *gate) count(ctx context.Context) (census, error) {
	now := time.Now()
	found := map[string]opening{}
	for after := ""; ; {
		page, err := g.store.OpenRequests(ctx, after, openPage)
		if err != nil && !errors.Is(err, ErrDamaged) { // a request that cannot be read is not open
			return census{}, fmt.Errorf("count the open requests: %w", err)
		}
		for _, r := range page {
			if !r.Done(now) {
				found[r.ID] = openingOf(r)
			}
			after = r.ID
		}
		if len(page) < openPage {
			return g.remember(found, now), nil
		}
	}
}

// remember adds what this process accepted and the store may not show yet.
func (g *gate) remember(found map[string]opening, now time.Time) census {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, o := range g.recent {
		if now.Sub(o.at) >= openLag {
			delete(g.recent, id)
		} else {
			found[id] = o
		}
	}
	c := newCensus()
	for _, o := range found {
		c.add(o)
	}
	g.last, g.since, g.counted = c, newCensus(), now
	return c
}

// passesUncounted reports whether a request of an administrator is certainly within
// the limits by what was counted a moment ago.
func (g *gate) passesUncounted(by string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.counted.IsZero() || time.Since(g.counted) > gateAge {
		return false
	}
	share := (g.limit + shareInFlight - 1) / shareInFlight
	return g.since.all < (g.limit-g.last.all)/gateShare && g.since.by[by] < (share-g.last.by[by])/gateShare
}

// opened notes a request that was let in.
func (g *gate) opened(r Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.recent == nil {
		g.recent = map[string]opening{}
	}
	o := openingOf(r)
	g.recent[r.ID] = o
	if g.since.by != nil {
		g.since.add(o)
	}
}
