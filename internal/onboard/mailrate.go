package onboard

import (
	"context"
	"errors"
	"time"
)

// The pool's sender takes so many mails a second, whatever the quota of users is. A call
// that has mail sent therefore takes more of the line than another, where the sender is
// the slower of the two. Where its rate is not known, it is found as a lower quota is: a
// sender that is called too fast fails mails ([ErrNotMailed]), which cuts the pace of
// mails. So does any mail that fails for another reason; a few of those must not.
const (
	// leastMails is the mails per second that the pace of mails never falls below: half
	// of what a sender takes in the SES sandbox (Amazon SES Developer Guide, "Request
	// production access").
	leastMails = 0.5

	// mailsHeard is how many of its latest mails a process judges by. If burst of them
	// failed, the sender is called too fast, and once the pace was cut for it, fewer say
	// so.
	mailsHeard   = 10
	burst        = 5
	burstOnceCut = 2
)

// mailAnswer is whether the pool had a mail sent.
type mailAnswer struct {
	place  time.Time // of the call
	failed bool
}

// SetMailRate writes down how many mails a second the pool's sender takes, for all
// workers: 0 means that this is not known. It writes only where that is new.
func (p *Pace) SetMailRate(ctx context.Context, perSecond float64) error {
	return p.change(ctx, func(c Cell, _ time.Time) (Cell, bool) {
		if c.MailRate == perSecond {
			return c, false
		}
		c.MailRate = perSecond
		return c, true
	})
}

// hearMail records how a call in the lane ended that has mail sent.
func (p *Pace) hearMail(place time.Time, err error) {
	failed := errors.Is(err, ErrNotMailed)
	if err != nil && !failed {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, mailAnswer{place, failed})
	p.mails = p.mails[max(0, len(p.mails)-mailsHeard):]
}

// Unmailed reports that the pool could not send the mail of the call whose place was at
// the given time. If too many of this process's latest mails failed, all workers have
// mails sent more slowly, at most once a second, from where the line is still free.
func (p *Pace) Unmailed(ctx context.Context, at time.Time) error {
	if !p.hearsBurst() {
		return nil
	}
	return p.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		cut, ok := c.MailCut.again(at, now, p.rate(c, now, true), c.Reserved)
		c.MailCut = cut
		return c, ok
	})
}

// hearsBurst reports whether so many mails failed lately that the sender must be called
// too fast. Mails from before the last cut say nothing.
func (p *Pace) hearsBurst() bool {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	failed := 0
	for _, m := range p.mails {
		if m.failed && !m.place.Before(p.seen.MailCut.At) {
			failed++
		}
	}
	if p.isMailCut(p.seen, now) {
		return failed >= burstOnceCut
	}
	return failed >= burst
}

// mostMails is the mails per second at the best of times.
func (p *Pace) mostMails(c Cell) float64 {
	if c.MailRate == 0 {
		return p.most
	}
	return min(p.most, p.share*c.MailRate)
}

// isMailCut reports whether the pace of mails was cut and has not recovered.
func (p *Pace) isMailCut(c Cell, now time.Time) bool {
	most := p.mostMails(c)
	return c.MailCut.rate(now, leastMails, most, mailsLevel) < most
}

// isCut reports whether a pace was cut and has not recovered: that of calls that have
// mail sent, or of the others.
func (p *Pace) isCut(c Cell, now time.Time, mails bool) bool {
	return c.Cut.rate(now, leastPace, p.most, callsLevel) < p.most || mails && p.isMailCut(c, now)
}
