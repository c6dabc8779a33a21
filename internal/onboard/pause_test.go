package onboard_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// broken is a pool that refuses every call until its setup is fixed.
var broken = memory.Faults{Misconfigured: "ResourceNotFoundException"}

// pausedRequest is a request of 30 rows whose pool is broken.
func pausedRequest(t *testing.T) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
	b.pool.SetFaults(broken)
	b.run()
	b.schedule()
	r := b.submit(onboard.Options{}, people(30)...)
	time.Sleep(30 * time.Second)
	return b, b.request(r.ID)
}

func TestMisconfigurationPausesTheRequestAndLosesNoRow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRequest(t)
		if r.State(time.Now()) != onboard.StatePaused || r.Done(time.Now()) {
			t.Fatalf("state %s, want paused", r.State(time.Now()))
		}
		if r.Pause == nil || r.Pause.Code != onboard.CodeMisconfigured || r.Pause.Reason == "" || r.Pause.Since.IsZero() {
			t.Errorf("paused for %+v, want a code and a sentence", r.Pause)
		}
		if diff := cmp.Diff(map[onboard.State]int{onboard.Deferred: 30}, b.tally(r.ID)); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		for row, inv := range b.rows(r.ID) {
			if inv.Attempts != 0 || !inv.RetryAt.IsZero() || inv.Code != onboard.CodeMisconfigured || inv.Reason != r.Pause.Reason {
				t.Errorf("row %d: %s, %q, %d attempts, retry at %s", row, inv.Code, inv.Reason, inv.Attempts, inv.RetryAt)
			}
		}
		calls := b.pool.Calls()
		if calls.Invites > 2*onboard.BatchSize {
			t.Errorf("%d calls: the other rows did not stop", calls.Invites)
		}
		time.Sleep(24 * time.Hour)
		if later := b.pool.Calls(); later != calls {
			t.Errorf("calls while paused: %+v, then %+v", calls, later)
		}

		b.pool.SetFaults(memory.Faults{})
		for range 2 { // a second time is no harm
			if _, err := b.admin.Resume(t.Context(), r.ID, "root"); err != nil {
				t.Fatalf("resume: %v", err)
			}
		}
		r = b.await(r.ID, time.Minute)
		want := map[onboard.State]int{onboard.Invited: 30}
		if diff := cmp.Diff(want, b.tally(r.ID)); diff != "" || r.Pause != nil {
			t.Errorf("counts (-want +got):\n%s\npause %v", diff, r.Pause)
		}
		b.wantOneMailEach(people(30)...)
	})
}

func TestRequestResumedTooSoonPausesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRequest(t)
		if _, err := b.admin.Resume(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := b.request(r.ID).State(time.Now()); got != onboard.StatePaused {
			t.Errorf("state %s, want paused again", got)
		}
		if got := b.tally(r.ID)[onboard.Deferred]; got != 30 {
			t.Errorf("%d rows wait, want 30", got)
		}
	})
}

func TestRetryOfAPausedRequestResumesIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRequest(t)
		b.pool.SetFaults(memory.Faults{})
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		r = b.await(r.ID, time.Minute)
		if got := b.tally(r.ID)[onboard.Invited]; got != 30 || r.Round != 1 {
			t.Errorf("%d invited in round %d, want 30 in the first", got, r.Round)
		}
	})
}

func TestCancelWhilePausedCancelsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRequest(t)
		b.pool.SetFaults(memory.Faults{})
		for range 2 {
			if _, err := b.admin.Cancel(t.Context(), r.ID, "root"); err != nil {
				t.Fatalf("cancel: %v", err)
			}
		}
		r = b.await(r.ID, time.Minute)
		if diff := cmp.Diff(map[onboard.State]int{onboard.Canceled: 30}, b.tally(r.ID)); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		if r.State(time.Now()) != onboard.StateCanceled || len(b.pool.Mailbox()) != 0 {
			t.Errorf("state %s, %d mails, want canceled and none", r.State(time.Now()), len(b.pool.Mailbox()))
		}
	})
}

func TestCancelLeavesDoneWhatIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond, CreationRate: 10})
		b.run()
		r := b.submit(onboard.Options{}, people(100)...)
		time.Sleep(3 * time.Second)
		if _, err := b.admin.Cancel(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		r = b.await(r.ID, time.Minute)
		counts := b.tally(r.ID)
		if counts[onboard.Invited] == 0 || counts[onboard.Canceled] == 0 || counts[onboard.Invited]+counts[onboard.Canceled] != 100 {
			t.Errorf("counts %v, want some invited and the others canceled", counts)
		}
		if n := len(b.pool.Mailbox()); n != counts[onboard.Invited] {
			t.Errorf("%d mails for %d invited", n, counts[onboard.Invited])
		}
		last := r.Audit[len(r.Audit)-1]
		if last.What != "cancel" || last.By != "root" || last.At.IsZero() {
			t.Errorf("audit ends with %+v", last)
		}
	})
}

