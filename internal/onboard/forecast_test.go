package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// forecastOf says what a system forecasts for n people, each in the given groups.
func forecastOf(t *testing.T, system onboard.System, options onboard.Options, n int, groups ...string) onboard.Forecast {
	t.Helper()
	o := order(options, people(n)...)
	for i := range o.Submission.Rows {
		o.Submission.Rows[i].Groups = groups
	}
	submitter := system.Submitter()
	return submitter.Forecaster.Forecast(t.Context(), submitter.Judge(t.Context(), o))
}

var mailFields = cmpopts.IgnoreUnexported(onboard.MailForecast{})

// mailed has workers mail n people, who are none of [people]. In a bubble only.
func (b *bundle) mailed(n int) {
	b.t.Helper()
	if n == 0 {
		return
	}
	others := people(n)
	for i := range others {
		others[i] = "other-" + others[i]
	}
	b.submit(onboard.Options{}, others...)
	time.Sleep(10 * time.Second) // the messages of many are hidden at first
	for {
		if handed, _ := b.deliver(b.queue, b.worker, time.Minute); handed == 0 {
			return
		}
	}
}

// closed has the pool out of mail for the given time from now.
func (b *bundle) closed(d time.Duration) {
	b.t.Helper()
	if err := b.system.Pace().Close(b.t.Context(), time.Now().Add(d)); err != nil {
		b.t.Fatal(err)
	}
}

func TestForecastSaysWhatIsLeftOfTheDaysMail(t *testing.T) {
	t.Parallel()
	const deferred = ". Rows that wait for mail are deferred."
	for _, test := range []struct {
		name              string
		quota, sent       int
		closed            bool
		mails, left, days int
		leftUnknown       bool
		finding           string
	}{
		{name: "a fresh day", quota: 10, mails: 10, left: 10, days: 1},
		{name: "more than a fresh day has", quota: 10, mails: 21, left: 10, days: 3, finding: "21 mails are needed and 10 a day can be sent, so they go out over 3 days"},
		{name: "just what is left", quota: 10, sent: 7, mails: 3, left: 3, days: 1},
		{name: "one more than is left", quota: 10, sent: 7, mails: 4, left: 3, days: 2, finding: "4 mails are needed, at most 3 are left today and 10 a day can be sent, so they go out over 2 days"},
		{name: "what is left and one day's more", quota: 10, sent: 7, mails: 13, left: 3, days: 2, finding: "13 mails are needed, at most 3 are left today and 10 a day can be sent, so they go out over 2 days"},
		{name: "and one more than that", quota: 10, sent: 7, mails: 14, left: 3, days: 3, finding: "14 mails are needed, at most 3 are left today and 10 a day can be sent, so they go out over 3 days"},
		{name: "two for the last one", quota: 10, sent: 9, mails: 2, left: 1, days: 2, finding: "2 mails are needed, at most 1 is left today and 10 a day can be sent, so they go out over 2 days"},
		{name: "all sent", quota: 10, sent: 10, mails: 10, left: 0, days: 2, finding: "10 mails are needed, none are left today and 10 a day can be sent, so they go out after 09:00 UTC"},
		{name: "more sent than the quota", quota: 10, sent: 13, mails: 11, left: 0, days: 3, finding: "11 mails are needed, none are left today and 10 a day can be sent, so they go out over 2 days after 09:00 UTC"},
		{name: "the pool sends no more", quota: 10, sent: 4, closed: true, mails: 1, left: 0, days: 2, finding: "1 mail is needed, none are left today and 10 a day can be sent, so they go out after 09:00 UTC"},
		{name: "no quota", sent: 4, mails: 100, leftUnknown: true},
		{name: "no quota and the pool sends no more", sent: 4, closed: true, mails: 100, finding: "100 mails are needed and none are left today, so they go out after 09:00 UTC"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.mailed(test.sent)
				if test.closed {
					b.closed(time.Hour)
				}
				b.system.MailQuota = test.quota
				got := forecastOf(t, b.system, onboard.Options{}, test.mails).Mail
				want := onboard.MailForecast{Mails: test.mails, Quota: test.quota, Days: test.days, Left: test.left, LeftKnown: !test.leftUnknown}
				if diff := cmp.Diff(want, got, mailFields); diff != "" {
					t.Errorf("forecast (-want +got):\n%s", diff)
				}
				finding, ok := got.Finding()
				if ok != (test.finding != "") || ok && (finding.Effect != test.finding+deferred || finding.Code != "mail_quota_short" || !strings.Contains(finding.Fix, "SES identity")) {
					t.Errorf("finding %v, want %q", finding, test.finding)
				}
			})
		})
	}
}

func TestForecastOfTheNextMailDayIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC
		b := newBundle(t, memory.PoolConfig{})
		b.mailed(4)
		b.closed(9 * time.Hour)
		b.system.MailQuota = 10
		for _, step := range []struct {
			sleep time.Duration
			left  int
		}{{sleep: 0, left: 0}, {sleep: 9*time.Hour - time.Nanosecond, left: 0}, {sleep: time.Nanosecond, left: 10}} {
			time.Sleep(step.sleep)
			if got := forecastOf(t, b.system, onboard.Options{}, 1).Mail; !got.LeftKnown || got.Left != step.left {
				t.Errorf("at %s: %d left, want %d", time.Now().UTC(), got.Left, step.left)
			}
		}
	})
}

func TestForecastWithoutMailsIsNotShortOfThem(t *testing.T) {
	t.Parallel()
	b := newBundle(t, memory.PoolConfig{})
	b.closed(time.Hour)
	b.system.MailQuota = 10
	got := forecastOf(t, b.system, onboard.Options{Mail: onboard.Suppress}, 5).Mail
	finding, ok := got.Finding()
	if diff := cmp.Diff(onboard.MailForecast{Quota: 10, LeftKnown: true}, got, mailFields); diff != "" || ok {
		t.Errorf("finding %v, forecast (-want +got):\n%s", finding, diff)
	}
}

// uncounted is a store whose counters cannot be read.
type uncounted struct{ onboard.Store }

func (uncounted) Spent(context.Context, string) (int, error) { return 0, errors.New("down") }

func TestForecastContinuesWithoutTheCount(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	system := onboard.System{Store: uncounted{memory.NewStore()}}
	system.MailQuota, system.Log = 10, slog.New(slog.NewTextHandler(&log, nil))
	got := forecastOf(t, system, onboard.Options{}, 11).Mail
	if diff := cmp.Diff(onboard.MailForecast{Mails: 11, Quota: 10, Days: 2}, got, mailFields); diff != "" {
		t.Errorf("forecast (-want +got):\n%s", diff)
	}
	finding, _ := got.Finding()
	if !strings.HasPrefix(finding.Effect, "11 mails are needed and 10 a day") || !strings.Contains(log.String(), "could not be read") {
		t.Errorf("finding %v, log %s", finding, log.String())
	}
}

func TestTheBuiltInSenderSendsFiftyADay(t *testing.T) {
	t.Parallel()
	pool := goodPool()
	pool.OwnSender = false
	system := onboard.System{Store: memory.NewStore(), Inspector: &inspector{settings: pool}}
	for n, days := range map[int]int{50: 1, 51: 2, 101: 3} {
		got := forecastOf(t, system, onboard.Options{}, n).Mail
		if diff := cmp.Diff(onboard.MailForecast{Mails: n, Quota: 50, Days: days, Left: 50, LeftKnown: true}, got, mailFields); diff != "" {
			t.Errorf("%d mails (-want +got):\n%s", n, diff)
		}
	}
}

// People who could never be mailed are not accepted: the refusal says how many can
// be, of the days that a request may be open, of which the first may be half gone.
func TestAsManyAsARefusalSaysCanBeMailedInTime(t *testing.T) {
	t.Parallel()
	for sent, most := range map[int]int{0: 30, 4: 26, 10: 20} {
		t.Run(fmt.Sprintf("%d of 10 sent", sent), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.mailed(sent)
				submitter := b.limited(func(s *onboard.Settings) { s.MailQuota, s.MaxOpen = 10, 3*24*time.Hour })
				says := fmt.Sprintf("Send at most %d people in one request, use an SES identity", most)
				for _, n := range []int{most + 1, 99} {
					_, _, err := submitter.Submit(t.Context(), order(onboard.Options{}, people(n)...))
					if refusal := refusedFor(t, err, onboard.CodeMailTakesTooLong); !strings.Contains(refusal.Reason, says) || refusal.RetryAfter != 0 {
						t.Errorf("%d people: %s", n, refusal.Reason)
					}
					finding, ok := forecastOf(t, b.system, onboard.Options{}, n).Mail.Finding()
					if !ok || finding.Code != onboard.CodeMailTakesTooLong || finding.Severity != onboard.SeverityError || !strings.Contains(finding.Fix, says) {
						t.Errorf("%d people: a dry run finds %v", n, finding)
					}
				}
				stored, err := b.store.ListRequests(t.Context(), "", 10)
				if err != nil || len(stored) != min(sent, 1) {
					t.Errorf("%d requests are stored after the refusals, %v", len(stored), err)
				}
				b.submit(onboard.Options{Mail: onboard.Suppress}, people(99)...)
				b.submit(onboard.Options{}, people(most)...)
			})
		})
	}
}

