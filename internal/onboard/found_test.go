package onboard_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// A change of the user that is older than a resend must not be taken for it
// when the resend's call was lost.
func TestLostResendIsNotSeenInAnEarlierChange(t *testing.T) {
	t.Parallel()
	const email = "ann@example.org"
	tests := []struct {
		name  string
		there func(b *bundle) // brings the user about
		mails int
	}{
		{name: "the user was just created", there: func(b *bundle) { b.addUser(email) }, mails: 0},
		{name: "another request has just mailed the user", there: func(b *bundle) {
			b.addUser(email)
			time.Sleep(time.Hour)
			r := b.submit(onboard.Options{OnExisting: onboard.Resend}, email)
			b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
			b.await(r.ID, time.Second)
		}, mails: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
				test.there(b)
				b.worker.Pool = &scriptedPool{Pool: b.pool, resends: []reply{{err: onboard.ErrUnclear}}}
				b.run()
				r := b.submit(onboard.Options{OnExisting: onboard.Resend, Force: true}, email)
				b.await(r.ID, time.Hour)
				if got := b.outcomes(r.ID)[1]; got != "not_mailed mail_unclear 2" {
					t.Errorf("ends as %q", got)
				}
				if n := b.pool.MailsTo(email); n != test.mails {
					t.Errorf("%d mails, want %d", n, test.mails)
				}
			})
		})
	}
}

// The answer that a user was created but not mailed does not name the user. The
// user is known to the next one that comes and loses an answer.
func TestUserWhoCouldNotBeMailedIsCreditedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Faults: memory.Faults{NotMailed: 1}})
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrNotMailed, effect: true}, {err: onboard.ErrUnclear}}}
		first := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		b.run()
		b.schedule()
		b.await(first.ID, time.Hour)
		second := b.submit(onboard.Options{}, "ann@example.org")
		b.await(second.ID, time.Hour)
		if got := b.outcomes(first.ID)[1]; got != "not_mailed mail_not_delivered 2" {
			t.Errorf("the first request's row ends as %q", got)
		}
		if got := b.outcomes(second.ID)[1]; got != "existing already_exists 1" {
			t.Errorf("the second request's row ends as %q", got)
		}
	})
}

// meddler is a pool during whose first call something else happens.
type meddler struct {
	onboard.Pool
	during func()
}

func (m *meddler) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	if m.during != nil {
		m.during()
		m.during = nil
	}
	return m.Pool.Invite(ctx, ask)
}

// The requeue function moves a deferred row on without holding its claim, maybe
// while the row is attempted. The outcome is still written, once.
func TestOutcomeIsWrittenOverARowThatWasMovedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrMailQuota}}}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		deferred, _ := b.stored(r.ID, 1, "ann@example.org")
		if deferred.State != onboard.Deferred {
			t.Fatalf("row is %s, want deferred", deferred.State)
		}
		time.Sleep(time.Until(deferred.RetryAt))
		if n, err := b.requeuer.Run(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d rows put back, %v", n, err)
		}
		b.worker.Pool = &meddler{Pool: b.pool, during: func() {
			inv, _ := b.stored(r.ID, 1, "ann@example.org")
			inv.DueAt = inv.DueAt.Add(onboard.ReviewInterval)
			if err := b.store.Save(t.Context(), onboard.Write{Invitation: inv}); err != nil {
				t.Errorf("move the row on: %v", err)
			}
		}}
		if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 1 || kept != 0 {
			t.Errorf("%d messages handed over, %d kept, want 1 and 0", handed, kept)
		}
		b.await(r.ID, time.Second)
		if got := b.outcomes(r.ID)[1]; got != "invited 2" {
			t.Errorf("ends as %q", got)
		}
	})
}

