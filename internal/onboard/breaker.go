package onboard

import (
	"context"
	"errors"
	"time"
)

// When the pool answers nobody, a row's failures say nothing about the row. The
// lane's cell shows it: it has when the pool last gave a clear answer, and how many
// calls have had none since.
const (
	// silentAfter is how many calls in a row without a clear answer make a lane silent:
	// more than occur when half of all calls are lost, and half of what five workers
	// have in flight. fewSilent are enough after quietFor without a clear answer.
	silentAfter = 20
	fewSilent   = 3
	quietFor    = 30 * time.Second

	// probeGap is the time between calls in a silent lane. Their places are reserved
	// one at a time, so that the line is not far ahead when the pool is back.
	probeGap = time.Second

	// lately is how long after a clear answer a failure still is the row's own. Where
	// ten calls of the pace take longer, it is as long as they take: answers are
	// reported with the next reservation.
	lately = 10 * time.Second
)

// isSilent reports whether so many calls had no clear answer that the pool must be
// out of reach.
func isSilent(c Cell, now time.Time) bool {
	return c.Unclear >= silentAfter || c.Unclear >= fewSilent && now.Sub(c.ClearAt) >= quietFor
}

// Silent reports whether the pool answers no call in the lane, as this process last
// read it, and none of this process's looks. It makes no call.
func (p *Pace) Silent() bool {
	p.mu.Lock()
	looks := p.looks
	p.mu.Unlock()
	return !looks && isSilent(p.known(), time.Now())
}

// HearLook records how a look ended. A pool may show users and still create none, so
// the lane stays silent; but while looks are answered they need no places.
func (p *Pace) HearLook(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil || isClear(err):
		p.looks = true
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		p.looks = false
	}
}

// Hear records how a call in the lane ended. Whatever the pool says is a clear
// answer, even that it turns the call away.
func (p *Pace) Hear(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil || isClear(err):
		p.untold = PoolAnswers{ClearAt: time.Now()}
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		p.untold.Unclear++
	}
}

// isClear reports whether err is an answer of the pool that says what happened.
func isClear(err error) bool {
	for _, class := range []error{
		ErrExists, ErrUserNotFound, ErrThrottled, ErrNotTaken, ErrMailQuota, ErrNotMailed, ErrSignedIn, ErrRefused, ErrMisconfigured,
	} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// Answers returns when the pool last gave a clear answer, as the store has it, and
// whether that was lately. If the store cannot be asked, it was not.
func (p *Pace) Answers(ctx context.Context) (last time.Time, isLately bool) {
	cell, err := p.store.Cell(ctx, p.lane)
	if err != nil {
		return p.known().ClearAt, false
	}
	p.remember(cell)
	now := time.Now()
	last = p.known().ClearAt
	return last, now.Sub(last) <= max(lately, 10*p.gapAt(now, true))
}

// ClosedUntil returns until when the lane is closed for mail, as this process last
// read it. It makes no call.
func (p *Pace) ClosedUntil() time.Time { return p.known().ClosedUntil }

// known is the cell as this process last read it, with the answers it has had since.
func (p *Pace) known() Cell {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.Hear(p.untold)
}

// takeUntold returns the answers that the store does not know yet, except those
// that are too old to matter.
func (p *Pace) takeUntold() PoolAnswers {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.untold
	p.untold = PoolAnswers{}
	if time.Since(h.ClearAt) > lately {
		h.ClearAt = time.Time{}
	}
	return h
}

// keepUntold takes answers back that did not reach the store.
func (p *Pace) keepUntold(h PoolAnswers) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.untold.ClearAt.IsZero() {
		p.untold.ClearAt = h.ClearAt
		p.untold.Unclear += h.Unclear
	}
}
