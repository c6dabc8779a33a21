package onboardtest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// span is one call's share of a second at 47.5 calls, in whole microseconds:
// a store that keeps milliseconds only would drift off the pace.
const span = 21_053 * time.Microsecond

var paceCases = []contract[onboard.Store]{
	{"AnUnusedLaneIsZero", func(c *caseT, s onboard.Store) {
		cell, err := s.Cell(c.Context(), "lane")
		c.must(err)
		c.same("cell", cell, onboard.Cell{})
	}},

	{"ReservationsFollowOneAnother", func(c *caseT, s onboard.Store) {
		now := Now()
		const lead = 80 * time.Millisecond
		for _, step := range []struct {
			what        string
			now         time.Time
			lead, span  time.Duration
			start, ends time.Duration // from now
		}{
			{what: "the first begins now", now: now, lead: 0, span: span, start: 0, ends: span},
			{what: "the next where it ended", now: now, lead: 0, span: 3 * span, start: span, ends: 4 * span},
			{what: "also by a clock that is behind", now: now.Add(-time.Hour), lead: 0, span: span, start: 4 * span, ends: 5 * span},
			{what: "where it ended, though it needs a lead, if that is later", now: now, lead: 5*span - 1, span: span, start: 5 * span, ends: 6 * span},
			{what: "after its lead, if that is later", now: now, lead: 6*span + 1, span: span, start: 6*span + 1, ends: 7*span + 1},
			{what: "after a pause it begins now", now: now.Add(time.Minute), lead: 0, span: span, start: time.Minute, ends: time.Minute + span},
			{what: "just at the end", now: now.Add(time.Minute + span), lead: 0, span: span, start: time.Minute + span, ends: time.Minute + 2*span},
			{what: "after a pause and its lead", now: now.Add(time.Hour), lead: lead, span: span, start: time.Hour + lead, ends: time.Hour + lead + span},
		} {
			r, err := s.Reserve(c.Context(), "lane", onboard.Want{Now: clock(step.now), Lead: step.lead, Span: step.span, Latest: now.Add(2 * time.Hour)})
			c.must(err)
			c.same(step.what, r.Start, now.Add(step.start))
			c.same(step.what+": end", r.Cell.Reserved, now.Add(step.ends))
			stored, err := s.Cell(c.Context(), "lane")
			c.must(err)
			c.same(step.what+": stored", stored, r.Cell)
		}
	}},

	{"APlaceIsOnlyGivenToWhoCanUseIt", func(c *caseT, s onboard.Store) {
		now := Now()
		c.must(s.SaveCell(c.Context(), "lane", onboard.Cell{ClosedUntil: now.Add(time.Hour)}))
		want := onboard.Want{Now: clock(now), Span: time.Minute, Lead: time.Second, Latest: now.Add(time.Minute)}
		c.reserve(s, want, now.Add(time.Second))
		for _, step := range []struct {
			what    string
			change  func(w *onboard.Want)
			refused onboard.Refusal
		}{
			{what: "the line ends too far ahead", change: func(w *onboard.Want) {}, refused: onboard.TooFar},
			{what: "by a nanosecond", change: func(w *onboard.Want) { w.Latest = now.Add(time.Minute + time.Second - 1) }, refused: onboard.TooFar},
			{what: "the lane is closed for mail", change: func(w *onboard.Want) { w.Mail, w.Latest = true, now.Add(time.Hour) }, refused: onboard.LaneClosed},
			{what: "both", change: func(w *onboard.Want) { w.Mail = true }, refused: onboard.LaneClosed},
		} {
			refused := want
			step.change(&refused)
			before, err := s.Cell(c.Context(), "lane")
			c.must(err)
			r, err := s.Reserve(c.Context(), "lane", refused)
			c.must(err)
			c.same(step.what, r, onboard.Reservation{Refused: step.refused, Cell: before})
			after, err := s.Cell(c.Context(), "lane")
			c.must(err)
			c.same(step.what+": stored", after, before)
		}
		want.Latest = now.Add(time.Minute + time.Second)
		c.reserve(s, want, now.Add(time.Minute+time.Second))
		want.Now, want.Mail = clock(now.Add(time.Hour)), true
		c.reserve(s, want, now.Add(time.Hour+time.Second))
	}},

	{"AnIdleLaneThatIsClosedGivesNothingToMail", func(c *caseT, s onboard.Store) {
		now := Now()
		cell := onboard.Cell{ClosedUntil: now.Add(1)}
		c.must(s.SaveCell(c.Context(), "lane", cell))
		want := onboard.Want{Now: clock(now), Span: span, Mail: true}
		r, err := s.Reserve(c.Context(), "lane", want)
		c.must(err)
		c.same("refused", r.Refused, onboard.LaneClosed)
		want.Now = clock(now.Add(1))
		c.reserve(s, want, now.Add(1))
	}},

	{"NewRowsThatMailGiveWayToThoseThatWaitForIt", func(c *caseT, s onboard.Store) {
		now := Now()
		c.must(s.SaveCell(c.Context(), "lane", onboard.Cell{Backlog: true, ClosedUntil: now.Add(-time.Second)}))
		want := onboard.Want{Now: clock(now), Span: span, Latest: now.Add(time.Hour), Mail: true, New: true}
		for _, idle := range []bool{true, false} {
			r, err := s.Reserve(c.Context(), "lane", want)
			c.must(err)
			c.same("refused", r.Refused, onboard.LaneBacklog)
			if idle {
				c.reserve(s, onboard.Want{Now: clock(now), Span: span, Mail: true}, now)
			}
		}
		c.reserve(s, onboard.Want{Now: clock(now), Span: span, Latest: now.Add(time.Hour), New: true}, now.Add(span))
		cell, err := s.Cell(c.Context(), "lane")
		c.must(err)
		cell.Backlog = false
		c.must(s.SaveCell(c.Context(), "lane", cell))
		c.reserve(s, want, now.Add(2*span))
	}},

	{"WhatWasHeardIsWrittenWithAReservation", func(c *caseT, s onboard.Store) {
		now := Now()
		cleared := now.Add(-time.Second)
		for _, step := range []struct {
			what    string
			heard   onboard.PoolAnswers
			latest  time.Duration // from now
			clearAt time.Time
			unclear int
		}{
			{what: "calls without an answer", heard: onboard.PoolAnswers{Unclear: 2}, latest: time.Hour, clearAt: time.Time{}, unclear: 2},
			{what: "more of them", heard: onboard.PoolAnswers{Unclear: 3}, latest: time.Hour, clearAt: time.Time{}, unclear: 5},
			{what: "nothing", heard: onboard.PoolAnswers{}, latest: time.Hour, clearAt: time.Time{}, unclear: 5},
			{what: "an answer", heard: onboard.PoolAnswers{ClearAt: cleared}, latest: time.Hour, clearAt: cleared, unclear: 0},
			{what: "one, and calls without since", heard: onboard.PoolAnswers{ClearAt: now, Unclear: 4}, latest: time.Hour, clearAt: now, unclear: 4},
			{what: "a reservation that is refused writes nothing", heard: onboard.PoolAnswers{Unclear: 9}, latest: 0, clearAt: now, unclear: 4},
		} {
			_, err := s.Reserve(c.Context(), "lane", onboard.Want{Now: clock(now), Span: span, Latest: now.Add(step.latest), Answers: step.heard})
			c.must(err)
			cell, err := s.Cell(c.Context(), "lane")
			c.must(err)
			c.same(step.what+": last clear answer", cell.ClearAt, step.clearAt)
			c.same(step.what+": unclear since", cell.Unclear, step.unclear)
		}
	}},

	{"LanesAreSeparate", func(c *caseT, s onboard.Store) {
		now := Now()
		for _, lane := range []string{"invite", "group"} {
			r, err := s.Reserve(c.Context(), lane, onboard.Want{Now: clock(now), Span: time.Hour})
			c.must(err)
			c.same(lane, r.Start, now)
		}
		c.must(s.SaveCell(c.Context(), "invite", onboard.Cell{Cut: onboard.Cut{To: 10}}))
		cell, err := s.Cell(c.Context(), "group")
		c.must(err)
		c.same("the other lane", cell, onboard.Cell{Reserved: now.Add(time.Hour)})
	}},

	{"ReservationsAtOnceDoNotOverlap", func(c *caseT, s onboard.Store) {
		now := Now()
		const each = 4
		var mu sync.Mutex
		var starts []time.Time
		together(writers, func(i int) {
			for range each {
				r, err := s.Reserve(c.Context(), "lane", onboard.Want{Now: clock(now), Span: span, Latest: now.Add(time.Hour)})
				if err != nil || r.Refused != "" {
					c.Errorf("worker %d: refused %q, %v", i, r.Refused, err)
					return
				}
				mu.Lock()
				starts = append(starts, r.Start)
				mu.Unlock()
			}
		})
		slices.SortFunc(starts, time.Time.Compare)
		for i, start := range starts {
			c.same("start", start, now.Add(time.Duration(i)*span))
		}
		c.same("reservations", len(starts), writers*each)
	}},

	{"ASavedCellKeepsWhatReservationsWrite", func(c *caseT, s onboard.Store) {
		now := Now()
		wish := onboard.Want{Now: clock(now), Span: span, Latest: now.Add(time.Hour), Answers: onboard.PoolAnswers{ClearAt: now, Unclear: 2}}
		first := c.reserve(s, wish, now)
		want := onboard.Cell{
			Cut: onboard.Cut{At: now, Seen: 49.25, To: 39.4}, ClosedUntil: now.Add(time.Hour), Backlog: true, Version: first.Version,
			MailRate: 13.75, MailCut: onboard.Cut{At: now.Add(time.Second), Seen: 23.5, To: 11.75}, MailLeast: 5.875,
			Pass: onboard.Pass{Since: now, After: onboard.Due{At: now.Add(time.Minute), RequestID: "r", Row: 7}},
		}
		c.reserve(s, wish, now.Add(span)) // does not change the version
		c.must(s.SaveCell(c.Context(), "lane", want))
		got, err := s.Cell(c.Context(), "lane")
		c.must(err)
		if got.Version == want.Version {
			c.Errorf("the version is still %d after a save", got.Version)
		}
		want.Version, want.Reserved, want.ClearAt, want.Unclear = got.Version, now.Add(2*span), now, 2
		c.same("cell", got, want)
		want.Reserved = now.Add(3 * span)
		c.same("cell that comes with a reservation", c.reserve(s, wish, now.Add(2*span)), want)
	}},

	{"SavingOverAStaleCellChangesNothing", func(c *caseT, s onboard.Store) {
		c.must(s.SaveCell(c.Context(), "lane", onboard.Cell{Cut: onboard.Cut{To: 40}}))
		before, err := s.Cell(c.Context(), "lane")
		c.must(err)
		c.is("stale save", s.SaveCell(c.Context(), "lane", onboard.Cell{Cut: onboard.Cut{To: 30}}), onboard.ErrConflict)
		c.is("save over a version to come", s.SaveCell(c.Context(), "lane", onboard.Cell{Cut: onboard.Cut{To: 30}, Version: before.Version + 1}), onboard.ErrConflict)
		after, err := s.Cell(c.Context(), "lane")
		c.must(err)
		c.same("cell", after, before)
	}},

	{"OfManyWritersOfOneCellOneWins", func(c *caseT, s onboard.Store) {
		r, err := s.Reserve(c.Context(), "lane", onboard.Want{Span: span})
		c.must(err)
		c.oneWins(func(i int) error {
			mine := r.Cell
			mine.Cut.To = cmp.Or(float64(i), 100)
			return s.SaveCell(c.Context(), "lane", mine)
		})
	}},
}

// clock stands still.
func clock(now time.Time) func() time.Time { return func() time.Time { return now } }

// reserve takes a part of the line that must begin at start, and returns the cell.
func (c *caseT) reserve(s onboard.Store, want onboard.Want, start time.Time) onboard.Cell {
	c.Helper()
	r, err := s.Reserve(c.Context(), "lane", want)
	c.must(err)
	c.same("refused", r.Refused, onboard.Refusal(""))
	c.same("start", r.Start, start)
	return r.Cell
}
