package onboardtest

import (
	"slices"
	"time"

	"usher.example/internal/onboard"
)

var listCases = []contract[onboard.Store]{
	{"InvitationsAreListedInRowOrderByPages", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 10_000)
		for _, row := range []int{10, 2, 10_000, 1, 100, 9} { // in no order by number or by name
			c.settle(s, id, row, onboard.Invited)
		}
		for _, page := range []struct {
			after, limit int
			want         []int
		}{
			{after: 0, limit: 100, want: []int{1, 2, 9, 10, 100, 10_000}},
			{after: 0, limit: 3, want: []int{1, 2, 9}},
			{after: 9, limit: 2, want: []int{10, 100}},
			{after: 5, limit: 2, want: []int{9, 10}}, // after a row that is not stored
			{after: 100, limit: 5, want: []int{10_000}},
			{after: 10_000, limit: 5, want: nil},
		} {
			list, err := s.ListInvitations(c.Context(), id, page.after, page.limit)
			c.must(err)
			c.same("page", rowsOf(list), page.want)
		}
	}},

	{"ListedInvitationsAreComplete", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 1)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: fullInvitation(id, 1)}))
		want, _ := c.load(s, id, 1, "")
		list, err := s.ListInvitations(c.Context(), id, 0, 1)
		c.must(err)
		c.same("list", list, []onboard.Invitation{want})
	}},

	{"OnlyTheRequestsOwnInvitationsAreListed", func(c *caseT, s onboard.Store) {
		for _, id := range requestIDs(1, 2) {
			c.accepted(s, id, 3)
		}
		c.settle(s, RequestID(1), 1, onboard.Invited)
		c.settle(s, RequestID(2), 2, onboard.Invited)
		for id, want := range map[string][]int{RequestID(1): {1}, RequestID(2): {2}, RequestID(3): nil} {
			list, err := s.ListInvitations(c.Context(), id, 0, 10)
			c.must(err)
			c.same("request "+id, rowsOf(list), want)
		}
	}},

	{"ManyInvitationsAreAllListed", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		const n = 60
		c.accepted(s, id, n)
		var want []int
		for row := n; row > 0; row-- {
			c.settle(s, id, row, onboard.Invited)
			want = append([]int{row}, want...)
		}
		var got []int
		for after := 0; ; {
			list, err := s.ListInvitations(c.Context(), id, after, 7)
			c.must(err)
			if len(list) == 0 {
				break
			}
			got = append(got, rowsOf(list)...)
			after = got[len(got)-1]
		}
		c.same("rows", got, want)
	}},

	{"TheLongestDueComesFirst", func(c *caseT, s onboard.Store) {
		now := Now()
		c.accepted(s, RequestID(1), 9)
		c.accepted(s, RequestID(2), 9)
		for _, d := range []struct {
			id  string
			row int
			ago time.Duration
		}{
			{id: RequestID(1), row: 1, ago: time.Second},
			{id: RequestID(2), row: 2, ago: 3 * time.Hour},
			{id: RequestID(1), row: 3, ago: time.Hour},
			{id: RequestID(2), row: 4, ago: -time.Minute},
			{id: RequestID(1), row: 5, ago: 0},
		} {
			c.settle(s, d.id, d.row, onboard.Deferred, dueAt(now.Add(-d.ago)))
		}
		c.settle(s, RequestID(1), 6, onboard.Failed, dueAt(now.Add(-24*time.Hour))) // has its outcome
		c.due(s, now, 10, 2, 3, 1, 5)
		c.due(s, now, 2, 2, 3)
		c.due(s, now.Add(-2*time.Hour), 10, 2)
		c.due(s, now.Add(time.Hour), 10, 2, 3, 1, 5, 4)
	}},

	{"WithoutATimeADeferredInvitationIsNotDue", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 2)
		c.settle(s, RequestID(1), 1, onboard.Deferred, dueAt(Now().Add(-24*time.Hour)))
		c.settle(s, RequestID(1), 2, onboard.Deferred)
		c.due(s, Now(), 10, 1)
		c.settle(s, RequestID(1), 1, onboard.Deferred)
		c.due(s, Now(), 10)
	}},

	{"DueInvitationsGoOnAfterAnyOfThem", func(c *caseT, s onboard.Store) {
		at := Now().Add(-time.Hour)
		for _, id := range requestIDs(1, 2) {
			c.accepted(s, id, 12)
			for _, row := range []int{2, 10, 9} {
				c.settle(s, id, row, onboard.Deferred, dueAt(at))
			}
		}
		c.settle(s, RequestID(3), 5, onboard.Deferred, dueAt(at.Add(-time.Nanosecond)))
		c.due(s, Now(), 10, 5, 2, 9, 10, 2, 9, 10)
		var got []int
		for after := (onboard.Due{}); ; {
			list, err := s.DueInvitations(c.Context(), Now(), after, 2)
			c.must(err)
			if len(list) == 0 {
				break
			}
			got, after = append(got, rowsOf(list)...), onboard.DueOf(list[len(list)-1])
		}
		c.same("rows", got, []int{5, 2, 9, 10, 2, 9, 10})
		list, err := s.DueInvitations(c.Context(), Now(), onboard.Due{At: Now().Add(time.Hour)}, 2)
		c.must(err)
		c.same("after what is not due", rowsOf(list), []int(nil))
	}},

	{"ASettledInvitationIsNoLongerDue", func(c *caseT, s onboard.Store) {
		now := Now()
		c.accepted(s, RequestID(1), 3)
		for row := 1; row <= 3; row++ {
			c.settle(s, RequestID(1), row, onboard.Deferred, dueAt(now.Add(time.Duration(row)*time.Second)))
		}
		later := now.Add(time.Hour)
		c.due(s, later, 10, 1, 2, 3)
		c.settle(s, RequestID(1), 1, onboard.Invited)
		c.settle(s, RequestID(1), 2, onboard.Deferred, dueAt(now.Add(time.Minute)))
		c.due(s, later, 10, 3, 2)
		c.settle(s, RequestID(1), 2, onboard.Pending)
		c.due(s, later, 10, 3)
	}},

	{"ALimitOfNothingMakesAnEmptyList", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		c.settle(s, RequestID(1), 1, onboard.Deferred, dueAt(Now()))
		c.due(s, Now(), 10, 1)
		for _, limit := range []int{0, -1} {
			requests, err := s.ListRequests(c.Context(), "", limit)
			c.must(err)
			c.same("requests", ids(requests), []string(nil))
			list, err := s.ListInvitations(c.Context(), RequestID(1), 0, limit)
			c.must(err)
			due, err := s.DueInvitations(c.Context(), Now(), onboard.Due{}, limit)
			c.must(err)
			c.same("invitations", rowsOf(slices.Concat(list, due)), []int(nil))
		}
	}},

	{"DueInvitationsAreComplete", func(c *caseT, s onboard.Store) {
		c.accepted(s, RequestID(1), 1)
		c.must(s.Save(c.Context(), onboard.Write{Invitation: fullInvitation(RequestID(1), 1)}))
		want, _ := c.load(s, RequestID(1), 1, "")
		c.due(s, want.DueAt, 10, 1)
		list, err := s.DueInvitations(c.Context(), want.DueAt, onboard.Due{}, 10)
		c.must(err)
		c.same("due", list, []onboard.Invitation{want})
	}},
}

func dueAt(t time.Time) func(*onboard.Invitation) {
	return func(inv *onboard.Invitation) { inv.DueAt, inv.RetryAt = t, t }
}

// due waits until the rows due at a time are the wanted ones.
func (c *caseT) due(s onboard.Store, now time.Time, limit int, want ...int) {
	c.Helper()
	var got []int
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(interval) {
		list, err := s.DueInvitations(c.Context(), now, onboard.Due{}, limit)
		c.must(err)
		if got = rowsOf(list); slices.Equal(got, want) {
			return
		}
	}
	c.Errorf("rows due at %s: got %v, want %v", now.Format(time.RFC3339Nano), got, want)
}
