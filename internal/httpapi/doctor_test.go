package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

// inspector answers with what it is set to and counts how often it is asked.
type inspector struct {
	settings onboard.PoolSettings
	err      error
	asked    int
}

func (i *inspector) Inspect(context.Context) (onboard.PoolSettings, error) {
	i.asked++
	return i.settings, i.err
}

func TestDoctorFindings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*onboard.PoolSettings)
		want   []string
	}{
		{"nothing", func(*onboard.PoolSettings) {}, nil},
		{"built-in template", func(p *onboard.PoolSettings) { p.InviteSubject, p.InviteBody = "", "" }, nil},
		{"no password in the template", func(p *onboard.PoolSettings) { p.InviteBody = "Hello {username}" }, []string{"error template_without_password"}},
		{"no user name in the template", func(p *onboard.PoolSettings) { p.InviteBody = "Hello {####}" }, []string{"error template_without_username"}},
		{"passwordless needs no password", func(p *onboard.PoolSettings) { p.Passwordless, p.InviteBody = true, "Hello {username}" }, []string{"error passwordless"}},
		{"built-in sender", func(p *onboard.PoolSettings) { p.OwnSender, p.InviteBody = false, "" }, []string{"warning builtin_sender"}},
		{"built-in sender with a text", func(p *onboard.PoolSettings) { p.OwnSender = false }, []string{"warning builtin_sender", "warning template_not_used"}},
		{"case-sensitive", func(p *onboard.PoolSettings) { p.CaseSensitive = true }, []string{"warning case_sensitive"}},
		{"self-sign-up", func(p *onboard.PoolSettings) { p.AdminOnly = false }, []string{"warning self_sign_up_open"}},
		{"user names", func(p *onboard.PoolSettings) { p.EmailAsUsername = false }, []string{"error email_not_username"}},
		{"group missing", func(p *onboard.PoolSettings) { p.Groups = []string{"staff", adminGroup + "2"} }, []string{"warning admin_group_missing"}},
		{"deletion", func(p *onboard.PoolSettings) { p.DeletionProtection = false }, []string{"warning deletion_protection_off"}},
		{"required, can be added", func(p *onboard.PoolSettings) { p.Attributes[2].Required = true }, []string{"warning attribute_required"}},
		{"required for good", func(p *onboard.PoolSettings) { p.Attributes[3].Required = true }, []string{"error attribute_required"}},
		{"2 days", func(p *onboard.PoolSettings) { p.TemporaryPasswordDays = 2 }, []string{"warning temporary_password_short", "warning password_days_differ"}},
		{"3 days", func(p *onboard.PoolSettings) { p.TemporaryPasswordDays = 3 }, []string{"warning password_days_differ"}},
		{"triggers", func(p *onboard.PoolSettings) { p.Triggers = []string{"PreSignUp"} }, []string{"warning triggers_present"}},
		{"errors first", func(p *onboard.PoolSettings) { p.CaseSensitive, p.InviteBody = true, "Hello {username}" }, []string{"error template_without_password", "warning case_sensitive"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			pool.Attributes = slices.Clone(pool.Attributes)
			test.change(&pool)
			b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
			got := b.want(200, get("/pool"))
			if diff := cmp.Diff(test.want, findings(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			ready := !strings.HasPrefix(fmt.Sprint(test.want), "[error")
			if got["ready"] != ready || got["pool"].(map[string]any)["id"] != pool.ID {
				t.Errorf("report: %v", got)
			}
			dry := b.want(200, postJSON("/requests?dry_run=true", `["ann@example.org"]`))
			if diff := cmp.Diff(test.want, findings(dry)); diff != "" {
				t.Errorf("findings of a dry run (-want +got):\n%s", diff)
			}
		})
	}
}

// findings lists severity and code of each finding of an answer.
func findings(answer map[string]any) (list []string) {
	for _, v := range answer["findings"].([]any) {
		f := v.(map[string]any)
		list = append(list, f["severity"].(string)+" "+f["code"].(string))
	}
	return list
}

// The sender's quota and the shortage are told with the same number, and each
// fix once.
func TestBuiltInSenderIsToldWithTheQuotaInUse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		told         int
		sender, mail string
	}{
		{0, "own sender: 50 mails a day for the whole account", "51 mails are needed and 50 a day can be sent"},
		{1, "own sender: 1 mail a day for the whole account", "51 mails are needed and 1 a day can be sent"},
		{2, "own sender: 2 mails a day for the whole account", "51 mails are needed and 2 a day can be sent"},
		{50, "own sender: 50 mails a day for the whole account", "51 mails are needed and 50 a day can be sent"},
		{51, "own sender: usher is told of 51 mails a day, where AWS documents 50 for the whole account", ""},
	} {
		t.Run(fmt.Sprint(test.told), func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			pool.OwnSender, pool.InviteBody = false, ""
			b := setup(t, quotaOf(test.told), func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
			doctor, dry := b.want(200, get("/pool")), b.want(200, post("/requests?dry_run=true", "text/plain", addresses("new", 51)))
			for _, answer := range []map[string]any{doctor, dry} {
				if got := findingOf(answer, "builtin_sender", "effect"); !strings.Contains(got, test.sender) {
					t.Errorf("the sender's finding is %q, want %q", got, test.sender)
				}
			}
			if got := findingOf(dry, "mail_quota_short", "effect"); !strings.HasPrefix(got, test.mail) || test.mail == "" && got != "" {
				t.Errorf("the shortage is told as %q, want %q", got, test.mail)
			}
			sender, shortage := findingOf(dry, "builtin_sender", "fix"), findingOf(dry, "mail_quota_short", "fix")
			if !strings.Contains(sender, "SES") || strings.Contains(shortage, "SES") {
				t.Errorf("fixes %q and %q, want SES in the first alone", sender, shortage)
			}
		})
	}
}

