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

// DefaultShare is the share of a quota that usher takes. The rest is for the
// unevenness between our clock and the service's.
const DefaultShare = 0.95

// How the pace follows a limit that it does not know: see [Pace.rate]. The values
// are those that did best in internal/testing/pacing, which measures what they are worth.
const (
	// firstCut is what the first throttled call leaves of the pace: nothing is known
	// but that the quota is lower than we were told. A cut that follows such a one
	// within firstCutFor leaves as much: that was not enough. Coming down from 47.5
	// to 10 calls per second takes three cuts instead of seven.
	firstCut    = 0.5
	firstCutFor = 4 * time.Second

	// cutFactor is what every other cut leaves of it: the limit is about known then,
	// and less would leave it unused. Were a cut that follows one of these a half as
	// well, a pool that saves up what is not used would be met at twice its limit
	// afterwards: 38 throttled calls within half a minute instead of 6.
	cutFactor = 0.8

	// cutInterval is the least time from when one cut takes hold to the next, so
	// that the calls of one overload, which come back throttled together, cut
	// only once.
	cutInterval = time.Second

	// levelOff is the share of the rate that proved too many at which the pace
	// levels off: just below, as it was found by going over it.
	levelOff = 0.97

	// levelAfter is when after a cut the pace is level.
	levelAfter = 15 * time.Second

	// growth is the time in which the pace's distance from that level becomes e
	// times as long: slow enough that few calls are throttled before we hear of the
	// first, fast enough that a limit which was lifted from 10 to 50 calls per
	// second is made use of within a minute.
	growth = 5 * time.Second

	// leastPace is the calls per second that the pace never falls below. A slower
	// pace would push reservations so far ahead that recovery is delayed.
	leastPace = 1
)

// Pace is the right to call the pool, shared by all workers: they take call
// times from one time line in the store, evenly spaced at the pace of the
// moment. It is safe for concurrent use.
//
// The pace is a function of the time on that line, not of the time at which a
// place on it is reserved. So a cut holds from where the line is not yet taken,
// and the calls that were placed before that say nothing about it.
type Pace struct {
	store PaceStore
	lane  string
	most  float64 // calls per second at the best of times

	mu    sync.Mutex
	seen  Cell  // the latest known cell; it only decides what to ask the store for
	heard Heard // what the store has not been told yet
	looks bool  // this process's latest look was answered
}

// NewPace returns the pace of a lane whose quota is quota calls per second, of
// which share (0 to 1) is taken.
func NewPace(store PaceStore, lane string, quota, share float64) *Pace {
	return &Pace{store: store, lane: lane, most: quota * share}
}

// Throttled tells the pace that the pool turned a call away whose place was at the
// given time. All workers slow down, at most once a second, from where the line is
// not yet reserved. A call whose place came before a cut says nothing about it.
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

// factor is what the next cut leaves of the pace.
func (c Cell) factor(now time.Time) float64 {
	halved := c.CutTo < c.LimitSeen*(firstCut+cutFactor)/2
	if c.CutAt.IsZero() || halved && now.Sub(c.CutAt) < firstCutFor {
		return firstCut
	}
	return cutFactor
}

// Close stops the lane's calls that mail for all workers until the given time.
// What is put aside for it goes before what is new then.
func (p *Pace) Close(ctx context.Context, until time.Time) error {
	return p.change(ctx, func(c Cell, _ time.Time) (Cell, bool) {
		if !until.After(c.ClosedUntil) {
			return c, false
		}
		c.ClosedUntil, c.Backlog = until, true
		return c, true
	})
}

// Rate returns the calls per second allowed now, by the store's latest word.
func (p *Pace) Rate(ctx context.Context) (float64, error) {
	cell, err := p.store.Cell(ctx, p.lane)
	if err != nil {
		return 0, err
	}
	p.remember(cell)
	return p.rate(cell, time.Now()), nil
}

// Known returns the calls per second allowed now, by what this process was told
// last. It asks nobody.
func (p *Pace) Known() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate(p.seen, time.Now())
}

// change applies f to the stored cell. A conflict means that another worker has
// just told the store what we know; its word is read and f asked again.
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

// remember takes over what the store has said, unless it has said something
// later: answers may overtake one another, and the end of a line only grows.
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

// trust takes over what the store has just said in place of what was known: it
// contradicts it, as a table that was made again does.
func (p *Pace) trust(cell Cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = cell
}

// rate is the pace at a place on the line, in calls per second: all of what may
// be taken when it was never cut, else a hyperbolic sine of the time since the
// cut. It starts at what it was cut to, levels off just under what proved too
// many, dwells there, and then leaves that level at a distance that keeps
// growing by the same factor. Of all curves that find a lifted limit in a given
// time this one goes over a limit that is still there by the least share while
// the first throttled call is on its way back.
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
