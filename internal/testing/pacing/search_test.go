package pacing_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"

	"usher.example/internal/memory"
)

// search is a quota that is secretly a fifth of what the workers are configured with, in each
// of the ways in which a pool may hold them to it.
type search struct {
	condition
	first int // calls that may be turned away in the first half minute
}

const (
	secret    = 10.0 // calls per second
	laterOnes = 7    // that may be turned away in any half minute from the second minute on
	leastOfIt = 0.90 // of it that is made use of after the first half minute
)

func searches(rows int) []search {
	var all []search
	for _, w := range []struct{ processes, first int }{{5, 100}, {20, 230}} {
		for _, m := range models {
			all = append(all, search{
				condition: condition{
					name: fmt.Sprintf("secretly %v, %s, %d workers", secret, m.name, w.processes), rows: rows,
					setup: setup{
						seed: uint64(len(all) + 1), processes: w.processes, atOnce: 1,
						pool: memory.PoolConfig{Enforcement: m.holds, CreationRate: secret},
					},
				},
				first: w.first,
			})
		}
	}
	return all
}

// hold reports where a search misses what is asked of it, and returns the share
// that was made use of after the first half minute, and how many were turned away
// in half a minute after the first minute, on average and at most.
func (s search) hold(tb testing.TB, o progress) (share, mean float64, most int) {
	tb.Helper()
	s.condition.hold(tb, o)
	taken, turned, last := 0, 0, len(o.throttledBy)-1 // the last is not a whole one
	for i, n := range o.throttledBy[:last] {
		if i > 0 {
			taken += n[0]
		}
		if i > 1 {
			most, turned = max(most, n[1]), turned+n[1]
		}
	}
	mean = float64(turned) / float64(last-2)
	share = float64(taken) / (secret * float64(last-1) * halfMinute.Seconds())
	if share < leastOfIt {
		tb.Errorf("%s: %.3f of the quota, want %.2f", s.name, share, leastOfIt)
	}
	if n := o.throttledBy[0][1]; n > s.first {
		tb.Errorf("%s: %d calls were turned away in the first half minute, want at most %d", s.name, n, s.first)
	}
	if most > laterOnes {
		tb.Errorf("%s: %d calls were turned away within half a minute later on, want at most %d", s.name, most, laterOnes)
	}
	return share, mean, most
}

// TestASecretQuotaIsFoundSoon works off 1,500 rows for each.
func TestASecretQuotaIsFoundSoon(t *testing.T) {
	t.Parallel()
	for _, s := range searches(1500) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			o := s.run(t)
			share, mean, most := s.hold(t, o)
			t.Logf("%.3f of it, turned away %d at first and %.1f later, up to %d", share, o.throttledBy[0][1], mean, most)
		})
	}
}

// BenchmarkSearch is the same with 6,000 rows, as a table.
func BenchmarkSearch(b *testing.B) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "condition\tof the quota\tturned away at first\tlater, in half a minute\tat most\tupdates\tdeliveries\tsilent\tbeyond")
	for _, s := range searches(6000) {
		b.Run(s.name, func(b *testing.B) {
			var o progress
			for b.Loop() {
				o = s.run(b)
			}
			share, mean, most := s.hold(b, o)
			fmt.Fprintf(table, "%s\t%.4f\t%d\t%.1f\t%d\t%.2f\t%.2f\t%s\t%s\n", s.name, share, o.throttledBy[0][1], mean, most, o.updates, o.deliveries, o.silence, o.beyond)
		})
	}
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
}
