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

	// mailsLevel is how long the pace of mails stays level after a cut. A sender's rate
	// hardly ever changes, and a mail that failed costs more than a call that was turned
	// away. Below mailsUnhurried a second, what a cut changes takes as many mails as
	// there: a few mails show little of a limit.
	mailsLevel     = time.Hour
	mailsUnhurried = 10

	// mailsHeard is how many of its latest mails a process judges by. If burst of them
	// failed, the sender is called too fast. Once the pace was cut for that, aFew say the
	// same, down to fewestLeft of what that cut left: addresses that cannot be mailed
	// would else slow everything down for good.
	mailsHeard = 10
	burst      = 5
	aFew       = 2
	fewestLeft = 0.5

	// mailsAtAll is how long ago a process has had a mail sent at most, for others that
	// fail to say anything about how fast the sender is: one that takes none is not slow.
	mailsAtAll = time.Minute
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

// shareMailRate tells all workers what the sender's account says of its rate. It is not
// worth failing a call for: where it fails, the next answer of the account is shared.
func (f *Forecaster) shareMailRate(ctx context.Context, a MailAccount) {
	call, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := f.Pace.SetMailRate(call, a.Rate); err != nil {
		f.Log.Warn("the sender's rate could not be shared with the workers", "error", err)
	}
}

// hearMail records how a call in the lane ended that has mail sent.
func (p *Pace) hearMail(place time.Time, err error) {
	failed := errors.Is(err, ErrNotMailed)
	if err != nil && !failed {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !failed {
		p.mailedAt = time.Now()
	}
	p.mails = append(p.mails, mailAnswer{place, failed})
	p.mails = p.mails[max(0, len(p.mails)-mailsHeard):]
}

// Unmailed reports that the pool could not send the mail of the call whose place was at
// the given time. If too many of this process's latest mails failed, all workers have
// mails sent more slowly, at most once a second, from where the line is still free.
func (p *Pace) Unmailed(ctx context.Context, at time.Time) error {
	failed := p.failedMails()
	if failed < burst && (failed < aFew || !p.isMailCut(p.known(), time.Now())) {
		return nil
	}
	return p.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		rate, least := p.rate(c, now, true), c.MailLeast
		if failed < burst && (rate <= least || !p.isMailCut(c, now)) {
			return c, false
		}
		cut, ok := c.MailCut.again(at, now, rate, c.Reserved)
		if !ok {
			return c, false
		}
		if failed >= burst {
			least = fewestLeft * cut.To
		}
		cut.To = max(cut.To, least)
		c.MailCut, c.MailLeast = cut, least
		return c, true
	})
}

// failedMails returns how many of the latest mails failed; 0 if this says nothing of
// how fast they go. Those from before the last cut do not count.
func (p *Pace) failedMails() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.mailedAt) > mailsAtAll {
		return 0
	}
	failed := 0
	for _, m := range p.mails {
		if m.failed && !m.place.Before(p.seen.MailCut.At) {
			failed++
		}
	}
	return failed
}

// mailBounds are what the pace of mails moves in.
func (p *Pace) mailBounds(c Cell) bounds {
	b := bounds{least: leastMails, most: p.most, level: mailsLevel, unhurried: mailsUnhurried}
	if c.MailRate > 0 {
		b.most = min(b.most, p.share*c.MailRate)
	}
	return b
}

// isMailCut reports whether the pace of mails was cut and has not recovered.
func (p *Pace) isMailCut(c Cell, now time.Time) bool {
	b := p.mailBounds(c)
	return c.MailCut.rate(now, b) < b.most
}

// isCut reports whether a pace was cut and has not recovered: that of calls that have
// mail sent, or of the others.
func (p *Pace) isCut(c Cell, now time.Time, mails bool) bool {
	return p.rate(c, now, false) < p.most || mails && p.isMailCut(c, now)
}
