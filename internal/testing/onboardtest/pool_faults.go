package onboardtest

import (
	"context"

	"usher.example/internal/onboard"
)

var faultCases = []contract[PoolHarness]{
	{"AThrottledCallHasNoEffect", func(c *caseT, h PoolHarness) {
		c.arranged(h)
		c.broken(h, CallsThrottled)
		c.everyCall(h, onboard.ErrThrottled)
		c.broken(h, Sound)
		c.untouched(h)
	}},

	{"AMisconfiguredPoolTakesNoCall", func(c *caseT, h PoolHarness) {
		c.arranged(h)
		c.broken(h, PoolUnfit)
		c.everyCall(h, onboard.ErrMisconfigured)
		c.broken(h, Sound)
		c.untouched(h)
	}},

	{"ALostCallIsErrUnclear", func(c *caseT, h PoolHarness) {
		c.arranged(h)
		c.broken(h, CallsLost)
		c.everyCall(h, onboard.ErrUnclear)
		c.broken(h, Sound)
		c.untouched(h)
	}},

	{"ACallWhoseAnswerIsLostIsErrUnclearAndHasItsEffect", func(c *caseT, h PoolHarness) {
		c.arranged(h)
		c.broken(h, AnswersLost)
		c.everyCall(h, onboard.ErrUnclear)
		c.broken(h, Sound)
		c.same("signed in", c.look(h, ann).SignedIn, false)
		c.mails(h, ann, 1)
		c.mails(h, bob, 1)
		if h.User != nil {
			_, groups := h.User(bob)
			c.same("groups", groups, []string{"staff"})
		}
	}},

	{"ACallGivenUpInFlightIsErrUnclear", func(c *caseT, h PoolHarness) {
		c.arranged(h)
		c.broken(h, CallsSlow)
		for what, call := range calls(h) {
			ctx, cancel := context.WithTimeout(c.Context(), slowPatience)
			c.answered(what, call(ctx), onboard.ErrUnclear, ann, bob)
			cancel()
		}
	}},

	{"ASpentMailQuotaIsErrMailQuota", func(c *caseT, h PoolHarness) {
		c.seeded(h, bob, false)
		c.broken(h, MailUsedUp)
		_, err := h.Pool.Invite(c.Context(), asked(ann))
		c.answered("invite", err, onboard.ErrMailQuota, ann)
		c.code(err, onboard.CodeMailQuota)
		_, err = h.Pool.Resend(c.Context(), bob)
		c.answered("resend", err, onboard.ErrMailQuota, bob)
		c.mails(h, ann, 0)
		c.mails(h, bob, 0)
		_, err = h.Pool.Invite(c.Context(), onboard.Ask{Email: "no-mail@example.com", SuppressMail: true})
		c.must(err)
	}},

	{"AMailThatFailsIsErrNotMailedAndLeavesTheUser", func(c *caseT, h PoolHarness) {
		c.seeded(h, bob, false)
		c.broken(h, MailFails)
		_, err := h.Pool.Invite(c.Context(), asked(ann))
		c.answered("invite", err, onboard.ErrNotMailed, ann)
		c.code(err, onboard.CodeMailNotDelivered)
		_, err = h.Pool.Resend(c.Context(), bob)
		c.answered("resend", err, onboard.ErrNotMailed, bob)
		c.broken(h, Sound)
		c.same("signed in", c.look(h, ann).SignedIn, false)
		c.mails(h, ann, 0)
		_, err = h.Pool.Invite(c.Context(), asked(ann))
		c.answered("second invite", err, onboard.ErrExists, ann)
		_, err = h.Pool.Resend(c.Context(), ann)
		c.must(err)
		c.mails(h, ann, 1)
	}},

	{"ATriggersRefusalIsErrRefused", func(c *caseT, h PoolHarness) {
		c.broken(h, TriggerRefuses)
		_, err := h.Pool.Invite(c.Context(), asked(ann))
		c.answered("invite", err, onboard.ErrRefused, ann)
		c.code(err, onboard.CodeRefusedByTrigger)
		c.broken(h, Sound)
		c.absent(h, ann)
	}},

	{"ARefusedPasswordIsErrRefused", func(c *caseT, h PoolHarness) {
		c.broken(h, PasswordRefused)
		_, err := h.Pool.Invite(c.Context(), asked(ann))
		c.answered("invite", err, onboard.ErrRefused, ann)
		c.code(err, onboard.CodePasswordPolicy)
		c.broken(h, Sound)
		c.absent(h, ann)
	}},
}

// arranged puts bob, who never signed in, and a group into the pool.
func (c *caseT) arranged(h PoolHarness) {
	c.Helper()
	c.need(h.CreateGroup != nil, "CreateGroup")
	c.seeded(h, bob, false)
	h.CreateGroup("staff")
}

// calls is one call of each kind that would succeed: ann is new, bob is not.
func calls(h PoolHarness) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"invite": func(ctx context.Context) error { _, err := h.Pool.Invite(ctx, asked(ann)); return err },
		"resend": func(ctx context.Context) error { _, err := h.Pool.Resend(ctx, bob); return err },
		"look":   func(ctx context.Context) error { _, err := h.Pool.Look(ctx, bob); return err },
		"add to group": func(ctx context.Context) error {
			return h.Pool.AddToGroup(ctx, bob, "staff")
		},
	}
}

// everyCall checks that each kind of call fails with a class.
func (c *caseT) everyCall(h PoolHarness, class error) {
	c.Helper()
	for what, call := range calls(h) {
		c.answered(what, call(c.Context()), class, ann, bob)
	}
}

// untouched checks that no call had its effect.
func (c *caseT) untouched(h PoolHarness) {
	c.Helper()
	c.absent(h, ann)
	c.mails(h, ann, 0)
	c.mails(h, bob, 0)
	if h.User != nil {
		_, groups := h.User(bob)
		c.same("groups", groups, []string(nil))
	}
}
