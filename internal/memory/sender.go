package memory

import (
	"slices"
	"time"
)

// DefaultMailBurst is how many seconds' mails a sender takes at once after a pause.
// Amazon SES says that its rate "can be exceeded for short bursts, but not for
// sustained periods" (Developer Guide, "Managing your Amazon SES sending limits"), and
// not for how long.
const DefaultMailBurst = 2

// Sender is the limit of the Amazon SES identity that a pool mails through. The zero
// Sender has none.
type Sender struct {
	// Rate is how many mails a second it takes, and Burst how many at once after a
	// pause; 0 means no limit, and [DefaultMailBurst] seconds' mails.
	Rate  float64
	Burst int

	// Daily is how many mails it takes within any 24 hours; 0 means no limit.
	Daily int

	// Silent says that a mail beyond a limit is lost and the call succeeds. Otherwise
	// the user is left, and the call fails with CodeDeliveryFailureException. Which of
	// them Cognito does is documented nowhere; a public report tells of mails that were
	// missing without an error.
	Silent bool
}

// sender counts the mails against a [Sender]'s limits. A nil sender has none.
type sender struct {
	Sender
	rate Enforcer    // nil: no limit
	sent []time.Time // in the last 24 hours, oldest first; of a daily limit only
	over int         // mails beyond the limits
}

func newSender(s Sender) *sender {
	out := &sender{Sender: s}
	if s.Rate > 0 {
		if s.Burst == 0 {
			s.Burst = max(1, int(DefaultMailBurst*s.Rate))
		}
		out.rate = TokenBucket(s.Burst)(s.Rate)
	}
	return out
}

// takes reports whether a mail is within the limits, and counts it if it is.
func (s *sender) takes(now time.Time) bool {
	if s == nil {
		return true
	}
	if s.Daily > 0 {
		old := slices.IndexFunc(s.sent, func(at time.Time) bool { return now.Sub(at) < 24*time.Hour })
		if old < 0 {
			old = len(s.sent)
		}
		s.sent = s.sent[old:]
		if len(s.sent) >= s.Daily {
			s.over++
			return false
		}
	}
	if s.rate != nil && !s.rate.Allow(now) {
		s.over++
		return false
	}
	if s.Daily > 0 {
		s.sent = append(s.sent, now)
	}
	return true
}

// Sender returns the limits of the pool's sender, and how many mails it took within the
// last 24 hours, of a sender with a daily limit.
func (p *Pool) Sender() (limits Sender, sent int) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sender == nil {
		return Sender{}, 0
	}
	for _, at := range p.sender.sent {
		if now.Sub(at) < 24*time.Hour {
			sent++
		}
	}
	return p.sender.Sender, sent
}

// MailsOverLimit returns how many mails were beyond the limits of the pool's sender.
func (p *Pool) MailsOverLimit() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sender == nil {
		return 0
	}
	return p.sender.over
}

// SetMailRate changes how many mails a second the pool's sender takes from now on; 0
// means no limit.
func (p *Pool) SetMailRate(perSecond float64) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.sender == nil || perSecond == 0 || p.sender.rate == nil:
		limits := Sender{}
		if p.sender != nil {
			limits = p.sender.Sender
		}
		limits.Rate = perSecond
		p.sender = newSender(limits)
	default:
		p.sender.Rate = perSecond
		p.sender.rate.SetRate(perSecond, now)
	}
}