// Where nothing else speaks of the sender, the shortage does.
func TestShortageOfAnOwnSenderTellsOfSES(t *testing.T) {
	t.Parallel()
	b := setup(t, quotaOf(2), func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: goodPool()} })
	dry := b.want(200, post("/requests?dry_run=true", "text/plain", addresses("new", 3)))
	if got := findingOf(dry, "mail_quota_short", "fix"); !strings.Contains(got, "SES identity") || findingOf(dry, "builtin_sender", "code") != "" {
		t.Errorf("fix %q among the findings %v", got, findings(dry))
	}
}

// findingOf returns a field of the finding with the given code, "" if there is none.
func findingOf(answer map[string]any, code, field string) string {
	for _, v := range answer["findings"].([]any) {
		if f := v.(map[string]any); f["code"] == code {
			return f[field].(string)
		}
	}
	return ""
}

func TestPoolThatCannotBeReadStopsNobody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		err  error
		want string
		fix  string
	}{
		{"misconfigured", &onboard.PoolError{Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Cause: onboard.CauseNoRight, Detail: "AccessDenied"}, "error pool_unreadable", "cognito-idp actions"},
		{"throttled", &onboard.PoolError{Class: onboard.ErrThrottled}, "warning pool_unreadable", "try again"},
		{"unclear", errors.New("dial canary@example.org"), "error pool_unreadable", "try again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{err: test.err} })
			w := b.do(get("/pool"))
			if text := w.Body.String(); !strings.Contains(text, test.fix) || strings.Contains(text, "canary") || strings.Contains(text, "AccessDenied") {
				t.Errorf("report: %s", text)
			}
			got := b.want(200, get("/pool"))
			if diff := cmp.Diff([]string{test.want}, findings(got)); diff != "" || got["pool"] != nil {
				t.Errorf("report: %v\n%s", got, diff)
			}
			b.want(202, postJSON("/requests", `[{"email":"ann@example.org","groups":["whatever"]}]`))
		})
	}
	got := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = nil }).want(200, get("/pool"))
	if diff := cmp.Diff([]string{"warning pool_not_inspected"}, findings(got)); diff != "" {
		t.Errorf("without an inspector (-want +got):\n%s", diff)
	}
}

func TestPoolIsReadSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := &inspector{settings: goodPool()}
		b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = in })
		known, unknown := `[{"email":"ann@example.org","groups":["staff"]}]`, `[{"email":"ann@example.org","groups":["new"]}]`
		for _, step := range []struct {
			wait  time.Duration
			c     call
			want  int
			asked int
		}{
			{0, postJSON("/requests", known), 202, 1},
			{4 * time.Minute, postJSON("/requests", known), 202, 1},
			{time.Minute, postJSON("/requests", known), 202, 2},
			{time.Second, postJSON("/requests", unknown), 422, 2},
			{9 * time.Second, postJSON("/requests", unknown), 422, 3},
			{time.Minute, get("/pool"), 200, 4},
			{time.Second, get("/pool"), 200, 4},
		} {
			time.Sleep(step.wait)
			if w := b.do(step.c); w.Code != step.want || in.asked != step.asked {
				t.Errorf("after %s: status %d, want %d; asked %d times, want %d", step.wait, w.Code, step.want, in.asked, step.asked)
			}
		}

		in.settings.Groups = append(in.settings.Groups, "new") // as somebody just created it
		time.Sleep(10 * time.Second)
		b.want(202, postJSON("/requests", unknown))

		in.err = errors.New("no answer") // what was known is still used
		time.Sleep(time.Hour)
		asked := in.asked
		b.want(202, postJSON("/requests", unknown))
		b.problem(422, postJSON("/requests", `[{"email":"ann@example.org","groups":["newer"]}]`))
		if in.asked != asked+1 {
			t.Errorf("asked %d times right after a failure", in.asked-asked)
		}
	})
}

// patient answers once its context has ended, or at once if it was asked before.
type patient struct{ inspector }

func (p *patient) Inspect(ctx context.Context) (onboard.PoolSettings, error) {
	if p.asked == 0 {
		p.asked++
		<-ctx.Done()
		return onboard.PoolSettings{}, ctx.Err()
	}
	return p.inspector.Inspect(ctx)
}

func TestCallerWhoGoesAwaySpoilsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &patient{inspector{settings: goodPool()}} })
		ctx, cancel := context.WithTimeout(httpapi.WithCaller(t.Context(), *eve()), time.Second)
		defer cancel()
		b.handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/pool", nil))
		if got := b.want(200, get("/pool")); got["ready"] != true || got["pool"] == nil {
			t.Errorf("the next caller reads: %v", got)
		}
	})
}

func TestRowsAreHeldToThePool(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: goodPool()} })
	got := b.want(200, postJSON("/requests?dry_run=true", `[
		{"email":"a@example.org","attributes":{"custom:tenant":"12345678","given_name":"A"}},
		{"email":"b@example.org","attributes":{"custom:tenant":"123456789"}},
		{"email":"c@example.org","attributes":{"custom:other":"x"}},
		{"email":"d@example.org","groups":["ghosts"]}]`))
	if diff := cmp.Diff(map[string]any{"attribute_invalid": 1.0, "attribute_unknown": 1.0, "group_unknown": 1.0}, got["codes"]); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
