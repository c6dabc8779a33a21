package sqlite_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"usher.example/internal/sqlite"
)

var rowsAtSize = flag.Int("rows-at-size", 100_000, "rows that the larger state of BenchmarkAtSize has")

// BenchmarkAtSize compares a state with one of a hundredth of its rows, in one run: how
// many rows a second are settled, what a row takes on the disk, and how long it takes to
// open the state, to poll a request, to read a page of its rows, to list requests, and to
// receive messages. make bench-size has a million rows. It is to run once (-benchtime
// 1x): most of its time goes into filling the states.
func BenchmarkAtSize(b *testing.B) {
	for _, rows := range []int{*rowsAtSize / 100, *rowsAtSize} {
		b.Run(fmt.Sprintf("%dRows", rows), func(b *testing.B) {
			cfg := newConfig(b)
			cfg.Visibility = time.Hour
			s, err := sqlite.Open(b.Context(), cfg)
			must(b, err)
			began := time.Now()
			fill(b, s, rows)
			filled := float64(rows) / time.Since(began).Seconds()
			waiting := max(rows/20, 2_000)
			send(b, s.Queue(), "waiting", waiting)
			must(b, s.Close())
			use := float64(diskUse(b, cfg)) / float64(rows+waiting)

			began = time.Now()
			s = open(b, cfg)
			opened := time.Since(began)
			id := fmt.Sprintf("01J8ZC%020d", (rows/2)/10_000*10_000)
			times := map[string]time.Duration{
				"open":    opened,
				"poll":    median(func() { _, err := s.Store().Request(b.Context(), id); must(b, err) }),
				"page":    median(func() { _, err := s.Store().ListInvitations(b.Context(), id, min(rows, 10_000)/2, 100); must(b, err) }),
				"list":    median(func() { _, err := s.Store().ListRequests(b.Context(), "", 20); must(b, err) }),
				"receive": median(func() { _, err := s.Queue().Receive(b.Context(), 10, 0); must(b, err) }),
			}
			settleAll(b, s.Store(), s.Queue(), s.Queue(), settledThen)
			for what, took := range times {
				b.ReportMetric(float64(took)/float64(time.Millisecond), "ms/"+what)
			}
			b.ReportMetric(filled, "rows/s-before")
			b.ReportMetric(use, "B/row")
		})
	}
}

// settledThen is how many rows are settled beside those that are there.
const settledThen = 10_000

// median is how long f takes.
func median(f func()) time.Duration {
	const runs = 101
	var took [runs]time.Duration
	for i := range took {
		began := time.Now()
		f()
		took[i] = time.Since(began)
	}
	slices.Sort(took[:])
	return took[runs/2]
}
