package onboardtest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"usher.example/internal/onboard"
)

var inviteCases = []contract[PoolHarness]{
	{"InviteCreatesAUserWhoNeverSignedIn", func(c *caseT, h PoolHarness) {
		before := time.Now()
		u := c.invite(h, ann)
		if u.Sub == "" || u.SignedIn {
			c.Errorf("got sub %q, signed in %v; want a sub, and not signed in", u.Sub, u.SignedIn)
		}
		if off := u.CreatedAt.Sub(before); off < -grain || off > patience {
			c.Errorf("created at %s, %s from when it was asked for", u.CreatedAt, off)
		}
		got := c.look(h, ann)
		c.same("sub", got.Sub, u.Sub)
		c.same("created at", got.CreatedAt, u.CreatedAt)
		c.same("signed in", got.SignedIn, false)
	}},

	{"InviteMailsOnce", func(c *caseT, h PoolHarness) {
		c.need(h.MailsTo != nil, "MailsTo")
		c.invite(h, ann)
		c.mails(h, ann, 1)
		c.mails(h, bob, 0)
	}},

	{"InviteWithoutMailMailsNobody", func(c *caseT, h PoolHarness) {
		_, err := h.Pool.Invite(c.Context(), onboard.Ask{Email: ann, SuppressMail: true})
		c.must(err)
		c.look(h, ann)
		c.mails(h, ann, 0)
	}},

	{"InviteKeepsTheAttributes", func(c *caseT, h PoolHarness) {
		c.need(h.User != nil, "User")
		given := map[string]string{"given_name": "Ānn", CustomAttribute: strings.Repeat("x", CustomLength), "phone_number": "+15555550100"}
		_, err := h.Pool.Invite(c.Context(), onboard.Ask{Email: ann, Attributes: given})
		c.must(err)
		got, _ := h.User(ann)
		delete(got, "sub") // a pool may show it among the attributes
		want := map[string]string{"email": ann, "email_verified": "true"}
		for name, value := range given {
			want[name] = value
		}
		c.same("attributes", got, want)
	}},

	{"InviteOfTwoAddressesMakesTwoUsers", func(c *caseT, h PoolHarness) {
		if one, two := c.invite(h, ann), c.invite(h, bob); one.Sub == two.Sub {
			c.Errorf("both have the sub %s", one.Sub)
		}
	}},

	{"ASecondInviteIsErrExists", func(c *caseT, h PoolHarness) {
		u := c.invite(h, ann)
		_, err := h.Pool.Invite(c.Context(), asked(ann))
		c.answered("second invite", err, onboard.ErrExists, ann)
		_, err = h.Pool.Invite(c.Context(), onboard.Ask{Email: ann, SuppressMail: true})
		c.answered("second invite without mail", err, onboard.ErrExists, ann)
		c.same("user", c.look(h, ann), u)
		c.mails(h, ann, 1)
	}},

	{"ASecondInviteInOtherLettersIsErrExists", func(c *caseT, h PoolHarness) {
		c.invite(h, ann)
		_, err := h.Pool.Invite(c.Context(), asked(loudAnn))
		c.answered("second invite", err, onboard.ErrExists, loudAnn)
		c.mails(h, ann, 1)
	}},

	{"InviteOfAUserWhoSignedInIsErrExists", func(c *caseT, h PoolHarness) {
		c.seeded(h, ann, true)
		_, err := h.Pool.Invite(c.Context(), asked(ann))
		c.answered("invite", err, onboard.ErrExists, ann)
		c.same("signed in", c.look(h, ann).SignedIn, true)
		c.mails(h, ann, 0)
	}},

	{"OfManyInvitesOfOneAddressOneCreatesTheUser", func(c *caseT, h PoolHarness) {
		var created atomic.Int32
		together(writers, func(i int) {
			switch _, err := h.Pool.Invite(c.Context(), asked(ann)); {
			case err == nil:
				created.Add(1)
			case !errors.Is(err, onboard.ErrExists):
				c.Errorf("invite %d: got error %v, want %v", i, err, onboard.ErrExists)
			}
		})
		c.same("invites that created the user", int(created.Load()), 1)
		c.mails(h, ann, 1)
	}},

	{"WhatIsNoAddressIsRefused", func(c *caseT, h PoolHarness) {
		for _, email := range []string{"", "ann", "a@", "@example.com", "a b@example.com"} {
			_, err := h.Pool.Invite(c.Context(), asked(email))
			c.answered("invite of "+email, err, onboard.ErrRefused)
		}
	}},

	{"AnAddressTooLongIsRefused", func(c *caseT, h PoolHarness) {
		longest := strings.Repeat("a", 128-len("@example.com")) + "@example.com"
		c.invite(h, longest)
		_, err := h.Pool.Invite(c.Context(), asked("a"+longest))
		c.answered("invite of 129 characters", err, onboard.ErrRefused, longest)
	}},

	{"AnUnknownAttributeIsRefused", func(c *caseT, h PoolHarness) { c.refuses(h, "custom:unknown", "x") }},

	{"ACustomAttributeTooLongIsRefused", func(c *caseT, h PoolHarness) {
		c.refuses(h, CustomAttribute, strings.Repeat("x", CustomLength+1))
	}},

	{"AnAttributeOver2048CharactersIsRefused", func(c *caseT, h PoolHarness) {
		c.refuses(h, "given_name", strings.Repeat("x", 2049))
	}},

	{"ABadPhoneNumberIsRefused", func(c *caseT, h PoolHarness) { c.refuses(h, "phone_number", "555-0100") }},

	{"ACanceledCallNeverLeaves", func(c *caseT, h PoolHarness) {
		c.seeded(h, bob, false)
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		_, err := h.Pool.Invite(ctx, asked(ann))
		c.unsent("invite", err)
		_, err = h.Pool.Resend(ctx, bob)
		c.unsent("resend", err)
		_, err = h.Pool.Look(ctx, bob)
		c.unsent("look", err)
		c.unsent("add to group", h.Pool.AddToGroup(ctx, bob, "staff"))
		c.absent(h, ann)
		c.mails(h, bob, 0)
	}},
}

