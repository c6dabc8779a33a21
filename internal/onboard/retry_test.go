package onboard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// refusing is a pool whose trigger refuses all people.
var refusing = memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
	return &onboard.PoolError{Class: onboard.ErrRefused, Code: onboard.CodeRefusedByTrigger, Detail: "UserLambdaValidationException"}
}}

// failedRequest is a request of which three rows were refused, one was at fault
// and one a duplicate. The pool is fixed since.
func failedRequest(t *testing.T) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond, Faults: refusing})
	b.run()
	b.schedule()
	r := b.submit(onboard.Options{}, append(people(3), "nonsense", people(1)[0])...)
	r = b.await(r.ID, time.Minute)
	want := map[onboard.State]int{onboard.Failed: 4, onboard.Duplicate: 1}
	if diff := cmp.Diff(want, b.tally(r.ID)); diff != "" {
		t.Fatalf("counts (-want +got):\n%s", diff)
	}
	b.pool.SetFaults(memory.Faults{})
	return b, r
}

func TestRetryTakesOnlyWhatAnotherAttemptCanFix(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		r, err := b.admin.Retry(t.Context(), r.ID, "eve")
		if err != nil {
			t.Fatal(err)
		}
		want := map[onboard.State]int{onboard.Pending: 3, onboard.Failed: 1, onboard.Duplicate: 1}
		if diff := cmp.Diff(want, b.tally(r.ID)); diff != "" {
			t.Errorf("counts at once (-want +got):\n%s", diff)
		}
		codes := map[onboard.Code]int{onboard.CodeEmailInvalid: 1, onboard.CodeDuplicate: 1}
		if diff := cmp.Diff(codes, b.request(r.ID).Codes(time.Now())); diff != "" {
			t.Errorf("codes at once (-want +got):\n%s", diff)
		}
		if r.State(time.Now()) != onboard.StateRunning || r.Round != 2 {
			t.Errorf("state %s, round %d, want running, 2", r.State(time.Now()), r.Round)
		}
		if got := b.rows(r.ID)[1].Shown(r.Round); got.State != onboard.Pending || got.Code != "" || got.Reason != "" {
			t.Errorf("row 1 is shown as %s %s %q, want pending", got.State, got.Code, got.Reason)
		}
		if last := r.Audit[len(r.Audit)-1]; last.What != "retry" || last.By != "eve" || last.Rows != 3 {
			t.Errorf("audit ends with %+v", last)
		}

		r = b.await(r.ID, time.Minute)
		outcomes := map[int]string{
			1: "invited 2", 2: "invited 2", 3: "invited 2", 4: "failed email_invalid 0", 5: "duplicate duplicate_in_request 0",
		}
		if diff := cmp.Diff(outcomes, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		b.wantOneMailEach(people(3)...)
	})
}

func TestRetryMayFailAndBeRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		b.pool.SetFaults(refusing)
		for round := 2; round <= 4; round++ {
			if _, err := b.admin.Retry(t.Context(), r.ID, "root"); err != nil {
				t.Fatal(err)
			}
			r = b.await(r.ID, time.Minute)
			if got := b.tally(r.ID)[onboard.Failed]; got != 4 || r.Round != round {
				t.Errorf("%d failed in round %d, want 4 in %d", got, r.Round, round)
			}
		}
		b.pool.SetFaults(memory.Faults{})
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach(people(3)...)
	})
}

func TestSecondRetryWhileTheFirstIsOnItsWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		slow := *b.submitter
		slow.Queue = &faultyQueue{Queue: b.queue, send: func(ctx context.Context, m []onboard.Message, delay time.Duration) error {
			time.Sleep(10 * time.Second)
			return b.queue.Send(ctx, m, delay)
		}}
		first := make(chan error)
		go func() {
			_, err := (&onboard.Administration{Submitter: &slow, Store: b.store}).Retry(t.Context(), r.ID, "root")
			first <- err
		}()
		synctest.Wait()
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); !errors.Is(err, onboard.ErrBusy) {
			t.Errorf("the second retry ended with %v, want %v", err, onboard.ErrBusy)
		}
		if err := <-first; err != nil {
			t.Errorf("the first retry ended with %v", err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach(people(3)...)
	})
}

func TestTwoRetriesAtTheSameMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		admin := &onboard.Administration{Submitter: b.submitter, Store: b.store}
		stale := *b.submitter
		stale.Requests = &faultyStore{Store: b.store, before: failing("SaveRequest", onboard.ErrConflict, 1)}
		if _, err := (&onboard.Administration{Submitter: &stale, Store: b.store}).Retry(t.Context(), r.ID, "root"); !errors.Is(err, onboard.ErrBusy) {
			t.Errorf("the retry that came second ended with %v, want %v", err, onboard.ErrBusy)
		}
		if _, err := admin.Retry(t.Context(), r.ID, "root"); err != nil {
			t.Errorf("the other ended with %v", err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach(people(3)...)
	})
}

func TestRetryThatIsNotQueuedChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		ill := *b.submitter
		ill.Queue = b.sendThenFail(2, errors.New("queue down"))
		_, err := (&onboard.Administration{Submitter: &ill, Store: b.store}).Retry(t.Context(), r.ID, "root")
		if !errors.Is(err, onboard.ErrNotQueued) {
			t.Errorf("ended with %v, want %v", err, onboard.ErrNotQueued)
		}
		b.wantStillFailed(r.ID)
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); err != nil {
			t.Errorf("the next retry, at once: %v", err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach(people(3)...)
	})
}

// wantStillFailed checks that the failures of [failedRequest] stand a minute
// later as they did, with nobody invited.
func (b *bundle) wantStillFailed(id string) {
	b.t.Helper()
	time.Sleep(time.Minute)
	r := b.request(id)
	if got := b.tally(id)[onboard.Failed]; got != 4 || !r.Done(time.Now()) || r.State(time.Now()) != onboard.StateErrors {
		b.t.Errorf("%d failed, state %s, want 4 and done with errors", got, r.State(time.Now()))
	}
	if n := len(b.pool.Mailbox()); n != 0 {
		b.t.Errorf("%d mails, want none", n)
	}
	if stats := b.queue.Stats(); stats != (memory.Stats{}) {
		b.t.Errorf("messages of a round that never began are left: %+v", stats)
	}
}

func TestRetryCutOffByACrashCanBeRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		func() {
			dying := *b.submitter
			dying.Queue = &faultyQueue{Queue: b.queue, send: func(ctx context.Context, m []onboard.Message, delay time.Duration) error {
				_ = b.queue.Send(ctx, m[:2], delay)
				panic("the process dies")
			}}
			defer func() { _ = recover() }()
			_, _ = (&onboard.Administration{Submitter: &dying, Store: b.store}).Retry(t.Context(), r.ID, "root")
		}()
		if got := b.request(r.ID).State(time.Now()); got != onboard.StateErrors {
			t.Errorf("state %s, want done with errors all the time", got)
		}
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); !errors.Is(err, onboard.ErrBusy) {
			t.Errorf("a retry within the window ended with %v, want %v", err, onboard.ErrBusy)
		}
		b.wantStillFailed(r.ID)
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); err != nil {
			t.Errorf("after the window: %v", err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach(people(3)...)
	})
}

func TestRetryWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	down := errors.New("store down")
	for _, method := range []string{"Request", "ListInvitations", "SaveRequest"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := failedRequest(t)
				store := &faultyStore{Store: b.store, before: failing(method, down, 1)}
				ill := *b.submitter
				ill.Requests = store
				admin := &onboard.Administration{Submitter: &ill, Store: store}
				if _, err := admin.Retry(t.Context(), r.ID, "root"); !errors.Is(err, down) {
					t.Errorf("ended with %v", err)
				}
				b.wantStillFailed(r.ID)
			})
		})
	}
}

func TestRetryReadsMoreInvitationsThanOnePage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Faults: refusing, CreationRate: 10_000})
		b.run()
		const rows = 1_001
		r := b.submit(onboard.Options{}, people(rows)...)
		b.await(r.ID, time.Minute)
		r, err := b.admin.Retry(t.Context(), r.ID, "root")
		if err != nil || r.Audit[1].Rows != rows {
			t.Fatalf("retry: %v, %+v", err, r.Audit)
		}
		b.await(r.ID, time.Minute)
	})
}

func TestRetryThatIsNotQueuedLeavesTheRequestAsItWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		b.admin.Submitter.Queue = &faultyQueue{Queue: b.queue, send: func(context.Context, []onboard.Message, time.Duration) error { return errors.New("queue is away") }}
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); !errors.Is(err, onboard.ErrNotQueued) {
			t.Fatalf("error %v, want ErrNotQueued", err)
		}
		time.Sleep(time.Minute)
		got := b.request(r.ID)
		if diff := cmp.Diff(r, got, cmpopts.IgnoreFields(onboard.Request{}, "Version", "AcceptedUntil", "EndedAt")); diff != "" {
			t.Errorf("the request (-before +after):\n%s", diff)
		}
		if state := got.State(time.Now()); state != onboard.StateErrors {
			t.Errorf("state %s, want %s", state, onboard.StateErrors)
		}
	})
}

func TestAuditKeepsTheSubmissionAndTheLatestActs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		for range onboard.MaxActions - len(r.Audit) {
			r.Audit = append(r.Audit, onboard.Action{What: "retry", By: "adam"})
		}
		if err := b.store.SaveRequest(t.Context(), r, onboard.Tally{}); err != nil {
			t.Fatal(err)
		}
		r, err := b.admin.Retry(t.Context(), r.ID, "eve")
		if err != nil {
			t.Fatal(err)
		}
		first, last := r.Audit[0], r.Audit[len(r.Audit)-1]
		if len(r.Audit) != onboard.MaxActions || first.What != "submit" || last.By != "eve" {
			t.Errorf("%d actions from %+v to %+v, want %d, from the submission to the latest", len(r.Audit), first, last, onboard.MaxActions)
		}
	})
}
