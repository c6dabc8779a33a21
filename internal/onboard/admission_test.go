package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// refusedFor wants err to say that a submission is over the limit of that code.
func refusedFor(t *testing.T, err error, code onboard.Code) *onboard.NotAdmittedError {
	t.Helper()
	var refusal *onboard.NotAdmittedError
	if !errors.As(err, &refusal) || !errors.Is(err, onboard.ErrNotAdmitted) || refusal.Code != code {
		t.Fatalf("ended with %v, want that it is not admitted: %s", err, code)
	}
	return refusal
}

// limited returns a submitter of the bundle's system under other settings.
func (b *bundle) limited(change func(*onboard.Settings)) *onboard.Submitter {
	change(&b.system.Settings)
	b.admin = b.system.Administration()
	b.submitter = b.admin.Submitter
	return b.submitter
}

func TestDailyInvitationsOfAnAdministrator(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		submitter := b.limited(func(s *onboard.Settings) { s.DailyInvitations = 10 })
		submit := func(by string, emails ...string) error {
			o := order(onboard.Options{}, emails...)
			o.By, o.ShareOf = by, "sub-"+by
			submitter.Forecaster.Forecast(t.Context(), submitter.Judge(t.Context(), o)) // costs nothing
			_, _, err := submitter.Submit(t.Context(), o)
			return err
		}
		if err := submit("eve", people(9)...); err != nil {
			t.Fatal(err)
		}
		refusal := refusedFor(t, submit("eve", people(2)...), onboard.CodeDailyLimit)
		if refusal.RetryAfter != 24*time.Hour { // a bubble begins at midnight UTC
			t.Errorf("try again after %s", refusal.RetryAfter)
		}
		if err := submit("eve", "a0@example.org", "A0@example.org", "nobody"); err != nil { // one to invite
			t.Error(err)
		}
		refusedFor(t, submit("eve", people(1)...), onboard.CodeDailyLimit)
		if err := submit("bob", people(10)...); err != nil {
			t.Error(err)
		}
		time.Sleep(24*time.Hour - time.Second)
		refusedFor(t, submit("eve", people(1)...), onboard.CodeDailyLimit)
		time.Sleep(time.Second)
		if err := submit("eve", people(10)...); err != nil {
			t.Error(err)
		}
	})
}

// A refusal says what would be accepted: that is, and one more is not.
func TestWhatARefusalSuggestsIsAdmitted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		used, people int
		says         string
		waits        bool // until the next day
		admitted     int
	}{
		{used: 9, people: 2, says: "Send at most 1, or wait for the next day.", admitted: 1},
		{used: 9, people: 2, says: "Send at most 1, or wait for the next day.", waits: true, admitted: 2},
		{used: 10, people: 2, says: "Wait for the next day.", waits: true, admitted: 2},
		{used: 4, people: 11, says: "Send at most 6 today.", admitted: 6},
		{used: 10, people: 11, says: "Wait for the next day, and send at most 10 then.", waits: true, admitted: 10},
	} {
		t.Run(fmt.Sprintf("%d of 10 used, %d more, waits %t", test.used, test.people, test.waits), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				submitter := b.limited(func(s *onboard.Settings) { s.DailyInvitations = 10 })
				submit := func(n int) error {
					_, _, err := submitter.Submit(t.Context(), order(onboard.Options{}, people(n)...))
					return err
				}
				if err := submit(test.used); err != nil {
					t.Fatal(err)
				}
				refusal := refusedFor(t, submit(test.people), onboard.CodeDailyLimit)
				says := fmt.Sprintf("One administrator may have 10 people invited a day (UTC). %d are used, and this would be %d more. %s", test.used, test.people, test.says)
				if refusal.Reason != says {
					t.Errorf("says %q, want %q", refusal.Reason, says)
				}
				if test.waits {
					time.Sleep(24 * time.Hour)
				} else {
					refusedFor(t, submit(test.admitted+1), onboard.CodeDailyLimit)
				}
				if err := submit(test.admitted); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// ledger is a store and a queue that note what is taken from the day's share, and
// fail on demand.
type ledger struct {
	onboard.Store
	onboard.Queue

	mu      sync.Mutex
	spent   int  // of the day's share, what was given back taken off
	spends  int  // calls that changed it
	refuses bool // the queue takes nothing
	silent  bool // the store gives no answer once messages are on the queue
	down    bool // it gives none now
}

var errSilent = errors.New("no answer")

func (l *ledger) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	if n > 0 {
		if err := l.answers(); err != nil {
			return err
		}
	}
	err := l.Store.Spend(ctx, counter, n, limit, expires)
	if err == nil && strings.HasPrefix(counter, "invitations ") {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.spent, l.spends = l.spent+n, l.spends+1
	}
	return err
}

func (l *ledger) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	l.mu.Lock()
	refuses := l.refuses
	l.down = l.silent
	l.mu.Unlock()
	if refuses {
		return errors.New("the queue takes nothing")
	}
	return l.Queue.Send(ctx, messages, delay)
}

