package sim_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"usher.example/internal/onboard"
)

// script makes certain calls go wrong, counted from 0, and notes what else
// could have.
type script struct {
	wrong map[int]fault
	could [][]fault // by call
}

func (s *script) draw(c call) fault {
	n := len(s.could)
	of := slices.DeleteFunc(slices.Clone(possible[c.to]), func(f fault) bool { return f == slow || f == conflict && !c.write })
	s.could = append(s.could, of)
	return s.wrong[n]
}

func (s *script) chance(float64) bool { return false }

// smallWorlds are worlds of two rows.
func smallWorlds() map[string][]order {
	one := func(key string, o onboard.Options, emails ...string) order {
		made := order{Order: onboard.Order{Options: o, By: "ann", KeyID: key, BodyHash: "body"}}
		for i, email := range emails {
			made.Submission.Rows = append(made.Submission.Rows, onboard.Row{Number: i + 1, Email: email})
		}
		return made
	}
	var plain onboard.Options
	return map[string][]order{
		"two rows of one request":       {one("a", plain, address(1), address(2))},
		"one address in two requests":   {one("a", plain, address(1)), one("b", plain, address(1))},
		"invited, and to be mailed too": {one("a", plain, address(1)), one("b", onboard.Options{OnExisting: onboard.Resend, Force: true}, address(1))},
	}
}

// turnOrders say whose turn it is when nothing has gone wrong: one lets each
// goroutine continue as long as it can, the other takes turns.
var turnOrders = map[string]func(sorted []*waiter, last string) int{
	"one after the other": func(sorted []*waiter, last string) int {
		return max(0, slices.IndexFunc(sorted, func(w *waiter) bool { return w.step.actor == last }))
	},
	"in turns": func(sorted []*waiter, last string) int {
		return max(0, slices.IndexFunc(sorted, func(w *waiter) bool { return w.step.actor > last }))
	},
}

// run is one execution of a small world.
type run struct {
	world, order string
	wrong        map[int]fault
}

// TestEveryFaultInTheSmallWorld leaves nothing to chance: two rows and two
// workers, each fault at each call, and with -deep each second fault after it.
func TestEveryFaultInTheSmallWorld(t *testing.T) {
	if *settings.small != "" {
		replay(t, *settings.small)
		return
	}
	var firsts []run
	for world := range smallWorlds() {
		for order := range turnOrders {
			firsts = append(firsts, then(run{world: world, order: order}, execute(t, run{world: world, order: order}))...)
		}
	}
	var next, count atomic.Int64
	count.Add(int64(len(smallWorlds()) * len(turnOrders)))
	t.Run("faults", func(t *testing.T) {
		for core := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(core), func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1) - 1; n < int64(len(firsts)) && !t.Failed(); n = next.Add(1) - 1 {
					seconds := then(firsts[n], execute(t, firsts[n]))
					if !*settings.deep {
						seconds = nil
					}
					for _, r := range seconds {
						execute(t, r)
					}
					count.Add(int64(1 + len(seconds)))
				}
			})
		}
	})
	t.Logf("%d executions of %d worlds in %d orders", count.Load(), len(smallWorlds()), len(turnOrders))
}

// then returns r with each fault that can come after those it has.
func then(r run, could [][]fault) []run {
	var all []run
	from := 0
	for n := range r.wrong {
		from = max(from, n+1)
	}
	for n := from; n < len(could); n++ {
		for _, f := range could[n] {
			next := run{r.world, r.order, map[int]fault{n: f}}
			for earlier, f := range r.wrong {
				next.wrong[earlier] = f
			}
			all = append(all, next)
		}
	}
	return all
}

// execute runs a small world once and returns what could have gone wrong.
func execute(t *testing.T, r run) [][]fault {
	t.Helper()
	w, could := r.play(t, nil)
	if len(w.audit.broken) > 0 {
		again, _ := r.play(t, traced)
		t.Error(r.failure(again))
	}
	return could
}

// play runs a small world once and returns it, and what could have gone wrong at
// each of its calls.
func (r run) play(t *testing.T, set func(*world)) (*world, [][]fault) {
	p := plan{
		seed: 7, rows: 2, workers: 2, batch: 1, quota: 50, part: onboard.DefaultShare, tries: onboard.MaxFailures, startsAt: time.Hour, faultsFor: time.Nanosecond, share: 1,
		maxOpen: onboard.DefaultMaxOpen, retention: retention,
		visibility: onboard.Visibility, latency: time.Second, requests: smallWorlds()[r.world],
	}
	s := &script{wrong: r.wrong}
	w := play(t, p, func(w *world) {
		last, pick := "", turnOrders[r.order]
		w.mishaps = s
		w.choose = func(sorted []*waiter) int {
			i := pick(sorted, last)
			last = sorted[i].step.actor
			return i
		}
		if set != nil {
			set(w)
		}
	})
	return w, s.could
}
