package onboard_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// lostEffect is a call that had its effect and whose answer was lost.
var lostEffect = []reply{{err: onboard.ErrUnclear, effect: true}}

func TestCancelWhileTheEndOfAnAttemptIsNotKnown(t *testing.T) {
	t.Parallel()
	lostCall := []reply{{err: onboard.ErrUnclear}}
	tests := []struct {
		name    string
		options onboard.Options
		groups  []string
		script  *scriptedPool
		between func(*memory.Pool) error
		want    string
	}{
		{name: "nothing happened", options: onboard.Options{}, groups: nil, script: &scriptedPool{invites: lostCall}, between: nil, want: "canceled canceled 1"},
		{name: "the user was made", options: onboard.Options{}, groups: nil, script: &scriptedPool{invites: lostEffect}, between: nil, want: "invited 1"},
		{name: "the user was made without mail", options: onboard.Options{Mail: onboard.Suppress}, groups: nil, script: &scriptedPool{invites: lostEffect}, between: nil, want: "created 1"},
		{name: "the user was made, the groups are missing", options: onboard.Options{}, groups: []string{"staff"}, script: &scriptedPool{invites: lostEffect}, between: nil, want: "invited group_not_added 1"},
		{name: "the user was made and signed in", options: onboard.Options{}, groups: nil, script: &scriptedPool{invites: lostEffect},
			between: func(p *memory.Pool) error { return p.SignIn("ann@example.org") }, want: "invited 1"},
		{name: "the user was made and is gone", options: onboard.Options{}, groups: nil, script: &scriptedPool{invites: lostEffect},
			between: func(p *memory.Pool) error { return p.DeleteUser("ann@example.org") }, want: "canceled canceled 1"},
		{name: "the look fails at first", options: onboard.Options{}, groups: nil, script: &scriptedPool{invites: lostEffect, looks: []reply{{err: onboard.ErrUnclear}}}, between: nil, want: "invited 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Groups: []string{"staff"}})
				test.script.Pool = b.pool
				b.worker.Pool = test.script
				o := order(test.options, "ann@example.org")
				o.Submission.Rows[0].Groups = test.groups
				r, _, err := b.submitter.Submit(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				b.cancelAndHold(r.ID, test.between, test.want)
			})
		})
	}
}

// cancelAndHold cancels a request whose only row was delivered once, lets it end and
// compares how.
func (b *bundle) cancelAndHold(id string, between func(*memory.Pool) error, want string) {
	b.t.Helper()
	if between != nil {
		if err := between(b.pool); err != nil {
			b.t.Fatal(err)
		}
	}
	if _, err := b.admin.Cancel(b.t.Context(), id, "root"); err != nil {
		b.t.Fatal(err)
	}
	calls := b.pool.Calls()
	b.run()
	b.schedule()
	b.await(id, time.Hour)
	if got := b.outcomes(id)[1]; got != want {
		b.t.Errorf("ends as %q, want %q", got, want)
	}
	if after := b.pool.Calls(); after.Invites != calls.Invites || after.Resends != calls.Resends || after.GroupAdds != calls.GroupAdds {
		b.t.Errorf("calls went on after the cancel: %+v, then %+v", calls, after)
	}
}

func TestCancelOfAResendWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		resends []reply
		between func(*memory.Pool) error
		want    string
	}{
		{name: "it was mailed", resends: lostEffect, between: nil, want: "resent 1"},
		{name: "nothing shows it", resends: []reply{{err: onboard.ErrUnclear}}, between: nil, want: "not_mailed mail_unclear 1"},
		{name: "signed in since", resends: lostEffect, between: func(p *memory.Pool) error { return p.SignIn("ann@example.org") }, want: "existing already_signed_in 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.addUser("ann@example.org")
				time.Sleep(time.Hour)
				b.worker.Pool = &scriptedPool{Pool: b.pool, resends: test.resends}
				r := b.submit(onboard.Options{ResendOnly: true}, "ann@example.org")
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				b.cancelAndHold(r.ID, test.between, test.want)
			})
		})
	}
}

func TestCancelOfAUserLeftBehindAtTheMailQuota(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := leftBehindUser(t)
		if _, err := b.admin.Cancel(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		b.run()
		b.await(r.ID, time.Hour)
		if got := b.outcomes(r.ID)[2]; got != "not_mailed mail_quota_exhausted 1" {
			t.Errorf("row 2 ends as %q", got)
		}
		b.idle(day)
		again := b.resend(r.ID, onboard.Unmailed, onboard.Order{By: "root"})
		if diff := cmp.Diff(map[int]string{2: "resent 1"}, b.outcomes(again.ID)); diff != "" {
			t.Errorf("rows of the resend (-want +got):\n%s", diff)
		}
	})
}

