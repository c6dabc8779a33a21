package onboard_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestOutageFailsNobodyHoweverLong(t *testing.T) {
	t.Parallel()
	const longestWait = time.Minute // the rest of a trail, and the work
	down := errors.New("store down")
	outages := map[string]func(b *bundle, until time.Time){
		"store": func(b *bundle, until time.Time) {
			store := &faultyStore{Store: b.store, before: func(string) error {
				if time.Now().Before(until) {
					return down
				}
				return nil
			}}
			b.worker.Store, b.worker.Pace = store, b.over(store).Pace()
		},
		"pool": func(b *bundle, until time.Time) {
			b.pool.SetFaults(memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
				if time.Now().Before(until) {
					return &onboard.PoolError{Class: onboard.ErrUnclear, Detail: "ServiceUnavailable"}
				}
				return nil
			}})
		},
	}
	for what, begin := range outages {
		for _, lasts := range []time.Duration{15 * time.Second, time.Minute, 10 * time.Minute, 30 * time.Minute} {
			t.Run(what+" "+lasts.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
					r := b.submit(onboard.Options{}, people(200)...)
					begin(b, time.Now().Add(lasts))
					b.run()
					r = b.await(r.ID, time.Hour)
					if n := r.Tally.States[onboard.Invited]; n != 200 {
						t.Errorf("%d of 200 were invited: %+v", n, nonZero(r.Tally))
					}
					b.wantOneMailEach(people(200)...)
					if dead := b.queue.DeadLetters().Stats(); dead != (memory.Stats{}) {
						t.Errorf("dead letters %+v", dead)
					}
					took := r.FinishedAt(time.Now()).Sub(r.SubmittedAt.Add(lasts))
					if took > longestWait {
						t.Errorf("the last row ended %s after the outage, want at most %s", took, longestWait)
					}
					t.Logf("all have ended %s after it was over; calls %+v", took, b.pool.Calls())
				})
			})
		}
	}
}

// A row whose every call fails while others succeed is the row's own trouble: it
// is given up after as many failures as a row may have, and soon.
func TestFailureWhileOthersSucceedIsTheRowsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond, CreationRate: 5})
		b.pool.SetFaults(memory.Faults{Answer: func(op memory.Op, email string) *onboard.PoolError {
			if op == memory.OpInvite && email == "ann@example.org" {
				return &onboard.PoolError{Class: onboard.ErrUnclear}
			}
			return nil
		}})
		b.run()
		others := b.submit(onboard.Options{}, people(3000)...)
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.await(r.ID, time.Hour)
		others = b.await(others.ID, time.Hour)
		if got := b.outcomes(r.ID)[1]; !strings.HasPrefix(got, "failed attempts_exhausted") {
			t.Errorf("the row whose calls fail ends as %q", got)
		}
		if n := others.Tally.States[onboard.Invited]; n != 3000 {
			t.Errorf("%d of the others were invited", n)
		}
		if at := b.rows(r.ID)[1].UpdatedAt.Sub(r.SubmittedAt); at > 8*time.Minute {
			t.Errorf("it was given up after %s", at)
		}
	})
}

// While nobody succeeds, one call a second finds out whether the pool is back.
func TestSilentPoolIsAskedOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		var calls atomic.Int64
		var back atomic.Bool
		b.pool.SetFaults(memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
			calls.Add(1)
			if !back.Load() {
				return &onboard.PoolError{Class: onboard.ErrUnclear}
			}
			return nil
		}})
		b.run()
		r := b.submit(onboard.Options{}, people(300)...)
		time.Sleep(10 * time.Minute)
		if n := calls.Load(); n > 10*60+60 || n < 5*60 {
			t.Errorf("%d calls and looks in ten minutes, want about one a second", n)
		}
		back.Store(true)
		since := time.Now()
		r = b.await(r.ID, time.Hour)
		if took := r.FinishedAt(time.Now()).Sub(since); took > time.Minute {
			t.Errorf("the last of 300 rows ended %s after the pool was back", took)
		}
		b.wantOneMailEach(people(300)...)
	})
}

// A copy of a message keeps the age of the first one, however often it goes back.
func TestFreshCopyKeepsItsAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submit(onboard.Options{}, "ann@example.org")
		first := time.Now().Unix()
		for range 3 {
			time.Sleep(time.Minute)
			b.deliver(b.queue, b.worker, time.Second) // no time for an attempt
		}
		time.Sleep(time.Minute)
		batch, err := b.queue.Receive(t.Context(), 1, 0)
		if err != nil || len(batch) != 1 || batch[0].Since != first {
			t.Errorf("%+v, %v, want one message that is as old as %d", batch, err, first)
		}
	})
}

// What an attempt of yesterday may have left behind says nothing of how long the
// pool has been out of reach.
func TestShortOutageFailsNoRowThatWaitedForANight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		r := b.submit(onboard.Options{}, "ann@example.org")
		inv := onboard.Invitation{
			RequestID: r.ID, Row: 1, Person: onboard.Person{Email: "ann@example.org"}, State: onboard.Pending, Attempts: 1,
			UpdatedAt: time.Now(), ExpiresAt: r.ExpiresAt,
		}
		night := time.Now().Add(-12 * time.Hour)
		claim := onboard.Claim{Address: "ann@example.org", ExpiresAt: r.ExpiresAt, Trail: onboard.Trail{
			By: onboard.Holder{RequestID: r.ID, Row: 1}, From: night, To: night.Add(time.Minute), Unmailed: true,
		}}
		if err := b.store.Save(t.Context(), onboard.Write{Invitation: inv, Claim: &claim}); err != nil {
			t.Fatal(err)
		}
		until := time.Now().Add(5 * time.Minute)
		b.pool.SetFaults(memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
			if time.Now().Before(until) {
				return &onboard.PoolError{Class: onboard.ErrUnclear, Detail: "ServiceUnavailable"}
			}
			return nil
		}})
		b.run()
		r = b.await(r.ID, time.Hour)
		if got := b.outcomes(r.ID)[1]; !strings.HasPrefix(got, "invited") {
			t.Errorf("ends as %q, want invited", got)
		}
	})
}

// A pool that shows users and creates none is silent; looks in it take no turns.
func TestAnsweredLooksTakeNoTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		pace := b.system.Pace()
		for range 30 {
			pace.Hear(onboard.ErrUnclear)
		}
		if !pace.Silent() {
			t.Fatal("30 calls had no answer, and the pool is not silent")
		}
		pace.HearLook(onboard.ErrUserNotFound)
		if pace.Silent() {
			t.Error("a look was answered, and the pool is silent to looks")
		}
		pace.HearLook(onboard.ErrUnclear)
		if !pace.Silent() {
			t.Error("the latest look had no answer, and the pool is not silent")
		}
	})
}
