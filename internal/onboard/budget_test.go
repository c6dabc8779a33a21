package onboard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// tooLittle is time left to a worker in which a call could still begin, but need
// not end and be written down.
var tooLittle = []time.Duration{3 * time.Second, onboard.CallTimeout + 4*time.Second}

// A row whose claim was slow to write has lost its place in the pace, and the
// next one comes late in the worker's time.
func TestTurnThatComesLateInAWorkersTimeGoesBack(t *testing.T) {
	t.Parallel()
	for _, left := range tooLittle {
		t.Run(left.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: onboard.CallTimeout - time.Second})
				r := b.submit(onboard.Options{}, "ann@example.org")
				slow := true
				b.worker.Store = &faultyStore{Store: b.store, before: func(method string) error {
					if method == "Save" && slow {
						slow = false
						time.Sleep(time.Second)
						b.crowd(onboard.LaneCreate, onboard.WorkerTimeout-time.Second-left)
					}
					return nil
				}}
				b.noFailures()
				for range 2 * onboard.MaxFailures { // more often than failures are forgiven
					slow = true
					b.wantFreshCopy()
					time.Sleep(onboard.Visibility)
				}
				if calls := b.pool.Calls(); calls != (memory.Calls{}) {
					t.Errorf("the pool was called with %s left: %+v", left, calls)
				}
				b.worker.Store = b.store
				b.run()
				b.await(r.ID, time.Hour)
				if diff := cmp.Diff(map[int]string{1: "invited 1"}, b.outcomes(r.ID)); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
				if calls := b.pool.Calls(); calls != (memory.Calls{Invites: 1}) {
					t.Errorf("calls %+v, want the one", calls)
				}
				b.wantOneMailEach("ann@example.org")
			})
		})
	}
}

// The user is there when the place of their group call turns out to leave the worker too
// little time. The row says so, and the next worker adds the group without a look.
func TestGroupWhoseTurnComesLateGoesBackWithItsRow(t *testing.T) {
	t.Parallel()
	for _, left := range tooLittle {
		t.Run(left.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 5 * time.Second, Groups: []string{"staff"}})
				o := order(onboard.Options{}, "ann@example.org")
				o.Submission.Rows[0].Groups = []string{"staff"}
				r, _, err := b.submitter.Submit(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				b.noFailures()
				const rounds = 2 * onboard.MaxFailures // more often than failures are forgiven
				for range rounds {
					b.crowd(onboard.LaneGroup, onboard.WorkerTimeout-left)
					b.wantFreshCopy()
					if got, _ := b.stored(r.ID, 1, "ann@example.org"); outcome(got) != "pending 1" {
						t.Errorf("the row is %q, want it open", outcome(got))
					}
					time.Sleep(onboard.Visibility)
				}
				if want := (memory.Calls{Invites: 1}); b.pool.Calls() != want {
					t.Errorf("calls %+v, want %+v", b.pool.Calls(), want)
				}
				b.run()
				b.await(r.ID, time.Hour)
				if diff := cmp.Diff(map[int]string{1: "invited 1"}, b.outcomes(r.ID)); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
				b.wantOneMailEach("ann@example.org")
				if diff := cmp.Diff([]string{"staff"}, b.pool.Users()[0].Groups); diff != "" {
					t.Errorf("groups (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// crowd has others take the lane's line from now to ahead of now.
func (b *bundle) crowd(lane string, ahead time.Duration) {
	b.t.Helper()
	want := onboard.Want{Span: ahead}
	if _, err := b.store.Reserve(b.t.Context(), lane, want); err != nil {
		b.t.Fatal(err)
	}
}

// noFailures lets no delivery count as a failure until the test ends.
func (b *bundle) noFailures() {
	b.worker.Observe = func(o onboard.Observation) {
		if o.Err != nil {
			b.t.Errorf("counted as a failure: %v", o.Err)
		}
	}
}

// wantFreshCopy delivers the only message in a worker's whole time. It must go
// back as one that counts no failure.
func (b *bundle) wantFreshCopy() {
	b.t.Helper()
	if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 1 || kept != 0 {
		b.t.Errorf("%d messages handed over, %d kept for another delivery, want 1 and 0", handed, kept)
	}
}