// leftBehindUser is a request whose second row has a user that nobody mailed.
func leftBehindUser(t *testing.T) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{MailQuota: 1, UserAtMailQuota: true})
	r := b.submit(onboard.Options{}, "ann@example.org")
	b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
	r = b.submit(onboard.Options{}, "cy@@example.org", "bob@example.org")
	b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
	if got := b.outcomes(r.ID)[2]; got != "deferred mail_quota_exhausted 1" || len(b.pool.Users()) != 2 {
		t.Fatalf("row 2 is %q, %d users", got, len(b.pool.Users()))
	}
	return b, r
}

// Who waits for another invitation that itself waits for tomorrow's mail does not
// look at the pool all night, and no second message of it goes round.
func TestRowBehindADeferredOneWaitsWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, first := leftBehindUser(t)
		second := b.submit(onboard.Options{OnExisting: onboard.Resend}, "bob@example.org")
		b.run()
		b.schedule()
		at(8, 59)
		if got := b.outcomes(second.ID)[1]; got != "deferred mail_quota_exhausted 0" {
			t.Errorf("the row behind it waits as %q", got)
		}
		if looks, stats := b.pool.Calls().Looks, b.queue.Stats(); looks > 1 || stats != (memory.Stats{}) {
			t.Errorf("%d looks in nine hours and %+v on the queue, want one look and nothing", looks, stats)
		}
		b.await(first.ID, 2*time.Hour)
		b.await(second.ID, 2*time.Hour)
		if got := b.outcomes(first.ID)[2]; got != "invited 2" {
			t.Errorf("the row that made the user ends as %q", got)
		}
		if got := b.outcomes(second.ID)[1]; got != "existing resent_recently 1" {
			t.Errorf("the row behind it ends as %q", got)
		}
	})
}

func TestMailToAUserLeftBehindMeetsEachClass(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply reply // to the first of its mails
		want  onboard.State
		mails int
	}{
		{name: "mailed", reply: reply{effect: true}, want: onboard.Invited, mails: 1},
		{name: "signed in", reply: reply{err: onboard.ErrSignedIn}, want: onboard.Invited, mails: 0},
		{name: "refused", reply: reply{err: onboard.ErrRefused}, want: onboard.NotMailed, mails: 0},
		{name: "not mailed", reply: reply{err: onboard.ErrNotMailed}, want: onboard.Invited, mails: 1},
		{name: "throttled", reply: reply{err: onboard.ErrThrottled}, want: onboard.Invited, mails: 1},
		{name: "no mail left", reply: reply{err: onboard.ErrMailQuota}, want: onboard.Invited, mails: 1},
		{name: "answer lost", reply: reply{err: onboard.ErrUnclear, effect: true}, want: onboard.Invited, mails: 1},
		{name: "call lost", reply: reply{err: onboard.ErrUnclear}, want: onboard.NotMailed, mails: 0},
		{name: "no class", reply: reply{err: errNoClass, effect: true}, want: onboard.Invited, mails: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := leftBehindUser(t)
				b.worker.Pool = &scriptedPool{Pool: b.pool, resends: []reply{test.reply}}
				b.run()
				b.schedule()
				b.await(r.ID, 4*day)
				if inv := b.rows(r.ID)[2]; inv.State != test.want || b.pool.MailsTo("bob@example.org") != test.mails {
					t.Errorf("ends as %q with %d mails, want %s with %d", outcome(inv), b.pool.MailsTo("bob@example.org"), test.want, test.mails)
				}
			})
		})
	}
}

func TestUserOfALostAnswerBelongsToTheInvitationThatAsked(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]onboard.Options{"skip": {}, "resend": {OnExisting: onboard.Resend}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.worker.Pool = &scriptedPool{Pool: b.pool, invites: lostEffect}
				first := b.submit(onboard.Options{}, "ann@example.org")
				if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 1 || kept != 0 {
					t.Fatalf("%d of %d stay", kept, handed)
				}
				second := b.submit(options, "Ann@example.org")
				b.run()
				b.schedule()
				b.await(first.ID, time.Hour)
				b.await(second.ID, time.Hour)
				if got := b.outcomes(first.ID)[1]; got != "invited 1" {
					t.Errorf("the row that asked ends as %q", got)
				}
				if got := b.rows(second.ID)[1].State; got != onboard.Existing {
					t.Errorf("the other ends as %q, want existing", b.outcomes(second.ID)[1])
				}
				b.wantOneMailEach("ann@example.org")
			})
		})
	}
}

func TestLateWorkerNeverExceedsTheQuota(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{0, 60 * time.Millisecond, 900 * time.Millisecond} {
		t.Run(fmt.Sprintf("writes take %s", late), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond, Enforcement: memory.SlidingWindow()})
				b.worker.Store = &faultyStore{Store: b.store, before: func(method string) error {
					if method == "Save" {
						time.Sleep(late)
					}
					return nil
				}}
				b.run()
				r := b.submit(onboard.Options{}, people(200)...)
				b.await(r.ID, time.Hour)
				if n := b.pool.Calls().Throttled; n != 0 {
					t.Errorf("%d calls were more than the quota", n)
				}
				b.wantOneMailEach(people(200)...)
			})
		})
	}
}

