package onboard_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// canceledPerson cancels what waits for a person.
func (b *bundle) canceledPerson(email string) map[string]int {
	b.t.Helper()
	canceled, err := b.people().Cancel(b.t.Context(), email, "eve")
	if err != nil {
		b.t.Fatal(err)
	}
	return canceled
}

// work delivers what is on the queue until nothing is left.
func (b *bundle) work() {
	b.t.Helper()
	for handed := 1; handed > 0; {
		handed, _ = b.deliver(b.queue, b.worker, time.Minute)
	}
}

func TestCancelOnePerson(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(b *bundle) onboard.Request{
		"on the queue": func(b *bundle) onboard.Request {
			return b.submit(onboard.Options{}, "bob@example.org", "Ann@example.org")
		},
		"waiting for mail": func(b *bundle) onboard.Request {
			r := b.submit(onboard.Options{}, "bob@example.org", "Ann@example.org")
			b.worker.Pool = &scriptedPool{Pool: b.pool, invites: times(2, reply{err: onboard.ErrMailQuota})}
			b.work()
			b.worker.Pool = b.pool
			return r
		},
		"paused": func(b *bundle) onboard.Request {
			b.pool.SetFaults(broken)
			r := b.submit(onboard.Options{}, "bob@example.org", "Ann@example.org")
			b.work()
			b.pool.SetFaults(memory.Faults{})
			return r
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				r := prepare(b)
				if got := b.canceledPerson("ann@example.org"); got[r.ID] != 1 || len(got) != 1 {
					t.Fatalf("canceled %v", got)
				}
				b.work()
				rows := b.rows(r.ID)
				if ann := rows[2]; ann.State != onboard.Canceled || ann.Code != onboard.CodeCanceled || ann.EndsAs != "" {
					t.Errorf("ann: %s/%s, ends as %q", ann.State, ann.Code, ann.EndsAs)
				}
				if n := b.pool.MailsTo("Ann@example.org"); n != 0 {
					t.Errorf("ann was mailed %d times", n)
				}
				stored := b.request(r.ID)
				if last := stored.Audit[len(stored.Audit)-1]; last.What != "cancel_person" || last.By != "eve" || last.Rows != 1 {
					t.Errorf("action %+v", last)
				}
				if n := stored.Counts(time.Now())[onboard.Canceled]; n != 1 {
					t.Errorf("%d rows are counted as canceled", n)
				}
				_, err := b.people().Cancel(t.Context(), "ann@example.org", "eve")
				if !errors.Is(err, onboard.ErrNotNow) {
					t.Errorf("a second time: %v", err)
				}
				if _, err := b.people().Cancel(t.Context(), "nobody@example.org", "eve"); !errors.Is(err, onboard.ErrNotNow) {
					t.Errorf("nobody: %v", err)
				}
			})
		})
	}
}

// A call in flight is not called back: what it did is the outcome, and counts stay right.
func TestCancelOnePersonInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 4 * time.Second})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.run()
		time.Sleep(2 * time.Second)
		b.canceledPerson("ann@example.org")
		time.Sleep(5 * time.Minute)
		if ann := b.rows(r.ID)[1]; ann.State != onboard.Invited || b.pool.MailsTo("ann@example.org") != 1 {
			t.Errorf("ann: %s/%s", ann.State, ann.Code)
		}
	})
}

// A call whose answer was lost may have made the user: it is waited out, and what it did
// is the outcome.
func TestCancelOnePersonWithAnOpenTrail(t *testing.T) {
	t.Parallel()
	for lost, want := range map[string]onboard.State{"answer": onboard.Invited, "call": onboard.Canceled} {
		synctest.Test(t, func(t *testing.T) {
			b := newBundle(t, memory.PoolConfig{})
			r := b.submit(onboard.Options{}, "ann@example.org")
			faults := memory.Faults{LostAnswers: 1}
			if lost == "call" {
				faults = memory.Faults{LostCalls: 1}
			}
			b.pool.SetFaults(faults)
			b.deliver(b.queue, b.worker, time.Minute)
			b.pool.SetFaults(memory.Faults{})
			b.canceledPerson("ann@example.org")
			b.run()
			time.Sleep(5 * time.Minute)
			if ann := b.rows(r.ID)[1]; ann.State != want {
				t.Errorf("lost %s: %s/%s, want %s", lost, ann.State, ann.Code, want)
			}
		})
	}
}

func TestResendToOnePerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		first := b.invited("", onboard.Options{}, "Ann@example.org")
		send := func(force bool) onboard.Invitation {
			t.Helper()
			sent, _, err := b.people().Resend(t.Context(), "ann@example.org", onboard.Order{By: "eve", Options: onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Send, Force: force}})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			b.work()
			return b.rows(sent.ID)[1]
		}
		if got := send(false); got.State != onboard.Existing || got.Code != onboard.CodeResentRecently {
			t.Errorf("at once: %s/%s", got.State, got.Code)
		}
		for n := range onboard.MostForcedMails {
			if got := send(true); got.State != onboard.Resent {
				t.Errorf("by force, mail %d: %s/%s", n, got.State, got.Code)
			}
		}
		if got := send(true); got.Code != onboard.CodeForcedTooOften {
			t.Errorf("by force too often: %s/%s", got.State, got.Code)
		}
		if n := b.pool.MailsTo("Ann@example.org"); n != 1+onboard.MostForcedMails {
			t.Errorf("%d mails", n)
		}
		time.Sleep(onboard.ResendCooldown)
		if got := send(false); got.State != onboard.Resent || got.Email != "Ann@example.org" {
			t.Errorf("a day later: %s/%s", got.State, got.Code)
		}
		if last := b.request(first.ID).Audit[1]; last.What != "resend" || last.By != "eve" || last.Request == "" {
			t.Errorf("action %+v", last)
		}
	})
}