// Found by the simulation: a row that was put aside again while the requeue
// function moved it on counted that as a failure, and one that may have no other
// was given up.
func TestRowPutAsideThatWasMovedOnHasNotFailed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1})
		first := b.submit(onboard.Options{}, people(2)...)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if b.tally(first.ID)[onboard.Deferred] != 1 {
			t.Fatalf("rows of the first request: %v", b.outcomes(first.ID))
		}
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		early, _ := b.stored(r.ID, 1, "ann@example.org")
		if got := outcome(early); got != "deferred mail_quota_exhausted 0" {
			t.Fatalf("the row is %q", got)
		}
		paused := b.request(r.ID)
		paused.Phase, paused.Pause = onboard.Paused, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "no rights", Since: time.Now()}
		if err := b.store.SaveRequest(t.Context(), paused, onboard.Tally{}); err != nil {
			t.Fatal(err)
		}
		if err := b.queue.Send(t.Context(), []onboard.Message{paused.Message(early)}, 0); err != nil {
			t.Fatal(err)
		}
		b.worker.Store = &faultyStore{Store: b.store, before: func(method string) error {
			if method != "Save" || early.DueAt.IsZero() {
				return nil
			}
			moved := early
			moved.DueAt, early.DueAt = early.DueAt.Add(onboard.ReviewInterval), time.Time{} // once
			return b.store.Save(t.Context(), onboard.Write{Invitation: moved})
		}}
		if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 1 || kept != 0 {
			t.Errorf("%d messages handed over, %d kept for another delivery, want 1 and 0", handed, kept)
		}
	})
}

// Found by the simulation: at a pace that leaves a worker time for one call of a
// row, the call that found the user was made again and again, and none that mailed them.
func TestAUserWhoExistsIsMailedAtASlowPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{CreationRate: 0.05})
		for _, email := range people(4) {
			if _, err := b.pool.AddUser(email, false); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		b.run()
		b.schedule()
		r := b.submit(onboard.Options{OnExisting: onboard.Resend}, people(4)...)
		b.await(r.ID, 10*time.Minute) // eight calls at one in 21 s
		if got := b.tally(r.ID)[onboard.Resent]; got != 4 {
			t.Errorf("%d are mailed again, want 4: %v", got, b.outcomes(r.ID))
		}
		if calls := b.pool.Calls(); calls.Invites > 5 || calls.Resends != 4 || calls.Looks != 0 {
			t.Errorf("calls %+v, want one of each kind for each", calls)
		}
	})
}

// An administrator deletes the user of a row that was not mailed, and the address
// is submitted again. That user is ours too, although the pool never returned the
// name of the first.
func TestACreditWithoutANameEndsWithItsUser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const email = meddledRow
		b := newBundle(t, memory.PoolConfig{})
		script := &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrNotMailed, effect: true}}, resends: []reply{{err: onboard.ErrNotMailed}}}
		b.worker.Pool = script
		b.run()
		b.schedule()
		first := b.submit(onboard.Options{}, email)
		b.await(first.ID, 10*time.Minute)
		b.change(first.ID, func(inv *onboard.Invitation, claim *onboard.Claim) { // as an earlier version of usher left it
			inv.UserSub, claim.UserSub = "", ""
		}, true)
		if inv, claim := b.stored(first.ID, 1, email); inv.State != onboard.NotMailed || claim.UserSub != "" || claim.CreditedAt.IsZero() {
			t.Fatalf("the row is %s, its claim %+v", inv.State, claim)
		}
		time.Sleep(time.Hour)
		if err := b.pool.DeleteUser(email); err != nil {
			t.Fatal(err)
		}
		script.mu.Lock()
		script.invites = []reply{{err: onboard.ErrUnclear, effect: true}}
		script.mu.Unlock()
		second := b.submit(onboard.Options{}, email)
		b.await(second.ID, 10*time.Minute)
		if got := b.outcomes(second.ID)[1]; got != "invited 1" {
			t.Errorf("the second row ends as %q", got)
		}
	})
}

