package sim_test

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// settings are the flags of this test binary.
var settings = struct {
	seed      *uint64
	from      *uint64
	schedules *int
	inFiles   *int
	rows      *int
	workers   *int
	deep      *bool
	bug       *string
	small     *string
}{
	seed:      flag.Uint64("seed", 0, "replay the one schedule of this seed, with its trace"),
	from:      flag.Uint64("from", 0, "run the schedules of the seeds after this one; 0 draws it"),
	schedules: flag.Int("schedules", 300, "how many fresh schedules to run"),
	inFiles:   flag.Int("in-files", 10, "how many of a machine with its state in files"),
	rows:      flag.Int("rows", 20, "rows of all requests of a schedule together"),
	workers:   flag.Int("workers", 3, "environments of the worker at once"),
	deep:      flag.Bool("deep", false, "take minutes: each pair of faults in the small world, and every bug on purpose"),
	bug:       flag.String("bug", "", "with -deep, look only for the seeded bugs whose name has this in it"),
	small:     flag.String("small", "", "replay the one execution in a small world that a failure names, with its trace"),
}

func given() size { return size{rows: *settings.rows, workers: *settings.workers} }

// tail is how many lines of a trace are shown with a failure.
const tail = 200

func TestPromisesHoldInEverySchedule(t *testing.T) {
	schedules(t, *settings.schedules, func(seed uint64) plan { return newPlan(seed, given()) })
}

// TestPromisesHoldInFiles is the same over SQLite, whose process ends now and then and is
// started again.
func TestPromisesHoldInFiles(t *testing.T) {
	schedules(t, *settings.inFiles, func(seed uint64) plan { return newPlan(seed, given()).inFiles() })
}

// TestPromisesHoldWhereTheMachineSleeps is the same on a laptop, half as often: it takes
// as long.
func TestPromisesHoldWhereTheMachineSleeps(t *testing.T) {
	schedules(t, *settings.inFiles/2, func(seed uint64) plan { return newPlan(seed, given()).sleepy() })
}

// schedules plays the one plan of -seed, or so many others.
func schedules(t *testing.T, schedules int, planOf func(seed uint64) plan) {
	t.Helper()
	if *settings.seed != 0 {
		w := play(t, planOf(*settings.seed), traced)
		fmt.Fprint(os.Stderr, strings.Join(w.trace, ""))
		report(t, w)
		return
	}
	began, base := time.Now(), cmp.Or(*settings.from, freshSeed())
	var next, steps atomic.Int64
	t.Run("schedules", func(t *testing.T) {
		for core := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(core), func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1); n <= int64(schedules) && !t.Failed(); n = next.Add(1) {
					w := play(t, planOf(base+uint64(n)), nil)
					steps.Add(int64(w.steps))
					if len(w.audit.broken) > 0 {
						report(t, play(t, w.plan, traced))
					}
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	took := time.Since(began)
	t.Logf("%d schedules of %d rows from seed %d: %.0f a second, %d steps each",
		schedules, *settings.rows, base, float64(schedules)/took.Seconds(), steps.Load()/max(1, int64(schedules)))
}

// TestSameSeedSameTrace guards the guard: a seed that does not give the same
// schedule again proves nothing.
func TestSameSeedSameTrace(t *testing.T) {
	t.Parallel()
	base := freshSeed()
	for n := range uint64(20) {
		p := newPlan(base+n, given())
		first, second := play(t, p, traced).trace, play(t, p, traced).trace
		for i := range min(len(first), len(second)) {
			if first[i] != second[i] {
				t.Fatalf("seed %d: step %d differs:\n%s%s", p.seed, i, first[i], second[i])
			}
		}
		if len(first) != len(second) {
			t.Fatalf("seed %d: %d steps, then %d", p.seed, len(first), len(second))
		}
	}
}

func traced(w *world) { w.tracing = true }

// report fails the test with what is broken in a schedule and how to see it again.
func report(t *testing.T, w *world) {
	t.Helper()
	if len(w.audit.broken) == 0 {
		return
	}
	trace := w.trace[max(0, len(w.trace)-tail):]
	t.Errorf("seed %d breaks:\n\t%s\nreplay: go test ./internal/testing/sim -run %s -seed %d -rows %d -workers %d\nthe end of its trace:\n%s",
		w.plan.seed, strings.Join(w.audit.broken, "\n\t"), t.Name(), w.plan.seed, w.plan.rows, w.plan.workers, strings.Join(trace, ""))
}

// freshSeed returns a seed that leaves room for many after it.
func freshSeed() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: see its documentation
	return binary.LittleEndian.Uint64(b[:]) >> 16 & (1<<40 - 1) * 1_000
}
