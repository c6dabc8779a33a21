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
// are those that did best in internal/pacing, which measures what they are worth.
const (
	// cutFactor is what a throttled call leaves of the pace. More of it would
	// take longer to come down to a quota that is a fifth of what we were told.
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

	// leastPace is the calls per second that the pace never falls below. A line
	// drawn out any longer would be in the way once the pool takes calls again.
	leastPace = 1

	// horizon is how far ahead the line is reserved once the pace was cut:
	// reserved calls can no longer be slowed, so this is how late a cut takes hold.
	// It must be longer than it takes to reserve and to claim, or places are lost.
	horizon = time.Second

	// horizonWait is the longest that a reservation waits for the line to come
	// within the horizon: a worker must be done in its time.
	horizonWait = 10 * time.Second
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

	mu   sync.Mutex
	seen Cell // the latest known cell; only decides how much of the line to take
}

// NewPace returns the pace of a lane whose quota is quota calls per second, of
// which share (0 to 1) is taken.
func NewPace(store PaceStore, lane string, quota, share float64) *Pace {
	return &Pace{store: store, lane: lane, most: quota * share}
}

// Block is call times that one worker has reserved.
type Block struct {
	Start time.Time // when the first call may leave

	// ClosedUntil is set when no call of the lane should leave before then.
	ClosedUntil time.Time

	times []time.Time
}

// At returns when the i-th call of the block may leave, counted from 0.
func (b Block) At(i int) time.Time { return b.times[i] }

// Reserve takes the next n call times, n being 1 or more. Times that are not
// used are lost. Once the pace was cut it may wait for up to ten seconds first.
func (p *Pace) Reserve(ctx context.Context, n int) (Block, error) {
	if err := p.awaitHorizon(ctx); err != nil {
		return Block{}, err
	}
	var b Block
	for len(b.times) < n {
		gap := p.gapAtEnd()
		span := time.Duration(n-len(b.times)) * gap
		start, cell, err := p.store.Reserve(ctx, p.lane, time.Now(), span)
		if err != nil {
			return Block{}, err
		}
		p.remember(cell)
		b.ClosedUntil = cell.ClosedUntil
		b.fill(start, span, max(gap, p.gapAt(start)))
	}
	b.Start = b.times[0]
	return b, nil
}

// fill adds as many call times as the span has whole gaps. There are fewer than
// were asked for when the pace turns out to have been cut meanwhile.
func (b *Block) fill(start time.Time, span, gap time.Duration) {
	for ; span >= gap; span -= gap {
		b.times = append(b.times, start)
		start = start.Add(gap)
	}
}

// awaitHorizon waits while a line whose pace was cut is reserved further ahead
// than the horizon. Those who wait wake up one by one, or all would reserve at
// once: they are spread by the digits of their clocks, which takes no source of
// chance.
func (p *Pace) awaitHorizon(ctx context.Context) error {
	const spread = 7 * horizon / 10 // the rest is for reserving and claiming
	for end := time.Now().Add(horizonWait); p.slowed() && time.Now().Before(end); {
		cell, err := p.store.Cell(ctx, p.lane)
		if err != nil {
			return err
		}
		p.remember(cell)
		now := time.Now()
		if cell.Reserved.Sub(now) <= horizon {
			return nil
		}
		wake := cell.Reserved.Add(time.Duration(now.UnixNano())%spread - horizon)
		if wake.After(end) {
			wake = end
		}
		if !sleepUntil(ctx, wake) {
			return ctx.Err()
		}
	}
	return nil
}

// Throttled tells the pace that the pool turned a call away. All workers slow
// down, at most once a second, from where the line is not yet reserved.
func (p *Pace) Throttled(ctx context.Context) error {
	return p.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		if !c.CutAt.IsZero() && now.Sub(c.CutAt) < cutInterval {
			return c, false
		}
		c.LimitSeen = p.rate(c, now)
		c.CutTo = c.LimitSeen * cutFactor
		c.CutAt = now
		if c.Reserved.After(now) {
			c.CutAt = c.Reserved
		}
		return c, true
	})
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

// slowed reports whether the pace is below the most, as far as this process knows.
func (p *Pace) slowed() bool { return p.Known() < p.most }

// gapAtEnd is the time from one call to the next where the line is not yet
// reserved, as far as this process knows.
func (p *Pace) gapAtEnd() time.Duration {
	p.mu.Lock()
	end := p.seen.Reserved
	p.mu.Unlock()
	if now := time.Now(); end.Before(now) {
		end = now
	}
	return p.gapAt(end)
}

func (p *Pace) gapAt(t time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(float64(time.Second) / p.rate(p.seen, t))
}

func (p *Pace) remember(cell Cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cell.Version >= p.seen.Version {
		p.seen = cell
	}
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
