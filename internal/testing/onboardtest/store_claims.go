package onboardtest

import (
	"time"

	"usher.example/internal/onboard"
)

var claimCases = []contract[onboard.Store]{
	{"ASavedClaimComesBackWithEveryField", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		want := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &want}))
		_, got := c.load(s, RequestID(1), 1, Address(1))
		if got.Version == 0 {
			c.Errorf("the stored claim has version 0, which stands for none")
		}
		want.Version = got.Version
		c.same("claim", got, want)
	}},

	{"ASaveReplacesTheClaim", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		first := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &first}))
		inv, before := c.load(s, RequestID(1), 1, Address(1))
		want := onboard.Claim{Address: Address(1), ExpiresAt: Expiry(), Version: before.Version}
		c.must(s.Save(c.Context(), onboard.Write{Invitation: inv, Claim: &want}))
		_, got := c.load(s, RequestID(1), 1, Address(1))
		if got.Version == before.Version {
			c.Errorf("the version is still %d after a save", got.Version)
		}
		want.Version = got.Version
		c.same("claim", got, want)
	}},

	{"TheClaimOfAnAddressIsSharedByRequests", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		c.accepted(s, RequestID(2), 1)
		claim := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &claim}))
		_, seen := c.load(s, RequestID(2), 1, Address(1))
		c.same("holder", seen.Holder, claim.Holder)
		_, other := c.load(s, RequestID(1), 1, Address(2))
		c.same("claim of another address", other, onboard.Claim{Address: Address(2)})
	}},

	{"ASaveWithoutAClaimLeavesItAlone", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		claim := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &claim}))
		_, before := c.load(s, RequestID(1), 1, Address(1))
		c.settle(s, RequestID(1), 1, onboard.Invited)
		_, after := c.load(s, RequestID(1), 1, Address(1))
		c.same("claim", after, before)
	}},

	{"SavingOverAStaleClaimWritesNothing", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		stale := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(id, 1), Claim: &stale}))
		_, before := c.load(s, id, 1, Address(1))
		was, _ := c.load(s, id, 2, "")
		w := settled(was, onboard.Invited)
		w.Claim = &stale // still without a version
		c.is("stale save", s.Save(c.Context(), w), onboard.ErrConflict)
		inv, after := c.load(s, id, 2, Address(1))
		c.same("invitation", inv, was)
		c.same("claim", after, before)
		c.same("counts", counts(c.request(s, id)), map[onboard.State]int{onboard.Pending: 2})
	}},

	{"OfManyClaimsOfOneAddressOneWins", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, writers)
		c.oneWins(func(i int) error {
			inv := Invitation(id, i+1)
			claim := onboard.Claim{
				Address: Address(1), Until: Now().Add(time.Minute), ExpiresAt: Expiry(),
				Holder: onboard.Holder{RequestID: id, Row: i + 1, Token: "token"},
			}
			return s.Save(c.Context(), onboard.Write{Invitation: inv, Claim: &claim})
		})
		list, err := s.ListInvitations(c.Context(), id, 0, writers)
		c.must(err)
		_, claim := c.load(s, id, 1, Address(1))
		c.same("stored rows", rowsOf(list), []int{claim.Holder.Row})
	}},

	{"ManyClaimsAreReadTogether", func(c *caseT, s onboard.Store) {
		const stored = 130 // more than a batch of DynamoDB, and not a multiple of one
		id := RequestID(1)
		c.accepted(s, id, stored+1)
		want, addresses := map[string]onboard.Claim{}, []string{}
		for i := range stored {
			claim := fullClaim(Address(i + 1))
			c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(id, i+1), Claim: &claim}))
			claim.Version = 1
			want[claim.Address] = claim
			addresses = append(addresses, claim.Address, Address(1000+i)) // every other one has no claim
		}
		expired := fullClaim(Address(stored + 1))
		expired.ExpiresAt = Now().Truncate(time.Second).Add(-time.Minute)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(id, stored+1), Claim: &expired}))
		addresses = append(addresses, expired.Address, addresses[0], addresses[0])
		got, err := s.Claims(c.Context(), addresses)
		c.must(err)
		for address, claim := range got {
			if claim.Version != 0 {
				claim.Version = 1 // which number it is is the store's
			}
			got[address] = claim
		}
		c.same("claims", got, want)
	}},

	{"NoAddressesHaveNoClaims", func(c *caseT, s onboard.Store) {
		got, err := s.Claims(c.Context(), nil)
		c.must(err)
		c.same("claims", len(got), 0)
	}},

	{"ReadClaimsAreCopies", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		claim := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &claim}))
		got, err := s.Claims(c.Context(), []string{Address(1)})
		c.must(err)
		delete(got, Address(1))
		again, err := s.Claims(c.Context(), []string{Address(1)})
		c.must(err)
		c.same("claims after a change to an earlier answer", len(again), 1)
	}},

	{"AnExpiredClaimIsAsGoodAsGone", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 1)
		old := fullClaim(Address(1))
		old.ExpiresAt = Now().Truncate(time.Second).Add(-time.Minute)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(id, 1), Claim: &old}))
		inv, claim := c.load(s, id, 1, Address(1))
		c.same("claim", claim, onboard.Claim{Address: Address(1)})
		fresh := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: inv, Claim: &fresh}))
		_, claim = c.load(s, id, 1, Address(1))
		fresh.Version = claim.Version
		c.same("fresh claim", claim, fresh)
	}},
}

// fullClaim returns a claim in which every field but Version is set.
func fullClaim(address string) onboard.Claim {
	return onboard.Claim{
		Address: address,
		Holder:  onboard.Holder{RequestID: RequestID(1), Row: 1, Token: "token-1"},
		Until:   Now().Add(time.Minute),
		Trail: onboard.Trail{
			By:   onboard.Holder{RequestID: RequestID(3), Row: 3, Token: "token-3"},
			From: Now().Add(-time.Minute), To: Now(), Unmailed: true, Gone: true, ResentAfter: Now().Add(-time.Second),
		},
		CreditedTo: onboard.Holder{RequestID: RequestID(2), Row: 2, Token: "token-2"},
		UserSub:    "sub-1",
		CreditedAt: Now().Add(-2 * time.Hour),
		MailedAt:   Now().Add(-time.Hour),
		Forced:     2, ForcedSince: Now().Add(-2 * time.Hour),
		History: []onboard.Touch{
			{RequestID: RequestID(2), Row: 2, At: Now().Add(-2 * time.Hour).Truncate(time.Second), MailAfter: Now().Add(-3 * time.Hour).Truncate(time.Second)},
			{RequestID: RequestID(3), Row: 3, At: Now().Add(-time.Hour).Truncate(time.Second)},
		},
		ExpiresAt: Expiry(),
	}
}
