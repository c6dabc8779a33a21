package onboard

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Lanes of calls, each with a quota of its own, counted for each account and
// Region over all pools (Amazon Cognito Developer Guide, "Quotas in Amazon
// Cognito").
const (
	LaneCreate = "create" // category UserCreation: AdminCreateUser, RESEND included
	LaneGroup  = "group"  // category UserUpdate: AdminAddUserToGroup
)

// Quotas of the lanes in calls per second, from the same page.
const (
	DefaultCreationQuota = 50 // adjustable
	DefaultGroupQuota    = 25 // not adjustable
)

// DefaultShare is the share of a quota that usher takes. The rest absorbs the
// difference between our clock and the service's.
const DefaultShare = 0.95

// leastPace is the calls per second that the pace never falls below. A slower pace
// would push reservations so far ahead that recovery is delayed.
const leastPace = 1

// Pace is the right to call the pool, shared by all workers: they take places,
// which are call times, from one time line in the store, evenly spaced at the
// current pace. It is safe for concurrent use.
//
// The pace depends on the time of the place, not on when the place is reserved. So
// a cut holds from where the line is still free, and calls that have places before
// that say nothing about it.
type Pace struct {
	store PaceStore
	lane  string
	most  float64 // calls per second at the best of times
	share float64 // of a quota

	mu       sync.Mutex
	seen     Cell         // the latest known cell; it only decides what to ask the store for
	untold   PoolAnswers  // what the pool has answered and the store does not know yet
	looks    bool         // this process's latest look was answered
	mails    []mailAnswer // the latest of this process
	mailedAt time.Time    // when this process last had a mail sent
}

// NewPace returns the pace of a lane whose quota is quota calls per second, of
// which share (0 to 1) is taken.
func NewPace(store PaceStore, lane string, quota, share float64) *Pace {
	return &Pace{store: store, lane: lane, most: quota * share, share: share}
}

// Throttled reports that the pool turned away the call whose place was at the given
// time. All workers slow down, at most once a second, from where the line is still
// free. A call whose place came before a cut says nothing about it.
func (p *Pace) Throttled(ctx context.Context, at time.Time) error {
	return p.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		cut, ok := c.Cut.again(at, now, p.rate(c, now, false), c.Reserved)
		c.Cut = cut
		return c, ok
	})
}

// Close stops all workers' calls that have mail sent until the given time. Then rows
// that were put aside go before new ones.
func (p *Pace) Close(ctx context.Context, until time.Time) error {
	return p.change(ctx, func(c Cell, _ time.Time) (Cell, bool) {
		if !until.After(c.ClosedUntil) {
			return c, false
		}
		c.ClosedUntil, c.Backlog = until, true
		return c, true
	})
}

// Rates are the calls per second that a lane allows: of those that have mail sent, and
// of the others.
type Rates struct{ Mails, Calls float64 }

// Now returns the lane's cell as the store has it, and the calls per second that it
// allows now.
func (p *Pace) Now(ctx context.Context) (Cell, Rates, error) {
	cell, err := p.store.Cell(ctx, p.lane)
	if err != nil {
		return Cell{}, Rates{}, err
	}
	p.remember(cell)
	now := time.Now()
	return cell, Rates{Mails: p.rate(cell, now, true), Calls: p.rate(cell, now, false)}, nil
}

// Known returns the calls per second allowed now, as this process last read it. It
// makes no call.
func (p *Pace) Known() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate(p.seen, time.Now(), false)
}

// change applies f to the stored cell. A conflict means that another worker has
// just changed it; the cell is read and f applied again.
func (p *Pace) change(ctx context.Context, f func(Cell, time.Time) (Cell, bool)) error {
	for {
		cell, err := p.store.Cell(ctx, p.lane)
		if err != nil {
			return err
		}
		next, changed := f(cell, time.Now())
		if !changed {
			p.remember(cell)
			return nil
		}
		err = p.store.SaveCell(ctx, p.lane, next)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err == nil {
			next.Version++
			p.remember(next)
		}
		return err
	}
}

// remember takes over a cell that the store returned, unless a later one is known:
// answers may overtake one another, and the end of a line only grows.
func (p *Pace) remember(cell Cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case cell.Version > p.seen.Version:
		if cell.Reserved.Before(p.seen.Reserved) {
			cell.Reserved = p.seen.Reserved
		}
		p.seen = cell
	case cell.Version == p.seen.Version && !cell.Reserved.Before(p.seen.Reserved):
		p.seen = cell
	}
}

// trust takes over a cell that the store has just returned, whatever was known: a
// table that was created again contradicts it.
func (p *Pace) trust(cell Cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = cell
}

// rate is the pace at a place on the line, in calls per second: of calls that have mail
// sent, or of the others.
func (p *Pace) rate(c Cell, at time.Time, mails bool) float64 {
	rate := c.Cut.rate(at, bounds{least: leastPace, most: p.most})
	if mails {
		rate = min(rate, c.MailCut.rate(at, p.mailBounds(c)))
	}
	return rate
}
