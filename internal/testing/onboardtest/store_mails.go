package onboardtest

import (
	"time"

	"usher.example/internal/onboard"
)

type notes = map[int]onboard.MailDelivery

var mailCases = []contract[onboard.Store]{
	{"NotedMailsComeBackByRow", func(c *caseT, s onboard.Store) {
		want := notes{1: onboard.MailDelivered, 2: onboard.MailBounced, 199: onboard.MailDelivered, 200: onboard.MailComplained, 100_000: onboard.MailBounced}
		c.noteMails(s, RequestID(1), want)
		c.noteMails(s, RequestID(2), notes{1: onboard.MailComplained})
		c.same("notes", c.notedMails(s, RequestID(1)), want)
		c.same("notes of the other request", c.notedMails(s, RequestID(2)), notes{1: onboard.MailComplained})
		c.same("notes of a request that has none", c.notedMails(s, RequestID(3)), notes(nil))
	}},

	{"TheWorstNoteIsKeptInAnyOrder", func(c *caseT, s onboard.Store) {
		orders := [][]onboard.MailDelivery{
			{onboard.MailDelivered, onboard.MailBounced, onboard.MailComplained},
			{onboard.MailComplained, onboard.MailBounced, onboard.MailDelivered},
			{onboard.MailBounced, onboard.MailComplained, onboard.MailBounced},
		}
		want := notes{}
		for i, order := range orders {
			for _, says := range order {
				c.noteMails(s, RequestID(1), notes{i + 1: says})
			}
			want[i+1] = onboard.MailComplained
		}
		for _, says := range []onboard.MailDelivery{onboard.MailBounced, onboard.MailDelivered, onboard.MailBounced} {
			c.noteMails(s, RequestID(1), notes{9: says})
		}
		want[9] = onboard.MailBounced
		c.same("notes", c.notedMails(s, RequestID(1)), want)
	}},

	{"ANoteChangesNeitherRowNorRequest", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 2)
		c.settle(s, id, 1, onboard.Invited)
		request := c.request(s, id)
		row, _ := c.load(s, id, 1, "")
		c.noteMails(s, id, notes{1: onboard.MailBounced, 2: onboard.MailDelivered})
		c.same("request", c.request(s, id), request)
		now, _ := c.load(s, id, 1, "")
		c.same("row", now, row)
		list, err := s.ListInvitations(c.Context(), id, 0, 10)
		c.must(err)
		c.same("stored rows", rowsOf(list), []int{1})
		c.settle(s, id, 1, onboard.Invited)
		c.same("notes after the row was saved again", c.notedMails(s, id), notes{1: onboard.MailBounced, 2: onboard.MailDelivered})
	}},

	{"ManyNotersOfOneRequestAreAllHeard", func(c *caseT, s onboard.Store) {
		done := make(chan error, writers)
		for i := range writers {
			go func() { done <- s.NoteMails(c.Context(), RequestID(1), notes{i + 1: onboard.MailBounced}, Expiry()) }()
		}
		for range writers {
			c.must(<-done)
		}
		c.same("rows", len(c.notedMails(s, RequestID(1))), writers)
	}},

	{"ExpiredNotesAreGone", func(c *caseT, s onboard.Store) {
		past := Now().Truncate(time.Second).Add(-time.Minute)
		c.must(s.NoteMails(c.Context(), RequestID(1), notes{1: onboard.MailBounced}, past))
		c.same("notes", c.notedMails(s, RequestID(1)), notes(nil))
	}},

	{"NoNotesAreNoCall", func(c *caseT, s onboard.Store) {
		c.noteMails(s, RequestID(1), nil)
		c.same("notes", c.notedMails(s, RequestID(1)), notes(nil))
	}},
}

func (c *caseT) noteMails(s onboard.Store, id string, of notes) {
	c.Helper()
	c.must(s.NoteMails(c.Context(), id, of, Expiry()))
}

func (c *caseT) notedMails(s onboard.Store, id string) notes {
	c.Helper()
	found, err := s.NotedMails(c.Context(), id)
	c.must(err)
	return found
}
