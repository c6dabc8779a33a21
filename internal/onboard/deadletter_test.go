package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestUnclearFailuresEndInAnOutcome(t *testing.T) {
	t.Parallel()
	unclear, look := reply{err: onboard.ErrUnclear}, times(2*onboard.MaxFailures, reply{err: onboard.ErrUnclear})
	const forever = 10_000 // calls
	tests := []struct {
		name    string
		invites []reply
		looks   []reply
		want    string
		mails   int
	}{
		{name: "nothing ever happened", invites: times(forever, unclear), looks: nil, want: "failed attempts_exhausted", mails: 0},
		{name: "the first call made the user", invites: []reply{{err: onboard.ErrUnclear, effect: true}}, looks: look[:onboard.MaxFailures-1], want: "invited 1", mails: 1},
		{name: "the last call made the user", invites: append(times(onboard.MaxFailures-1, unclear), reply{err: onboard.ErrUnclear, effect: true}), looks: nil, want: "invited 5", mails: 1},
		{name: "a class nobody knows", invites: times(forever, reply{err: errNoClass}), looks: nil, want: "failed attempts_exhausted", mails: 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond})
				script := &scriptedPool{Pool: b.pool, invites: test.invites, looks: test.looks}
				b.worker.Pool, b.dead.Pool = script, script
				b.run()
				r := b.submit(onboard.Options{}, "ann@example.org")
				r = b.await(r.ID, 4*time.Hour)
				if got := b.outcomes(r.ID)[1]; !strings.HasPrefix(got, test.want) {
					t.Errorf("ends as %q, want %q; calls %v", got, test.want, script.calls())
				}
				// A row that is alone is given up after three hours, and no sooner.
				if took := r.FinishedAt(time.Now()).Sub(r.SubmittedAt); strings.HasPrefix(test.want, "failed") && took < 3*time.Hour {
					t.Errorf("given up after %s", took)
				}
				if n := b.pool.MailsTo("ann@example.org"); n != test.mails {
					t.Errorf("%d mails, want %d", n, test.mails)
				}
				if main, dead := b.queue.Stats(), b.queue.DeadLetters().Stats(); main != (memory.Stats{}) || dead != (memory.Stats{}) {
					t.Errorf("messages are left: queue %+v, dead letters %+v", main, dead)
				}
			})
		})
	}
}

func TestExhaustedRowIsInvitedByARetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.pool.SetFaults(memory.Faults{Answer: func(op memory.Op, _ string) *onboard.PoolError {
			if op == memory.OpInvite {
				return &onboard.PoolError{Class: onboard.ErrUnclear}
			}
			return nil
		}})
		b.run()
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.await(r.ID, 4*time.Hour)
		b.pool.SetFaults(memory.Faults{})
		attempts := b.rows(r.ID)[1].Attempts
		if _, err := b.admin.Retry(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, time.Minute)
		if diff := cmp.Diff(map[int]string{1: fmt.Sprintf("invited %d", attempts+1)}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		b.wantOneMailEach("ann@example.org")
	})
}

// deadLetter is a request whose only message is on the dead-letter queue,
// with the address's claim as it was left.
func deadLetter(t *testing.T, claim onboard.Claim) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{})
	r := b.submit(onboard.Options{}, "ann@example.org")
	for range onboard.MaxFailures {
		if _, err := b.queue.Receive(t.Context(), 1, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(onboard.Visibility)
	}
	if _, err := b.queue.Receive(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	if got := b.queue.DeadLetters().Stats(); got != (memory.Stats{Visible: 1}) {
		t.Fatalf("dead letters %+v, want one", got)
	}
	if claim.Holder != (onboard.Holder{}) || !claim.Trail.Empty() {
		claim.Address = "ann@example.org"
		inv := onboard.Invitation{RequestID: r.ID, Row: 1, Person: onboard.Person{Email: "ann@example.org"}, State: onboard.Pending, Attempts: 1}
		if err := b.store.Save(t.Context(), onboard.Write{Invitation: inv, Claim: &claim}); err != nil {
			t.Fatal(err)
		}
	}
	return b, r
}

func TestDeadLetterSettlesItsRowAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := deadLetter(t, onboard.Claim{})
		b.deliver(b.queue.DeadLetters(), b.dead, onboard.WorkerTimeout)
		if diff := cmp.Diff(map[int]string{1: "failed attempts_exhausted 0"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if !b.request(r.ID).Done(time.Now()) || b.queue.DeadLetters().Stats() != (memory.Stats{}) {
			t.Error("the request or its message is not done with")
		}
		if calls := b.pool.Calls(); calls != (memory.Calls{}) {
			t.Errorf("the pool was called: %+v", calls)
		}
	})
}

func TestDeadLetterWaitsForALiveLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		other := onboard.Holder{RequestID: "request-900", Row: 7, Token: "t"}
		b, r := deadLetter(t, onboard.Claim{Holder: other, Until: time.Now().Add(6*onboard.Visibility + time.Minute)})
		b.deliver(b.queue.DeadLetters(), b.dead, onboard.WorkerTimeout)
		if inv := b.rows(r.ID)[1]; inv.State.IsOutcome() {
			t.Errorf("settled as %s while another delivery attempts the address", inv.State)
		}
		if got := b.queue.DeadLetters().Stats(); got != (memory.Stats{InFlight: 1}) {
			t.Errorf("dead letters %+v, want the message kept for later", got)
		}
		b.run()
		b.await(r.ID, 2*onboard.Visibility+time.Hour)
		if diff := cmp.Diff(map[int]string{1: "failed attempts_exhausted 1"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestDeadLetterOfACanceledOrPausedRequest(t *testing.T) {
	t.Parallel()
	for phase, want := range map[onboard.Phase]string{
		onboard.Stopped: "canceled canceled 0",
		onboard.Paused:  "deferred pool_misconfigured 0",
	} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := deadLetter(t, onboard.Claim{})
				r = b.request(r.ID)
				r.Phase, r.Pause = phase, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "Fix it."}
				if err := b.store.SaveRequest(t.Context(), r, onboard.Tally{}); err != nil {
					t.Fatal(err)
				}
				b.deliver(b.queue.DeadLetters(), b.dead, onboard.WorkerTimeout)
				if got := b.outcomes(r.ID)[1]; got != want {
					t.Errorf("ends as %q, want %q", got, want)
				}
			})
		})
	}
}

func TestDeadLetterThatCannotBeSettledStays(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"Request", "Load", "Save"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := deadLetter(t, onboard.Claim{})
				b.dead.Store = &faultyStore{Store: b.store, before: failing(method, errors.New("store down"), always)}
				for range 3 * onboard.MaxFailures {
					if handed, kept := b.deliver(b.queue.DeadLetters(), b.dead, onboard.WorkerTimeout); handed != kept {
						t.Fatalf("%d of %d stay, want all", kept, handed)
					}
					time.Sleep(onboard.Visibility)
				}
				b.dead.Store = b.store
				b.run()
				b.await(r.ID, time.Hour)
			})
		})
	}
}

func TestRedrivenMessageOfASettledRowChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{effect: false, err: onboard.ErrRefused}}}
		b.run()
		r := b.submit(onboard.Options{}, people(3)...)
		r = b.await(r.ID, time.Minute)
		before, calls := b.rows(r.ID), b.pool.Calls()
		var again []onboard.Message
		for _, inv := range before {
			for _, failures := range []int{0, onboard.MaxFailures} {
				m := b.request(r.ID).Message(inv)
				m.Failures = failures
				again = append(again, m)
			}
		}
		if err := b.queue.Send(t.Context(), again, 0); err != nil {
			t.Fatal(err)
		}
		if err := b.queue.DeadLetters().Send(t.Context(), again, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if diff := cmp.Diff(before, b.rows(r.ID)); diff != "" {
			t.Errorf("rows (-before +after):\n%s", diff)
		}
		if after := b.pool.Calls(); after != calls {
			t.Errorf("the pool was called again: %+v, then %+v", calls, after)
		}
		b.checkCounts(b.request(r.ID))
		if main, dead := b.queue.Stats(), b.queue.DeadLetters().Stats(); main != (memory.Stats{}) || dead != (memory.Stats{}) {
			t.Errorf("messages are left: queue %+v, dead letters %+v", main, dead)
		}
	})
}

// A request is forgotten when its time is over, and a purged queue, a redrive or a
// mistake may still hold messages of it. They are no work for anybody.
func TestMessageOfAnUnknownRequestIsDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		var seen []onboard.Observation
		b.worker.Observe = func(o onboard.Observation) { seen = append(seen, o) }
		m := onboard.Request{Round: 1}.Message(onboard.Invitation{RequestID: "gone", Row: 1, Person: onboard.Person{Email: "ann@example.org"}})
		if err := b.queue.Send(t.Context(), []onboard.Message{m}, 0); err != nil {
			t.Fatal(err)
		}
		b.run()
		time.Sleep(time.Hour)
		if calls := b.pool.Calls(); calls != (memory.Calls{}) {
			t.Errorf("the pool was called for a request that nobody knows: %+v", calls)
		}
		if main, dead := b.queue.Stats(), b.queue.DeadLetters().Stats(); main != (memory.Stats{}) || dead != (memory.Stats{}) {
			t.Errorf("queue %+v, dead letters %+v, want neither", main, dead)
		}
		if len(seen) != 1 || !seen[0].Dropped || seen[0].State != "" || seen[0].Err != nil {
			t.Errorf("observed %+v, want one dropped message", seen)
		}
	})
}

// What is stored of a row cannot be read: others are invited, and the row waits as
// a dead letter until it can be.
func TestRowThatCannotBeReadBecomesADeadLetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		damaged := unreadable{Store: b.store, row: 2}
		b.worker.Store, b.dead.Store = damaged, damaged
		b.run()
		r := b.submit(onboard.Options{}, people(3)...)
		time.Sleep(30 * time.Minute)
		if got := b.tally(r.ID); got[onboard.Invited] != 2 || got[onboard.Pending] != 1 {
			t.Errorf("%v, want 2 invited and 1 pending", got)
		}
		left := b.queue.DeadLetters().Stats()
		if main := b.queue.Stats(); main != (memory.Stats{}) || left.Visible+left.InFlight+left.Delayed != 1 {
			t.Errorf("messages are left: queue %+v, dead letters %+v; want one dead letter", main, left)
		}
	})
}

// unreadable is a store that cannot read one row.
type unreadable struct {
	onboard.Store
	row int
}

func (s unreadable) Load(ctx context.Context, id string, row int, address string) (onboard.Invitation, onboard.Claim, error) {
	if row == s.row {
		return onboard.Invitation{}, onboard.Claim{}, onboard.ErrDamaged
	}
	return s.Store.Load(ctx, id, row, address)
}