func TestActionCutOffBetweenItsHalvesIsCompletedByTheReview(t *testing.T) {
	t.Parallel()
	down := errors.New("queue down")
	for _, what := range []string{"resume", "cancel"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := pausedRequest(t)
				b.pool.SetFaults(memory.Faults{})
				ill := *b.submitter
				ill.Queue = &faultyQueue{send: func(context.Context, []onboard.Message, time.Duration) error { return down }}
				admin := &onboard.Administration{Submitter: &ill, Store: b.store}
				act, want := admin.Resume, map[onboard.State]int{onboard.Invited: 30}
				if what == "cancel" {
					act, want = admin.Cancel, map[onboard.State]int{onboard.Canceled: 30}
				}
				if _, err := act(t.Context(), r.ID, "root"); !errors.Is(err, onboard.ErrNotQueued) {
					t.Errorf("ended with %v, want %v", err, onboard.ErrNotQueued)
				}
				b.await(r.ID, 2*onboard.ReviewInterval)
				if diff := cmp.Diff(want, b.tally(r.ID)); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestActionsWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	down := errors.New("store down")
	for _, method := range []string{"Request", "ListInvitations", "SaveRequest"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := pausedRequest(t)
				store := &faultyStore{Store: b.store, before: failing(method, down, always)}
				ill := *b.submitter
				ill.Requests = store
				admin := &onboard.Administration{Submitter: &ill, Store: store}
				if _, err := admin.Resume(t.Context(), r.ID, "root"); !errors.Is(err, down) {
					t.Errorf("resume ended with %v", err)
				}
				if _, err := admin.Cancel(t.Context(), r.ID, "root"); !errors.Is(err, down) {
					t.Errorf("cancel ended with %v", err)
				}
				if got := b.request(r.ID).State(time.Now()); got != onboard.StatePaused {
					t.Errorf("state %s, want still paused", got)
				}
			})
		})
	}
}

func TestTwoAdministratorsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRequest(t)
		b.pool.SetFaults(memory.Faults{})
		conflicts := failing("SaveRequest", onboard.ErrConflict, 1, 2)
		admin := &onboard.Administration{Submitter: b.submitter, Store: &faultyStore{Store: b.store, before: conflicts}}
		if _, err := admin.Resume(t.Context(), r.ID, "root"); err != nil {
			t.Errorf("resume that met a conflict ended with %v, want it read again", err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach(people(30)...)
	})
}

// A worker learns that the pool is broken, and an administrator has canceled the
// request meanwhile: it stays canceled.
func TestCancelDuringACallIsNotTurnedIntoAPause(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before the pause", "while it is written"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: time.Second})
				r := b.submit(onboard.Options{}, "ann@example.org")
				cancel := func() {
					if _, err := b.admin.Cancel(t.Context(), r.ID, "root"); err != nil {
						t.Errorf("cancel: %v", err)
					}
				}
				script := &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrMisconfigured}}}
				b.worker.Pool = script
				if when == "while it is written" {
					b.worker.Store = &faultyStore{Store: b.store, before: once("SaveRequest", cancel)}
				} else {
					b.worker.Pool = &meddler{Pool: script, during: cancel}
				}
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				if got := b.request(r.ID); got.Phase != onboard.Stopped || got.Pause != nil {
					t.Errorf("the request is %s, paused for %+v, want it canceled", got.Phase, got.Pause)
				}
				b.run()
				b.schedule()
				r = b.await(r.ID, 2*onboard.ReviewInterval)
				if got := b.outcomes(r.ID)[1]; got != "canceled canceled 0" || r.State(time.Now()) != onboard.StateCanceled {
					t.Errorf("the row ends as %q, the request as %s", got, r.State(time.Now()))
				}
				if calls := b.pool.Calls(); calls != (memory.Calls{}) || len(script.calls()) != 1 {
					t.Errorf("calls went on after the cancel: %v, %+v", script.calls(), calls)
				}
			})
		})
	}
}

// once returns a fault that does something before the first call of a method and
// lets all of them happen.
func once(method string, do func()) func(string) error {
	var first sync.Once
	return func(called string) error {
		if called == method {
			first.Do(do)
		}
		return nil
	}
}
