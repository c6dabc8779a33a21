package onboard

import (
	"context"
	"time"
)

const (
	// horizon is how far ahead places are reserved once the pace was cut. Reserved
	// calls cannot be slowed any more, so a cut takes hold this late. A longer horizon
	// has more calls throttled after a quota was lowered; a shorter one loses places
	// where the clocks of workers differ. Where ten calls take longer, so is it.
	horizon     = time.Second
	mostHorizon = 10 * time.Second

	// elder is how long a row waits to reach half a horizon further. It begins with
	// half a horizon, so the row that has waited longest gets the next place.
	elder = 10 * time.Second

	// longestWait is the longest that a worker waits for a place.
	longestWait = WorkerTimeout - attemptBudget

	// mostLead is the longest that a lead becomes: see [task.lead].
	mostLead = 10 * time.Second

	// longestLine is further ahead than a line ends, but for the slowest paces. One that
	// does so as far as is known was reserved by a clock that may have been set back
	// since: the store knows.
	longestLine = 2 * WorkerTimeout
)

// Demand is what a worker asks of the pace: places for calls.
type Demand struct {
	Calls int           // how many call times, 1 or more
	Lead  time.Duration // how long the work before the first call takes
	Until time.Time     // a call time after this cannot be used
	Since time.Time     // when the wait for it began

	// Mail says that the calls have the pool send mail, and New that their rows were
	// not put aside before to wait for it.
	Mail, New bool
}

// Block is the answer to a [Demand]: call times, or why there are none.
type Block struct {
	times []time.Time

	Refused     Refusal       // "" when there are call times
	ClosedUntil time.Time     // of a lane that is closed for mail
	Wait        time.Duration // after [TooFar]: until a worker that begins then can reach the line's end
}

// Len returns how many call times the block has.
func (b Block) Len() int { return len(b.times) }

// At returns when the i-th call of the block may leave, counted from 0.
func (b Block) At(i int) time.Time { return b.times[i] }

// Reserve takes the next call times, at least one: as many as were asked for, as
// can be used, or as were left if the pace was cut in between. It waits until it
// has them, unless the lane is closed to them. If there are none in this worker's
// time, it still waits until that time is over: rows that were handed back sooner
// would only have other workers ask in vain. Call times that are not used are lost.
//
// The error is the store's, or ctx.Err().
func (p *Pace) Reserve(ctx context.Context, d Demand) (Block, error) {
	for refusals := 0; ; {
		now := time.Now()
		known := p.known()
		switch {
		case d.Mail && known.ClosedUntil.After(now):
			return Block{Refused: LaneClosed, ClosedUntil: known.ClosedUntil}, nil
		case now.Add(d.Lead).After(d.Until):
			return Block{Refused: TooFar, Wait: known.Reserved.Add(-longestWait).Sub(now)}, nil
		}
		a := p.plan(d, known, now)
		if known.Reserved.After(a.latest) && (refusals > 0 || known.Reserved.Sub(now) < longestLine) {
			if !sleepUntil(ctx, a.wake(d, known, now, refusals)) {
				return Block{}, ctx.Err()
			}
			continue
		}
		r, err := p.reserve(ctx, a.want)
		switch {
		case err != nil:
			return Block{}, err
		case r.Refused == TooFar:
			p.trust(r.Cell)
			refusals++
		case r.Refused != "":
			return Block{Refused: r.Refused, ClosedUntil: r.Cell.ClosedUntil}, nil
		default:
			if b := p.block(r.Start, a); b.Len() > 0 {
				return b, nil
			}
		}
	}
}

// plan is what the store is asked for, by what is known of the cell.
type plan struct {
	want   Want
	latest time.Time     // the first call leaves no later
	gap    time.Duration // from one call to the next
	spread time.Duration // over which workers that wait look again
}

// plan says how far a demand reaches and how many of its calls can be used.
func (p *Pace) plan(d Demand, known Cell, now time.Time) plan {
	first := now.Add(d.Lead)
	start := first
	if known.Reserved.After(first) {
		start = known.Reserved
	}
	a := plan{gap: p.gapAt(start, d.Mail), latest: d.Until, spread: horizon / 2}
	calls := d.Calls
	switch {
	case isSilent(known, now):
		a.gap, a.latest, a.spread, calls = max(a.gap, probeGap), first, probeGap, 1
	case p.isCut(known, now, d.Mail):
		if reach := horizonAfter(now.Sub(d.Since), a.gap); first.Add(reach).Before(d.Until) {
			a.latest = first.Add(reach)
		}
	}
	if usable := d.Until.Sub(start) / a.gap; usable >= 0 {
		calls = min(calls, 1+int(usable))
	} else {
		calls = 1
	}
	if last := d.Until.Add(-time.Duration(calls-1) * a.gap); last.Before(a.latest) {
		a.latest = last
	}
	a.want = Want{Span: time.Duration(calls) * a.gap, Lead: d.Lead, Latest: a.latest, Mail: d.Mail, New: d.New}
	return a
}

// wake is when to look again at a line that is too long. Workers that wait wake up
// one by one, so that not all ask at once: the digits of their clocks spread them,
// and less the more often they were refused. Where the line ends after the demand's
// time, it looks again when that is over: the end of a line only grows.
func (a plan) wake(d Demand, known Cell, now time.Time, refusals int) time.Time {
	spread := a.spread / time.Duration(1+refusals)
	wake := now.Add(known.Reserved.Sub(a.latest) + time.Duration(now.UnixNano())%spread)
	if end := d.Until.Add(-d.Lead); known.Reserved.After(d.Until) || wake.After(end) {
		return end.Add(1)
	}
	return wake
}

// horizonAfter is how far beyond its lead a demand reaches after a wait, once the
// pace was cut.
func horizonAfter(waited, gap time.Duration) time.Duration {
	half := min(max(horizon, 10*gap), mostHorizon) / 2
	return half + time.Duration(float64(half)*waited.Seconds()/elder.Seconds())
}

// reserve asks the store once, and reports what the pool has answered.
func (p *Pace) reserve(ctx context.Context, want Want) (Reservation, error) {
	want.Answers = p.takeUntold()
	r, err := p.store.Reserve(ctx, p.lane, want)
	if err != nil || r.Refused != "" {
		p.keepUntold(want.Answers)
	}
	if err == nil {
		p.remember(r.Cell)
	}
	return r, err
}

// block divides what was reserved into call times: fewer than were asked for, or
// none, if the pace was cut in between.
func (p *Pace) block(start time.Time, a plan) (b Block) {
	gap := max(a.gap, p.gapAt(start, a.want.Mail))
	for span := a.want.Span; span >= gap; span -= gap {
		b.times = append(b.times, start)
		start = start.Add(gap)
	}
	return b
}

// gapAt is the time from one call to the next at a place on the line, as far as
// this process knows.
func (p *Pace) gapAt(at time.Time, mails bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(float64(time.Second) / p.rate(p.seen, at, mails))
}