// A trail whose owner was forgotten with its request keeps nobody waiting, and
// nobody is looked up for it.
func TestAnOwnerThatIsNotStoredOwnsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const email = "ann@example.org"
		b := newBundle(t, memory.PoolConfig{})
		b.addUser(email)
		time.Sleep(time.Hour)
		_, claim := b.stored("x", 1, email)
		claim.Trail = onboard.Trail{By: onboard.Holder{RequestID: "forgotten", Row: 3}, From: time.Now().Add(-time.Hour), To: time.Now().Add(-time.Minute)}
		filler := onboard.Invitation{RequestID: "other", Row: 1, Person: onboard.Person{Email: email}, State: onboard.Existing}
		if err := b.store.Save(t.Context(), onboard.Write{Invitation: filler, Claim: &claim}); err != nil {
			t.Fatal(err)
		}
		b.run()
		r := b.submit(onboard.Options{OnExisting: onboard.Resend}, email)
		b.await(r.ID, time.Minute)
		if got := b.outcomes(r.ID)[1]; got != "resent 2" || b.pool.Calls().Looks != 0 {
			t.Errorf("ends as %q after %d looks", got, b.pool.Calls().Looks)
		}
	})
}

// A row that waits for another keeps its place in the line from one look at the other to
// the next. At the head of the line, where few mails are left, it would be sent each time
// in place of the row that it waits for, for good.
func TestARowThatWaitsForAnotherLeavesTheHeadOfTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const email = "ann@example.org"
		b := newBundle(t, memory.PoolConfig{})
		b.addUser(email)
		time.Sleep(time.Hour)
		owner := b.submit(onboard.Options{}, email)
		b.queue.Purge()
		inv, claim := b.stored(owner.ID, 1, email)
		inv.RequestID, inv.Row, inv.Email = owner.ID, 1, email
		inv.State, inv.Code, inv.RetryAt, inv.DueAt = onboard.Deferred, onboard.CodeMailNotDelivered, time.Now(), time.Now()
		claim.Trail = onboard.Trail{By: onboard.Holder{RequestID: owner.ID, Row: 1}, From: time.Now().Add(-time.Hour), To: time.Now().Add(-time.Minute), Unmailed: true}
		if err := b.store.Save(t.Context(), onboard.Write{Invitation: inv, Claim: &claim}); err != nil {
			t.Fatal(err)
		}

		r := b.submit(onboard.Options{OnExisting: onboard.Resend}, email)
		for range 3 {
			if handed, _ := b.deliver(b.queue, b.worker, time.Minute); handed != 1 {
				t.Fatalf("%d messages, want 1", handed)
			}
			waits, _ := b.stored(r.ID, 1, email)
			if waits.State != onboard.Deferred || !waits.DueAt.After(time.Now()) {
				t.Fatalf("the row is %s, and due %s from now", waits.State, time.Until(waits.DueAt))
			}
			time.Sleep(time.Until(waits.DueAt))
			if err := b.queue.Send(t.Context(), []onboard.Message{r.Message(waits)}, 0); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// That RESEND changes a user is documented nowhere. Where it does not, a lost answer
// leaves it open whether the mail went out; a second one would make the password of
// the first useless.
func TestALostResendIsNeverRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const email = "ann@example.org"
		b := newBundle(t, memory.PoolConfig{ResendUnmarked: true})
		b.addUser(email)
		time.Sleep(time.Hour)
		b.worker.Pool = &scriptedPool{Pool: b.pool, resends: []reply{{err: onboard.ErrUnclear, effect: true}}}
		b.run()
		b.schedule()
		r := b.submit(onboard.Options{OnExisting: onboard.Resend}, email)
		b.await(r.ID, 10*time.Minute)
		inv := b.rows(r.ID)[1]
		if n := b.pool.MailsTo(email); inv.State != onboard.NotMailed || inv.Code != onboard.CodeMailUnclear || n != 1 {
			t.Errorf("ends as %q after %d mails", outcome(inv), n)
		}
	})
}
