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

func TestEveryRowGetsItsOwnOutcome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
		if _, err := b.pool.AddUser("old@example.org", true); err != nil {
			t.Fatal(err)
		}
		b.run()
		r := b.submit(onboard.Options{}, "ann@example.org", "nonsense", "ANN@example.org", "", "old@example.org")
		r = b.await(r.ID, time.Minute)

		got := map[int]string{}
		for row, inv := range b.rows(r.ID) {
			got[row] = fmt.Sprintf("%s %s %d", inv.State, inv.Code, inv.Attempts)
		}
		want := map[int]string{
			1: "invited  1",
			2: "failed email_invalid 0",
			3: "duplicate duplicate_in_request 0",
			4: "failed email_missing 0",
			5: "existing already_exists 1",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if got := r.State(time.Now()); got != onboard.StateErrors {
			t.Errorf("state %s, want %s", got, onboard.StateErrors)
		}
		if got := r.Counts(time.Now())[onboard.Pending]; got != 0 {
			t.Errorf("%d pending", got)
		}
		if n := len(b.pool.Mailbox()); n != 1 {
			t.Errorf("%d mails, want 1", n)
		}
		if looks := b.pool.Calls().Looks; looks != 0 {
			t.Errorf("%d looks on the clean path, want none: each is billed", looks)
		}
	})
}

func TestThousandRowsAtThePace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond})
		b.run()
		emails := make([]string, 1000)
		for i := range emails {
			emails[i] = fmt.Sprintf("person%04d@example.org", i)
		}
		began := time.Now()
		r := b.submit(onboard.Options{}, emails...)
		r = b.await(r.ID, time.Minute)
		if n := r.Tally.States[onboard.Invited]; n != 1000 {
			t.Errorf("%d invited: %+v", n, r.Tally)
		}
		calls := b.pool.Calls()
		t.Logf("1,000 rows in %s; calls %+v", r.FinishedAt(time.Now()).Sub(began), calls)
		if calls.Throttled != 0 || len(b.pool.Mailbox()) != 1000 {
			t.Errorf("throttled %d, mails %d", calls.Throttled, len(b.pool.Mailbox()))
		}
	})
}
