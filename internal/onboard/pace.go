package onboard

import (
	"context"
	"errors"
	"math"
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

// How the pace follows a limit that it does not know: see [Pace.rate]. The values
// are those that did best in internal/testing/pacing, which measures what they are worth.
const (
	// firstCut is the share of the pace that the first throttled call leaves: all that
	// is known is that the quota is lower than configured. A cut that follows within
	// firstCutFor leaves the same share, as the first was not enough. From 47.5 to 10
	// calls per second it takes three cuts instead of seven.
	firstCut    = 0.5
	firstCutFor = 4 * time.Second

	// cutFactor is the share that every other cut leaves: the limit is about known by
	// then, and a deeper cut would leave it unused. If a cut that follows one of these
	// left half, a pool that saves up what is not used would be called at twice its
	// limit afterwards: 38 throttled calls within half a minute instead of 6.
	cutFactor = 0.8

	// cutInterval is the least time from when one cut takes hold to the next, so
	// that the calls of one overload, which come back throttled together, cut
	// only once.
	cutInterval = time.Second

	// levelOff is where the pace levels off, as a share of the rate that proved too
	// high: just below it.
	levelOff = 0.97

	// levelAfter is when after a cut the pace is level.
	levelAfter = 15 * time.Second

	// growth is the time in which the pace's distance from that level grows e times:
	// slow enough that few calls are throttled before the first answer says so, fast
	// enough that a limit raised from 10 to 50 calls per second is used within a minute.
	growth = 5 * time.Second

	// leastPace is the calls per second that the pace never falls below. A slower
	// pace would push reservations so far ahead that recovery is delayed.
	leastPace = 1
)

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

	mu     sync.Mutex
	seen   Cell        // the latest known cell; it only decides what to ask the store for
	untold PoolAnswers // what the pool has answered and the store does not know yet
	looks  bool        // this process's latest look was answered
}

// NewPace returns the pace of a lane whose quota is quota calls per second, of
// which share (0 to 1) is taken.
func NewPace(store PaceStore, lane string, quota, share float64) *Pace {
	return &Pace{store: store, lane: lane, most: quota * share}
}

// Throttled reports that the pool turned away the call whose place was at the given
// time. All workers slow down, at most once a second, from where the line is still
// free. A call whose place came before a cut says nothing about it.
func (p *Pace) Throttled(ctx context.Context, at time.Time) error {
	return p.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		if !c.CutAt.IsZero() && (now.Sub(c.CutAt) < cutInterval || at.Before(c.CutAt)) {
			return c, false
		}
		factor := c.factor(now)
		c.LimitSeen = p.rate(c, now)
		c.CutTo = c.LimitSeen * factor
		c.CutAt = now
		if c.Reserved.After(now) {
			c.CutAt = c.Reserved
		}
		return c, true
	})
}

// factor is the share of the pace that the next cut leaves.
func (c Cell) factor(now time.Time) float64 {
	halved := c.CutTo < c.LimitSeen*(firstCut+cutFactor)/2
	if c.CutAt.IsZero() || halved && now.Sub(c.CutAt) < firstCutFor {
		return firstCut
	}
	return cutFactor
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

// Now returns the lane's cell as the store has it, and the calls per second that it
// allows now.
func (p *Pace) Now(ctx context.Context) (Cell, float64, error) {
	cell, err := p.store.Cell(ctx, p.lane)
	if err != nil {
		return Cell{}, 0, err
	}
	p.remember(cell)
	return cell, p.rate(cell, time.Now()), nil
}

// Known returns the calls per second allowed now, as this process last read it. It
// makes no call.
func (p *Pace) Known() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate(p.seen, time.Now())
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

// rate is the pace at a place on the line, in calls per second: the most if it was
// never cut, else a hyperbolic sine of the time since the cut. It starts at what it
// was cut to, levels off just under what proved too high, stays there, and then
// leaves that level by a distance that grows by a constant factor. Of all curves
// that find a raised limit in a given time, this one exceeds an unchanged limit by
// the least share while the first throttled answer is on its way.
func (p *Pace) rate(c Cell, at time.Time) float64 {
	if c.CutAt.IsZero() {
		return p.most
	}
	since := max(at.Sub(c.CutAt), 0)
	level := c.LimitSeen * levelOff
	slope := (level - c.CutTo) / math.Sinh(levelAfter.Seconds()/growth.Seconds())
	pace := level + slope*math.Sinh((since-levelAfter).Seconds()/growth.Seconds())
	return min(max(pace, leastPace), p.most)
}