func TestForecastUsesTheSlowerPace(t *testing.T) {
	t.Parallel()
	system := onboard.System{Store: memory.NewStore()}
	for _, test := range []struct {
		name   string
		groups []string
		want   onboard.Forecast
	}{
		{name: "with groups", groups: []string{"staff"}, want: onboard.Forecast{People: 1000, NewPeople: 1000, Memberships: 1000, Rate: 47.5, GroupRate: 23.75, Seconds: 43}},
		{name: "without groups", want: onboard.Forecast{People: 1000, NewPeople: 1000, Rate: 47.5, Seconds: 22}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := forecastOf(t, system, onboard.Options{Mail: onboard.Suppress}, 1000, test.groups...)
			if diff := cmp.Diff(test.want, got, mailFields); diff != "" {
				t.Errorf("forecast (-want +got):\n%s", diff)
			}
		})
	}
}

// A request that is nearly done is not done: the last of very many rows still
// keeps it from 100 %.
func TestPercentDoneIs100OnlyWhenAllIsDone(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		name     string
		total    int
		states   map[onboard.State]int
		phase    onboard.Phase
		until    time.Time
		percent  float64
		finished bool
	}{
		{name: "nothing yet", total: 3, phase: onboard.Running},
		{name: "a third", total: 3, phase: onboard.Running, states: map[onboard.State]int{onboard.Invited: 1}, percent: 33.3},
		{name: "all but one of 100,000", total: 100_000, phase: onboard.Running, states: map[onboard.State]int{onboard.Invited: 99_999}, percent: 99.9},
		{name: "all but one, which is deferred", total: 100_000, phase: onboard.Paused, states: map[onboard.State]int{onboard.Invited: 99_999, onboard.Deferred: 1}, percent: 99.9},
		{name: "all, but still accepting", total: 2, phase: onboard.Accepting, until: now.Add(time.Second), states: map[onboard.State]int{onboard.Failed: 2}, percent: 99.9},
		{name: "all, some failed", total: 2, phase: onboard.Running, states: map[onboard.State]int{onboard.Failed: 1, onboard.Existing: 1}, percent: 100, finished: true},
		{name: "cut off", total: 2, phase: onboard.Accepting, percent: 100, finished: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := onboard.Request{Total: test.total, Phase: test.phase, AcceptedUntil: test.until, Tally: onboard.Tally{States: test.states}}
			if got := r.PercentDone(now); got != test.percent || r.Done(now) != test.finished {
				t.Errorf("%v %%, done %t; want %v %%, %t", got, r.Done(now), test.percent, test.finished)
			}
		})
	}
}

// The rate that a request really had counts once it has run for a while, unless it
// was stopped or retried meanwhile.
func TestRateOfARequest(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, test := range []struct {
		name    string
		ran     time.Duration
		settled int
		acts    int
		want    float64
	}{
		{name: "just begun", ran: 29 * time.Second, settled: 10, acts: 1, want: 47.5},
		{name: "slower than the pace", ran: 100 * time.Second, settled: 1000, acts: 1, want: 10},
		{name: "no faster than the pace", ran: 100 * time.Second, settled: 9000, acts: 1, want: 47.5},
		{name: "nothing settled", ran: 100 * time.Second, acts: 1, want: 47.5},
		{name: "retried", ran: 100 * time.Second, settled: 1000, acts: 2, want: 47.5},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := onboard.Request{
				Total: 10_000, Phase: onboard.Running, SubmittedAt: now.Add(-test.ran), Audit: make([]onboard.Action, test.acts),
				Tally: onboard.Tally{States: map[onboard.State]int{onboard.Invited: test.settled}},
			}
			if got := onboard.RateOf(r, 47.5, now); got != test.want {
				t.Errorf("%v a second, want %v", got, test.want)
			}
		})
	}
}
