package onboard_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// board is where notices go in tests: it keeps each, and fails while it is down.
type board struct {
	given []onboard.Notice
	tried int
	down  error
}

func (b *board) Notify(_ context.Context, n onboard.Notice) error {
	b.tried++
	if b.down != nil {
		return b.down
	}
	b.given = append(b.given, n)
	return nil
}

func (b *board) ids() []string {
	var ids []string
	for _, n := range b.given {
		ids = append(ids, n.ID)
	}
	return ids
}

// post gives the bundle's requeuer a board.
func (b *bundle) post() *board {
	notices := &board{}
	b.system.Notices = notices
	b.requeuer = b.system.Requeuer()
	return notices
}

// endedRequest returns a request with failures that has ended, as no requeuer has seen
// yet: only the test runs it.
func endedRequest(t *testing.T) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{Faults: refusing})
	b.run()
	r := b.submit(onboard.Options{}, append(people(3), "nonsense")...)
	r = b.await(r.ID, time.Minute)
	b.pool.SetFaults(memory.Faults{})
	return b, r
}

func TestTheEndOfEachRoundHasOneNotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := endedRequest(t)
		notices := b.post()
		b.tend()
		b.tend()
		if diff := cmp.Diff([]string{r.ID + ".1.ended"}, notices.ids()); diff != "" {
			t.Fatalf("notices (-want +got):\n%s", diff)
		}
		n := notices.given[0]
		if n.State != onboard.StateErrors || n.Total != r.Total || n.Counts[onboard.Failed] != r.Tally.States[onboard.Failed] || !n.At.Equal(r.Tally.UpdatedAt) {
			t.Errorf("notice %+v", n)
		}
		if b.request(r.ID).EndedAt.IsZero() {
			t.Error("the end is not stored")
		}
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		b.tend()
		time.Sleep(3 * time.Minute)
		b.tend()
		if diff := cmp.Diff([]string{r.ID + ".1.ended", r.ID + ".2.ended"}, notices.ids()); diff != "" {
			t.Fatalf("notices after a retry (-want +got):\n%s", diff)
		}
	})
}

func TestTheEndCostsNoFurtherWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := endedRequest(t)
		b.post()
		store := &countingStore{Store: b.store}
		system := b.over(store)
		if _, err := system.Requeuer().Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := store.writes.Load(); n != 1 || b.request(r.ID).EndedAt.IsZero() {
			t.Errorf("%d writes, ended at %s; want 1", n, b.request(r.ID).EndedAt)
		}
	})
}

func TestANoticeIsGivenUntilItArrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := endedRequest(t)
		notices := b.post()
		notices.down = errors.New("no such bus")
		for range 5 {
			if _, err := b.requeuer.Run(t.Context()); !errors.Is(err, notices.down) {
				t.Fatalf("error %v, want the bus's: an alarm watches it", err)
			}
			time.Sleep(time.Minute)
		}
		waiting := b.request(r.ID)
		if !waiting.Done(time.Now()) || !waiting.FinishedAt(time.Now()).Equal(r.Tally.UpdatedAt) {
			t.Error("people do not see the end before its notice is given")
		}
		notices.down = nil
		b.tend()
		b.tend()
		if diff := cmp.Diff([]string{r.ID + ".1.ended"}, notices.ids()); diff != "" {
			t.Errorf("notices (-want +got):\n%s", diff)
		}
	})
}

func TestABusThatIsGoneKeepsNoRequestOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := endedRequest(t)
		notices := b.post()
		notices.down = errors.New("no such bus")
		time.Sleep(24*time.Hour - time.Minute)
		if _, err := b.requeuer.Run(t.Context()); err == nil || !b.request(r.ID).EndedAt.IsZero() {
			t.Errorf("within a day: %v, ended at %s", err, b.request(r.ID).EndedAt)
		}
		time.Sleep(2 * time.Minute)
		if _, err := b.requeuer.Run(t.Context()); err == nil || b.request(r.ID).EndedAt.IsZero() {
			t.Errorf("after a day: %v, ended at %s; want both", err, b.request(r.ID).EndedAt)
		}
		b.tend()
	})
}