// refuses checks that an attribute makes an invitation fail and creates nobody.
func (c *caseT) refuses(h PoolHarness, name, value string) {
	c.Helper()
	_, err := h.Pool.Invite(c.Context(), onboard.Ask{Email: ann, Attributes: map[string]string{name: value}})
	c.answered("invite with "+name, err, onboard.ErrRefused, ann)
	c.absent(h, ann)
	c.mails(h, ann, 0)
}

// unsent checks the error of a call that was canceled before it left.
func (c *caseT) unsent(what string, err error) {
	c.Helper()
	c.is(what, err, context.Canceled)
	if errors.Is(err, onboard.ErrUnclear) {
		c.Errorf("%s: the error says that the call may have left: %v", what, err)
	}
}

var resendCases = []contract[PoolHarness]{
	{"ResendMailsAUserWhoNeverSignedInAgain", func(c *caseT, h PoolHarness) {
		u := c.invite(h, ann)
		time.Sleep(2 * grain) // so that the pool's clock shows the change
		again, err := h.Pool.Resend(c.Context(), ann)
		c.must(err)
		c.same("sub", again.Sub, u.Sub)
		c.same("created at", again.CreatedAt, u.CreatedAt)
		c.mails(h, ann, 2)
		if seen := c.look(h, ann); !seen.ModifiedAt.After(u.ModifiedAt) {
			c.Errorf("modified at %s, not after %s", seen.ModifiedAt, u.ModifiedAt)
		}
	}},

	{"ResendInOtherLettersFindsTheUser", func(c *caseT, h PoolHarness) {
		u := c.invite(h, ann)
		again, err := h.Pool.Resend(c.Context(), loudAnn)
		c.must(err)
		c.same("sub", again.Sub, u.Sub)
	}},

	{"ResendToNobodyIsErrUserNotFound", func(c *caseT, h PoolHarness) {
		_, err := h.Pool.Resend(c.Context(), ann)
		c.answered("resend", err, onboard.ErrUserNotFound, ann)
		c.absent(h, ann)
		c.mails(h, ann, 0)
	}},

	{"ResendToAUserWhoSignedInIsErrSignedIn", func(c *caseT, h PoolHarness) {
		c.seeded(h, ann, true)
		_, err := h.Pool.Resend(c.Context(), ann)
		c.answered("resend", err, onboard.ErrSignedIn, ann)
		c.mails(h, ann, 0)
	}},
}

var lookCases = []contract[PoolHarness]{
	{"LookForNobodyIsErrUserNotFound", func(c *caseT, h PoolHarness) {
		_, err := h.Pool.Look(c.Context(), ann)
		c.answered("look", err, onboard.ErrUserNotFound, ann)
	}},

	{"LookInOtherLettersFindsTheUser", func(c *caseT, h PoolHarness) {
		u := c.invite(h, ann)
		c.same("sub", c.look(h, loudAnn).Sub, u.Sub)
	}},

	{"LookTellsWhoSignedIn", func(c *caseT, h PoolHarness) {
		c.seeded(h, ann, true)
		c.seeded(h, bob, false)
		c.same("one who did", c.look(h, ann).SignedIn, true)
		c.same("one who did not", c.look(h, bob).SignedIn, false)
	}},
}

var groupCases = []contract[PoolHarness]{
	{"AddToGroupTwiceIsOneMembership", func(c *caseT, h PoolHarness) {
		c.need(h.CreateGroup != nil, "CreateGroup")
		h.CreateGroup("staff")
		h.CreateGroup("board")
		c.invite(h, ann)
		c.look(h, ann)
		for range 2 {
			c.must(h.Pool.AddToGroup(c.Context(), ann, "staff"))
		}
		if h.User != nil {
			_, groups := h.User(ann)
			c.same("groups", slices.Sorted(slices.Values(groups)), []string{"staff"})
		}
	}},

	{"AddToAnUnknownGroupIsRefused", func(c *caseT, h PoolHarness) {
		c.invite(h, ann)
		c.look(h, ann)
		err := h.Pool.AddToGroup(c.Context(), ann, "unknown")
		c.answered("add", err, onboard.ErrRefused, ann)
		c.code(err, onboard.CodeGroupUnknown)
	}},

	{"AddNobodyToAGroupIsErrUserNotFound", func(c *caseT, h PoolHarness) {
		c.need(h.CreateGroup != nil, "CreateGroup")
		h.CreateGroup("staff")
		c.answered("add", h.Pool.AddToGroup(c.Context(), ann, "staff"), onboard.ErrUserNotFound, ann)
	}},
}

func (c *caseT) code(err error, want onboard.Code) {
	c.Helper()
	var answer *onboard.PoolError
	if !errors.As(err, &answer) || answer.Code != want {
		c.Errorf("got %#v, want the code %s", err, want)
	}
}