func (l *ledger) answers() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down {
		return errSilent
	}
	return nil
}

func (l *ledger) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	if err := l.answers(); err != nil {
		return err
	}
	return l.Store.SaveRequest(ctx, r, delta)
}

func (l *ledger) Request(ctx context.Context, id string) (onboard.Request, error) {
	if err := l.answers(); err != nil {
		return onboard.Request{}, err
	}
	return l.Store.Request(ctx, id)
}

// set changes what fails from now on.
func (l *ledger) set(refuses, silent bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuses, l.silent, l.down = refuses, silent, false
}

// wantSpent wants so many people taken since it was asked last, by so many changes.
func (l *ledger) wantSpent(t *testing.T, what string, people, changes int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.spent != people || l.spends != changes {
		t.Errorf("%s: %d people taken by %d changes, want %d by %d", what, l.spent, l.spends, people, changes)
	}
	l.spent, l.spends = 0, 0
}

// ledgerOver puts a ledger around the bundle's store and queue.
func ledgerOver(b *bundle) *ledger {
	l := &ledger{Store: b.store, Queue: b.queue}
	b.system.Store, b.system.Queue = l, l
	return l
}

// A share is given back where certainly nobody is invited and nothing can continue
// the submission; else two lists would go out for one.
func TestOnlyWhatInvitesNobodyGivesItsShareBack(t *testing.T) {
	t.Parallel()
	for _, resend := range []bool{false, true} {
		for _, key := range []string{"", "k"} {
			t.Run(fmt.Sprintf("resend %t, key %q", resend, key), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { shareOf(t, resend, key) })
			})
		}
	}
}

func shareOf(t *testing.T, resend bool, key string) {
	b := newBundle(t, memory.PoolConfig{})
	l := ledgerOver(b)
	b.limited(func(s *onboard.Settings) { s.DailyInvitations = 50 })
	invited := b.submit(onboard.Options{}, "first@example.org") // the one to resend to
	b.run()
	b.await(invited.ID, time.Minute)
	l.wantSpent(t, "accepted", 1, 1)

	submit := func(k string) error {
		o := order(onboard.Options{Force: true}, "ann@example.org")
		if key != "" {
			o.KeyID, o.BodyHash = onboard.KeyID("root", k), "hash"
		}
		if resend {
			_, _, err := b.admin.ResendTo(t.Context(), invited.ID, onboard.NotSignedIn, o)
			return err
		}
		_, _, err := b.submitter.Submit(t.Context(), o)
		return err
	}

	l.set(true, false)
	if err := submit("refused"); !errors.Is(err, onboard.ErrNotQueued) {
		t.Errorf("a queue that takes nothing: %v", err)
	}
	if key == "" {
		l.wantSpent(t, "not queued", 0, 2)
	} else {
		l.wantSpent(t, "not queued, to be continued", 1, 1)
	}
	l.set(false, false)
	time.Sleep(time.Minute)
	if err := submit("refused"); err != nil {
		t.Fatal(err)
	}
	if key == "" {
		l.wantSpent(t, "sent again", 1, 1)
	} else {
		l.wantSpent(t, "continued", 0, 0)
		if err := submit("refused"); err != nil {
			t.Fatal(err)
		}
		l.wantSpent(t, "replayed", 0, 0)
	}

	l.set(false, true)
	if err := submit("doubtful"); !errors.Is(err, onboard.ErrInDoubt) {
		t.Errorf("a store that gives no answer: %v", err)
	}
	l.wantSpent(t, "in doubt", 1, 1)
	if key != "" {
		l.set(false, false)
		time.Sleep(time.Minute)
		if err := submit("doubtful"); err != nil {
			t.Fatal(err)
		}
		l.wantSpent(t, "in doubt, then continued", 0, 0)
	}
}

