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

func TestSubmitPutsOneMessageARowOnTheQueueInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		var sent []onboard.Message
		b.submitter.Queue = &faultyQueue{Queue: b.queue, send: func(_ context.Context, m []onboard.Message, _ time.Duration) error {
			sent = append(sent, m...)
			return nil
		}}
		o := order(onboard.Options{}, "ann@example.org", "nonsense", " Bob@example.org ", "ANN@Example.org", "")
		o.Submission.Label = "autumn"
		for i := range o.Submission.Rows {
			o.Submission.Rows[i].Number += 1 // the header of a CSV body is line 1
		}
		r, replayed, err := b.submitter.Submit(t.Context(), o)
		if err != nil || replayed {
			t.Fatalf("submit: replayed %v, %v", replayed, err)
		}

		var got []string
		for _, m := range sent {
			got = append(got, fmt.Sprintf("v%d %s round %d row %d <%s> %s %s", m.Version, m.RequestID, m.Round, m.Row, m.Email, m.State, m.Code))
		}
		want := []string{
			"v1 request-001 round 1 row 2 <ann@example.org>  ",
			"v1 request-001 round 1 row 3 <nonsense> failed email_invalid",
			"v1 request-001 round 1 row 4 <Bob@example.org>  ",
			"v1 request-001 round 1 row 5 <ANN@Example.org> duplicate duplicate_in_request",
			"v1 request-001 round 1 row 6 <> failed email_missing",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("messages (-want +got):\n%s", diff)
		}
		if r.Total != 5 || r.Label != "autumn" || r.SubmittedBy != "root" || r.State(time.Now()) != onboard.StateRunning {
			t.Errorf("request %+v", r)
		}
		if diff := cmp.Diff(map[onboard.State]int{onboard.Pending: 5}, b.tally(r.ID)); diff != "" {
			t.Errorf("every accepted row is counted at once (-want +got):\n%s", diff)
		}
	})
}

func TestSubmitGivesLargeRequestsAHeadStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rows        int
		least, most time.Duration
	}{
		{rows: 1, least: 0, most: 0},
		{rows: 10, least: 0, most: 0},
		{rows: 11, least: time.Second, most: time.Second},
		{rows: 2000, least: time.Second, most: 5 * time.Second},
		{rows: 10_000, least: time.Second, most: 10 * time.Second},
	} {
		t.Run(fmt.Sprint(test.rows), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				var got time.Duration
				b.submitter.Queue = &faultyQueue{Queue: b.queue, send: func(_ context.Context, _ []onboard.Message, delay time.Duration) error {
					got = delay
					return nil
				}}
				b.submit(onboard.Options{}, people(test.rows)...)
				if got < test.least || got > test.most || got%time.Second != 0 {
					t.Errorf("workers see the messages after %s, want whole seconds from %s to %s", got, test.least, test.most)
				}
			})
		})
	}
}

func TestSubmitWithoutAValidRowStoresNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		o := order(onboard.Options{}, "nonsense", "", "a@b@c.example")
		o.KeyID, o.BodyHash = onboard.KeyID("root", "k"), "hash"
		_, _, err := b.submitter.Submit(t.Context(), o)

		var none *onboard.NoValidRowError
		if !errors.Is(err, onboard.ErrNoValidRow) || !errors.As(err, &none) {
			t.Fatalf("ended with %v, want %v with the rows", err, onboard.ErrNoValidRow)
		}
		got := map[int]onboard.Code{}
		for _, m := range none.Messages {
			got[m.Row] = m.Code
		}
		want := map[int]onboard.Code{1: onboard.CodeEmailInvalid, 2: onboard.CodeEmailMissing, 3: onboard.CodeEmailInvalid}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
		if err.Error() == "" {
			t.Error("the error says nothing")
		}
		requests, err := b.store.ListRequests(t.Context(), "", 10)
		if err != nil || len(requests) != 0 || b.queue.Stats() != (memory.Stats{}) {
			t.Errorf("requests %v, %v; queue %+v, want nothing stored", requests, err, b.queue.Stats())
		}
	})
}

// sendThenFail puts the first k messages on the queue and then ends with err.
func (b *bundle) sendThenFail(k int, err error) *faultyQueue {
	return &faultyQueue{Queue: b.queue, send: func(ctx context.Context, m []onboard.Message, delay time.Duration) error {
		if sent := b.queue.Send(ctx, m[:k], delay); sent != nil {
			return sent
		}
		return err
	}}
}

func TestSubmissionThatIsNotQueuedInvitesNobody(t *testing.T) {
	t.Parallel()
	const rows = 25
	for _, k := range []int{0, 1, 12, rows} {
		t.Run(fmt.Sprintf("%d of %d messages", k, rows), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.run()
				b.schedule()
				b.submitter.Queue = b.sendThenFail(k, errors.New("queue down"))
				if _, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(rows)...)); !errors.Is(err, onboard.ErrNotQueued) {
					t.Fatalf("submit ended with %v, want %v", err, onboard.ErrNotQueued)
				}

				time.Sleep(time.Nanosecond) // the window has ended, not merely reached its end
				r := b.request("request-001")
				if got := r.State(time.Now()); got != onboard.StateCanceled || !r.Done(time.Now()) {
					t.Errorf("state %s, done %v, want canceled and done at once", got, r.Done(time.Now()))
				}
				if diff := cmp.Diff(map[onboard.Code]int{onboard.CodeNotAccepted: rows}, r.Codes(time.Now())); diff != "" {
					t.Errorf("codes (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(map[onboard.State]int{onboard.Canceled: rows}, b.tally(r.ID)); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				time.Sleep(time.Hour)
				b.wantNobodyInvited()
			})
		})
	}
}