// The mark may be lost, not the notice: a crash between the two has it given again.
func TestALostMarkHasTheSameNoticeGivenAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := endedRequest(t)
		notices := b.post()
		system := b.over(&faultyStore{Store: b.store, before: failing("SaveRequest", errors.New("down"), always)})
		if _, err := system.Requeuer().Run(t.Context()); err == nil {
			t.Fatal("no error")
		}
		b.tend()
		if got := notices.ids(); len(got) != 2 || got[0] != got[1] {
			t.Errorf("notices %v, want the same twice", got)
		}
		if b.request(r.ID).EndedAt.IsZero() {
			t.Error("the end is not stored")
		}
	})
}

func TestOneBrokenNoticeDoesNotHoldUpTheOthersForLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		notices := b.post()
		notices.down = errors.New("down")
		b.run()
		for range 5 {
			r, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(1)...))
			if err != nil {
				t.Fatal(err)
			}
			b.await(r.ID, time.Minute)
		}
		if _, err := b.requeuer.Run(t.Context()); err == nil || notices.tried != 1 {
			t.Errorf("%d attempts in one run, %v; want 1", notices.tried, err)
		}
	})
}

func TestEachPauseHasANotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := deferOne(t)
		notices := b.post()
		pause := func() {
			paused := b.request(r.ID)
			paused.Phase, paused.Pause = onboard.Paused, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "The pool is gone.", Since: time.Now()}
			if err := b.store.SaveRequest(t.Context(), paused, onboard.Tally{}); err != nil {
				t.Fatal(err)
			}
		}
		pause()
		b.tend()
		b.tend()
		if len(notices.given) != 1 || notices.given[0].Kind != onboard.NoticePaused || notices.given[0].Pause != onboard.CodeMisconfigured {
			t.Fatalf("notices %+v, want one of the pause", notices.given)
		}
		if text := notices.given[0].Sentence(); !strings.Contains(text, "The pool is gone.") {
			t.Errorf("the notice says %q", text)
		}
		if _, err := b.admin.Resume(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		pause()
		b.tend()
		if got := notices.ids(); len(got) != 2 || got[0] == got[1] {
			t.Errorf("notices %v, want one for each pause", got)
		}
	})
}

func TestWaitingForMailForMoreThanADayHasANotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1})
		notices := b.post()
		b.run()
		r, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(4)...))
		if err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); time.Since(began) < 26*time.Hour; time.Sleep(10 * time.Minute) {
			b.tend()
			if age := time.Since(r.SubmittedAt); age < 24*time.Hour && len(notices.given) > 0 {
				t.Fatalf("a notice after %s: %+v", age, notices.given)
			}
		}
		if len(notices.given) != 1 || notices.given[0].Kind != onboard.NoticeWaiting {
			t.Fatalf("notices %+v, want one of waiting for mail", notices.given)
		}
		if text := notices.given[0].Sentence(); !strings.Contains(text, "more than a day: 2 deferred, 2 invited") {
			t.Errorf("the notice says %q", text)
		}
	})
}

func TestASubmissionThatWasCutOffHasNoNotice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		notices := b.post()
		b.submitter.Requests = &faultyStore{Store: b.store, before: failing("SaveRequest", errors.New("down"), always)}
		if _, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(3)...)); !errors.Is(err, onboard.ErrInDoubt) {
			t.Fatal(err)
		}
		time.Sleep(onboard.AcceptWindow + time.Second)
		b.tend()
		if len(notices.given) != 0 || b.request("request-001").EndedAt.IsZero() {
			t.Errorf("notices %v, ended at %s", notices.ids(), b.request("request-001").EndedAt)
		}
	})
}

func TestNoticesNameNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		notices := b.post()
		b.run()
		sub := order(onboard.Options{}, "ann@example.org", "nobody")
		sub.Submission.Label = "for boss@example.org"
		r, _, err := b.submitter.Submit(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, time.Minute)
		b.tend()
		if len(notices.given) != 1 {
			t.Fatalf("notices %v", notices.ids())
		}
		n := notices.given[0]
		if all := strings.Join([]string{n.ID, n.Label, n.Reason, n.Sentence()}, " "); strings.Contains(all, "@") || strings.Contains(all, "nobody") {
			t.Errorf("a notice names somebody: %s", all)
		}
		if kinds := slices.Sorted(func(yield func(onboard.NoticeKind) bool) {
			for kind := range b.request(r.ID).Noticed {
				if !yield(kind) {
					return
				}
			}
		}); !slices.Equal(kinds, []onboard.NoticeKind{onboard.NoticeEnded}) {
			t.Errorf("marks of %v", kinds)
		}
	})
}
