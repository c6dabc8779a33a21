package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

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
			name: "an error first", change: func(p *onboard.PoolSettings) { p.CaseSensitive, p.InviteBody = true, "Hello {username}" },
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
