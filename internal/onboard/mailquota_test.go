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

// at waits until a time of the bubble's first day, which is 1 January 2000.
func at(hour, minute int) {
	time.Sleep(time.Until(time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC)))
}

func TestMailQuotaDefersUntilNineUTC(t *testing.T) {
	t.Parallel()
	tests := []struct {
		hour, minute int
		renewed      time.Time
	}{
		{hour: 0, minute: 30, renewed: time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)},
		{hour: 8, minute: 58, renewed: time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)},
		{hour: 9, minute: 1, renewed: time.Date(2000, 1, 2, 9, 0, 0, 0, time.UTC)},
		{hour: 23, minute: 59, renewed: time.Date(2000, 1, 2, 9, 0, 0, 0, time.UTC)},
	}
	for _, left := range []bool{false, true} {
		for _, test := range tests {
			t.Run(fmt.Sprintf("at %02d:%02d, user left behind %v", test.hour, test.minute, left), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBundle(t, memory.PoolConfig{MailQuota: 25, UserAtMailQuota: left, Latency: 50 * time.Millisecond})
					b.run()
					b.schedule()
					at(test.hour, test.minute)
					emails := people(50)
					r := b.submit(onboard.Options{}, emails...)
					time.Sleep(30 * time.Second)
					b.wantCapped(r.ID, test.renewed)

					calls := b.pool.Calls()
					time.Sleep(time.Until(test.renewed) - time.Second)
					if later := b.pool.Calls(); later != calls {
						t.Errorf("calls while the day's mail is used up: %+v, then %+v", calls, later)
					}
					time.Sleep(10 * time.Minute)
					b.await(r.ID, time.Minute)
					if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 50}, b.tally(r.ID)); diff != "" {
						t.Errorf("counts (-want +got):\n%s", diff)
					}
					b.wantOneMailEach(emails...)
				})
			})
		}
	}
}

// wantCapped checks a request of 50 rows of which 25 were mailed: the others
// wait for the given time, and few of them were asked for in vain.
func (b *bundle) wantCapped(id string, renewed time.Time) {
	b.t.Helper()
	if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 25, onboard.Deferred: 25}, b.tally(id)); diff != "" {
		b.t.Errorf("counts (-want +got):\n%s", diff)
	}
	for row, inv := range b.rows(id) {
		if inv.State == onboard.Deferred && (inv.Code != onboard.CodeMailQuota || !inv.RetryAt.Equal(renewed) || inv.Reason == "") {
			b.t.Errorf("row %d: %s, %q, retry at %s, want %s", row, inv.Code, inv.Reason, inv.RetryAt, renewed)
		}
	}
	if got := b.request(id).State(time.Now()); got != onboard.StateRunning {
		b.t.Errorf("state %s, want running", got)
	}
	// Two batches are on their way when the first call meets the cap.
	if n := b.pool.Calls().Invites; n > 25+2*onboard.BatchSize {
		b.t.Errorf("%d calls for 25 mails: the other workers did not stop", n)
	}
	if stats := b.queue.Stats(); stats != (memory.Stats{}) {
		b.t.Errorf("deferred rows are still on the queue: %+v", stats)
	}
}

func TestSuppressedMailGoesOnWhenTheDaysMailIsUsedUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1})
		b.run()
		capped := b.submit(onboard.Options{}, "ann@example.org", "bob@example.org")
		time.Sleep(time.Minute)
		r := b.submit(onboard.Options{Mail: onboard.Suppress}, "cy@example.org", "di@example.org")
		b.await(r.ID, time.Minute)
		if diff := cmp.Diff(map[int]string{1: "created 1", 2: "created 1"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if got := b.tally(capped.ID)[onboard.Deferred]; got != 1 {
			t.Errorf("%d rows wait for mail, want 1", got)
		}
		if n := len(b.pool.Mailbox()); n != 1 {
			t.Errorf("%d mails, want 1", n)
		}
	})
}

func TestLeftBehindUserWhoSignsInIsInvited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1, UserAtMailQuota: true})
		b.run()
		b.schedule()
		r := b.submit(onboard.Options{}, "ann@example.org", "bob@example.org")
		time.Sleep(time.Minute)
		if err := b.pool.SignIn("bob@example.org"); err != nil { // they have a password of their own now
			t.Fatal(err)
		}
		if err := b.pool.SignIn("ann@example.org"); err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, 24*time.Hour)
		if got := b.tally(r.ID)[onboard.Invited]; got != 2 {
			t.Errorf("%d invited, want 2: %v", got, b.outcomes(r.ID))
		}
		if n := len(b.pool.Mailbox()); n != 1 {
			t.Errorf("%d mails, want 1: a second would be for a person who has signed in", n)
		}
	})
}

// deferOne submits two addresses to a pool that mails one a day.
func deferOne(t *testing.T) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{MailQuota: 1})
	r := b.submit(onboard.Options{}, "ann@example.org", "bob@example.org")
	b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
	if got := b.tally(r.ID)[onboard.Deferred]; got != 1 {
		t.Fatalf("%d rows deferred, want 1", got)
	}
	return b, r
}

func TestRequeuerPutsBackWhatIsDueOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, _ := deferOne(t)
		at(8, 59)
		if n, err := b.requeuer.Run(t.Context()); n != 0 || err != nil {
			t.Errorf("a minute early %d were put back, %v", n, err)
		}
		at(9, 0)
		if n, err := b.requeuer.Run(t.Context()); n != 1 || err != nil {
			t.Errorf("when due %d were put back, %v, want 1", n, err)
		}
		if n, err := b.requeuer.Run(t.Context()); n != 0 || err != nil {
			t.Errorf("at once again %d were put back, %v, want none", n, err)
		}
		time.Sleep(onboard.ReviewInterval)
		if n, err := b.requeuer.Run(t.Context()); n != 1 || err != nil {
			t.Errorf("at the review %d were put back, %v, want the one whose message may be lost", n, err)
		}
		b.run()
		b.await("request-001", time.Minute)
		b.wantOneMailEach("ann@example.org", "bob@example.org")
	})
}

func TestRequeuerLosesNothingWhenItFails(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for _, test := range []struct {
		name  string
		queue *faultyQueue
		fault func(string) error
		sent  int // on the failing run
	}{
		{name: "queue", queue: &faultyQueue{send: func(context.Context, []onboard.Message, time.Duration) error { return down }}, fault: nil, sent: 0},
		{name: "reading what is due", queue: nil, fault: failing("DueInvitations", down, 1), sent: 0},
		{name: "reading the request", queue: nil, fault: failing("Request", down, 1), sent: 0},
		{name: "noting how far it is", queue: nil, fault: failing("SaveCell", down, 1), sent: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := deferOne(t)
				at(9, 0)
				ill := *b.requeuer
				ill.Store = &faultyStore{Store: b.store, before: test.fault}
				ill.Pace = b.over(ill.Store).Pace()
				if test.queue != nil {
					ill.Queue = test.queue
				}
				if n, err := ill.Run(t.Context()); !errors.Is(err, down) || n != test.sent {
					t.Errorf("put %d back, %v, want %d and the error", n, err, test.sent)
				}
				if n, err := b.requeuer.Run(t.Context()); n != 1 || err != nil {
					t.Errorf("the next run put %d back, %v, want 1", n, err)
				}
				b.run()
				b.await(r.ID, time.Minute)
				b.wantOneMailEach("ann@example.org", "bob@example.org")
			})
		})
	}
}

func TestRequeuerLeavesPausedAndForgottenRequestsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := deferOne(t)
		paused := b.request(r.ID)
		paused.Phase, paused.Pause = onboard.Paused, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "fix it"}
		if err := b.store.SaveRequest(t.Context(), paused, onboard.Tally{}); err != nil {
			t.Fatal(err)
		}
		orphan := onboard.Invitation{RequestID: "gone", Row: 1, Person: onboard.Person{Email: "cy@example.org"}, State: onboard.Deferred, DueAt: time.Now()}
		if err := b.store.Save(t.Context(), onboard.Write{Invitation: orphan}); err != nil {
			t.Fatal(err)
		}
		at(9, 0)
		if n, err := b.requeuer.Run(t.Context()); n != 0 || err != nil {
			t.Errorf("put %d back, %v, want none", n, err)
		}
		if due, err := b.store.DueInvitations(t.Context(), time.Now(), onboard.Due{}, 10); len(due) != 0 || err != nil {
			t.Errorf("%d are still due, %v: they would be read for ever", len(due), err)
		}
	})
}

func TestRequeuerWorksThroughMoreThanOneBatchUntilItsTimeIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		for row := 2; row <= 1202; row++ {
			inv := onboard.Invitation{RequestID: r.ID, Row: row, Person: onboard.Person{Email: people(1)[0]}, State: onboard.Deferred, DueAt: time.Now()}
			if err := b.store.Save(t.Context(), onboard.Write{Invitation: inv}); err != nil {
				t.Fatal(err)
			}
		}
		brief, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if n, err := b.requeuer.Run(brief); n != 0 || err != nil {
			t.Errorf("with 5 s left it put %d back, %v, want to leave them", n, err)
		}
		if n, err := b.requeuer.Run(t.Context()); n != 1201 || err != nil {
			t.Errorf("put %d back, %v, want 1201", n, err)
		}
	})
}

// A pool whose clock is behind ours is still in the day that has ended by ours.
func TestMailQuotaOfADayThatHasEndedByOurClockOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1, ClockAhead: -4 * time.Second, Latency: 50 * time.Millisecond})
		b.run()
		b.schedule()
		at(9, 0)
		emails := people(2)
		r := b.submit(onboard.Options{}, emails...)
		time.Sleep(2 * time.Second)
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 1, onboard.Deferred: 1}, b.tally(r.ID)); diff != "" {
			t.Fatalf("counts (-want +got):\n%s", diff)
		}
		b.await(r.ID, 5*time.Minute)
		b.wantOneMailEach(emails...)
	})
}
