package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

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
	if err == nil {
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

// wantSpent wants so many people taken since the given sum was, by so many changes.
func (l *ledger) wantSpent(t *testing.T, what string, people, changes int) {
	t.Helper()
	if l.spent != people || l.spends != changes {
		t.Errorf("%s: %d people taken by %d changes, want %d by %d", what, l.spent, l.spends, people, changes)
	}
	l.spent, l.spends = 0, 0
}

// A share is given back where nobody is invited for certain and nothing can carry
// the submission on; else two lists would go out for one.
func TestOnlyWhatInvitesNobodyGivesItsShareBack(t *testing.T) {
	t.Parallel()
	const invited = "/requests/01TEST00000001"
	for route, c := range map[string]call{
		"submit": postJSON("/requests", `["ann@example.org"]`),
		"owner":  postJSON("/owner/create", `{"email":"ann@example.org"}`),
		"resend": postJSON(invited+"/resend", `{"filter":"not_signed_in","force":true}`),
	} {
		for _, key := range []string{"", "k"} {
			t.Run(fmt.Sprintf("%s %q", route, key), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { shareOf(t, route, key, c) })
			})
		}
	}
}

func shareOf(t *testing.T, route, key string, c call) {
	l := &ledger{}
	b := setup(t, func(cfg *httpapi.Config) {
		l.Store, l.Queue = cfg.Store, cfg.Queue
		cfg.Store, cfg.Queue, cfg.DailyInvitations = l, l, 50
	})
	b.want(202, postJSON("/requests", `["first@example.org"]`)) // the one to resend to
	b.work(10 * time.Second)
	l.wantSpent(t, "accepted", 1, 1)

	keyed := func(k string) call {
		if key == "" {
			return c
		}
		return c.with("Idempotency-Key", k)
	}
	code := func(c call) string { return b.problem(503, c) }

	l.set(true, false)
	if got := code(keyed("refused")); got != "not_queued" {
		t.Errorf("a queue that takes nothing: %s", got)
	}
	if key == "" {
		l.wantSpent(t, "not queued", 0, 2)
	} else {
		l.wantSpent(t, "not queued, to be carried on", 1, 1)
	}
	l.set(false, false)
	time.Sleep(time.Minute)
	b.want(202, keyed("refused"))
	if key == "" {
		l.wantSpent(t, "sent again", 1, 1)
	} else {
		l.wantSpent(t, "carried on", 0, 0)
		b.want(202, keyed("refused"))
		l.wantSpent(t, "replayed", 0, 0)
	}

	l.set(false, true)
	if got := code(keyed("doubtful")); got != "in_doubt" {
		t.Errorf("a store that gives no answer: %s", got)
	}
	l.wantSpent(t, "in doubt", 1, 1)
	if key != "" {
		l.set(false, false)
		time.Sleep(time.Minute)
		b.want(202, keyed("doubtful"))
		l.wantSpent(t, "in doubt, then carried on", 0, 0)
	}
}

// What is refused before anything was taken must not give anything back.
func TestWhatTookNoShareGivesNoneBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{}
		b := setup(t, func(cfg *httpapi.Config) {
			l.Store, l.Queue = cfg.Store, cfg.Queue
			cfg.Store, cfg.Queue = l, l
			cfg.DailyInvitations, cfg.RequestsInFlight, cfg.MailQuota, cfg.MaxOpen = 10, 2, 3, 24*time.Hour
		})
		b.problem(422, postJSON("/requests", `["nobody"]`))
		l.wantSpent(t, "no row that can be invited", 0, 0)
		b.problem(422, postJSON("/requests", users(4)))
		l.wantSpent(t, "more mails than the days have", 0, 0)
		b.problem(429, postJSON("/requests?mail=suppress", users(11)))
		l.wantSpent(t, "over the day's share", 0, 0)
		l.down = true
		b.problem(503, postJSON("/requests", users(1)))
		l.wantSpent(t, "a store that gives no answer", 0, 0)
		l.set(false, false)
		b.want(202, postJSON("/requests", users(1)).with("Idempotency-Key", "k"))
		l.wantSpent(t, "accepted", 1, 1)
		b.problem(422, postJSON("/requests", users(2)).with("Idempotency-Key", "k"))
		l.wantSpent(t, "a key that stands for another body", 0, 0)
		b.want(202, postJSON("/requests", users(1)))
		l.wantSpent(t, "accepted", 1, 1)
		b.problem(429, postJSON("/requests", users(1)))
		l.wantSpent(t, "too many in flight", 0, 0)
	})
}

// damagedList is a store of which one request cannot be read.
type damagedList struct{ onboard.Store }

func (s damagedList) ListRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	page, err := s.Store.ListRequests(ctx, after, limit)
	return page, errors.Join(err, onboard.ErrDamaged)
}

func TestADamagedRequestStopsNeitherListsNorSubmissions(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.Store, cfg.RequestsInFlight = damagedList{cfg.Store}, 3 })
	b.want(202, postJSON("/requests", users(1)))
	if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 1 {
		t.Errorf("%d requests are listed, want the other one", len(list))
	}
	if !strings.Contains(b.log.String(), onboard.ErrDamaged.Error()) {
		t.Errorf("the log does not say so: %s", b.log)
	}
}
