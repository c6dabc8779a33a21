package onboardtest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"usher.example/internal/onboard"
)

// CustomAttribute is the one attribute of its own that the pool of a
// [PoolHarness] has, CustomLength its greatest length in characters.
const (
	CustomAttribute = "custom:tenant"
	CustomLength    = 16
)

// Fault is a way in which a pool can fail.
type Fault string

// The faults that cases ask for.
const (
	Sound           Fault = ""                        // none: the pool works
	CallsThrottled  Fault = "turning calls away"      // ErrThrottled
	MailUsedUp      Fault = "using up the day's mail" // ErrMailQuota
	MailFails       Fault = "failing to mail"         // ErrNotMailed
	PoolUnfit       Fault = "being set up wrong"      // ErrMisconfigured
	TriggerRefuses  Fault = "a trigger that refuses"  // ErrRefused
	PasswordRefused Fault = "a password refused"      // ErrRefused
	AnswersLost     Fault = "losing answers"          // ErrUnclear, with the effect
	CallsLost       Fault = "losing calls"            // ErrUnclear, without
	CallsSlow       Fault = "being slow"              // a call takes 3 s or more
)

// slowPatience is how long cases wait for a slow pool before they give up.
const slowPatience = 500 * time.Millisecond

// PoolHarness is a pool under test with the means to arrange it. The pool has
// no user, no group, and the attribute [CustomAttribute]. Means left nil cost
// the cases that need them, each with a line that says so.
type PoolHarness struct {
	Pool onboard.Pool

	// Directory lists the users of the same pool.
	Directory onboard.Directory

	// AddUser puts a user into the pool by another way, and signs them in.
	AddUser func(email string, signedIn bool)

	CreateGroup func(name string)

	// MailsTo counts the mails sent to an address.
	MailsTo func(email string) int

	// User shows what the pool holds of an address.
	User func(email string) (attributes map[string]string, groups []string)

	// Break makes the pool fail in one way, and in no other, until told
	// otherwise. It returns false for a fault that it cannot bring about.
	Break func(Fault) bool

	Differences Differences
}

// Pool checks a pool against the contract of [onboard.Pool].
func Pool(t *testing.T, in In, newPool func(*testing.T) PoolHarness) {
	cases := slices.Concat(inviteCases, resendCases, lookCases, findCases, groupCases, faultCases)
	hold(t, in, cases, func(t *testing.T) (PoolHarness, Differences) {
		h := newPool(t)
		return h, h.Differences
	})
}

// ann is the address that most cases are about, loudAnn another spelling of it.
const (
	ann     = "ann@example.com"
	loudAnn = "ANN@Example.com"
	bob     = "bob@example.com"
)

func asked(email string) onboard.Ask { return onboard.Ask{Email: email} }

func (c *caseT) invite(h PoolHarness, email string) onboard.User {
	c.Helper()
	u, err := h.Pool.Invite(c.Context(), asked(email))
	c.must(err)
	return u
}

// look reads a user who is there. A pool may need a moment to find them.
func (c *caseT) look(h PoolHarness, email string) onboard.User {
	c.Helper()
	var u onboard.User
	c.eventually("the user is found", func() bool {
		var err error
		u, err = h.Pool.Look(c.Context(), email)
		if !errors.Is(err, onboard.ErrUserNotFound) {
			c.must(err)
		}
		return err == nil
	})
	return u
}

// absent checks that an address has no user.
func (c *caseT) absent(h PoolHarness, email string) {
	c.Helper()
	_, err := h.Pool.Look(c.Context(), email)
	c.is("looking for a user who should not be there", err, onboard.ErrUserNotFound)
}

// seeded puts a user into the pool.
func (c *caseT) seeded(h PoolHarness, email string, signedIn bool) {
	c.Helper()
	c.need(h.AddUser != nil, "AddUser")
	h.AddUser(email, signedIn)
}

// mails checks how many mails went to an address, if the harness can tell.
func (c *caseT) mails(h PoolHarness, email string, want int) {
	c.Helper()
	if h.MailsTo != nil {
		c.same("mails", h.MailsTo(email), want)
	}
}

// broken makes the pool fail, or skips the case.
func (c *caseT) broken(h PoolHarness, fault Fault) {
	c.Helper()
	c.need(h.Break != nil && h.Break(fault), "way of "+string(fault))
}

// answered checks the class of an error, that it has a sentence for people, and that
// it shows no address.
func (c *caseT) answered(what string, err, class error, emails ...string) {
	c.Helper()
	c.is(what, err, class)
	var answer *onboard.PoolError
	if !errors.As(err, &answer) {
		c.Errorf("%s: %v is no PoolError", what, err)
		return
	}
	if answer.Reason() == "" {
		c.Errorf("%s: the error has no reason for people", what)
	}
	coded := []error{onboard.ErrRefused, onboard.ErrMisconfigured, onboard.ErrMailQuota, onboard.ErrNotMailed}
	if answer.Code == "" && slices.Contains(coded, class) {
		c.Errorf("%s: the error has no code", what)
	}
	for _, email := range emails {
		for _, text := range []string{err.Error(), answer.Reason(), answer.Detail} {
			if email != "" && strings.Contains(strings.ToLower(text), strings.ToLower(email)) {
				c.Errorf("%s: %q shows the address", what, text)
			}
		}
	}
}
