package httpapi_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

func TestPollUntilDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := id(b.want(202, postJSON("/requests", `["ann@example.org","bob","cy@example.org","ANN@example.org"]`)))
		target := "/requests/" + submitted

		first := b.do(get(target))
		tag := first.Header().Get("ETag")
		if again := b.do(get(target).with("If-None-Match", tag)); again.Code != http.StatusNotModified || again.Body.Len() != 0 || again.Header().Get("Retry-After") != "1" {
			t.Errorf("unchanged: status %d, headers %v, body %q", again.Code, again.Header(), again.Body)
		}
		b.work(10 * time.Second)
		changed := b.do(get(target).with("If-None-Match", tag))
		if changed.Code != 200 || changed.Header().Get("ETag") == tag {
			t.Fatalf("changed: status %d, ETag %s", changed.Code, changed.Header().Get("ETag"))
		}
		if wait := changed.Header().Get("Retry-After"); wait != "" {
			t.Errorf("a request that is done asks to come back in %s s", wait)
		}
		got := b.want(200, get(target))
		if got["state"] != "completed_with_errors" || got["done"] != true || got["percent_done"] != 100.0 || got["seconds_left"] != nil || got["finished_at"] == nil {
			t.Errorf("done: %v", got)
		}
		if diff := cmp.Diff(map[string]any{"email_invalid": 1.0, "duplicate_in_request": 1.0}, got["codes"]); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
		want := map[int]string{1: "invited", 2: "failed email_invalid", 3: "invited", 4: "duplicate duplicate_in_request"}
		if diff := cmp.Diff(want, b.rows(target+"/invitations")); diff != "" {
			t.Errorf("invitations (-want +got):\n%s", diff)
		}
	})
}

func TestIfNoneMatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	target := "/requests/" + id(b.want(202, postJSON("/requests", `["ann@example.org"]`)))
	tag := b.do(get(target)).Header().Get("ETag")
	for given, want := range map[string]int{
		tag: 304, tag[2:]: 304, `"other", ` + tag: 304, "*": 304, `W/"other"`: 200, "": 200, tag[2:8]: 200,
	} {
		if w := b.do(get(target).with("If-None-Match", given)); w.Code != want {
			t.Errorf("If-None-Match: %s: status %d, want %d", given, w.Code, want)
		}
	}
}

func TestUnknownRequestIsNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, unknown := range []string{"01UNKNOWN", "ann@example.org", "%2e%2e", "a%2Fb", "a%00b", string(make([]byte, 0)) + "x.y", fmt.Sprintf("%065d", 1)} {
		for _, c := range []call{
			get("/requests/" + unknown), get("/requests/" + unknown + "/invitations"), post("/requests/"+unknown+"/retry", "", ""),
			post("/requests/"+unknown+"/cancel", "", ""), post("/requests/"+unknown+"/resume", "", ""), postJSON("/requests/"+unknown+"/resend", `{"filter":"expired"}`),
		} {
			if code := b.problem(404, c); code != "not_found" {
				t.Errorf("%s %s: code %s", c.method, c.target, code)
			}
		}
	}
}

func TestRequestsAreListedNewestFirstByPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var want []string
	for i := range 7 {
		submitted := id(b.want(202, postJSON("/requests", fmt.Sprintf(`["a%d@example.org"]`, i))))
		want = append([]string{submitted}, want...)
	}
	for _, limit := range []int{1, 2, 3, 7, 8, 100} {
		var got []string
		for target := "/requests?limit=" + strconv.Itoa(limit); target != ""; {
			page := b.want(200, get(target))
			list := page["requests"].([]any)
			if len(list) > limit || len(list) == 0 {
				t.Fatalf("limit %d: a page of %d", limit, len(list))
			}
			for _, r := range list {
				got = append(got, id(r.(map[string]any)))
			}
			target = ""
			if next, ok := page["next_cursor"].(string); ok {
				target = fmt.Sprintf("/requests?limit=%d&cursor=%s", limit, next)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("limit %d (-want +got):\n%s", limit, diff)
		}
	}
}

