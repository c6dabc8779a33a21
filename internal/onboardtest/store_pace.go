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
		for _, step := range []struct {
			what        string
			now         time.Time
			span        time.Duration
			start, ends time.Duration // from now
		}{
			{"the first begins now", now, span, 0, span},
			{"the next where it ended", now, 3 * span, span, 4 * span},
			{"also by a clock that is behind", now.Add(-time.Hour), span, 4 * span, 5 * span},
			{"after a pause it begins now", now.Add(time.Minute), span, time.Minute, time.Minute + span},
			{"just at the end", now.Add(time.Minute + span), span, time.Minute + span, time.Minute + 2*span},
		} {
			start, cell, err := s.Reserve(c.Context(), "lane", step.now, step.span)
			c.must(err)
			c.same(step.what, start, now.Add(step.start))
			c.same(step.what+": end", cell.Reserved, now.Add(step.ends))
			stored, err := s.Cell(c.Context(), "lane")
			c.must(err)
			c.same(step.what+": stored", stored, cell)
		}
	}},

	{"LanesAreSeparate", func(c *caseT, s onboard.Store) {
		now := Now()
		for _, lane := range []string{"invite", "group"} {
			start, _, err := s.Reserve(c.Context(), lane, now, time.Hour)
			c.must(err)
			c.same(lane, start, now)
		}
		c.must(s.SaveCell(c.Context(), "invite", onboard.Cell{CutTo: 10}))
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
				start, _, err := s.Reserve(c.Context(), "lane", now, span)
				if err != nil {
					c.Errorf("worker %d: %v", i, err)
					return
				}
				mu.Lock()
				starts = append(starts, start)
				mu.Unlock()
			}
		})
		slices.SortFunc(starts, time.Time.Compare)
		for i, start := range starts {
			c.same("start", start, now.Add(time.Duration(i)*span))
		}
		c.same("reservations", len(starts), writers*each)
	}},

	{"ASavedCellKeepsItsReservations", func(c *caseT, s onboard.Store) {
		now := Now()
		_, cell, err := s.Reserve(c.Context(), "lane", now, span)
		c.must(err)
		want := onboard.Cell{
			CutAt: now, LimitSeen: 49.25, CutTo: 39.4, ClosedUntil: now.Add(time.Hour), Version: cell.Version,
			Backlog: true, Pass: onboard.Pass{Since: now, After: onboard.Due{At: now.Add(time.Minute), RequestID: "r", Row: 7}},
		}
		if _, _, err := s.Reserve(c.Context(), "lane", now, span); err != nil { // does not change the version
			c.must(err)
		}
		c.must(s.SaveCell(c.Context(), "lane", want))
		got, err := s.Cell(c.Context(), "lane")
		c.must(err)
		if got.Version == want.Version {
			c.Errorf("the version is still %d after a save", got.Version)
		}
		want.Version, want.Reserved = got.Version, now.Add(2*span)
		c.same("cell", got, want)
		_, reserved, err := s.Reserve(c.Context(), "lane", now, span)
		c.must(err)
		want.Reserved = now.Add(3 * span)
		c.same("cell that comes with a reservation", reserved, want)
	}},

	{"SavingOverAStaleCellChangesNothing", func(c *caseT, s onboard.Store) {
		c.must(s.SaveCell(c.Context(), "lane", onboard.Cell{CutTo: 40}))
		before, err := s.Cell(c.Context(), "lane")
		c.must(err)
		c.is("stale save", s.SaveCell(c.Context(), "lane", onboard.Cell{CutTo: 30}), onboard.ErrConflict)
		c.is("save over a version to come", s.SaveCell(c.Context(), "lane", onboard.Cell{CutTo: 30, Version: before.Version + 1}), onboard.ErrConflict)
		after, err := s.Cell(c.Context(), "lane")
		c.must(err)
		c.same("cell", after, before)
	}},

	{"OfManyWritersOfOneCellOneWins", func(c *caseT, s onboard.Store) {
		_, cell, err := s.Reserve(c.Context(), "lane", Now(), span)
		c.must(err)
		c.oneWins(func(i int) error {
			mine := cell
			mine.CutTo = cmp.Or(float64(i), 100)
			return s.SaveCell(c.Context(), "lane", mine)
		})
	}},
}
