package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestWorkerOutOfTimeHandsRowsBackUntouched(t *testing.T) {
	t.Parallel()
	for _, left := range []time.Duration{time.Second, 5 * time.Second, 15 * time.Second} {
		t.Run(left.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond})
				r := b.submit(onboard.Options{}, people(10)...)
				for range 2 * onboard.MaxFailures { // more often than failures are forgiven
					time.Sleep(onboard.Visibility)
					b.deliver(b.queue, b.worker, left)
				}
				if calls := b.pool.Calls(); calls != (memory.Calls{}) {
					t.Errorf("the pool was called with %s left: %+v", left, calls)
				}
				for row, inv := range b.rows(r.ID) {
					if inv.Attempts != 0 || inv.State != onboard.Pending {
						t.Errorf("row %d: %s after %d attempts, want untouched", row, inv.State, inv.Attempts)
					}
				}
				b.run()
				b.await(r.ID, 2*onboard.Visibility)
				if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 10}, b.tally(r.ID)); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				b.wantOneMailEach(people(10)...)
			})
		})
	}
}

func TestWorkerInterruptedInTheMiddle(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{0, 50 * time.Millisecond} {
		for after := 50 * time.Millisecond; after < 7*time.Second; after += 650 * time.Millisecond {
			t.Run(fmt.Sprintf("after %s, latency %s", after, slow), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBundle(t, memory.PoolConfig{Latency: slow, CreationRate: 2})
					r := b.submit(onboard.Options{}, people(10)...)
					var failures []error
					b.worker.Observe = func(o onboard.Observation) {
						if o.Err != nil && !errors.Is(o.Err, onboard.ErrUnclear) {
							failures = append(failures, o.Err)
						}
					}
					batch, err := b.queue.Receive(t.Context(), onboard.BatchSize, 0)
					if err != nil {
						t.Fatal(err)
					}
					ctx, stop := context.WithCancel(t.Context())
					time.AfterFunc(after, stop)
					stays := map[string]bool{}
					for _, id := range b.worker.Deliver(ctx, batch) {
						stays[id] = true
					}
					for _, d := range batch {
						if !stays[d.ID] {
							_ = b.queue.Delete(d.Handle)
						}
					}
					b.worker.Observe = nil
					if len(failures) != 0 {
						t.Errorf("counted as failures: %v", failures)
					}
					if n := b.pool.Calls().Invites; n == 0 && after > time.Second || n == 10 && after < 4*time.Second {
						t.Errorf("%d calls left in %s", n, after)
					}
					b.run()
					b.await(r.ID, time.Hour)
					b.wantOneMailEach(people(10)...)
					if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 10}, b.tally(r.ID)); diff != "" {
						t.Errorf("counts (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

func TestRowThatCannotBeSentAgainStaysOnTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		down := errors.New("queue down")
		b.worker.Queue = &faultyQueue{Queue: b.queue,
			send:  func(context.Context, []onboard.Message, time.Duration) error { return down },
			delay: func(context.Context, onboard.Delivery, time.Duration) error { return down },
		}
		r := b.submit(onboard.Options{}, people(3)...)
		if handed, kept := b.deliver(b.queue, b.worker, time.Second); handed != 3 || kept != 3 {
			t.Errorf("%d of %d stay, want all 3", kept, handed)
		}
		b.worker.Queue = b.queue
		b.run()
		b.await(r.ID, 2*onboard.Visibility)
		b.wantOneMailEach(people(3)...)
	})
}

func TestPanicFailsOneDeliveryOnly(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{false, true} {
		t.Run(fmt.Sprintf("after its effect %v", effect), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond})
				b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{panics: true, effect: effect}}}
				r := b.submit(onboard.Options{}, people(10)...)
				if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 10 || kept != 1 {
					t.Errorf("%d of %d stay, want only the one that panicked", kept, handed)
				}
				if got := b.tally(r.ID)[onboard.Invited]; got != 9 {
					t.Errorf("%d invited, want 9", got)
				}
				b.run()
				b.await(r.ID, time.Hour)
				if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 10}, b.tally(r.ID)); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				b.wantOneMailEach(people(10)...)
			})
		})
	}
}

