package onboardtest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// The identities that cases ask for: the first is the one that the pool mails as, the
// second is not there.
const (
	SenderRegion = "eu-west-1"
	identityARN  = "arn:aws:ses:" + SenderRegion + ":111122223333:identity/"
	Identity     = identityARN + "usher@localhost"
	nobody       = identityARN + "nobody.example.net"
)

// SenderHarness is a [onboard.SenderInspector] under test. Means left nil cost the cases
// that need them.
type SenderHarness struct {
	Sender onboard.SenderInspector

	// Be sets up the account and [Identity] as an answer about it says. The mails that
	// were sent are set to what they are.
	Be func(onboard.MailAccount)

	// Refuse has every question answered with the class until told otherwise: one of
	// ErrThrottled, ErrMisconfigured, ErrUnclear.
	Refuse func(class error)

	Differences Differences
}

// Sender checks a sender against the contract of [onboard.SenderInspector].
func Sender(t *testing.T, in In, newSender func(*testing.T) SenderHarness) {
	hold(t, in, senderCases, func(t *testing.T) (SenderHarness, Differences) {
		h := newSender(t)
		return h, h.Differences
	})
}

// sound is an account that nothing is wrong with.
func sound() onboard.MailAccount {
	return onboard.MailAccount{
		Region: SenderRegion, Enforcement: onboard.Healthy, Identity: onboard.IdentityVerified, DailyQuota: 50_000, Rate: 14,
	}
}

var senderCases = []contract[SenderHarness]{
	{"ASoundAccount", func(c *caseT, h SenderHarness) { c.account(h, func(*onboard.MailAccount) {}) }},
	{"NoLimits", func(c *caseT, h SenderHarness) {
		c.account(h, func(a *onboard.MailAccount) { a.DailyQuota, a.Rate = 0, 0 })
	}},
	{"ASandbox", func(c *caseT, h SenderHarness) {
		c.account(h, func(a *onboard.MailAccount) { a.Sandbox, a.DailyQuota, a.Rate = true, 200, 1 })
	}},
	{"SendingIsPaused", func(c *caseT, h SenderHarness) { c.account(h, func(a *onboard.MailAccount) { a.Paused = true }) }},
	{"UnderReview", func(c *caseT, h SenderHarness) {
		c.account(h, func(a *onboard.MailAccount) { a.Enforcement = onboard.Probation })
	}},
	{"ShutDown", func(c *caseT, h SenderHarness) {
		c.account(h, func(a *onboard.MailAccount) { a.Paused, a.Enforcement = true, onboard.Shutdown })
	}},
	{"AnIdentityThatIsNotVerified", func(c *caseT, h SenderHarness) {
		c.account(h, func(a *onboard.MailAccount) { a.Identity = onboard.IdentityUnverified })
	}},
	{"AnIdentityThatIsNotThere", func(c *caseT, h SenderHarness) {
		c.be(h, sound())
		got, err := h.Sender.InspectSender(c.Context(), nobody)
		c.must(err)
		c.same("identity", got.Identity, onboard.IdentityUnverified)
	}},
	{"ThrottledIsErrThrottled", func(c *caseT, h SenderHarness) { c.turnedAway(h, onboard.ErrThrottled) }},
	{"WithoutTheRightIsErrMisconfigured", func(c *caseT, h SenderHarness) { c.turnedAway(h, onboard.ErrMisconfigured) }},
	{"AnyOtherAnswerIsErrUnclear", func(c *caseT, h SenderHarness) { c.turnedAway(h, onboard.ErrUnclear) }},
	{"AContextThatHasEndedIsItsError", func(c *caseT, h SenderHarness) {
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		_, err := h.Sender.InspectSender(ctx, Identity)
		c.is("asking after the context has ended", err, context.Canceled)
	}},
}

func (c *caseT) be(h SenderHarness, a onboard.MailAccount) {
	c.Helper()
	c.need(h.Be != nil, "Be")
	h.Be(a)
}

// account sets up an account that differs from a sound one, and reads it.
func (c *caseT) account(h SenderHarness, change func(*onboard.MailAccount)) {
	c.Helper()
	want := sound()
	change(&want)
	c.be(h, want)
	got, err := h.Sender.InspectSender(c.Context(), Identity)
	c.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		c.Errorf("the account (-want +got):\n%s", diff)
	}
}

// turnedAway checks the class of a refusal.
func (c *caseT) turnedAway(h SenderHarness, class error) {
	c.Helper()
	c.need(h.Refuse != nil, "Refuse")
	h.Refuse(class)
	_, err := h.Sender.InspectSender(c.Context(), Identity)
	c.is("asking", err, class)
}