// However old the request is; one call looks at 500 at most.
func TestRequestsAreFoundByLabel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const requests = 1203
	for i := range requests {
		label := ""
		switch {
		case i == 0, i == 1:
			label = fmt.Sprintf("Staff of autumn, %d", i)
		case i%2 == 0:
			label = "spring term"
		}
		b.stored(onboard.Request{ID: fmt.Sprintf("01R%05d", i), Phase: onboard.Running, Round: 1, Total: 1, Label: label})
	}
	for word, want := range map[string][]string{"AUTUMN": {"01R00001", "01R00000"}, "autumn, 0": {"01R00000"}, "winter": nil} {
		var got []string
		calls := 0
		for target := "/requests?label=" + url.QueryEscape(word); target != ""; calls++ {
			page := b.want(200, get(target))
			for _, r := range page["requests"].([]any) {
				got = append(got, id(r.(map[string]any)))
			}
			target = ""
			if next, ok := page["next_cursor"].(string); ok {
				target = "/requests?label=" + url.QueryEscape(word) + "&cursor=" + next
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || calls != 3 {
			t.Errorf("%s in %d calls, want 3 (-want +got):\n%s", word, calls, diff)
		}
	}
	first := b.want(200, get("/requests?label=spring&limit=5"))
	second := b.want(200, get("/requests?label=spring&limit=5&cursor="+first["next_cursor"].(string)))
	if last := id(first["requests"].([]any)[4].(map[string]any)); last != "01R01194" || id(second["requests"].([]any)[0].(map[string]any)) != "01R01192" {
		t.Errorf("the first page ends with %s, the second begins with %v", last, second["requests"].([]any)[0])
	}
	b.problem(400, get("/requests?label="+strings.Repeat("a", 1025)))
}

func TestForgottenRequestsAreGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := id(b.want(202, postJSON("/requests", `["ann@example.org"]`)))
		time.Sleep(onboard.DefaultMaxOpen + 90*24*time.Hour - time.Second) // open for as long as may be, then kept
		b.want(200, get("/requests/"+submitted))
		time.Sleep(time.Second)
		b.problem(404, get("/requests/"+submitted))
		if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 0 {
			t.Errorf("%d requests are listed", len(list))
		}
	})
}

func TestRetryAfterFollowsTheTimeLeft(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*onboard.Request)
		want   string
	}{
		{name: "few rows", change: func(r *onboard.Request) { r.Total = 5 }, want: "1"},
		{name: "100 s", change: func(r *onboard.Request) { r.Total = 4750 }, want: "5"},
		{name: "an hour", change: func(r *onboard.Request) { r.Total = 171_000 }, want: "30"},
		{name: "accepting", change: func(r *onboard.Request) {
			r.Phase, r.Round, r.AcceptedUntil = onboard.Accepting, 0, time.Now().Add(time.Minute)
		}, want: "1"},
		{name: "paused", change: func(r *onboard.Request) {
			r.Phase, r.Pause = onboard.Paused, &onboard.Pause{Code: "pool_misconfigured", Reason: "why", Since: time.Now()}
		}, want: "30"},
		{name: "only deferred", change: func(r *onboard.Request) {
			r.Total, r.Tally = 2, onboard.Tally{States: map[onboard.State]int{onboard.Deferred: 2}}
		}, want: "30"},
		{name: "done", change: func(r *onboard.Request) {
			r.Total, r.Tally = 2, onboard.Tally{States: map[onboard.State]int{onboard.Invited: 2}}
		}, want: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			r := onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1, SubmittedBy: "eve", SubmittedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}
			test.change(&r)
			if err := b.store.CreateRequest(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
			if got := b.do(get("/requests/01R")).Header().Get("Retry-After"); got != test.want {
				t.Errorf("Retry-After %q, want %q", got, test.want)
			}
		})
	}
}

