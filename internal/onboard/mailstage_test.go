package onboard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// triggered is the answer of a pool whose trigger said no, before there was a
// user or once there was: the pool does not say which.
func triggered(class error) *onboard.PoolError {
	answer := &onboard.PoolError{Class: class, Detail: "SomeTriggerException", Unmailed: true}
	if class == onboard.ErrRefused {
		answer.Code = onboard.CodeRefusedByTrigger
	}
	return answer
}

// answering returns a fault that has the given answer for every call that it is
// asked about.
func answering(answer *onboard.PoolError) func(memory.Op, string) *onboard.PoolError {
	return func(op memory.Op, _ string) *onboard.PoolError {
		if op == memory.OpInvite || op == memory.OpResend {
			return answer
		}
		return nil
	}
}

func TestRefusalBeforeThereIsAUserFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		b.run()
		b.pool.SetFaults(memory.Faults{Answer: answering(triggered(onboard.ErrRefused))})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.await(r.ID, time.Minute)
		if got, want := b.outcomes(r.ID)[1], "failed refused_by_trigger 1"; got != want {
			t.Errorf("the row is %q, want %q", got, want)
		}
	})
}

func TestRefusedMailOfAUserWhoIsThereIsNotMailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		b.run()
		b.pool.SetFaults(memory.Faults{MailAnswer: answering(triggered(onboard.ErrRefused))})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.await(r.ID, time.Minute)
		inv := b.rows(r.ID)[1]
		if got, want := outcome(inv), "not_mailed refused_by_trigger 1"; got != want {
			t.Errorf("the row is %q, want %q", got, want)
		}
		if want := "The account was created, but no mail was sent. " + triggered(onboard.ErrRefused).Reason(); inv.Reason != want || inv.UserSub == "" {
			t.Errorf("reason %q of user %q, want %q", inv.Reason, inv.UserSub, want)
		}

		b.pool.SetFaults(memory.Faults{})
		again, _, err := b.admin.ResendTo(t.Context(), r.ID, onboard.Unmailed, onboard.Order{By: "ann"})
		if err != nil {
			t.Fatal(err)
		}
		b.await(again.ID, time.Minute)
		b.wantOneMailEach("ann@example.org")
	})
}

func TestRefusedMailIsLearnedOfLater(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fixed bool // before the row comes again
		want  string
		mails int
	}{
		"and is refused again": {fixed: false, want: "not_mailed refused_by_trigger 2", mails: 0},
		"and goes out then":    {fixed: true, want: "invited 2", mails: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
				b.worker.Pool = &scriptedPool{Pool: b.pool, looks: []reply{{err: onboard.ErrUnclear}}}
				b.run()
				b.pool.SetFaults(memory.Faults{MailAnswer: answering(triggered(onboard.ErrRefused))})
				r := b.submit(onboard.Options{}, "ann@example.org")
				time.Sleep(time.Second)
				if test.fixed {
					b.pool.SetFaults(memory.Faults{})
				}
				b.await(r.ID, 2*time.Minute)
				if got := b.outcomes(r.ID)[1]; got != test.want {
					t.Errorf("the row is %q, want %q", got, test.want)
				}
				if got := b.mails()["ann@example.org"]; got != test.mails {
					t.Errorf("%d mails, want %d", got, test.mails)
				}
			})
		})
	}
}

func TestBrokenMailOfAUserWhoIsThereIsMadeUpFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		b.run()
		b.schedule()
		b.pool.SetFaults(memory.Faults{MailAnswer: answering(triggered(onboard.ErrMisconfigured))})
		r := b.submit(onboard.Options{}, people(100)...)
		time.Sleep(10 * time.Second)
		if got := b.request(r.ID).State(time.Now()); got != onboard.StatePaused {
			t.Fatalf("the request is %s, want it paused", got)
		}
		if b.pool.Calls().Invites == 100 {
			t.Error("every row was tried though the request was paused")
		}

		b.pool.SetFaults(memory.Faults{})
		if _, err := b.admin.Resume(t.Context(), r.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		r = b.await(r.ID, 20*time.Minute)
		if n := r.Tally.States[onboard.Invited]; n != 100 {
			t.Errorf("%d of 100 were invited: %+v", n, nonZero(r.Tally))
		}
		b.wantOneMailEach(people(100)...)
	})
}

func TestQuotaAtSuppressedMailClosesNobodyElsesMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrMailQuota}}}
		b.run()
		b.schedule()
		silent := b.submit(onboard.Options{Mail: onboard.Suppress}, "ann@example.org")
		time.Sleep(time.Second)
		loud := b.submit(onboard.Options{}, "bob@example.org")
		b.await(loud.ID, time.Minute)
		b.wantOneMailEach("bob@example.org")
		b.await(silent.ID, 25*time.Hour)
		if got, want := b.outcomes(silent.ID)[1], "created 2"; got != want {
			t.Errorf("the row without a mail is %q, want %q", got, want)
		}
	})
}
