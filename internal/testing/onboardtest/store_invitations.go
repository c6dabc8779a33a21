package onboardtest

import (
	"slices"
	"time"

	"usher.example/internal/onboard"
)

var invitationCases = []contract[onboard.Store]{
	{"WhatWasNeverStoredIsZeroButForItsIdentity", func(c *caseT, s onboard.Store) {
		inv, claim := c.load(s, RequestID(1), 7, Address(7))
		c.same("invitation", inv, onboard.Invitation{RequestID: RequestID(1), Row: 7})
		c.same("claim", claim, onboard.Claim{Address: Address(7)})
	}},

	{"ASavedInvitationComesBackWithEveryField", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		want := fullInvitation(RequestID(1), 1)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: want}))
		got, claim := c.load(s, RequestID(1), 1, "")
		if got.Version == 0 {
			c.Errorf("the stored invitation has version 0, which stands for none")
		}
		want.Version = got.Version
		c.same("invitation", got, want)
		c.same("claim, which was not asked for", claim, onboard.Claim{})
	}},

	{"ASaveReplacesTheInvitation", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: fullInvitation(RequestID(1), 1)}))
		before, _ := c.load(s, RequestID(1), 1, "")
		want := Invitation(RequestID(1), 1, func(inv *onboard.Invitation) { inv.State = onboard.Invited })
		want.Version = before.Version
		c.must(s.Save(c.Context(), onboard.Write{Invitation: want}))
		got, _ := c.load(s, RequestID(1), 1, "")
		if got.Version == before.Version {
			c.Errorf("the version is still %d after a save", got.Version)
		}
		want.Version = got.Version
		c.same("invitation", got, want)
	}},

	{"RowsAndRequestsAreKeptApart", func(c *caseT, s onboard.Store) {
		for _, id := range requestIDs(1, 2) {
			c.accepted(s, id, 11)
			c.settle(s, id, 1, onboard.Invited)
		}
		c.settle(s, RequestID(1), 11, onboard.Failed)
		one, _ := c.load(s, RequestID(1), 1, "")
		eleven, _ := c.load(s, RequestID(1), 11, "")
		other, _ := c.load(s, RequestID(2), 11, "")
		c.same("row 1", one.State, onboard.Invited)
		c.same("row 11", eleven.State, onboard.Failed)
		c.same("row 11 of the other request", other.Version, 0)
	}},

	{"SavingOverAStaleInvitationWritesNothing", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		stale, claim := c.load(s, id, 1, Address(1))
		c.settle(s, id, 1, onboard.Invited)
		before := c.request(s, id)
		w := settled(stale, onboard.Failed)
		w.Claim = &claim
		c.is("stale save", s.Save(c.Context(), w), onboard.ErrConflict)
		got, gotClaim := c.load(s, id, 1, Address(1))
		c.same("state", got.State, onboard.Invited)
		c.same("claim", gotClaim, claim)
		c.same("request", c.request(s, id), before)
	}},

	{"AVersionOfNothingIsStale", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		w := settled(onboard.Invitation{RequestID: RequestID(1), Row: 1}, onboard.Invited)
		w.Invitation.Version = 3
		c.is("save", s.Save(c.Context(), w), onboard.ErrConflict)
		got, _ := c.load(s, RequestID(1), 1, "")
		c.same("version", got.Version, 0)
		c.same("counts", counts(c.request(s, RequestID(1))), map[onboard.State]int{onboard.Pending: 1})
	}},

	{"OfManyWritersOfOneInvitationOneWins", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		was, _ := c.load(s, id, 1, "")
		c.oneWins(func(int) error { return s.Save(c.Context(), settled(was, onboard.Invited)) })
		c.same("counts", counts(c.request(s, id)), map[onboard.State]int{onboard.Invited: 1, onboard.Pending: 1})
	}},

	{"ManyRowsSettledAtOnceAreAllCounted", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, writers)
		together(writers, func(i int) {
			inv, claim, err := s.Load(c.Context(), id, i+1, Address(i+1))
			if err == nil {
				w := settled(inv, onboard.Invited)
				w.Claim = &claim
				err = s.Save(c.Context(), w)
			}
			if err != nil {
				c.Errorf("row %d: %v", i+1, err)
			}
		})
		c.same("counts", counts(c.request(s, id)), map[onboard.State]int{onboard.Invited: writers})
	}},

	{"TheTallyFollowsARowFromStateToState", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		coded := func(code onboard.Code) func(*onboard.Invitation) {
			return func(inv *onboard.Invitation) { inv.Code = code }
		}
		c.settle(s, id, 1, onboard.Pending)
		c.same("pending", counts(c.request(s, id)), map[onboard.State]int{onboard.Pending: 2})
		c.settle(s, id, 1, onboard.Deferred, coded(onboard.CodeMailQuota))
		c.same("deferred", counts(c.request(s, id)), map[onboard.State]int{onboard.Deferred: 1, onboard.Pending: 1})
		c.same("codes", c.request(s, id).Codes(Now()), map[onboard.Code]int{onboard.CodeMailQuota: 1})
		c.settle(s, id, 1, onboard.NotMailed, coded(onboard.CodeMailNotDelivered))
		c.settle(s, id, 2, onboard.Invited)
		r := c.request(s, id)
		c.same("settled", counts(r), map[onboard.State]int{onboard.NotMailed: 1, onboard.Invited: 1})
		c.same("codes", r.Codes(Now()), map[onboard.Code]int{onboard.CodeMailNotDelivered: 1})
		c.same("state", r.State(Now()), onboard.StateErrors)
	}},

	{"TheTallyKeepsTheTimeOfTheLatestChange", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		last := Now().Add(time.Minute)
		at := func(t time.Time) func(*onboard.Invitation) {
			return func(inv *onboard.Invitation) { inv.UpdatedAt = t }
		}
		c.settle(s, id, 1, onboard.Invited, at(last))
		c.settle(s, id, 2, onboard.Invited, at(last.Add(-time.Second)))
		c.same("finished", c.request(s, id).FinishedAt(last), last)
	}},

	{"ARowIsSettledThoughItsRequestIsGone", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.settle(s, id, 1, onboard.Invited)
		got, _ := c.load(s, id, 1, "")
		c.same("state", got.State, onboard.Invited)
		_, err := s.Request(c.Context(), id)
		c.is("reading the request", err, onboard.ErrNotFound)
	}},

	{"AnExpiredInvitationIsAsGoodAsGone", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		c.settle(s, id, 2, onboard.Deferred, func(inv *onboard.Invitation) {
			inv.DueAt, inv.ExpiresAt = Now().Add(-time.Minute), Now().Truncate(time.Second).Add(-time.Minute)
		})
		got, _ := c.load(s, id, 2, "")
		c.same("invitation", got, onboard.Invitation{RequestID: id, Row: 2})
		list, err := s.ListInvitations(c.Context(), id, 0, 10)
		c.must(err)
		c.same("list", rowsOf(list), []int(nil))
		due, err := s.DueInvitations(c.Context(), Now(), onboard.Due{}, 10)
		c.must(err)
		c.same("due", rowsOf(due), []int(nil))
		c.must(s.Save(c.Context(), onboard.Write{Invitation: Invitation(id, 2)}))
	}},

	{"InvitationsAreKeptAsCopies", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 1)
		given := fullInvitation(id, 1)
		w := onboard.Write{Invitation: given, Tally: onboard.Change(onboard.Invitation{}, given, 1)}
		c.must(s.Save(c.Context(), w))
		stored := func() onboard.Invitation {
			inv, _ := c.load(s, id, 1, "")
			return inv
		}
		want, wantCounts := snapshot(stored()), snapshot(counts(c.request(s, id)))
		spoilInvitation(&given)
		for state := range w.Tally.States {
			w.Tally.States[state] = 100
		}
		c.unchanged("after spoiling what was given", stored(), want)
		c.unchanged("counts", counts(c.request(s, id)), wantCounts)

		taken := stored()
		spoilInvitation(&taken)
		withClaim, _ := c.load(s, id, 1, Address(1))
		spoilInvitation(&withClaim)
		c.unchanged("after spoiling what was taken", stored(), want)
		list, err := s.ListInvitations(c.Context(), id, 0, 1)
		c.must(err)
		c.due(s, taken.DueAt, 1, 1)
		due, err := s.DueInvitations(c.Context(), taken.DueAt, onboard.Due{}, 1)
		c.must(err)
		for _, inv := range slices.Concat(list, due) {
			spoilInvitation(&inv)
		}
		c.unchanged("after spoiling the lists", stored(), want)
	}},
}

