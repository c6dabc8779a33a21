package onboardtest

import (
	"time"

	"usher.example/internal/onboard"
)

var eraseCases = []contract[onboard.Store]{
	{"ARowKeepsWhatItIsToEndAsAndThatItWasErased", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 2)
		for row, code := range map[int]onboard.Code{1: onboard.CodeCanceled, 2: onboard.CodeErased} {
			want := Invitation(RequestID(1), row, func(inv *onboard.Invitation) { inv.EndsAs = code })
			c.must(s.Save(c.Context(), onboard.Write{Invitation: want}))
			want.Version = 1
			got, _ := c.load(s, RequestID(1), row, "")
			c.same("row that is to end", got, want)
			want.EndsAs, want.Erased, want.State, want.Person = "", true, onboard.Canceled, onboard.Person{}
			c.must(s.Save(c.Context(), onboard.Write{Invitation: want}))
			want.Version = 2
			got, _ = c.load(s, RequestID(1), row, "")
			c.same("row that was erased", got, want)
		}
	}},

	{"APartOfAManifestIsReplacedIfItIsWhatWasRead", func(c *caseT, s onboard.Store) {
		parts := []onboard.ManifestPart{{First: 2, Last: 9, Data: []byte{0, 255}}, {First: 10, Last: 12, Data: []byte("b")}}
		c.must(s.SaveManifest(c.Context(), RequestID(1), parts, Expiry()))
		c.must(s.ReplaceManifestPart(c.Context(), RequestID(1), parts[0], []byte("new")))
		c.is("what was read is not stored any more", s.ReplaceManifestPart(c.Context(), RequestID(1), parts[0], []byte("late")), onboard.ErrConflict)
		c.is("a part that does not exist", s.ReplaceManifestPart(c.Context(), RequestID(1), onboard.ManifestPart{First: 2, Last: 8, Data: parts[0].Data}, []byte("x")), onboard.ErrConflict)
		c.is("another request", s.ReplaceManifestPart(c.Context(), RequestID(2), parts[1], []byte("x")), onboard.ErrConflict)
		got, err := s.ManifestPart(c.Context(), RequestID(1), 0)
		c.must(err)
		c.same("part", got, onboard.ManifestPart{First: 2, Last: 9, Data: []byte("new")})
		got, err = s.ManifestPart(c.Context(), RequestID(1), 9)
		c.must(err)
		c.same("the other part", got, parts[1])
		c.oneWins(func(i int) error {
			return s.ReplaceManifestPart(c.Context(), RequestID(1), parts[1], []byte{byte('a' + i), '!'})
		})
	}},

	{"AClaimIsDroppedInTheVersionThatWasRead", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		claim := fullClaim(Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &claim}))
		inv, read := c.load(s, RequestID(1), 1, Address(1))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: inv, Claim: &read}))
		c.is("a claim that has changed", s.DropClaim(c.Context(), read), onboard.ErrConflict)
		c.is("a claim that was not known", s.DropClaim(c.Context(), onboard.Claim{Address: Address(1)}), onboard.ErrConflict)
		_, read = c.load(s, RequestID(1), 1, Address(1))
		c.must(s.DropClaim(c.Context(), read))
		_, got := c.load(s, RequestID(1), 1, Address(1))
		c.same("a dropped claim", got, onboard.Claim{Address: Address(1)})
		c.must(s.DropClaim(c.Context(), read)) // an answer may have been lost
		c.must(s.DropClaim(c.Context(), onboard.Claim{Address: Address(2)}))
	}},

	{"AClaimThatHasExpiredIsDroppedInAnyVersion", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		claim := fullClaim(Address(1))
		claim.ExpiresAt = Now().Truncate(time.Second).Add(-time.Minute)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(RequestID(1), 1), Claim: &claim}))
		c.must(s.DropClaim(c.Context(), onboard.Claim{Address: Address(1)}))
	}},
}
