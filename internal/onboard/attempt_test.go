package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// What becomes of a row's message when its delivery ends.
const (
	acknowledged = "acknowledged"
	freshCopy    = "fresh copy"  // taken off and sent again, delayed: no failure
	delivered    = "comes again" // left on the queue, hidden for a while: a failure
)

// left says what one delivery left behind.
type left struct {
	Outcome string // state, code, attempts
	Message string
	Slower  bool // the pace was cut
	Closed  bool // mail is closed for all rows
	Trail   bool // the claim remembers an attempt of unknown end
	Request onboard.RequestState
}

// leftBehind reads what the delivery of a request's only row left behind. The claim must
// be free: every delivery gives it back.
func (b *bundle) leftBehind(r onboard.Request, email string) left {
	b.t.Helper()
	inv, claim := b.stored(r.ID, 1, email)
	if claim.Holder != (onboard.Holder{}) {
		b.t.Errorf("the claim is still held: %+v", claim)
	}
	cell, err := b.store.Cell(b.t.Context(), onboard.LaneCreate)
	if err != nil {
		b.t.Fatal(err)
	}
	return left{
		Outcome: outcome(inv), Message: b.message(), Slower: !cell.Cut.At.IsZero(),
		Closed: cell.ClosedUntil.After(time.Now()), Trail: !claim.Trail.Empty(),
		Request: b.request(r.ID).State(time.Now()),
	}
}

// message says what became of the only message.
func (b *bundle) message() string {
	b.t.Helper()
	switch stats := b.queue.Stats(); stats {
	case memory.Stats{}:
		return acknowledged
	case memory.Stats{Delayed: 1}:
		return freshCopy
	case memory.Stats{InFlight: 1}:
		return delivered
	default:
		b.t.Errorf("the queue has %+v", stats)
		return ""
	}
}

func poolError(class error, code onboard.Code) error {
	return &onboard.PoolError{Class: class, Code: code, Detail: "SomeException"}
}

// errNoClass is an error that no port promises.
var errNoClass = errors.New("something nobody foresaw")

// classCase is one row of the error table: what the pool answers the first
// call, what that delivery leaves behind, and how the row ends after all.
type classCase struct {
	name  string
	reply reply
	want  left
	final string
	mails int // to the address, when all is done
}