// What is refused before anything was taken must not give anything back.
func TestWhatTookNoShareGivesNoneBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		l := ledgerOver(b)
		submitter := b.limited(func(s *onboard.Settings) {
			s.DailyInvitations, s.RequestsInFlight, s.MailQuota, s.MaxOpen = 10, 4, 3, 24*time.Hour
		})
		submit := func(mail onboard.Mail, key string, emails ...string) error {
			o := order(onboard.Options{Mail: mail}, emails...)
			if key != "" {
				o.KeyID, o.BodyHash = onboard.KeyID("root", key), fmt.Sprint(len(emails))
			}
			_, _, err := submitter.Submit(t.Context(), o)
			return err
		}
		if err := submit(onboard.Send, "", "nobody"); !errors.Is(err, onboard.ErrNoValidRow) {
			t.Error(err)
		}
		l.wantSpent(t, "no row that can be invited", 0, 0)
		refusedFor(t, submit(onboard.Send, "", people(4)...), onboard.CodeMailTakesTooLong)
		l.wantSpent(t, "more mails than the days have", 0, 0)
		refusedFor(t, submit(onboard.Suppress, "", people(11)...), onboard.CodeDailyLimit)
		l.wantSpent(t, "over the day's share", 0, 0)
		l.down = true
		if err := submit(onboard.Send, "", people(1)...); !errors.Is(err, errSilent) {
			t.Errorf("a store that gives no answer: %v", err)
		}
		l.wantSpent(t, "a store that gives no answer", 0, 0)
		l.set(false, false)
		if err := submit(onboard.Send, "k", people(1)...); err != nil {
			t.Error(err)
		}
		l.wantSpent(t, "accepted", 1, 1)
		if err := submit(onboard.Send, "k", people(2)...); !errors.Is(err, onboard.ErrKeyReused) {
			t.Error(err)
		}
		l.wantSpent(t, "a key that belongs to another body", 0, 0)
		if err := submit(onboard.Send, "", people(1)...); err != nil {
			t.Error(err)
		}
		l.wantSpent(t, "accepted", 1, 1)
		refusedFor(t, submit(onboard.Send, "", people(1)...), onboard.CodeRequestsInFlight)
		l.wantSpent(t, "too many in flight", 0, 0)
	})
}

// A share that cannot be given back is in the log.
func TestAShareThatCannotBeGivenBackIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		l := ledgerOver(b)
		l.refuses = true
		b.system.Store = stingy{l}
		var log strings.Builder
		submitter := b.limited(func(s *onboard.Settings) {
			s.DailyInvitations, s.Log = 10, slog.New(slog.NewTextHandler(&log, nil))
		})
		_, _, err := submitter.Submit(t.Context(), order(onboard.Options{}, people(2)...))
		if !errors.Is(err, onboard.ErrNotQueued) || !strings.Contains(log.String(), "could not be given back") {
			t.Errorf("ended with %v, log %q", err, log.String())
		}
	})
}

// stingy is a store that takes nothing back.
type stingy struct{ onboard.Store }

func (s stingy) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	if n < 0 {
		return errSilent
	}
	return s.Store.Spend(ctx, counter, n, limit, expires)
}

// submitAs submits as an administrator.
func submitAs(t *testing.T, s *onboard.Submitter, by string, rows int) (onboard.Request, error) {
	t.Helper()
	o := order(onboard.Options{}, people(rows)...)
	o.By, o.ShareOf = by, "sub-"+by
	r, _, err := s.Submit(t.Context(), o)
	return r, err
}

const largeRequest = onboard.SmallRequest + 1

func TestRequestsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		submitter := b.limited(func(s *onboard.Settings) { s.RequestsInFlight = 3 })
		var last onboard.Request
		for _, by := range []string{"eve", "eve", "bob"} {
			var err error
			if last, err = submitAs(t, submitter, by, largeRequest); err != nil {
				t.Fatal(err)
			}
		}
		_, err := submitAs(t, submitter, "joe", largeRequest)
		refusal := refusedFor(t, err, onboard.CodeRequestsInFlight)
		if refusal.RetryAfter != 30*time.Second || !strings.HasPrefix(refusal.Reason, "3 requests are not done yet") {
			t.Errorf("after %s: %s", refusal.RetryAfter, refusal.Reason)
		}
		b.run()
		b.await(last.ID, time.Minute)
		if _, err := submitAs(t, submitter, "joe", largeRequest); err != nil {
			t.Error(err)
		}
	})
}

// However many requests are done, those that are open count: the newest hundred say
// nothing of the others.
func TestOldRequestsInFlightCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		submitter := b.limited(func(s *onboard.Settings) { s.RequestsInFlight = 4 })
		for _, by := range []string{"eve", "eve", "bob", "bob"} {
			if _, err := submitAs(t, submitter, by, largeRequest); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 4 { // newer ones, which are done
			r := onboard.Request{ID: fmt.Sprintf("9%d", i), Phase: onboard.Running, Round: 1, SubmittedBy: "eve", SubmittedAt: time.Now(), EndedAt: time.Now()}
			if err := b.store.CreateRequest(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		_, err := submitAs(t, submitter, "joe", largeRequest)
		refusedFor(t, err, onboard.CodeRequestsInFlight)
	})
}

