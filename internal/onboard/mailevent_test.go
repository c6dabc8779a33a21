package onboard_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// hear hands the listener what the pool's sender has to say.
func (b *bundle) hear() int {
	b.t.Helper()
	return b.hearOf(b.pool.MailEvents()...)
}

func (b *bundle) hearOf(events ...onboard.MailEvent) int {
	b.t.Helper()
	noted, err := b.system.MailListener().Listen(b.t.Context(), events)
	if err != nil {
		b.t.Fatalf("listen: %v", err)
	}
	return noted
}

// listen hears the sender often until the test ends.
func (b *bundle) listen() {
	ended, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(250 * time.Millisecond):
				_, _ = b.system.MailListener().Listen(b.t.Context(), b.pool.MailEvents())
			}
		}
	}()
	b.halted(sync1(func() { close(stop); <-ended }))
}

// sync1 returns f, which is called once however often it is asked for.
func sync1(f func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			f()
		}
	}
}

func (b *bundle) notes(id string) map[int]onboard.MailDelivery {
	b.t.Helper()
	noted, err := b.store.NotedMails(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return noted
}

func (b *bundle) wantNotes(id string, want map[int]onboard.MailDelivery) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.notes(id)); diff != "" {
		b.t.Errorf("notes of %s (-want +got):\n%s", id, diff)
	}
}

type notes = map[int]onboard.MailDelivery

// invitedWith runs a request to its end in a pool whose sender reports.
func invitedWith(t *testing.T, bounces float64, addresses ...string) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{MailReports: true, Bounces: bounces, Latency: 50 * time.Millisecond})
	b.run()
	r := b.submit(onboard.Options{}, addresses...)
	return b, b.await(r.ID, time.Minute)
}

func TestWhatBecomesOfMailsIsNotedByRow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := invitedWith(t, 0.5, "Ann@Example.org", "bob@example.org", "cy@example.org")
		b.wantNotes(r.ID, notes{})
		time.Sleep(5 * time.Second)
		if n := b.hear(); n != 3 {
			t.Errorf("%d events were noted, want 3", n)
		}
		got := slices.Sorted(maps.Values(b.notes(r.ID)))
		if diff := cmp.Diff([]onboard.MailDelivery{onboard.MailBounced, onboard.MailDelivered, onboard.MailDelivered}, got); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

func TestEventsMayComeTwiceAndInAnyOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := invitedWith(t, 0, "ann@example.org")
		mail := b.pool.Mailbox()[0]
		event := func(after time.Duration, says onboard.MailDelivery) onboard.MailEvent {
			return onboard.MailEvent{Address: "ANN@example.org", SentAt: mail.SentAt, At: mail.SentAt.Add(after), Says: says}
		}
		delivered, bounced, complained := event(time.Second, onboard.MailDelivered), event(2*time.Second, onboard.MailBounced), event(time.Hour, onboard.MailComplained)
		b.hearOf(bounced)
		b.hearOf(delivered, delivered)
		b.wantNotes(r.ID, notes{1: onboard.MailBounced})
		b.hearOf(complained)
		b.hearOf(bounced, delivered)
		b.wantNotes(r.ID, notes{1: onboard.MailComplained})
	})
}

func TestAnEventIsForTheNewestMailBeforeIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, first := invitedWith(t, 0, "ann@example.org")
		b.schedule()
		time.Sleep(25 * time.Hour)
		second := b.await(b.submit(onboard.Options{OnExisting: onboard.Resend}, "ann@example.org").ID, time.Minute)
		third := b.await(b.submit(onboard.Options{}, "ann@example.org").ID, time.Minute) // mails nobody
		mails := b.pool.Mailbox()
		if len(mails) != 2 {
			t.Fatalf("%d mails, want 2", len(mails))
		}
		for i, says := range []onboard.MailDelivery{onboard.MailDelivered, onboard.MailBounced} {
			b.hearOf(onboard.MailEvent{Address: "ann@example.org", SentAt: mails[i].SentAt, At: mails[1].SentAt.Add(time.Second), Says: says})
		}
		b.wantNotes(first.ID, notes{1: onboard.MailDelivered})
		b.wantNotes(second.ID, notes{1: onboard.MailBounced})
		b.wantNotes(third.ID, notes{})
	})
}

func TestEventsOfOtherMailsArePassedOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := invitedWith(t, 0, "ann@example.org")
		existing := b.await(b.submit(onboard.Options{}, "ann@example.org").ID, time.Minute)
		sent := b.pool.Mailbox()[0].SentAt
		for what, e := range map[string]onboard.MailEvent{
			"an address that was never invited":  {Address: "bob@example.org", SentAt: sent, At: sent},
			"a mail before the invitation":       {Address: "ann@example.org", SentAt: sent.Add(-time.Minute), At: sent},
			"a password reset hours later":       {Address: "ann@example.org", SentAt: sent.Add(3 * time.Hour), At: sent.Add(3 * time.Hour)},
			"a report after more than 72 hours":  {Address: "ann@example.org", SentAt: sent, At: sent.Add(73 * time.Hour)},
			"an address with nothing in it":      {SentAt: sent, At: sent},
			"an event without a time of sending": {Address: "ann@example.org", At: sent},
		} {
			e.Says = onboard.MailBounced
			if n := b.hearOf(e); n != 0 {
				t.Errorf("%s: noted", what)
			}
		}
		b.wantNotes(r.ID, notes{})
		b.wantNotes(existing.ID, notes{})
	})
}

// The worker died after the call: the mail's report is there before the outcome.
func TestAnEventMayComeBeforeTheOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailReports: true, Bounces: 1})
		b.pool.SetFaults(memory.Faults{LostAnswers: 1})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		time.Sleep(5 * time.Second)
		if got := b.tally(r.ID); len(got) != 1 || got[onboard.Pending] != 1 {
			t.Fatalf("counts %v, want one pending row", got)
		}
		b.hear()
		b.wantNotes(r.ID, notes{1: onboard.MailBounced})
		b.pool.SetFaults(memory.Faults{})
		b.run()
		b.await(r.ID, 10*time.Minute)
		if got := b.tally(r.ID); got[onboard.Invited] != 1 {
			t.Errorf("counts %v, want one invited", got)
		}
		b.wantNotes(r.ID, notes{1: onboard.MailBounced})
	})
}

func TestARequestWhoseMailsBouncePauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailReports: true, Bounces: 0.06, Latency: 50 * time.Millisecond})
		b.run()
		b.schedule()
		b.listen()
		var addresses []string
		for i := range 1000 {
			addresses = append(addresses, fmt.Sprintf("person%d@%s.example.org", i, []string{"one", "two", "three", "four", "five"}[i%5]))
		}
		r := b.submit(onboard.Options{}, addresses...)
		time.Sleep(time.Minute)
		r = b.request(r.ID)
		counts := r.Counts(time.Now())
		if r.State(time.Now()) != onboard.StatePaused || r.Pause.Code != onboard.CodeMailsBounce {
			t.Fatalf("%s %+v, want paused for bounces", r.State(time.Now()), r.Pause)
		}
		if counts[onboard.Invited] < 100 || counts[onboard.Invited] > 400 {
			t.Errorf("%d were invited before the pause, want a few hundred", counts[onboard.Invited])
		}
		if !strings.Contains(r.Pause.Reason, ".example.org ") || !strings.Contains(r.Pause.Reason, "mails bounced") {
			t.Errorf("the reason names no domain: %s", r.Pause.Reason)
		}
		before := counts[onboard.Invited]

		// After a resume the count starts again: a hundred more are needed.
		if _, err := b.admin.Resume(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		r = b.request(r.ID)
		if after := r.Counts(time.Now())[onboard.Invited]; r.Phase != onboard.Paused || after < before+100 {
			t.Errorf("%s with %d invited, want paused again after %d and 100 more", r.Phase, after, before)
		}
		if r.CountFrom.Mails < 100 || r.CountFrom.Bounced < 6 {
			t.Errorf("counts from %+v", r.CountFrom)
		}
	})
}

func TestARequestDoesNotPauseForFewBounces(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		people  int
		bounces float64
	}{"fewer than a hundred mails": {90, 0.5}, "five in a hundred": {400, 0.05}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{MailReports: true, Bounces: c.bounces, Latency: 50 * time.Millisecond})
				b.run()
				b.schedule()
				b.listen()
				r := b.submit(onboard.Options{}, people(c.people)...)
				b.await(r.ID, 2*time.Minute)
				time.Sleep(5 * time.Second)
				if r = b.request(r.ID); r.Phase != onboard.Running || r.Pause != nil {
					t.Errorf("%s: %+v", r.Phase, r.Pause)
				}
			})
		})
	}
}

// Where the day's mail is used up a user may be there for days before the mail leaves. What
// becomes of that mail counts from when it left.
func TestAMailThatLeavesDaysAfterItsUserWasMadeIsReportedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailReports: true, Bounces: 1, MailQuota: 1, UserAtMailQuota: true})
		b.run()
		b.schedule()
		b.listen()
		r := b.submit(onboard.Options{}, people(6)...)
		b.await(r.ID, 10*24*time.Hour)
		time.Sleep(time.Minute)
		if noted := b.notes(r.ID); len(noted) != 6 {
			t.Errorf("of the mails of 6 rows, %d are known to have bounced: %v", len(noted), noted)
		}
	})
}
