package onboard

import (
	"context"
	"errors"
	"time"
)

// When the pool is out of reach for everybody, a row's failures say nothing
// about the row. The lane's cell holds what is needed to tell: when the pool last
// gave somebody a clear answer, and how many calls have had none since.
const (
	// silentAfter is how many calls without a clear answer make a lane silent: more
	// than one in two calls lost gives, and half of what five workers have in
	// flight. fewSilent are enough when there was no clear answer for quietFor.
	silentAfter = 20
	fewSilent   = 3
	quietFor    = 30 * time.Second

	// probeGap is the time from one call to the next in a silent lane. They are
	// reserved one at a time, so that the line is not far ahead when the pool is back.
	probeGap = time.Second

	// lately is how long ago a clear answer may be for a failure to be the row's
	// own. Where ten calls of the pace take longer, it is as long as they do:
	// what is heard is told with the next reservation.
	lately = 10 * time.Second
)

// silent reports whether nobody had a clear answer from the pool for so long
// that it is out of reach.
func silent(c Cell, now time.Time) bool {
	return c.Unclear >= silentAfter || c.Unclear >= fewSilent && now.Sub(c.ClearAt) >= quietFor
}

// Silent reports whether the pool answers nobody, by what this process was told
// last, and no look of its own either. It asks nobody.
func (p *Pace) Silent() bool {
	p.mu.Lock()
	looks := p.looks
	p.mu.Unlock()
	return !looks && silent(p.known(), time.Now())
}

// HearLook takes note of how a look ended. A pool may show users and still create
// none, so the lane stays silent; but looks that are answered need no turns.
func (p *Pace) HearLook(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil || clear(err):
		p.looks = true
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		p.looks = false
	}
}

// Hear takes note of how a call in the lane ended. Whatever the pool says is a
// clear answer, that it turns the call away included.
func (p *Pace) Hear(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil || clear(err):
		p.heard = Heard{ClearAt: time.Now()}
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		p.heard.Unclear++
	}
}

// clear reports whether err is an answer of the pool that says what happened.
func clear(err error) bool {
	for _, class := range []error{
		ErrExists, ErrUserNotFound, ErrThrottled, ErrMailQuota, ErrNotMailed, ErrSignedIn, ErrRefused, ErrMisconfigured,
	} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// Answers returns when the pool answered somebody last, by the store's word, and
// whether that was lately: not, where the store cannot be asked.
func (p *Pace) Answers(ctx context.Context) (last time.Time, isLately bool) {
	cell, err := p.store.Cell(ctx, p.lane)
	if err != nil {
		return p.known().ClearAt, false
	}
	p.remember(cell)
	now := time.Now()
	last = p.known().ClearAt
	return last, now.Sub(last) <= max(lately, 10*p.gapAt(now))
}

// ClosedUntil returns until when the lane is closed for mail, by what this process
// was told last. It asks nobody.
func (p *Pace) ClosedUntil() time.Time { return p.known().ClosedUntil }

// known is the cell as far as this process knows, with what it has heard itself.
func (p *Pace) known() Cell {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.Hear(p.heard)
}

// takeHeard returns what the store has not been told, but for what is too old to
// say anything.
func (p *Pace) takeHeard() Heard {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.heard
	p.heard = Heard{}
	if time.Since(h.ClearAt) > lately {
		h.ClearAt = time.Time{}
	}
	return h
}

// keepHeard takes back what the store was not told after all.
func (p *Pace) keepHeard(h Heard) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.heard.ClearAt.IsZero() {
		p.heard.ClearAt = h.ClearAt
		p.heard.Unclear += h.Unclear
	}
}