func TestRateIsWhatTheRequestReallyGets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		running time.Duration
		settled int
		audit   []onboard.Action
		rate    float64
		left    float64
		percent float64
	}{
		{name: "just begun", running: time.Second, settled: 0, audit: nil, rate: 47.5, left: 22.0, percent: 0},
		{name: "settled none", running: time.Minute, settled: 0, audit: nil, rate: 47.5, left: 22.0, percent: 0},
		{name: "slower than the pace", running: 50 * time.Second, settled: 500, audit: nil, rate: 10.0, left: 50.0, percent: 50},
		{name: "at the pace", running: 40 * time.Second, settled: 999, audit: nil, rate: 25.0, left: 1.0, percent: 99.9},
		{name: "retried", running: time.Hour, settled: 500, audit: []onboard.Action{{What: "submit", By: "eve", At: time.Now()}, {What: "retry", By: "eve", At: time.Now()}}, rate: 47.5, left: 11.0, percent: 50},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := setup(t)
				r := onboard.Request{
					ID: "01R", Phase: onboard.Running, Round: 1, Total: 1000, SubmittedBy: "eve", SubmittedAt: time.Now().Add(-test.running),
					ExpiresAt: time.Now().Add(time.Hour), Audit: test.audit, Tally: onboard.Tally{States: map[onboard.State]int{onboard.Invited: test.settled}},
				}
				if err := b.store.CreateRequest(t.Context(), r, nil); err != nil {
					t.Fatal(err)
				}
				got := b.want(200, get("/requests/01R"))
				for name, want := range map[string]float64{"rate_per_second": test.rate, "seconds_left": test.left, "percent_done": test.percent} {
					if got[name] != want {
						t.Errorf("%s is %v, want %v", name, got[name], want)
					}
				}
			})
		})
	}
}

// A request whose rows wait for mail says until when, and how long the last one takes.
func TestWaitingRequestSaysUntilWhen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC
		b := setup(t, func(cfg *httpapi.Config) { cfg.MailQuota = 4 })
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(b.store.CreateRequest(t.Context(), onboard.Request{
			ID: "01R", Phase: onboard.Running, Round: 1, Total: 10, SubmittedBy: "eve", SubmittedAt: time.Now(), ExpiresAt: time.Now().Add(48 * time.Hour),
			Said: onboard.Said{Columns: map[string]string{"Klasse": "groups"}},
			Tally: onboard.Tally{
				States: map[onboard.State]int{onboard.Invited: 4, onboard.Deferred: 6}, Codes: map[onboard.Code]int{onboard.CodeMailQuota: 6},
			},
		}, nil))
		must(b.system().Pace().Close(t.Context(), time.Now().Add(9*time.Hour)))
		for _, path := range []string{"/requests/01R", "/requests"} {
			got := b.want(200, get(path))
			if list, ok := got["requests"].([]any); ok {
				got = list[0].(map[string]any)
			}
			want := map[string]any{"code": "mail_quota_exhausted", "rows": 6.0, "until": "2000-01-01T09:00:00.000Z"}
			if diff := cmp.Diff(want, got["wait"]); diff != "" {
				t.Errorf("%s: wait (-want +got):\n%s", path, diff)
			}
			if left := got["seconds_left"]; left != 33*3600.0+1 {
				t.Errorf("%s: %v seconds left, want 4 mails today and 2 tomorrow", path, left)
			}
			if diff := cmp.Diff(map[string]any{"Klasse": "groups"}, got["options"].(map[string]any)["columns"]); diff != "" {
				t.Errorf("%s: columns (-want +got):\n%s", path, diff)
			}
		}
		time.Sleep(9 * time.Hour)
		got := b.want(200, get("/requests/01R"))
		if diff := cmp.Diff(map[string]any{"code": "mail_quota_exhausted", "rows": 6.0, "until": nil}, got["wait"]); diff != "" {
			t.Errorf("once mail can be sent (-want +got):\n%s", diff)
		}
		b.want(409, post("/requests/01R/resume", "", ""))
	})
}

func TestPausedRequestSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := onboard.Request{
		ID: "01R", Phase: onboard.Paused, Round: 1, Total: 1, SubmittedBy: "eve", SubmittedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		Pause: &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "the pool is gone; fix it and resume", Since: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)},
	}
	if err := b.store.CreateRequest(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	got := b.want(200, get("/requests/01R"))
	want := map[string]any{"code": "pool_misconfigured", "reason": "the pool is gone; fix it and resume", "since": "2026-11-22T09:00:00.000Z"}
	if diff := cmp.Diff(want, got["pause"]); diff != "" || got["state"] != "paused" || got["rate_per_second"] != nil || got["seconds_left"] != nil {
		t.Errorf("paused: %v\n%s", got, diff)
	}
}
