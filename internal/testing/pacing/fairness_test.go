package pacing_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"usher.example/internal/onboard"
)

// TestASmallRequestDoesNotWaitForALargeOne submits ten rows behind thousands: the
// queue is fair between groups, and each request is a group of its own.
func TestASmallRequestDoesNotWaitForALargeOne(t *testing.T) {
	t.Parallel()
	fairness(t, 6000)
}

// BenchmarkFairness is the same behind 50,000 rows.
func BenchmarkFairness(b *testing.B) {
	for b.Loop() {
		small, share := fairness(b, 50_000)
		fmt.Fprintf(os.Stdout, "10 rows behind 50,000: done after %s; the large request kept %.4f of the pace\n", small, share)
	}
}

// fairness returns how long ten rows took that were submitted while a large
// request was worked off, and what share of the whole pace that one had.
func fairness(tb testing.TB, rows int) (small time.Duration, share float64) {
	tb.Helper()
	inBubble(tb, func(t *testing.T) {
		p := newPlant(t, setup{seed: 1})
		large := p.submit("many", rows)
		began := time.Now()
		time.Sleep(30 * time.Second)
		r := p.submit("few", 10)
		_, small = p.await(r.ID, time.Hour)
		large, _ = p.await(large.ID, time.Hour)
		took := large.FinishedAt(time.Now()).Sub(began)
		share = float64(rows) / took.Seconds() / (quota * onboard.DefaultShare)
	})
	if small > 30*time.Second {
		tb.Errorf("10 rows behind %d took %s, want at most 30s", rows, small)
	}
	if share < 0.90 {
		tb.Errorf("the large request had %.4f of the pace, want at least 0.90", share)
	}
	return small, share
}
