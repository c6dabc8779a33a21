package onboardtest

import (
	"errors"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// PoolOfKind checks what invitations rest on in a pool of a kind. The pool has no user
// and no attributes of its own.
func PoolOfKind(t *testing.T, in In, kind memory.Kind, newPool func(*testing.T) PoolHarness) {
	hold(t, in, kindCases[kind], func(t *testing.T) (PoolHarness, Differences) {
		h := newPool(t)
		return h, h.Differences
	})
}

// kindCases are the cases of each kind that differs from an ordinary pool in what it
// answers.
var kindCases = map[memory.Kind][]contract[PoolHarness]{
	memory.Passwordless: {
		{"AUserIsConfirmedFromTheStart", func(c *caseT, h PoolHarness) {
			u := c.invite(h, ann)
			c.same("signed in by the answer", u.SignedIn, true)
			seen := c.look(h, ann)
			c.same("signed in by a look", seen.SignedIn, true)
			c.same("modified", seen.ModifiedAt.After(seen.CreatedAt), false)
			c.mails(h, ann, 1)
		}},
		{"NobodyIsMailedAgain", func(c *caseT, h PoolHarness) {
			c.invite(h, ann)
			_, err := h.Pool.Resend(c.Context(), ann)
			c.answered("resend", err, onboard.ErrSignedIn, ann)
			c.mails(h, ann, 1)
		}},
	},
	memory.Plain: {
		{"AnAddressIsAUserName", func(c *caseT, h PoolHarness) {
			u := c.invite(h, ann)
			c.same("sub", c.look(h, ann).Sub, u.Sub)
			_, err := h.Pool.Invite(c.Context(), asked(ann))
			c.answered("second invite", err, onboard.ErrExists, ann)
		}},
	},
	memory.Aliased:   {{"AnAddressIsNoUserName", refusesAddress}},
	memory.PhoneOnly: {{"AnAddressIsNoUserName", refusesAddress}},
	memory.NameAliased: {
		{"AnAliasIsNotSetAtCreation", func(c *caseT, h PoolHarness) { c.refuses(h, "preferred_username", "ann") }},
	},
	memory.RequiredFixed: {
		{"NobodyIsMadeWithoutTheAttribute", func(c *caseT, h PoolHarness) {
			_, err := h.Pool.Invite(c.Context(), asked(ann))
			c.answered("invite", err, onboard.ErrRefused, ann)
			c.absent(h, ann)
			_, err = h.Pool.Invite(c.Context(), onboard.Ask{Email: ann, Attributes: map[string]string{memory.FixedAttribute: "Ann"}})
			c.must(err)
		}},
	},
	memory.Imported: {
		{"AResetUserIsNotMailed", func(c *caseT, h PoolHarness) {
			u := c.look(h, memory.ImportedAddress)
			c.same("must reset", u.MustReset, true)
			_, err := h.Pool.Resend(c.Context(), memory.ImportedAddress)
			c.answered("resend", err, onboard.ErrSignedIn, memory.ImportedAddress)
			c.mails(h, memory.ImportedAddress, 0)
		}},
	},
	memory.CustomSender: {
		{"NoMailCountsAgainstALimit", func(c *caseT, h PoolHarness) {
			c.need(h.Break != nil, "Break")
			h.Break(MailFails) // which Cognito does not hear of
			c.invite(h, ann)
			c.mails(h, ann, 1)
		}},
	},
}

func refusesAddress(c *caseT, h PoolHarness) {
	_, err := h.Pool.Invite(c.Context(), asked(ann))
	c.answered("invite", err, onboard.ErrRefused, ann)
	_, err = h.Pool.Look(c.Context(), ann)
	if !errors.Is(err, onboard.ErrUserNotFound) {
		c.Errorf("look: %v", err)
	}
}
