package onboard_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// scanned has the requeuer scan a request and returns what was found.
func (b *bundle) scanned(id string) onboard.SignIns {
	b.t.Helper()
	if _, err := b.system.Scanner().Ask(b.t.Context(), id); err != nil {
		b.t.Fatal(err)
	}
	for range 20 {
		b.tend()
		asked, err := b.system.Scanner().Asked(b.t.Context(), id)
		if err != nil {
			b.t.Fatal(err)
		}
		if !asked {
			return b.signIns(id)
		}
		time.Sleep(time.Minute)
	}
	b.t.Fatal("the scan does not end")
	return onboard.SignIns{}
}

func (b *bundle) signIns(id string) onboard.SignIns {
	b.t.Helper()
	found, err := onboard.ReadSignIns(b.t.Context(), b.store, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// listed gives the bundle a directory, the pool's own unless another is given.
func (b *bundle) listed(d onboard.Directory) {
	b.system.Directory = d
	b.admin = b.system.Administration()
	b.submitter = b.admin.Submitter
	b.requeuer = b.system.Requeuer()
}

// mailedTo returns a request that mailed these people.
func mailedTo(t *testing.T, emails ...string) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{})
	b.listed(b.pool)
	b.run()
	r := b.submit(onboard.Options{}, emails...)
	return b, b.await(r.ID, 10*time.Minute)
}

func TestAScanSaysWhoHasSignedIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, "ann@example.org", "bob@example.org", "nobody", "ann@example.org")
		fresh := b.scanned(r.ID)
		if diff := cmp.Diff(onboard.SignInTally{No: 2, Unknown: 2}, fresh.Tally); diff != "" {
			t.Errorf("right after the mails (-want +got):\n%s", diff)
		}
		if err := b.pool.SignIn("ann@example.org"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		found := b.scanned(r.ID)
		if diff := cmp.Diff(onboard.SignInTally{Yes: 1, No: 1, Unknown: 2}, found.Tally); diff != "" {
			t.Errorf("after Ann signed in (-want +got):\n%s", diff)
		}
		want := map[int]onboard.SignedIn{1: onboard.SignedInYes, 2: onboard.SignedInNo, 3: onboard.SignedInUnknown, 4: onboard.SignedInUnknown}
		got := map[int]onboard.SignedIn{}
		for row, inv := range b.rows(r.ID) {
			got[row] = found.Of(inv)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		time.Sleep(7 * 24 * time.Hour)
		if late := b.scanned(r.ID); late.Tally.Expired != 1 {
			t.Errorf("after a week %+v, want one expired", late.Tally)
		}
		if calls := b.pool.Calls(); calls.Looks != 0 {
			t.Errorf("%d looks: each bills a user", calls.Looks)
		}
	})
}

// The pool's list is behind: a person who was made a moment ago and is missing has not
// signed in.
func TestWhoIsNotListedYetIsUnknown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, "ann@example.org")
		b.pool.SetFaults(memory.Faults{ReadLag: 5 * time.Minute})
		if found := b.scanned(r.ID); found.Tally != (onboard.SignInTally{Unknown: 1}) {
			t.Errorf("found %+v, want one unknown", found.Tally)
		}
		time.Sleep(time.Hour)
		if found := b.scanned(r.ID); found.Tally != (onboard.SignInTally{No: 1}) {
			t.Errorf("found %+v, want one who has not signed in", found.Tally)
		}
	})
}

func TestAPersonMailedAfterTheScanIsUnknown(t *testing.T) {
	t.Parallel()
	s := onboard.SignIns{At: time.Now()}
	inv := onboard.Invitation{Row: 1, State: onboard.Invited, UpdatedAt: s.At.Add(time.Second)}
	if got := s.Of(inv); got != onboard.SignedInUnknown {
		t.Errorf("signed in: %s, want unknown", got)
	}
	if got := (onboard.SignIns{}).Of(inv); got != onboard.SignedInUnknown {
		t.Errorf("without a scan: %s, want unknown", got)
	}
	confirmed := onboard.Invitation{Row: 1, State: onboard.Invited, Confirmed: true}
	if got := s.Of(confirmed); got != onboard.SignedInUnknown {
		t.Errorf("who never had a temporary password: %s, want unknown", got)
	}
}