func TestWorkerThatDiesAfterItsCallIsMadeUpFor(t *testing.T) {
	t.Parallel()
	for _, effect := range []bool{false, true} {
		t.Run(fmt.Sprintf("after its effect %v", effect), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				r := b.submit(onboard.Options{}, "ann@example.org")
				dying := *b.worker
				dying.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{panics: true, effect: effect}}}
				if _, err := b.queue.Receive(t.Context(), 1, 0); err != nil { // nobody answers for this receipt
					t.Fatal(err)
				}
				b.queueless(&dying, r)
				b.run()
				b.await(r.ID, time.Hour)
				b.wantOneMailEach("ann@example.org")
				want := map[bool]string{false: "invited 2", true: "invited 1"}[effect]
				if got := b.outcomes(r.ID)[1]; got != want {
					t.Errorf("ends as %q, want %q", got, want)
				}
			})
		})
	}
}

// queueless delivers the request's first row to a worker whose end nobody hears of.
func (b *bundle) queueless(w *onboard.Worker, r onboard.Request) {
	b.t.Helper()
	m := r.Message(onboard.Invitation{RequestID: r.ID, Row: 1, Person: onboard.Person{Email: "ann@example.org"}})
	w.Queue = &faultyQueue{
		send:  func(context.Context, []onboard.Message, time.Duration) error { return errDown },
		delay: func(context.Context, onboard.Delivery, time.Duration) error { return nil },
	}
	if kept := w.Deliver(b.t.Context(), []onboard.Delivery{{Message: m, ID: "1", Receives: 1, SentAt: time.Now()}}); len(kept) != 1 {
		b.t.Errorf("%v stay, want the one", kept)
	}
}

func TestWorkerWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	down := errors.New("store down")
	for _, lost := range []bool{false, true} {
		for _, method := range []string{"Request", "Load", "Save", "Reserve", "Cell", "SaveCell"} {
			for nth := 1; nth <= 4; nth++ {
				t.Run(fmt.Sprintf("%s %d, answer lost %v", method, nth, lost), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						b := newBundle(t, memory.PoolConfig{Groups: []string{"staff"}})
						store := &faultyStore{Store: b.store}
						fault := failing(method, down, nth)
						if lost {
							store.after = fault
						} else {
							store.before = fault
						}
						b.worker.Store = store
						b.worker.Pace = b.over(store).Pace()
						b.worker.GroupPace = b.over(store).GroupPace()
						b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrThrottled}}, joins: []reply{{err: onboard.ErrThrottled}}}
						b.run()
						o := order(onboard.Options{}, append(people(3), "nonsense")...)
						for i := range o.Submission.Rows {
							o.Submission.Rows[i].Groups = []string{"staff"}
						}
						r, _, err := b.submitter.Submit(t.Context(), o)
						if err != nil {
							t.Fatal(err)
						}
						b.await(r.ID, 3*time.Hour)
						want := map[onboard.State]int{onboard.Invited: 3, onboard.Failed: 1}
						if diff := cmp.Diff(want, b.tally(r.ID)); diff != "" {
							t.Errorf("counts (-want +got):\n%s", diff)
						}
						b.wantOneMailEach(people(3)...)
					})
				})
			}
		}
	}
}

func TestDeliveryWhoseTimeIsUpIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.submit(onboard.Options{}, "ann@example.org", "bob@example.org")
		for range 2 * onboard.MaxFailures {
			b.deliver(b.queue, b.worker, 0)
			time.Sleep(onboard.ReviewInterval) // longer than any back-off
		}
		if dead := b.queue.DeadLetters().Stats(); dead.Visible != 0 {
			t.Errorf("%d messages are dead-lettered, though nothing was attempted", dead.Visible)
		}
		b.run()
		b.await(r.ID, time.Hour)
		if diff := cmp.Diff(map[int]string{1: "invited 1", 2: "invited 1"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// Found by the simulation: a worker with little time left waited for its place
// in a pace that was cut, was stopped at its deadline, and its rows lost a
// delivery each.
func TestWorkerOutOfTimeDoesNotWaitForThePace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		if err := b.worker.Pace.Throttled(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		b.crowd(onboard.LaneCreate, time.Minute)
		b.submit(onboard.Options{}, "ann@example.org")
		began := time.Now()
		if _, kept := b.deliver(b.queue, b.worker, 2*time.Second); kept != 0 {
			t.Errorf("%d messages lost a delivery, want a fresh copy of each", kept)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("took %s of the 2 s that were left", took)
		}
	})
}
