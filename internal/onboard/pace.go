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

const (
	// cutFactor is what a throttled call leaves of the pace.
	cutFactor = 0.85

	// cutInterval is the least time between two cuts, so that the calls of one
	// overload, which come back throttled together, cut only once.
	cutInterval = time.Second

	// recoverAfter is how long after a cut the pace is back at the rate that
	// proved too many. Before it the pace climbs ever more slowly, after it ever
	// faster (as in CUBIC, RFC 9438, 4.2): it dwells just under the limit, yet
	// finds a limit that was lifted within a minute.
	recoverAfter = 12 * time.Second
)

// Pace is the right to call the pool, shared by all workers: they take call
// times from one time line in the store, evenly spaced at the pace of the
// moment. It is safe for concurrent use.
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

// Block is a run of call times that one worker has reserved.
type Block struct {
	Start time.Time     // when the first call may leave
	Gap   time.Duration // from one call to the next

	// ClosedUntil is set when no call of the lane should leave before then.
	ClosedUntil time.Time
}

// At returns when the i-th call of the block may leave, counted from 0.
func (b Block) At(i int) time.Time { return b.Start.Add(time.Duration(i) * b.Gap) }

// Reserve takes the next n call times. Times that are not used are lost.
func (p *Pace) Reserve(ctx context.Context, n int) (Block, error) {
	now := time.Now()
	gap := p.gap(now)
	start, cell, err := p.store.Reserve(ctx, p.lane, now, time.Duration(n)*gap)
	if err != nil {
		return Block{}, err
	}
	p.remember(cell)
	return Block{Start: start, Gap: gap, ClosedUntil: cell.ClosedUntil}, nil
}

// Throttled tells the pace that the pool turned a call away. All workers slow
// down, at most once a second.
func (p *Pace) Throttled(ctx context.Context) error {
	return p.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		if !c.CutAt.IsZero() && now.Sub(c.CutAt) < cutInterval {
			return c, false
		}
		rate := p.rate(c, now)
		c.CutAt, c.LimitSeen, c.CutTo = now, rate, rate*cutFactor
		return c, true
	})
}

// Close stops the lane for all workers until the given time.
func (p *Pace) Close(ctx context.Context, until time.Time) error {
	return p.change(ctx, func(c Cell, _ time.Time) (Cell, bool) {
		if !until.After(c.ClosedUntil) {
			return c, false
		}
		c.ClosedUntil = until
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

func (p *Pace) gap(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(float64(time.Second) / p.rate(p.seen, now))
}

func (p *Pace) remember(cell Cell) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if cell.Version >= p.seen.Version {
		p.seen = cell
	}
}

// rate is the pace at a moment, in calls per second: all of what may be taken
// when it was never cut, else a cubic of the time since the cut that starts at
// what it was cut to and is level where it met the limit.
func (p *Pace) rate(c Cell, now time.Time) float64 {
	if c.CutAt.IsZero() {
		return p.most
	}
	x := now.Sub(c.CutAt).Seconds()/recoverAfter.Seconds() - 1
	climbed := c.LimitSeen + (c.LimitSeen-c.CutTo)*math.Pow(max(x, -1), 3)
	return min(climbed, p.most)
}
