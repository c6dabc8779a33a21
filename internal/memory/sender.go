package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// The identity that the mails of every pool in memory come from, unless Cognito's own
// sender or a trigger sends them.
const (
	SenderRegion   = "eu-west-1"
	SenderIdentity = "arn:aws:ses:" + SenderRegion + ":111122223333:identity/usher@localhost"
	senderAddress  = "usher@localhost"
)

// What a sandbox sends in a day and in a second (Amazon SES Developer Guide, "Request
// production access").
const (
	SandboxQuota = 200
	SandboxRate  = 1
)

// Sender is the Amazon SES account that a pool mails through. The zero value is out of
// the sandbox, with a verified identity and no limits.
type Sender struct {
	Sandbox     bool
	Verified    []string // addresses and domains that a sandbox mails to
	Paused      bool
	Unverified  bool // the identity is not
	Enforcement onboard.Enforcement

	DailyQuota int     // mails in any 24 hours; 0: no limit
	Rate       float64 // mails a second; 0: no limit

	// Burst is how many mails it takes at once after a pause, whatever its rate; 0: those
	// of [DefaultMailBurst].
	Burst int

	// Silent says that a mail beyond the rate or the quota is lost and the call succeeds.
	// Otherwise the user is left, and the call fails with CodeDeliveryFailureException.
	// Which of them Cognito does is documented nowhere; a public report tells of mails
	// that were missing without an error.
	Silent bool
}

// DefaultMailBurst is how many seconds' mails a sender takes at once after a pause.
// Amazon SES says that its rate can be exceeded for short bursts, not how short (Amazon
// SES Developer Guide, "Managing your Amazon SES sending limits").
const DefaultMailBurst = 2

// mailRate returns the enforcer of the sender's rate, nil for no limit.
func (s Sender) mailRate() Enforcer {
	if s.Rate <= 0 {
		return nil
	}
	return TokenBucket(cmp.Or(s.Burst, max(1, int(DefaultMailBurst*s.Rate))))(s.Rate)
}

var _ onboard.SenderInspector = (*Pool)(nil)

// SetSender changes the account from now on.
func (p *Pool) SetSender(s Sender) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sender, p.mailRate = s, s.mailRate()
}

// MailsOverLimit returns how many mails were beyond the rate or the quota of the sender.
func (p *Pool) MailsOverLimit() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.overLimit
}

// InspectSender implements [onboard.SenderInspector]. It takes no time and fails only
// when ctx has ended or [Faults.Sender] says so. An identity that is not the pool's is
// not there.
func (p *Pool) InspectSender(ctx context.Context, identity string) (onboard.MailAccount, error) {
	if err := ctx.Err(); err != nil {
		return onboard.MailAccount{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.Sender != nil {
		return onboard.MailAccount{}, p.faults.Sender
	}
	state := onboard.IdentityVerified
	if p.sender.Unverified || identity != SenderIdentity {
		state = onboard.IdentityUnverified
	}
	return onboard.MailAccount{
		Region: SenderRegion, Sandbox: p.sender.Sandbox, Paused: p.sender.Paused, Identity: state,
		Enforcement: cmp.Or(p.sender.Enforcement, onboard.Healthy),
		DailyQuota:  p.sender.DailyQuota, SentToday: p.sentSince(p.clock(time.Now()).Add(-24 * time.Hour)), Rate: p.sender.Rate,
	}, nil
}

// sentSince counts the mails after a moment. The caller holds the mutex, here and below.
func (p *Pool) sentSince(at time.Time) int {
	n := 0
	for n < len(p.mailbox) && p.mailbox[len(p.mailbox)-1-n].SentAt.After(at) {
		n++
	}
	return n
}

// mailsThroughSES reports whether the account sends the pool's mails.
func (p *Pool) mailsThroughSES() bool { return p.quota.limit == 0 && !p.sendsByTrigger() }

// refusesMail reports whether the account sends nothing to an address, whatever its
// limits.
func (p *Pool) refusesMail(to string) bool {
	if !p.mailsThroughSES() {
		return false
	}
	_, domain, _ := strings.Cut(to, "@")
	reached := !p.sender.Sandbox || slices.Contains(p.sender.Verified, to) || slices.Contains(p.sender.Verified, domain)
	return p.sender.Paused || p.sender.Unverified || !reached
}

// SenderOf returns the account that says of itself what a does.
func SenderOf(a onboard.MailAccount) Sender {
	return Sender{
		Sandbox: a.Sandbox, Paused: a.Paused, Unverified: a.Identity == onboard.IdentityUnverified,
		Enforcement: a.Enforcement, DailyQuota: a.DailyQuota, Rate: a.Rate,
	}
}

// takesMail reports whether a mail is within the account's rate and quota, and counts it
// against the rate.
func (p *Pool) takesMail(now time.Time) bool {
	switch {
	case !p.mailsThroughSES():
		return true
	case p.sender.DailyQuota > 0 && p.sentSince(p.clock(now).Add(-24*time.Hour)) >= p.sender.DailyQuota,
		p.mailRate != nil && !p.mailRate.Allow(now):
		p.overLimit++
		return false
	}
	return true
}