// slowDirectory takes its time, so that a scan takes several runs, and counts.
type slowDirectory struct {
	onboard.Directory
	each   time.Duration
	calls  int
	starts int
	fails  func(call int, token string) error
}

func (d *slowDirectory) Waiting(ctx context.Context, token string) ([]onboard.WaitingUser, string, error) {
	d.calls++
	if token == "" {
		d.starts++
	}
	time.Sleep(d.each)
	if d.fails != nil {
		if err := d.fails(d.calls, token); err != nil {
			return nil, "", err
		}
	}
	return d.Directory.Waiting(ctx, token)
}

func TestAScanContinuesInTheNextRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, people(400)...)
		slow := &slowDirectory{Directory: b.pool, each: 15 * time.Second}
		b.listed(slow)
		found := b.scanned(r.ID)
		if found.Tally.No != 400 || slow.starts != 1 || slow.calls != 7 {
			t.Errorf("found %+v with %d calls and %d beginnings, want 400 waiting with 7 and 1", found.Tally, slow.calls, slow.starts)
		}
	})
}

func TestAScanIsPaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, people(400)...)
		slow := &slowDirectory{Directory: b.pool}
		b.listed(slow)
		began := time.Now()
		b.scanned(r.ID)
		if took := time.Since(began); took < 600*time.Millisecond {
			t.Errorf("7 calls in %s: more than 10 a second", took)
		}
	})
}

func TestAScanSurvivesWhatThePoolAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		starts int
	}{
		"throttled":     {&onboard.PoolError{Class: onboard.ErrThrottled}, 1},
		"unclear":       {&onboard.PoolError{Class: onboard.ErrUnclear}, 1},
		"token expired": {&onboard.PoolError{Class: onboard.ErrMisconfigured}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := mailedTo(t, people(200)...)
				slow := &slowDirectory{Directory: b.pool, fails: func(call int, _ string) error {
					if call == 3 {
						return tt.err
					}
					return nil
				}}
				b.listed(slow)
				if _, err := b.system.Scanner().Ask(t.Context(), r.ID); err != nil {
					t.Fatal(err)
				}
				if _, err := b.requeuer.Run(t.Context()); !errors.Is(err, tt.err) {
					t.Errorf("error %v, want the pool's: an alarm watches it", err)
				}
				b.tend()
				if found := b.signIns(r.ID); found.Tally.No != 200 || slow.starts != tt.starts {
					t.Errorf("found %+v, %d beginnings, want 200 waiting and %d", found.Tally, slow.starts, tt.starts)
				}
			})
		})
	}
}

func TestAScanWithoutTheRightIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, "ann@example.org")
		denied := &onboard.PoolError{Class: onboard.ErrMisconfigured}
		b.listed(&slowDirectory{Directory: b.pool, fails: func(int, string) error { return denied }})
		if _, err := b.system.Scanner().Ask(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.requeuer.Run(t.Context()); !errors.Is(err, denied) {
			t.Errorf("error %v, want the pool's", err)
		}
		b.tend()
		if found := b.signIns(r.ID); !found.At.IsZero() {
			t.Errorf("found %+v without a list", found)
		}
	})
}

func TestResendsSpareWhoHasSignedIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, "ann@example.org", "bob@example.org")
		if err := b.pool.SignIn("ann@example.org"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * 24 * time.Hour)
		for _, filter := range []onboard.Filter{onboard.Expired, onboard.NotSignedIn} {
			before, _, err := b.admin.ResendTo(t.Context(), r.ID, filter, onboard.Order{By: "eve"})
			if err != nil || before.Total != 2 {
				t.Errorf("%s without a scan: %d people, %v; want both, as nothing is known", filter, before.Total, err)
			}
		}
		b.scanned(r.ID)
		for _, filter := range []onboard.Filter{onboard.Expired, onboard.NotSignedIn} {
			after, _, err := b.admin.ResendTo(t.Context(), r.ID, filter, onboard.Order{By: "eve"})
			if err != nil || after.Total != 1 {
				t.Errorf("%s after a scan: %d people, %v; want Bob alone", filter, after.Total, err)
			}
		}
	})
}