// One administrator cannot fill all places, and small requests have a place in any
// case.
func TestPlacesInFlightAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		submitter := b.limited(func(s *onboard.Settings) { s.RequestsInFlight, s.DailyInvitations = 20, -1 })
		accepted := func(by string, rows int) (n int, last error) {
			for range 100 {
				if _, err := submitAs(t, submitter, by, rows); err != nil {
					return n, err
				}
				n++
			}
			return n, nil
		}
		for _, test := range []struct {
			by         string
			rows, want int
			says       string
		}{
			{by: "eve", rows: largeRequest, want: 10, says: "You have 10 requests open, which is the most for one administrator. Wait for one to be done, or cancel one. A request of at most 10 rows is accepted."},
			{by: "eve", rows: onboard.SmallRequest, want: 2, says: "You have 12 requests open, which is the most for one administrator. Wait for one to be done, or cancel one."},
			{by: "bob", rows: largeRequest, want: 8, says: "20 requests are not done yet, which is the limit. Wait for one to be done, or cancel one. A request of at most 10 rows is accepted."},
			{by: "joe", rows: largeRequest, want: 0, says: "20 requests are not done yet, which is the limit. Wait for one to be done, or cancel one. A request of at most 10 rows is accepted."},
			{by: "joe", rows: 1, want: 2, says: "22 requests are not done yet, which is the limit. Wait for one to be done, or cancel one."},
		} {
			n, err := accepted(test.by, test.rows)
			if n != test.want || err == nil || refusedFor(t, err, onboard.CodeRequestsInFlight).Reason != test.says {
				t.Errorf("%s, %d rows: %d accepted, want %d; then %v", test.by, test.rows, n, test.want, err)
			}
		}
	})
}

// A new request may take a second to show among the open ones. What this process
// accepted counts at once.
func TestRequestsThatDoNotShowYetCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.system.Store = forgetful{b.store}
		submitter := b.limited(func(s *onboard.Settings) { s.RequestsInFlight = 4 })
		for range 2 {
			if _, err := submitAs(t, submitter, "eve", largeRequest); err != nil {
				t.Fatal(err)
			}
		}
		_, err := submitAs(t, submitter, "eve", largeRequest)
		refusedFor(t, err, onboard.CodeRequestsInFlight)
	})
}

// forgetful is a store that shows no request among the open ones.
type forgetful struct{ onboard.Store }

func (forgetful) OpenRequests(context.Context, string, int) ([]onboard.Request, error) {
	return nil, nil
}

// listCounter counts how often the open requests are read from their beginning.
type listCounter struct {
	onboard.Store
	lists int
}

func (s *listCounter) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	if after == "" {
		s.lists++
	}
	return s.Store.OpenRequests(ctx, after, limit)
}

func TestManyInFlightAreCountedNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		store := &listCounter{Store: b.store}
		b.system.Store = store
		submitter := b.limited(func(s *onboard.Settings) { s.RequestsInFlight = 0 }) // the default
		accepted := 0
		for i := range onboard.DefaultRequestsInFlight + 20 {
			if _, err := submitAs(t, submitter, []string{"eve", "bob"}[i%2], largeRequest); err == nil {
				accepted++
			}
		}
		if accepted != onboard.DefaultRequestsInFlight || store.lists == 0 || store.lists > 80 {
			t.Errorf("%d accepted, counted %d times", accepted, store.lists)
		}
	})
}

// Where rows may make administrators, one of them could make others for the sake of
// their shares: so there is one share for all.
func TestMoreAdministratorsHaveNoMoreInvitations(t *testing.T) {
	t.Parallel()
	for _, makes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBundle(t, memory.PoolConfig{})
			submitter := b.limited(func(s *onboard.Settings) {
				s.DailyInvitations, s.Groups.Administrators = 10, "administrators"
				if makes {
					s.Groups.Allowed = []string{"administrators"}
				}
			})
			if _, err := submitAs(t, submitter, "eve", 9); err != nil {
				t.Fatal(err)
			}
			_, err := submitAs(t, submitter, "eves-puppet", 9)
			if !makes {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if reason := refusedFor(t, err, onboard.CodeDailyLimit).Reason; !strings.HasPrefix(reason, "All administrators together may have 10 people invited a day") {
				t.Error(reason)
			}
		})
	}
}

// Nothing said is not no limit.
func TestDailyInvitationsHaveADefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		for limit, want := range map[int]bool{0: false, -1: true} {
			submitter := b.limited(func(s *onboard.Settings) { s.DailyInvitations = limit })
			_, err := submitAs(t, submitter, fmt.Sprint("eve", limit), onboard.DefaultDailyInvitations+1)
			if (err == nil) != want {
				t.Errorf("limit %d: %v", limit, err)
			}
		}
	})
}

// illegible is a store of which one request cannot be read.
type illegible struct{ onboard.Store }

func (s illegible) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	page, err := s.Store.OpenRequests(ctx, after, limit)
	return page, errors.Join(err, onboard.ErrDamaged)
}

func TestADamagedRequestStopsNoSubmission(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.system.Store = illegible{b.store}
		b.limited(func(s *onboard.Settings) { s.RequestsInFlight = 3 })
		b.submit(onboard.Options{}, people(1)...)
	})
}
