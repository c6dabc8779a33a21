package onboard_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// slow has every call of the worker to the store take so long, half of it before
// its effect, and counts the reservations.
func (b *bundle) slow(takes time.Duration) (reservations *int) {
	n := 0
	half := func(method string) error {
		if method == "Reserve" {
			n++
		}
		time.Sleep(takes / 2)
		return nil
	}
	store := &faultyStore{Store: b.store, before: half, after: func(string) error { time.Sleep(takes / 2); return nil }}
	b.worker.Store = store
	b.worker.Pace = b.over(store).Pace()
	b.worker.GroupPace = b.over(store).GroupPace()
	return &n
}

// A row that is alone is called however slow the store is, and soon: what it asks
// for begins when the store will be done.
func TestRowIsCalledHoweverSlowTheStoreIs(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 25 * time.Millisecond, 60 * time.Millisecond, 250 * time.Millisecond, time.Second, 3 * time.Second} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Groups: []string{"staff"}, Latency: 50 * time.Millisecond})
				reservations := b.slow(takes)
				o := order(onboard.Options{}, "ann@example.org")
				o.Submission.Rows[0].Groups = []string{"staff"}
				r, _, err := b.submitter.Submit(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				b.run()
				r = b.await(r.ID, time.Hour)
				if took := r.FinishedAt(time.Now()).Sub(began); took > 8*takes+time.Second {
					t.Errorf("took %s with a store that takes %s for a call", took, takes)
				}
				if *reservations > 3 {
					t.Errorf("%d reservations for one call and one group", *reservations)
				}
				if calls := b.pool.Calls(); calls != (memory.Calls{Invites: 1, GroupAdds: 1}) {
					t.Errorf("calls %+v", calls)
				}
			})
		})
	}
}

// While rows that were put aside for mail wait to be put back, new ones that mail
// give way to them; others do not.
func TestNewRowsThatMailGiveWayToABacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		if err := b.store.SaveCell(t.Context(), onboard.LaneCreate, onboard.Cell{Backlog: true}); err != nil {
			t.Fatal(err)
		}
		mailed := b.submit(onboard.Options{}, "ann@example.org")
		silent := b.submit(onboard.Options{Mail: onboard.Suppress}, "bob@example.org")
		aside := onboard.Invitation{RequestID: mailed.ID, Row: 1, Person: onboard.Person{Email: "ann@example.org"}, State: onboard.Deferred, Code: onboard.CodeMailQuota, DueAt: time.Now()}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if got := [2]string{b.outcomes(mailed.ID)[1], b.outcomes(silent.ID)[1]}; got != [2]string{"deferred mail_quota_exhausted 0", "created 1"} {
			t.Errorf("the rows are %q", got)
		}
		if err := b.queue.Send(t.Context(), []onboard.Message{mailed.Message(aside)}, 0); err != nil {
			t.Fatal(err)
		}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if got := b.outcomes(mailed.ID)[1]; got != "invited 1" {
			t.Errorf("the row that had waited is %q", got)
		}
	})
}

// Once a worker has learned that the day's mail is used up, its other rows do not
// call, though they have their places.
func TestWorkerThatMetTheMailQuotaCallsNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1, CreationRate: 2})
		r := b.submit(onboard.Options{}, people(10)...)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 1, onboard.Deferred: 9}, b.tally(r.ID)); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		if calls := b.pool.Calls(); calls != (memory.Calls{Invites: 2}) {
			t.Errorf("calls %+v, want the one that was mailed and the one that was not", calls)
		}
		for row, inv := range b.rows(r.ID) {
			if inv.State == onboard.Deferred && row != 2 && inv.Attempts != 0 {
				t.Errorf("row %d counts %d attempts", row, inv.Attempts)
			}
		}
	})
}

// However slow groups are, each delivery of a row brings it further, and it is
// never looked up for it.
func TestRowKeepsTheGroupsThatItIsIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var groups []string
		for i := range 20 {
			groups = append(groups, fmt.Sprintf("group-%02d", i))
		}
		b := newBundle(t, memory.PoolConfig{Groups: groups})
		b.worker.GroupPace = onboard.NewPace(b.store, onboard.LaneGroup, 0.1, 1) // four in a worker's time
		o := order(onboard.Options{}, "ann@example.org")
		o.Submission.Rows[0].Groups = groups
		r, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		b.noFailures()
		b.run()
		r = b.await(r.ID, time.Hour)
		if want := (memory.Calls{Invites: 1, GroupAdds: len(groups)}); b.pool.Calls() != want {
			t.Errorf("calls %+v, want %+v", b.pool.Calls(), want)
		}
		if took := r.FinishedAt(time.Now()).Sub(r.SubmittedAt); took > 5*time.Minute {
			t.Errorf("took %s at ten seconds a group", took)
		}
		if diff := cmp.Diff(groups, b.pool.Users()[0].Groups); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		if inv := b.rows(r.ID)[1]; inv.Joined != 0 || inv.State != onboard.Invited {
			t.Errorf("settled as %+v", inv)
		}
	})
}