func TestTheDailyScanTellsOfPasswordsThatExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.system.DailyScan = true
		notices := &board{}
		b.system.Notices = notices
		b.listed(b.pool)
		b.run()
		r := b.submit(onboard.Options{}, "ann@example.org", "bob@example.org")
		b.await(r.ID, time.Minute)
		mailed := time.Now()
		for time.Since(mailed) < 10*24*time.Hour {
			b.tend()
			time.Sleep(time.Hour)
			if age := time.Since(mailed); age >= 24*time.Hour && age < 25*time.Hour {
				if err := b.pool.SignIn("ann@example.org"); err != nil {
					t.Fatal(err)
				}
			}
			if len(notices.given) == 2 && time.Since(mailed) < 4*24*time.Hour {
				t.Fatalf("told %s after the mails", time.Since(mailed))
			}
		}
		if diff := cmp.Diff([]string{r.ID + ".1.ended", r.ID + ".1.expiring"}, notices.ids()); diff != "" {
			t.Fatalf("notices (-want +got):\n%s", diff)
		}
		n := notices.given[1]
		if text := n.Sentence(); n.Expiring != 1 || !strings.Contains(text, "1 person has not signed in") {
			t.Errorf("notice of %d: %s", n.Expiring, text)
		}
		if mails := len(b.pool.Mailbox()); mails != 2 {
			t.Errorf("%d mails: nothing is to be resent by itself", mails)
		}
	})
}

func TestWithoutADailyScanNothingIsScanned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, "ann@example.org")
		slow := &slowDirectory{Directory: b.pool}
		b.listed(slow)
		for range 50 {
			b.tend()
			time.Sleep(time.Hour)
		}
		if slow.calls != 0 || !b.signIns(r.ID).At.IsZero() {
			t.Errorf("%d calls though nobody asked", slow.calls)
		}
	})
}

func TestAScanOfTenThousandRowsIsSmall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, people(1000)...)
		b.scanned(r.ID)
		record, err := b.store.Record(t.Context(), "signins/"+r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if perRow := float64(len(record.Data)-200) / 1000; perRow > 1.4/8 {
			t.Errorf("%d bytes for 1,000 rows", len(record.Data))
		}
	})
}

// meanwhileDirectory has something happen while the first page is on its way.
type meanwhileDirectory struct {
	onboard.Directory
	meanwhile func()
}

func (d *meanwhileDirectory) Waiting(ctx context.Context, token string) ([]onboard.WaitingUser, string, error) {
	users, next, err := d.Directory.Waiting(ctx, token)
	if f := d.meanwhile; f != nil {
		d.meanwhile = nil
		f()
	}
	return users, next, err
}

// Runs of the requeuer may overlap: the slow one must not take back what a later scan found.
func TestASlowScanDoesNotReplaceALaterOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mailedTo(t, "ann@example.org")
		time.Sleep(time.Hour)
		slow := &meanwhileDirectory{Directory: b.pool}
		slow.meanwhile = func() {
			time.Sleep(time.Second)
			if err := b.pool.SignIn("ann@example.org"); err != nil {
				t.Error(err)
			}
			if found := b.scanned(r.ID); found.Tally.Yes != 1 {
				t.Errorf("the later scan: %+v", found.Tally)
			}
		}
		b.listed(slow)
		if found := b.scanned(r.ID); found.Tally.Yes != 1 {
			t.Errorf("after the slow one: %+v as of %s", found.Tally, found.At)
		}
	})
}
