package onboard_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// account is a [onboard.SenderInspector] that answers as it is set to, after a while.
type account struct {
	onboard.MailAccount
	err   error
	takes time.Duration

	mu    sync.Mutex
	asked []string // the identities
}

func (a *account) InspectSender(ctx context.Context, identity string) (onboard.MailAccount, error) {
	a.mu.Lock()
	a.asked = append(a.asked, identity)
	a.mu.Unlock()
	if !onboard.Sleep(ctx, a.takes) {
		return onboard.MailAccount{}, ctx.Err()
	}
	return a.MailAccount, a.err
}

const identity = "arn:aws:ses:eu-west-1:111122223333:identity/example.org"

// sesPool is a good pool that mails through [identity].
func sesPool() onboard.PoolSettings {
	s := goodPool()
	s.SenderIdentity = identity
	return s
}

func TestTheAccountIsAskedOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{MailAccount: onboard.MailAccount{Rate: 14, DailyQuota: 50_000}, takes: time.Second}
		pool := onboard.NewKnownPool(&inspector{settings: sesPool()}, a)
		known := func(want int, asked int) {
			t.Helper()
			var all sync.WaitGroup
			for range 5 { // side by side
				all.Go(func() {
					if got := pool.FreshSettings(t.Context()).Mail; !got.Known || got.DailyQuota != want {
						t.Errorf("at %s: known %t, a quota of %d, want %d", time.Now().UTC(), got.Known, got.DailyQuota, want)
					}
				})
			}
			all.Wait()
			if len(a.asked) != asked {
				t.Errorf("at %s: asked %d times, want %d", time.Now().UTC(), len(a.asked), asked)
			}
		}
		known(50_000, 1)
		a.DailyQuota = 100_000
		time.Sleep(59 * time.Second)
		known(50_000, 1)
		time.Sleep(time.Second)
		known(100_000, 2)
		a.err = errors.New("no answer") // what was known is still used
		time.Sleep(time.Minute)
		known(100_000, 3)
		a.err, a.DailyQuota = nil, 150_000
		time.Sleep(59 * time.Second)
		known(100_000, 3)
		time.Sleep(time.Second)
		known(150_000, 4)
		if !slices.Equal(slices.Compact(a.asked), []string{identity}) {
			t.Errorf("asked for %q", a.asked)
		}
	})
}

func TestWhyTheAccountIsNotKnown(t *testing.T) {
	t.Parallel()
	noRight := &onboard.PoolError{Class: onboard.ErrMisconfigured, Cause: onboard.CauseNoRight}
	for _, test := range []struct {
		name   string
		change func(*onboard.PoolSettings)
		sender *account
		want   onboard.MailAccount
		asked  int
	}{
		{name: "no one asks", want: onboard.MailAccount{Unknown: onboard.MailNotAsked}},
		{name: "built-in sender", sender: &account{}, change: func(s *onboard.PoolSettings) { s.OwnSender, s.SenderIdentity = false, "" }},
		{name: "a trigger sends", sender: &account{}, change: func(s *onboard.PoolSettings) { s.Triggers = []string{onboard.TriggerSender} }},
		{name: "of another account", sender: &account{}, change: func(s *onboard.PoolSettings) { s.SenderElsewhere = true }, want: onboard.MailAccount{Unknown: onboard.MailElsewhere}},
		{name: "no right", sender: &account{err: noRight}, want: onboard.MailAccount{Unknown: onboard.MailNoRight}, asked: 1},
		{name: "throttled", sender: &account{err: &onboard.PoolError{Class: onboard.ErrThrottled}}, want: onboard.MailAccount{Unknown: onboard.MailNoAnswer}, asked: 1},
		{name: "too slow", sender: &account{takes: time.Hour}, want: onboard.MailAccount{Unknown: onboard.MailNoAnswer}, asked: 1},
		{name: "known", sender: &account{MailAccount: onboard.MailAccount{Sandbox: true}}, want: onboard.MailAccount{Known: true, Sandbox: true}, asked: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				settings := sesPool()
				if test.change != nil {
					test.change(&settings)
				}
				var sender onboard.SenderInspector
				if test.sender != nil {
					sender = test.sender
				}
				pool := onboard.NewKnownPool(&inspector{settings: settings}, sender)
				began := time.Now()
				for range 2 { // the second time from memory
					if diff := cmp.Diff(test.want, pool.Settings(t.Context()).Mail); diff != "" {
						t.Errorf("the account (-want +got):\n%s", diff)
					}
				}
				if took := time.Since(began); took > 2*time.Second || test.sender != nil && len(test.sender.asked) != test.asked {
					t.Errorf("took %s, asked %q", took, test.sender.asked)
				}
			})
		})
	}
}

func TestACallerWhoGoesAwaySaysNothingOfTheAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{takes: time.Second}
		pool := onboard.NewKnownPool(&inspector{settings: sesPool()}, a)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if got := pool.Settings(ctx).Mail; got.Known {
			t.Errorf("the caller who went away read %v", got)
		}
		if got := pool.Settings(t.Context()).Mail; !got.Known {
			t.Errorf("the next caller reads %v", got)
		}
	})
}

// A failure is logged with its cause, once, and again after the account had answered.
func TestWhyTheAccountCouldNotBeReadIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		refusal := &onboard.PoolError{Class: onboard.ErrMisconfigured, Cause: onboard.CauseNoRight, Detail: "AccessDeniedException"}
		a := &account{err: refusal}
		pool := onboard.System{
			Store: memory.NewStore(), Inspector: &inspector{settings: sesPool()}, Sender: a,
			Settings: onboard.Settings{NewID: func() string { return "" }, Log: slog.New(slog.NewTextHandler(&log, nil))},
		}.Submitter().Pool
		logged := func(want int) {
			t.Helper()
			for range 5 {
				pool.FreshSettings(t.Context())
				time.Sleep(time.Minute)
			}
			if n := strings.Count(log.String(), "AccessDeniedException"); n != want || strings.Contains(log.String(), identity) {
				t.Errorf("the cause was logged %d times, want %d:\n%s", n, want, log.String())
			}
		}
		logged(1)
		a.err = nil
		logged(1)
		a.err = refusal
		logged(2)
	})
}