func TestEachClassOfErrorWhenInviting(t *testing.T) {
	t.Parallel()
	running, errored := onboard.StateRunning, onboard.StateErrors
	tests := []classCase{
		{name: "exists", reply: reply{err: onboard.ErrExists},
			want: left{Outcome: "existing already_exists 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: onboard.StateCompleted}, final: "existing already_exists 1", mails: 0},
		{name: "throttled", reply: reply{err: poolError(onboard.ErrThrottled, "")},
			want: left{Outcome: "pending 0", Message: freshCopy, Slower: true, Closed: false, Trail: false, Request: running}, final: "invited 1", mails: 1},
		{name: "mail quota, no user", reply: reply{err: onboard.ErrMailQuota},
			want: left{Outcome: "deferred mail_quota_exhausted 1", Message: acknowledged, Slower: false, Closed: true, Trail: true, Request: running}, final: "invited 2", mails: 1},
		{name: "not mailed", reply: reply{err: poolError(onboard.ErrNotMailed, onboard.CodeMailNotDelivered)},
			want: left{Outcome: "deferred mail_not_delivered 1", Message: acknowledged, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 2", mails: 1},
		{name: "not mailed, bare", reply: reply{err: onboard.ErrNotMailed},
			want: left{Outcome: "deferred mail_not_delivered 1", Message: acknowledged, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 2", mails: 1},
		{name: "refused with a code", reply: reply{err: poolError(onboard.ErrRefused, onboard.CodeRefusedByTrigger)},
			want: left{Outcome: "failed refused_by_trigger 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: errored}, final: "failed refused_by_trigger 1", mails: 0},
		{name: "refused, bare", reply: reply{err: onboard.ErrRefused},
			want: left{Outcome: "failed refused_by_pool 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: errored}, final: "failed refused_by_pool 1", mails: 0},
		{name: "misconfigured", reply: reply{err: poolError(onboard.ErrMisconfigured, onboard.CodeMisconfigured)},
			want: left{Outcome: "deferred pool_misconfigured 0", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: onboard.StatePaused}, final: "invited 1", mails: 1},
		{name: "misconfigured, bare", reply: reply{err: onboard.ErrMisconfigured},
			want: left{Outcome: "deferred pool_misconfigured 0", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: onboard.StatePaused}, final: "invited 1", mails: 1},
		{name: "unclear, nothing happened", reply: reply{err: poolError(onboard.ErrUnclear, "")},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 2", mails: 1},
		{name: "unclear, it happened", reply: reply{err: onboard.ErrUnclear, effect: true},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 1", mails: 1},
		{name: "no class, nothing happened", reply: reply{err: errNoClass},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 2", mails: 1},
		{name: "no class, it happened", reply: reply{err: errNoClass, effect: true},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 1", mails: 1},
		{name: "a class that inviting never has", reply: reply{err: onboard.ErrUserNotFound},
			want: left{Outcome: "pending 1", Message: delivered, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 2", mails: 1},
		{name: "context ended, by its own clock", reply: reply{err: context.DeadlineExceeded, effect: true},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "invited 1", mails: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond})
				b.worker.Pool = &scriptedPool{Pool: b.pool, invites: []reply{test.reply}}
				b.holdsTo(test, b.submit(onboard.Options{}, "ann@example.org"))
			})
		})
	}
}

func TestEachClassOfErrorWhenResending(t *testing.T) {
	t.Parallel()
	running, errored := onboard.StateRunning, onboard.StateErrors
	tests := []classCase{
		{name: "signed in", reply: reply{err: onboard.ErrSignedIn},
			want: left{Outcome: "existing already_signed_in 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: onboard.StateCompleted}, final: "existing already_signed_in 1", mails: 0},
		{name: "user not found", reply: reply{err: onboard.ErrUserNotFound},
			want: left{Outcome: "failed user_not_found 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: errored}, final: "failed user_not_found 1", mails: 0},
		{name: "throttled", reply: reply{err: onboard.ErrThrottled},
			want: left{Outcome: "pending 0", Message: freshCopy, Slower: true, Closed: false, Trail: false, Request: running}, final: "resent 1", mails: 1},
		{name: "mail quota", reply: reply{err: onboard.ErrMailQuota},
			want: left{Outcome: "deferred mail_quota_exhausted 1", Message: acknowledged, Slower: false, Closed: true, Trail: false, Request: running}, final: "resent 2", mails: 1},
		{name: "not mailed", reply: reply{err: onboard.ErrNotMailed},
			want: left{Outcome: "deferred mail_not_delivered 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: running}, final: "resent 2", mails: 1},
		{name: "refused", reply: reply{err: onboard.ErrRefused},
			want: left{Outcome: "failed refused_by_pool 1", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: errored}, final: "failed refused_by_pool 1", mails: 0},
		{name: "misconfigured", reply: reply{err: onboard.ErrMisconfigured},
			want: left{Outcome: "deferred pool_misconfigured 0", Message: acknowledged, Slower: false, Closed: false, Trail: false, Request: onboard.StatePaused}, final: "resent 1", mails: 1},
		{name: "unclear, nothing happened", reply: reply{err: onboard.ErrUnclear},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "not_mailed mail_unclear 1", mails: 0},
		{name: "unclear, it happened", reply: reply{err: onboard.ErrUnclear, effect: true},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "resent 1", mails: 1},
		{name: "no class, it happened", reply: reply{err: errNoClass, effect: true},
			want: left{Outcome: "pending 1", Message: freshCopy, Slower: false, Closed: false, Trail: true, Request: running}, final: "resent 1", mails: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond})
				b.addUser("ann@example.org")
				time.Sleep(time.Hour)
				b.worker.Pool = &scriptedPool{Pool: b.pool, resends: []reply{test.reply}}
				b.holdsTo(test, b.submit(onboard.Options{ResendOnly: true}, "ann@example.org"))
			})
		})
	}
}

// addUser adds a user to the pool who has not signed in and whom usher did not make.
func (b *bundle) addUser(emails ...string) {
	b.t.Helper()
	for _, email := range emails {
		if _, err := b.pool.AddUser(email, false); err != nil {
			b.t.Fatal(err)
		}
	}
}

// holdsTo delivers the request's row once, compares what that left behind, and
// then lets everything run to its end.
func (b *bundle) holdsTo(test classCase, r onboard.Request) {
	b.t.Helper()
	b.worker.Random = func() float64 { return 0.5 }
	b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
	if diff := cmp.Diff(test.want, b.leftBehind(r, "ann@example.org")); diff != "" {
		b.t.Errorf("after the first delivery (-want +got):\n%s", diff)
	}
	b.run()
	b.schedule()
	if b.request(r.ID).Phase == onboard.Paused {
		if why := b.request(r.ID).Pause; why.Reason == "" || why.Code != onboard.CodeMisconfigured || !why.Since.Equal(time.Now()) {
			b.t.Errorf("paused for %+v", why)
		}
		if _, err := b.admin.Resume(b.t.Context(), r.ID, "root"); err != nil {
			b.t.Errorf("resume: %v", err)
		}
	}
	b.await(r.ID, 48*time.Hour)
	inv, _ := b.stored(r.ID, 1, "ann@example.org")
	if got := outcome(inv); got != test.final {
		b.t.Errorf("ends as %q, want %q", got, test.final)
	}
	if n := b.pool.MailsTo("ann@example.org"); n != test.mails {
		b.t.Errorf("%d mails, want %d", n, test.mails)
	}
	if main, dead := b.queue.Stats(), b.queue.DeadLetters().Stats(); main != (memory.Stats{}) || dead != (memory.Stats{}) {
		b.t.Errorf("messages are left: queue %+v, dead letters %+v", main, dead)
	}
	if _, claim := b.stored(r.ID, 1, "ann@example.org"); !claim.Trail.Empty() {
		b.t.Errorf("a settled row left a trail: %+v", claim.Trail)
	}
}

func TestEachClassOfErrorWhenAddingToAGroup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		reply   reply
		first   string
		message string
		final   string
	}{
		{name: "added", reply: reply{effect: true}, first: "invited 1", message: acknowledged, final: "invited 1"},
		{name: "refused", reply: reply{err: poolError(onboard.ErrRefused, onboard.CodeGroupUnknown)}, first: "invited group_not_added 1", message: acknowledged, final: "invited group_not_added 1"},
		{name: "throttled", reply: reply{err: onboard.ErrThrottled}, first: "invited 1", message: acknowledged, final: "invited 1"},
		{name: "misconfigured", reply: reply{err: onboard.ErrMisconfigured}, first: "deferred pool_misconfigured 1", message: acknowledged, final: "invited 1"},
		{name: "unclear", reply: reply{err: onboard.ErrUnclear}, first: "pending 1", message: freshCopy, final: "invited 1"},
		{name: "user not found yet", reply: reply{err: onboard.ErrUserNotFound}, first: "pending 1", message: delivered, final: "invited 1"},
		{name: "no class", reply: reply{err: errNoClass}, first: "pending 1", message: freshCopy, final: "invited 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 100 * time.Millisecond, Groups: []string{"staff", "press"}})
				b.worker.Random = func() float64 { return 0.5 }
				b.worker.Pool = &scriptedPool{Pool: b.pool, joins: []reply{test.reply}}
				o := order(onboard.Options{}, "ann@example.org")
				o.Submission.Rows[0].Groups = []string{"staff", "press"}
				r, _, err := b.submitter.Submit(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				inv, _ := b.stored(r.ID, 1, "ann@example.org")
				if got := outcome(inv); got != test.first || b.message() != test.message {
					t.Errorf("after the first delivery %q, %s, want %q, %s", got, b.message(), test.first, test.message)
				}
				b.run()
				b.schedule()
				if b.request(r.ID).Phase == onboard.Paused {
					if _, err := b.admin.Resume(t.Context(), r.ID, "root"); err != nil {
						t.Errorf("resume: %v", err)
					}
				}
				b.await(r.ID, time.Hour)
				inv, _ = b.stored(r.ID, 1, "ann@example.org")
				if got := outcome(inv); got != test.final {
					t.Errorf("ends as %q, want %q", got, test.final)
				}
				b.wantOneMailEach("ann@example.org")
				groups := b.pool.Users()[0].Groups
				if want := test.name != "refused"; slices.Contains(groups, "staff") != want || !slices.Contains(groups, "press") {
					t.Errorf("in the groups %v", groups)
				}
			})
		})
	}
}

func TestEachClassOfErrorWhenLookingAfterALostAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		look    error
		message string
		state   onboard.RequestState
		invites int // once the attempt is over
	}{
		{name: "throttled", look: onboard.ErrThrottled, message: freshCopy, state: onboard.StateRunning, invites: 1},
		{name: "misconfigured", look: onboard.ErrMisconfigured, message: acknowledged, state: onboard.StatePaused, invites: 1},
		{name: "unclear", look: onboard.ErrUnclear, message: freshCopy, state: onboard.StateRunning, invites: 1},
		{name: "no class", look: errNoClass, message: freshCopy, state: onboard.StateRunning, invites: 1},
		// The pool is asked again, says that the user exists, and is looked up again.
		{name: "not found", look: onboard.ErrUserNotFound, message: acknowledged, state: onboard.StateCompleted, invites: 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.worker.Random = func() float64 { return 0.5 }
				b.worker.Pool = &scriptedPool{
					Pool: b.pool, invites: []reply{{err: onboard.ErrUnclear, effect: true}}, looks: []reply{{err: test.look}},
				}
				r := b.submit(onboard.Options{}, "ann@example.org")
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				time.Sleep(10 * time.Second)
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				if calls := b.pool.Calls(); calls.Invites != 1 || calls.Looks != 0 || b.message() != freshCopy {
					t.Errorf("%+v and %s while the attempt may still have its effect, want it left alone", calls, b.message())
				}
				time.Sleep(time.Minute)
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				if got := b.request(r.ID).State(time.Now()); b.message() != test.message || got != test.state {
					t.Errorf("after the look %s, request %s, want %s, %s", b.message(), got, test.message, test.state)
				}
				if n := b.pool.Calls().Invites; n != test.invites {
					t.Errorf("%d calls to invite, want %d", n, test.invites)
				}
				b.run()
				b.schedule()
				if b.request(r.ID).Phase == onboard.Paused {
					if _, err := b.admin.Resume(t.Context(), r.ID, "root"); err != nil {
						t.Errorf("resume: %v", err)
					}
				}
				b.await(r.ID, time.Hour)
				want := map[int]string{1: fmt.Sprintf("invited %d", test.invites)}
				if diff := cmp.Diff(want, b.outcomes(r.ID)); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
				b.wantOneMailEach("ann@example.org")
			})
		})
	}
}

func TestBeingThrottledNeverCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		script := &scriptedPool{Pool: b.pool, invites: times(50, reply{err: onboard.ErrThrottled})}
		b.worker.Pool = script
		observed := 0
		b.worker.Observe = func(o onboard.Observation) {
			if o.Throttled {
				observed++
			}
			if o.Err != nil {
				t.Errorf("counted as a failure: %v", o.Err)
			}
		}
		b.run()
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.await(r.ID, 24*time.Hour)
		if diff := cmp.Diff(map[int]string{1: "invited 1"}, b.outcomes(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if n := len(script.calls()); n != 51 || observed != 50 {
			t.Errorf("%d calls, %d observed as throttled, want 51 and 50", n, observed)
		}
		b.wantOneMailEach("ann@example.org")
	})
}

func TestUserNotFoundAfterExistsIsNotConcluded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Faults: memory.Faults{ReadLag: 5 * time.Minute}})
		b.worker.Random = func() float64 { return 0.99 }
		script := &scriptedPool{Pool: b.pool, invites: []reply{{err: onboard.ErrUnclear, effect: true}}}
		b.worker.Pool = script
		b.run()
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.await(r.ID, time.Hour)
		if diff := cmp.Diff(map[int]string{1: "invited 1"}, b.forgetAttempts(r.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s\ncalls %v", diff, script.calls())
		}
		b.wantOneMailEach("ann@example.org")
	})
}

// forgetAttempts is [bundle.outcomes] where it does not matter how many attempts it took.
func (b *bundle) forgetAttempts(id string) map[int]string {
	b.t.Helper()
	outcomes := map[int]string{}
	for row, inv := range b.rows(id) {
		inv.Attempts = 1
		outcomes[row] = outcome(inv)
	}
	return outcomes
}

func TestTwoRequestsAtOnceInviteAnAddressOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 2 * time.Second})
		b.run()
		emails := people(20)
		first, second := b.submit(onboard.Options{}, emails...), b.submit(onboard.Options{}, emails...)
		b.await(first.ID, time.Hour)
		b.await(second.ID, time.Hour)
		for row, inv := range b.rows(first.ID) {
			other, _ := b.stored(second.ID, row, "")
			got := []onboard.State{inv.State, other.State}
			slices.Sort(got)
			if !slices.Equal(got, []onboard.State{onboard.Existing, onboard.Invited}) {
				t.Errorf("row %d ends as %v, want one invited, one existing", row, got)
			}
		}
		b.wantOneMailEach(emails...)
		if looks := b.pool.Calls().Looks; looks != 0 {
			t.Errorf("%d looks, want none: each is billed", looks)
		}
	})
}
