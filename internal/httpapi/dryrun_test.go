package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

func TestDryRunTellsAndStoresNothing(t *testing.T) {
	t.Parallel()
	queue := &slowQueue{}
	inspector := &inspector{settings: goodPool()}
	b := setup(t, withQueue(queue), func(cfg *httpapi.Config) {
		cfg.Inspector, cfg.MailQuota = inspector, 2
	})
	const body = "email;groups;shoe size\r\nann@example.org;staff;38\r\nbob@example.org;;39\r\nnobody;;\r\nANN@example.org;;\r\ncy@example.org;staff|ghosts;\r\ndi@example.org;staff;\r\n"
	got := b.want(200, post("/requests?dry_run=true&label=trial", "text/csv", body))
	if diff := cmp.Diff(map[string]any{"email_invalid": 1.0, "duplicate_in_request": 1.0, "group_unknown": 1.0}, got["codes"]); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	counts := got["counts"].(map[string]any)
	if counts["total"] != 6.0 || counts["pending"] != 3.0 || counts["failed"] != 2.0 || counts["duplicate"] != 1.0 || got["label"] != "trial" {
		t.Errorf("counts %v, label %v", counts, got["label"])
	}
	wantForecast := map[string]any{
		"seconds": 1.0, "rate_per_second": 47.5, "group_rate_per_second": 23.8, "group_memberships": 2.0,
		"mails": 3.0, "mail_quota": 2.0, "mails_left": 2.0, "mail_days": 2.0, "billed_users": 3.0,
	}
	if diff := cmp.Diff(wantForecast, got["forecast"]); diff != "" {
		t.Errorf("forecast (-want +got):\n%s", diff)
	}
	rows := map[int]string{}
	for _, v := range got["invitations"].([]any) {
		inv := v.(map[string]any)
		code, _ := inv["code"].(string)
		rows[int(inv["row"].(float64))] = strings.TrimSpace(inv["state"].(string) + " " + code)
	}
	wantRows := map[int]string{2: "pending", 3: "pending", 4: "failed email_invalid", 5: "duplicate duplicate_in_request", 6: "failed group_unknown", 7: "pending"}
	if diff := cmp.Diff(wantRows, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if text := fmt.Sprint(got["warnings"]); !strings.Contains(text, "custom:shoe size") {
		t.Errorf("warnings %s", text)
	}
	if text := fmt.Sprint(got["findings"]); !strings.Contains(text, "mail_quota_short") {
		t.Errorf("findings %s", text)
	}
	if text := b.log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, `"action":"check"`) {
		t.Errorf("log %s", text)
	}
	if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 0 || queue.sent != 0 {
		t.Errorf("%d requests, %d messages", len(list), queue.sent)
	}
}

func TestDryRunWithoutAValidRow(t *testing.T) {
	t.Parallel()
	got := setup(t).want(200, postJSON("/requests?dry_run=true", `["nobody"]`))
	if got["counts"].(map[string]any)["failed"] != 1.0 || got["forecast"].(map[string]any)["seconds"] != 0.0 {
		t.Errorf("dry run: %v", got)
	}
}

// goodPool is a pool that the doctor finds nothing in.
func goodPool() onboard.PoolSettings {
	return onboard.PoolSettings{
		ID: "ap-northeast-1_EXAMPLE01", Name: "people", AdminOnly: true, EmailAsUsername: true, DeletionProtection: true,
		InviteSubject: "Welcome", InviteBody: "You are {username}, your password is {####}", OwnSender: true, Sender: "usher@example.org",
		TemporaryPasswordDays: 7, Groups: []string{adminGroup, "staff"}, EstimatedUsers: 12,
		Attributes: []onboard.AttributeSetting{{Name: "sub", Required: true}, {Name: "email", Required: true, Mutable: true}, {Name: "given_name", Mutable: true}, {Name: "custom:tenant", MaxLength: 8}},
	}
}