// wantNobodyInvited checks that the pool was never called and that no message is
// left anywhere.
func (b *bundle) wantNobodyInvited() {
	b.t.Helper()
	if calls := b.pool.Calls(); calls != (memory.Calls{}) {
		b.t.Errorf("the pool was called: %+v", calls)
	}
	if main, dead := b.queue.Stats(), b.queue.DeadLetters().Stats(); main != (memory.Stats{}) || dead != (memory.Stats{}) {
		b.t.Errorf("messages are left: queue %+v, dead letters %+v", main, dead)
	}
}

// crash submits like a process that dies when k messages are on the queue.
func (b *bundle) crash(k int, o onboard.Order) {
	b.t.Helper()
	dying := *b.submitter
	dying.Queue = &faultyQueue{Queue: b.queue, send: func(ctx context.Context, m []onboard.Message, delay time.Duration) error {
		if err := b.queue.Send(ctx, m[:k], delay); err != nil {
			b.t.Errorf("send: %v", err)
		}
		panic("the process dies")
	}}
	defer func() {
		if recover() == nil {
			b.t.Fatal("the submission survived its crash")
		}
	}()
	_, _, _ = dying.Submit(b.t.Context(), o)
}

func TestSubmissionCutOffByACrashEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.run()
		b.crash(7, order(onboard.Options{}, people(20)...))

		time.Sleep(onboard.AcceptWindow - time.Second)
		if got := b.request("request-001").State(time.Now()); got != onboard.StateAccepting {
			t.Errorf("state within the window %s, want accepting", got)
		}
		time.Sleep(2 * time.Second)
		r := b.request("request-001")
		if got := r.State(time.Now()); got != onboard.StateCanceled || !r.Done(time.Now()) || !r.Abandoned(time.Now()) {
			t.Errorf("state after the window %s, want canceled and done", got)
		}
		if got := r.FinishedAt(time.Now()); !got.Equal(r.SubmittedAt.Add(onboard.AcceptWindow)) {
			t.Errorf("finished at %s, want the end of the window", got)
		}
		time.Sleep(time.Hour)
		b.wantNobodyInvited()
	})
}

func TestLostAnswersOfTheStoreWhileSubmitting(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection reset")
	tests := []struct {
		name          string
		before, after func(string) error
		want          error
		invited       int
	}{
		{name: "the request is not stored", before: failing("CreateRequest", lost, 1), after: nil, want: onboard.ErrNotQueued, invited: 0},
		{name: "the request is stored, the answer lost", before: nil, after: failing("CreateRequest", lost, 1), want: onboard.ErrNotQueued, invited: 0},
		{name: "the round is not begun", before: failing("SaveRequest", lost, 1), after: nil, want: onboard.ErrNotQueued, invited: 0},
		{name: "the round is begun, the answer lost", before: nil, after: failing("SaveRequest", lost, 1), want: nil, invited: 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.run()
				b.submitter.Requests = &faultyStore{Store: b.store, before: test.before, after: test.after}
				_, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(3)...))
				if !errors.Is(err, test.want) {
					t.Errorf("submit ended with %v, want %v", err, test.want)
				}
				time.Sleep(time.Hour)
				if n := len(b.pool.Mailbox()); n != test.invited {
					t.Errorf("%d people invited, want %d", n, test.invited)
				}
				requests, _ := b.store.ListRequests(t.Context(), "", 10)
				for _, r := range requests {
					if !r.Done(time.Now()) {
						t.Errorf("request %s never ends: %s", r.ID, r.State(time.Now()))
					}
				}
			})
		})
	}
}

// shiftedStore shows a worker the store as one sees it whose clock is ahead of
// the others': all moments seem that much longer ago.
type shiftedStore struct {
	onboard.Store
	ahead time.Duration
}

func (s *shiftedStore) Request(ctx context.Context, id string) (onboard.Request, error) {
	r, err := s.Store.Request(ctx, id)
	if !r.AcceptedUntil.IsZero() {
		r.AcceptedUntil = r.AcceptedUntil.Add(-s.ahead)
	}
	return r, err
}

func TestClocksFiveSecondsApartDropNoAcceptedRow(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-5 * time.Second, 0, 5 * time.Second} {
		for _, takes := range []time.Duration{0, 20 * time.Second, 34*time.Second + 900*time.Millisecond, 36 * time.Second, 41 * time.Second, 44 * time.Second, 50 * time.Second} {
			t.Run(fmt.Sprintf("worker ahead by %s, queueing takes %s", ahead, takes), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBundle(t, memory.PoolConfig{})
					b.worker.Store = &shiftedStore{Store: b.store, ahead: ahead}
					b.run()
					b.submitter.Queue = &faultyQueue{Queue: b.queue, send: func(ctx context.Context, m []onboard.Message, delay time.Duration) error {
						if err := b.queue.Send(ctx, m, 0); err != nil {
							return err
						}
						select {
						case <-ctx.Done():
							return ctx.Err()
						case <-time.After(takes):
							return nil
						}
					}}
					_, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(12)...))
					if takes < 30*time.Second && err != nil {
						t.Fatalf("submit: %v", err)
					}
					time.Sleep(10 * time.Minute)
					invited := 0
					if err == nil {
						invited = 12
					}
					if n := len(b.pool.Mailbox()); n != invited {
						t.Errorf("submit ended with %v, and %d people were invited, want %d", err, n, invited)
					}
				})
			})
		}
	}
}
