package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/memory"
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

// A report has the pool and the findings; a dry run has the same findings.
func TestDoctorReport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*onboard.PoolSettings)
		ready  bool
		want   []string
	}{
		{name: "nothing", change: func(*onboard.PoolSettings) {}, ready: true},
		{name: "a warning", change: func(p *onboard.PoolSettings) { p.CaseSensitive = true }, ready: true, want: []string{"warning case_sensitive"}},
		{
			name: "an error first", change: func(p *onboard.PoolSettings) {
				p.CaseSensitive, p.InviteBody = true, "Hello {username} https://example.org"
			},
			want: []string{"error template_without_password", "warning case_sensitive"},
		},
		{name: "group missing", change: func(p *onboard.PoolSettings) { p.Groups = []string{"staff"} }, ready: true, want: []string{"warning admin_group_missing"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			test.change(&pool)
			b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
			got := b.want(200, get("/pool"))
			if diff := cmp.Diff(test.want, findings(got)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if got["ready"] != test.ready || got["pool"].(map[string]any)["id"] != pool.ID {
				t.Errorf("report: %v", got)
			}
			dry := b.want(200, postJSON("/requests?dry_run=true", `["ann@example.org"]`))
			if diff := cmp.Diff(test.want, findings(dry)); diff != "" {
				t.Errorf("findings of a dry run (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPoolThatCannotBeReadStopsNobody(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]onboard.Inspector{
		"error pool_unreadable":      &inspector{err: errors.New("dial canary@example.org")},
		"warning pool_not_inspected": nil,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = in })
			got := b.want(200, get("/pool"))
			if diff := cmp.Diff([]string{want}, findings(got)); diff != "" || got["pool"] != nil {
				t.Errorf("report: %v\n%s", got, diff)
			}
			b.want(202, postJSON("/requests", `[{"email":"ann@example.org","groups":["whatever"]}]`))
			got = b.want(202, post("/requests", "text/csv", "email;shoe size\r\nann@example.org;38\r\n"))
			if text := fmt.Sprint(got["warnings"]); !strings.Contains(text, "pool_unreadable") {
				t.Errorf("warnings of a file: %s", text)
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

func TestRowsAreCheckedAgainstThePool(t *testing.T) {
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

// A pool that refuses every address is refused at submission, and each row of a dry
// run says so; the caller may know better.
func TestPoolThatRefusesEveryAddress(t *testing.T) {
	t.Parallel()
	pool := goodPool()
	pool.EmailAsUsername, pool.EmailAsAlias = false, true
	b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
	dry := b.want(200, postJSON("/requests?dry_run=true", `["ann@example.org","nobody"]`))
	if diff := cmp.Diff(map[string]any{"pool_not_ready": 1.0, "email_invalid": 1.0}, dry["codes"]); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"error email_not_username"}, findings(dry)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	refused := b.want(409, postJSON("/requests", `["ann@example.org"]`))
	if detail := fmt.Sprint(refused["detail"]); refused["code"] != "pool_not_ready" ||
		!strings.Contains(detail, "e-mail as an alias") || !strings.Contains(detail, "UsernameAttributes email") || !strings.Contains(detail, "ignore_pool=true") {
		t.Errorf("refused with %v", refused)
	}
	b.want(422, postJSON("/requests", `["nobody"]`))
	b.want(202, postJSON("/requests?ignore_pool=true", `["ann@example.org"]`))
}

func TestPoolWithoutPasswordsSaysSo(t *testing.T) {
	t.Parallel()
	pool := goodPool()
	pool.Passwordless = true
	b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
	if got := b.want(200, get("/pool")); got["ready"] != true || got["pool"].(map[string]any)["no_passwords"] != true {
		t.Errorf("report %v", got)
	}
	for path, status := range map[string]int{"/requests?dry_run=true": 200, "/requests": 202} {
		if got := b.want(status, postJSON(path, `["ann@example.org"]`)); got["no_passwords"] != true {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// A row of a dry run says what the pool gets in another form, and the whole how many
// rows there are.
func TestRowsOfADryRunHaveWarnings(t *testing.T) {
	t.Parallel()
	pool := goodPool()
	pool.Attributes = append(pool.Attributes, onboard.AttributeSetting{Name: "phone_number", Type: "String", Mutable: true})
	b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
	got := b.want(200, post("/requests?dry_run=true", "text/csv", "email,phone_number,hat\na@example.org,+44 20 7946 0000,7\nb@example.org,+15555550100,7\n"))
	rows := got["invitations"].([]any)
	if text := fmt.Sprint(rows[0].(map[string]any)["warnings"]); !strings.Contains(text, `stored as "+442079460000"`) || strings.Contains(text, "hat") {
		t.Errorf("the first row's warnings: %s", text)
	}
	if warned := rows[1].(map[string]any)["warnings"]; warned != nil {
		t.Errorf("the second row's warnings: %v", warned)
	}
	if text := fmt.Sprint(got["warnings"]); !strings.Contains(text, "1 row has a value of \"phone_number\"") || !strings.Contains(text, "hat") {
		t.Errorf("warnings: %s", text)
	}
	var many strings.Builder
	many.WriteString("email,phone_number\n")
	for i := range 1100 {
		fmt.Fprintf(&many, "p%d@example.org,+44 20 7946 %04d\n", i, i)
	}
	got = b.want(200, post("/requests?dry_run=true", "text/csv", many.String()))
	warned := 0
	for _, row := range got["invitations"].([]any) {
		if row.(map[string]any)["warnings"] != nil {
			warned++
		}
	}
	if text := fmt.Sprint(got["warnings"]); warned != 1000 || !strings.Contains(text, "1100 rows have") {
		t.Errorf("%d of 1100 rows have warnings; of the whole: %s", warned, text)
	}
}

// The pool says what sends its mails, and what the account behind it says of itself.
func TestSenderOfThePool(t *testing.T) {
	t.Parallel()
	ses := goodPool()
	ses.Sender, ses.SenderIdentity = "no-reply@example.org", memory.SenderIdentity
	builtIn, trigger, elsewhere := goodPool(), ses, ses
	builtIn.OwnSender, builtIn.Sender, trigger.Triggers, elsewhere.SenderElsewhere = false, "", []string{onboard.TriggerSender}, true
	none := func(kind string, from, unknown any) map[string]any {
		return map[string]any{
			"kind": kind, "from": from, "known": false, "unknown": unknown, "region": nil, "sandbox": nil, "paused": nil, "enforcement": nil,
			"identity_verified": nil, "quota_24h": nil, "sent_24h": nil, "rate_per_second": nil,
		}
	}
	for name, test := range map[string]struct {
		pool    onboard.PoolSettings
		account memory.Sender
		fault   error
		want    map[string]any
	}{
		"in the sandbox": {pool: ses, account: memory.Sender{Sandbox: true, DailyQuota: 200, Rate: 1}, want: map[string]any{
			"kind": "ses", "from": "no-reply@example.org", "known": true, "unknown": nil, "region": memory.SenderRegion, "sandbox": true, "paused": false,
			"enforcement": "healthy", "identity_verified": true, "quota_24h": 200.0, "sent_24h": 0.0, "rate_per_second": 1.0,
		}},
		"shut down, without limits": {pool: ses, account: memory.Sender{Paused: true, Unverified: true, Enforcement: onboard.Shutdown}, want: map[string]any{
			"kind": "ses", "from": "no-reply@example.org", "known": true, "unknown": nil, "region": memory.SenderRegion, "sandbox": false, "paused": true,
			"enforcement": "shutdown", "identity_verified": false, "quota_24h": nil, "sent_24h": 0.0, "rate_per_second": nil,
		}},
		"no right":        {pool: ses, fault: &onboard.PoolError{Class: onboard.ErrMisconfigured}, want: none("ses", "no-reply@example.org", "no_right")},
		"another account": {pool: elsewhere, want: none("ses", "no-reply@example.org", "elsewhere")},
		"a trigger":       {pool: trigger, want: none("trigger", "no-reply@example.org", nil)},
		"built in":        {pool: builtIn, want: none("cognito", nil, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			account := memory.NewPool(memory.PoolConfig{Sender: test.account})
			account.SetFaults(memory.Faults{Sender: test.fault})
			b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector, cfg.Sender = &inspector{settings: test.pool}, account })
			got := b.want(200, get("/pool"))["pool"].(map[string]any)["sender"]
			if diff := cmp.Diff(any(test.want), got); diff != "" {
				t.Errorf("sender (-want +got):\n%s", diff)
			}
		})
	}
}
