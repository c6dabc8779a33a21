package onboard

import (
	"context"
	"time"
)

const (
	// horizon is how far ahead the line is reserved once the pace was cut: reserved
	// calls can no longer be slowed, so this is how late a cut takes hold. Longer
	// lets more calls be throttled after a quota was lowered; shorter loses places
	// where the clocks of workers differ. It is longer where ten calls take longer.
	horizon     = time.Second
	mostHorizon = 10 * time.Second

	// elder is the time in which a row that waits comes to reach half a horizon
	// further, from half of it at first: so the one that has waited longest is next.
	elder = 10 * time.Second

	// longestWait is the longest that a worker waits for a place.
	longestWait = WorkerTimeout - attemptBudget

	// mostLead is the longest that a lead becomes: see [row.lead].
	mostLead = 10 * time.Second
)

// Turn is what a worker asks of the pace.
type Turn struct {
	Calls int           // how many call times, 1 or more
	Lead  time.Duration // what has to be done before the first call takes this long
	Until time.Time     // a call time after this is of no use
	Since time.Time     // since when this is waited for

	// Mail says that the calls have the pool send mail, and New that their rows
	// are not among those that were put aside for it.
	Mail, New bool
}

// Block is the answer to a [Turn]: call times, or why there are none.
type Block struct {
	times []time.Time

	Refused     Refusal       // "" when there are call times
	ClosedUntil time.Time     // of a lane that is closed for mail
	Wait        time.Duration // after [TooFar]: until the line is within reach of a worker that begins
}

// Len returns how many call times the block has.
func (b Block) Len() int { return len(b.times) }

// At returns when the i-th call of the block may leave, counted from 0.
func (b Block) At(i int) time.Time { return b.times[i] }

// Reserve takes the next call times: as many as were asked for, or as can be
// used, or as the pace had left if it was cut meanwhile, but one at least. It
// waits until it has them, unless the lane is closed to them, and when it sees
// that there will be none for the time of this worker it waits for that to be
// over: to hand rows back sooner would only have other workers ask in vain. Call
// times that are not used are lost.
//
// The error is the store's, or ctx.Err().
func (p *Pace) Reserve(ctx context.Context, t Turn) (Block, error) {
	for refusals := 0; ; {
		now := time.Now()
		known := p.known()
		switch {
		case t.Mail && known.ClosedUntil.After(now):
			return Block{Refused: LaneClosed, ClosedUntil: known.ClosedUntil}, nil
		case now.Add(t.Lead).After(t.Until):
			return Block{Refused: TooFar, Wait: known.Reserved.Add(-longestWait).Sub(now)}, nil
		}
		a := p.ask(t, known, now)
		if known.Reserved.After(a.latest) {
			if !sleepUntil(ctx, a.wake(t, known, now, refusals)) {
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

// ask is what the store is asked for, by what is known of the cell.
type ask struct {
	want   Want
	latest time.Time     // the first call leaves no later
	gap    time.Duration // from one call to the next
	spread time.Duration // of those who wait
}

// ask says how far this turn reaches and how many of its calls can be used.
func (p *Pace) ask(t Turn, known Cell, now time.Time) ask {
	first := now.Add(t.Lead)
	start := first
	if known.Reserved.After(first) {
		start = known.Reserved
	}
	a := ask{gap: p.gapAt(start), latest: t.Until, spread: horizon / 2}
	calls := t.Calls
	switch {
	case silent(known, now):
		a.gap, a.latest, a.spread, calls = max(a.gap, probeGap), first, probeGap, 1
	case p.rate(known, now) < p.most:
		if reach := horizonAfter(now.Sub(t.Since), a.gap); first.Add(reach).Before(t.Until) {
			a.latest = first.Add(reach)
		}
	}
	if usable := t.Until.Sub(start) / a.gap; usable >= 0 {
		calls = min(calls, 1+int(usable))
	} else {
		calls = 1
	}
	if last := t.Until.Add(-time.Duration(calls-1) * a.gap); last.Before(a.latest) {
		a.latest = last
	}
	a.want = Want{Span: time.Duration(calls) * a.gap, Lead: t.Lead, Latest: a.latest, Mail: t.Mail, New: t.New}
	return a
}

// wake is when to look again at a line that is too long. Those who wait wake up
// one by one, or all would ask at once: they are spread by the digits of their
// clocks, which takes no source of chance, and less the more often they were
// refused. Where the line ends after this turn's time there is nothing to look at
// before that is over: the end of a line only grows.
func (a ask) wake(t Turn, known Cell, now time.Time, refusals int) time.Time {
	spread := a.spread / time.Duration(1+refusals)
	wake := now.Add(known.Reserved.Sub(a.latest) + time.Duration(now.UnixNano())%spread)
	if end := t.Until.Add(-t.Lead); known.Reserved.After(t.Until) || wake.After(end) {
		return end.Add(1)
	}
	return wake
}

// horizonAfter is how far ahead of its lead a turn that has waited reaches, once
// the pace was cut.
func horizonAfter(waited, gap time.Duration) time.Duration {
	half := min(max(horizon, 10*gap), mostHorizon) / 2
	return half + time.Duration(float64(half)*waited.Seconds()/elder.Seconds())
}

// reserve asks the store once, and tells it what was heard of the pool.
func (p *Pace) reserve(ctx context.Context, want Want) (Reservation, error) {
	want.Heard = p.takeHeard()
	r, err := p.store.Reserve(ctx, p.lane, want)
	if err != nil || r.Refused != "" {
		p.keepHeard(want.Heard)
	}
	if err == nil {
		p.remember(r.Cell)
	}
	return r, err
}

// block divides what was reserved into call times. There are fewer than were
// asked for, or none, when the pace turns out to have been cut meanwhile.
func (p *Pace) block(start time.Time, a ask) (b Block) {
	gap := max(a.gap, p.gapAt(start))
	for span := a.want.Span; span >= gap; span -= gap {
		b.times = append(b.times, start)
		start = start.Add(gap)
	}
	return b
}

// gapAt is the time from one call to the next at a place on the line, as far as
// this process knows.
func (p *Pace) gapAt(t time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(float64(time.Second) / p.rate(p.seen, t))
}