func TestSubmissionInDoubtTellsSo(t *testing.T) {
	t.Parallel()
	down := errors.New("store down")
	for _, began := range []bool{false, true} {
		t.Run(fmt.Sprintf("the round began %v", began), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.run()
				reads, writes := failing("Request", down, always), failing("SaveRequest", down, always)
				store := &faultyStore{Store: b.store, before: func(method string) error { return errors.Join(reads(method), writes(method)) }}
				if began {
					store = &faultyStore{Store: b.store, before: reads, after: writes}
				}
				b.submitter.Requests = store
				o := order(onboard.Options{}, people(3)...)
				o.KeyID, o.BodyHash = onboard.KeyID("root", "k"), "hash"
				if _, _, err := b.submitter.Submit(t.Context(), o); !errors.Is(err, onboard.ErrInDoubt) || errors.Is(err, onboard.ErrNotQueued) {
					t.Errorf("ended with %v, want %v and no other class", err, onboard.ErrInDoubt)
				}
				b.await("request-001", time.Minute)
				b.submitter.Requests = b.store
				r, replayed, err := b.submitter.Submit(t.Context(), o)
				if err != nil || replayed != began {
					t.Errorf("the same submission later: replayed %v, %v", replayed, err)
				}
				b.await(r.ID, time.Minute)
				b.wantOneMailEach(people(3)...)
			})
		})
	}
}

func TestCanceledRowWaitsForALateEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 3 * onboard.CallTimeout}) // its effect comes when nobody listens any more
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if len(b.pool.Users()) != 0 {
			t.Fatal("the user is there too early for this test")
		}
		b.pool.SetLatency(0)
		b.worker.Random = func() float64 { return 0 } // comes again at once
		if _, err := b.admin.Cancel(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		b.run()
		b.await(r.ID, time.Hour)
		if diff := cmp.Diff(map[int]string{1: "invited 1"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		b.wantOneMailEach("ann@example.org")
	})
}

func TestRowWaitsWhileItsAddressIsAttempted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 8 * time.Second})
		first := b.submit(onboard.Options{}, "ann@example.org")
		attempted := make(chan struct{})
		go func() {
			defer close(attempted)
			b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		}()
		time.Sleep(2 * time.Second)
		second := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if calls := b.pool.Calls(); calls.Looks != 0 || calls.Invites > 1 || len(b.rows(second.ID)) != 0 {
			t.Errorf("the second row did not wait: %+v, %v", calls, b.outcomes(second.ID))
		}
		<-attempted
		b.run()
		b.await(second.ID, time.Minute)
		if one, two := b.outcomes(first.ID)[1], b.outcomes(second.ID)[1]; one != "invited 1" || two != "existing already_exists 1" {
			t.Errorf("rows end as %q and %q", one, two)
		}
	})
}

func TestResendWaitsForALateEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 3 * onboard.CallTimeout})
		b.addUser("ann@example.org")
		time.Sleep(time.Hour)
		r := b.submit(onboard.Options{ResendOnly: true}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		b.pool.SetLatency(0)
		b.worker.Random = func() float64 { return 0 }
		b.run()
		b.await(r.ID, time.Hour)
		if diff := cmp.Diff(map[int]string{1: "resent 1"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		b.wantOneMailEach("ann@example.org")
	})
}

func TestOutcomeIsWrittenThoughTheStoreFailsTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.worker.Store = &faultyStore{Store: b.store, before: failing("Save", errors.New("store down"), 2, 3)}
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if got := b.outcomes(r.ID)[1]; got != "invited 1" {
			t.Errorf("the row is %q after its delivery: what cost a call should not be lost to a short outage", got)
		}
	})
}

// A user who is deleted by hand before they are in their group is looked up once, as
// a pool whose reads lag behind would say the same, and then invited again.
func TestAUserWhoIsDeletedBeforeTheirGroupIsLookedUpOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const email = "ann@example.org"
		b := newBundle(t, memory.PoolConfig{Groups: []string{"staff"}})
		b.worker.Pool = &scriptedPool{Pool: b.pool, joins: []reply{{err: onboard.ErrUnclear}}}
		o := order(onboard.Options{}, email)
		o.Submission.Rows[0].Groups = []string{"staff"}
		r, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout) // creates the user; the group is missing
		if err := b.pool.DeleteUser(email); err != nil {
			t.Fatal(err)
		}
		b.run()
		b.schedule()
		b.await(r.ID, time.Hour)
		if got := b.outcomes(r.ID)[1]; got != "invited 2" {
			t.Errorf("ends as %q", got)
		}
		if calls := b.pool.Calls(); calls.Looks != 1 || calls.Invites != 2 {
			t.Errorf("%+v, want one look and two creations", calls)
		}
	})
}
