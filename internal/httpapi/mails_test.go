package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

// addresses returns n addresses that begin with prefix, one a line.
func addresses(prefix string, n int) string {
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "%s%d@example.org\n", prefix, i)
	}
	return body.String()
}

// forecast returns what a dry run of n addresses says of their mails, and the
// effect of its finding about them, "" if it has none.
func (b *bundle) forecast(query string, n int) (mails map[string]any, finding string) {
	b.t.Helper()
	got := b.want(200, post("/requests?dry_run=true"+query, "text/plain", addresses("new", n)))
	mails = got["forecast"].(map[string]any)
	for name := range mails {
		if !strings.HasPrefix(name, "mail") {
			delete(mails, name)
		}
	}
	for _, f := range got["findings"].([]any) {
		if f := f.(map[string]any); f["code"] == "mail_quota_short" {
			finding = f["effect"].(string)
		}
	}
	return mails, finding
}

// invite submits n addresses and has a worker invite them.
func (b *bundle) invite(n int) {
	b.t.Helper()
	if n == 0 {
		return
	}
	b.want(202, post("/requests", "text/plain", addresses("old", n)))
	worker := b.system().Worker()
	for {
		batch, err := b.queue.Receive(b.t.Context(), onboard.BatchSize, 10*time.Second)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(batch) == 0 {
			return
		}
		if kept := worker.Deliver(b.t.Context(), batch); len(kept) != 0 {
			b.t.Fatalf("%d deliveries stay", len(kept))
		}
		for _, d := range batch {
			if err := b.queue.Delete(d.Handle); err != nil {
				b.t.Fatal(err)
			}
		}
	}
}

// closed has the pool out of mail for the given time from now.
func (b *bundle) closed(d time.Duration) {
	b.t.Helper()
	if err := b.system().Pace().Close(b.t.Context(), time.Now().Add(d)); err != nil {
		b.t.Fatal(err)
	}
}

func quotaOf(n int) func(*httpapi.Config) { return func(cfg *httpapi.Config) { cfg.MailQuota = n } }

func TestForecastTellsWhatIsLeftOfTheDaysMail(t *testing.T) {
	t.Parallel()
	const none = -1 // null
	for _, test := range []struct {
		name              string
		quota, sent       int
		closed            bool
		mails, left, days int
		finding           string
	}{
		{"a fresh day", 10, 0, false, 10, 10, 1, ""},
		{"more than a fresh day has", 10, 0, false, 21, 10, 3, "21 mails are needed and 10 a day can be sent, so they go out over 3 days; those that wait are deferred"},
		{"just what is left", 10, 7, false, 3, 3, 1, ""},
		{"one more than is left", 10, 7, false, 4, 3, 2, "4 mails are needed, at most 3 are left today and 10 a day can be sent, so they go out over 2 days; those that wait are deferred"},
		{"what is left and one day's more", 10, 7, false, 13, 3, 2, "13 mails are needed, at most 3 are left today and 10 a day can be sent, so they go out over 2 days; those that wait are deferred"},
		{"and one more than that", 10, 7, false, 14, 3, 3, "14 mails are needed, at most 3 are left today and 10 a day can be sent, so they go out over 3 days; those that wait are deferred"},
		{"two for the last one", 10, 9, false, 2, 1, 2, "2 mails are needed, at most 1 is left today and 10 a day can be sent, so they go out over 2 days; those that wait are deferred"},
		{"all sent", 10, 10, false, 10, 0, 2, "10 mails are needed, none are left today and 10 a day can be sent, so they go out after 09:00 UTC; those that wait are deferred"},
		{"more sent than the quota", 10, 13, false, 11, 0, 3, "11 mails are needed, none are left today and 10 a day can be sent, so they go out over 2 days after 09:00 UTC; those that wait are deferred"},
		{"the pool sends no more", 10, 4, true, 1, 0, 2, "1 mail is needed, none are left today and 10 a day can be sent, so they go out after 09:00 UTC; those that wait are deferred"},
		{"no quota", 0, 4, false, 100, none, none, ""},
		{"no quota and the pool sends no more", 0, 4, true, 100, 0, none, "100 mails are needed and none are left today, so they go out after 09:00 UTC; those that wait are deferred"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t, quotaOf(test.quota))
				b.invite(test.sent)
				if test.closed {
					b.closed(time.Hour)
				}
				got, finding := b.forecast("", test.mails)
				want := map[string]any{"mails": float64(test.mails), "mail_quota": nil, "mails_left": nil, "mail_days": nil}
				for name, n := range map[string]int{"mail_quota": test.quota, "mails_left": test.left, "mail_days": test.days} {
					if n > 0 || n == 0 && name == "mails_left" {
						want[name] = float64(n)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("forecast (-want +got):\n%s", diff)
				}
				if finding != test.finding {
					t.Errorf("finding %q, want %q", finding, test.finding)
				}
			})
		})
	}
}

func TestForecastOfTheNextMailDayIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC
		b := setup(t, quotaOf(10))
		b.invite(4)
		b.closed(9 * time.Hour)
		for _, step := range []struct {
			sleep time.Duration
			left  float64
		}{{0, 0}, {9*time.Hour - time.Nanosecond, 0}, {time.Nanosecond, 10}} {
			time.Sleep(step.sleep)
			if got, _ := b.forecast("", 1); got["mails_left"] != step.left {
				t.Errorf("at %s: %v left, want %v", time.Now().UTC(), got["mails_left"], step.left)
			}
		}
	})
}

func TestForecastWithoutMailsIsNotShortOfThem(t *testing.T) {
	t.Parallel()
	b := setup(t, quotaOf(10))
	b.closed(time.Hour)
	got, finding := b.forecast("&mail=suppress", 5)
	want := map[string]any{"mails": 0.0, "mail_quota": 10.0, "mails_left": 0.0, "mail_days": 0.0}
	if diff := cmp.Diff(want, got); diff != "" || finding != "" {
		t.Errorf("finding %q, forecast (-want +got):\n%s", finding, diff)
	}
}

// uncounted is a store whose counters cannot be read.
type uncounted struct{ onboard.Store }

func (uncounted) Spent(context.Context, string) (int, error) { return 0, errors.New("down") }

func TestForecastGoesOnWithoutTheCount(t *testing.T) {
	t.Parallel()
	b := setup(t, quotaOf(10), func(cfg *httpapi.Config) { cfg.Store = uncounted{cfg.Store} })
	got, finding := b.forecast("", 11)
	want := map[string]any{"mails": 11.0, "mail_quota": 10.0, "mails_left": nil, "mail_days": 2.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("forecast (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(finding, "11 mails are needed and 10 a day") || !strings.Contains(b.log.String(), "could not be read") {
		t.Errorf("finding %q, log %s", finding, b.log)
	}
}

func TestBuiltInSenderSendsFiftyADay(t *testing.T) {
	t.Parallel()
	pool := goodPool()
	pool.OwnSender = false
	b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
	for n, days := range map[int]float64{50: 1, 51: 2, 101: 3} {
		got, _ := b.forecast("", n)
		if got["mail_quota"] != 50.0 || got["mails_left"] != 50.0 || got["mail_days"] != days {
			t.Errorf("%d mails: %v, want %v days", n, got, days)
		}
	}
}

// Who could never be mailed is not accepted: the answer says how many can be.
func TestMailsThatTakeTooLongAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) {
		cfg.MailQuota, cfg.MaxOpen = 10, 3*24*time.Hour
	})
	b.want(202, post("/requests", "text/plain", addresses("fits", 30)))
	refused := b.want(422, post("/requests", "text/plain", addresses("more", 31)))
	const says = "31 mails at 10 a day take 4 days, and a request is open for 3. Send at most 30 people in one request, use an SES identity with a larger quota, or suppress the mail."
	if refused["code"] != "mail_takes_too_long" || refused["detail"] != says {
		t.Errorf("refused with %v: %v", refused["code"], refused["detail"])
	}
	b.want(202, post("/requests?mail=suppress", "text/plain", addresses("quiet", 31)))
	dry := b.want(200, post("/requests?dry_run=true", "text/plain", addresses("more", 31)))
	told := false
	for _, f := range dry["findings"].([]any) {
		f := f.(map[string]any)
		told = told || f["code"] == "mail_takes_too_long" && f["severity"] == "error" && strings.Contains(f["fix"].(string), "at most 30 people")
	}
	if !told {
		t.Errorf("a dry run does not say so: %v", dry["findings"])
	}
	if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 2 {
		t.Errorf("%d requests are stored, want the two that were accepted", len(list))
	}
}