// fullInvitation returns an invitation in which every field but Version is set.
func fullInvitation(requestID string, row int) onboard.Invitation {
	return Invitation(requestID, row, func(inv *onboard.Invitation) {
		inv.Groups = []string{"staff", "Zürich"}
		inv.Attributes = map[string]string{"given_name": "Ānn \"A\" O'Neil", "custom:tenant": "", "custom:note": "a\nb\t\U0001F331"}
		inv.Ref = "ref-1"
		inv.Cells = []string{"", "=1+1", "x,y"}
		inv.Round = 2
		inv.State = onboard.Deferred
		inv.Code = onboard.CodeMailQuota
		inv.Reason = "the mail of the day is used up"
		inv.Attempts = 3
		inv.Exists = true
		inv.UserSub = "sub-1"
		inv.RetryAt = Now().Add(time.Hour)
		inv.DueAt = Now().Add(2 * time.Hour)
		inv.Confirmed = true
		inv.PasswordExpiresAt = Now().Add(3 * time.Hour)
	})
}

// spoilInvitation changes everything that a copy may share with its original.
func spoilInvitation(inv *onboard.Invitation) {
	for i := range inv.Groups {
		inv.Groups[i] = "spoiled"
	}
	for name := range inv.Attributes {
		inv.Attributes[name] = "spoiled"
	}
	for i := range inv.Cells {
		inv.Cells[i] = "spoiled"
	}
}

func rowsOf(list []onboard.Invitation) []int {
	var rows []int
	for _, inv := range list {
		rows = append(rows, inv.Row)
	}
	return rows
}
