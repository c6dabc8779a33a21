package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

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
	if text := fmt.Sprint(got["warnings"]); !strings.Contains(text, "shoe size") {
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

func TestDryRunShowsWhoWasInvitedBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.stored(onboard.Request{ID: "01R", Label: "people", Phase: onboard.Running, Round: 1, Total: 2})
	r, err := b.store.Request(t.Context(), "01R")
	if err != nil {
		t.Fatal(err)
	}
	const layout = "2006-01-02T15:04:05.000Z"
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	claim := onboard.Claim{
		Address: "ann@example.org", CreditedTo: onboard.Holder{RequestID: r.ID, Row: 7}, CreditedAt: at, MailedAt: at, ExpiresAt: at.AddDate(0, 1, 0),
	}
	err = b.store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: r.ID, Row: 7, Round: 1, State: onboard.Invited}, Claim: &claim})
	if err != nil {
		t.Fatal(err)
	}
	got := b.want(200, postJSON("/requests?dry_run=true", `["Ann@example.org","bob@example.org"]`))
	wantKnown := map[string]any{"rows": 1.0, "mailed_recently": 1.0, "requests": []any{
		map[string]any{"request_id": "01R", "label": "people", "submitted_at": r.SubmittedAt.Format(layout), "rows": 1.0},
	}}
	if diff := cmp.Diff(wantKnown, got["known"]); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
	stamp := at.Format(layout)
	rows := got["invitations"].([]any)
	wantRow := map[string]any{"request_id": "01R", "row": 7.0, "at": stamp, "mailed_at": stamp}
	if diff := cmp.Diff(wantRow, rows[0].(map[string]any)["known"]); diff != "" || rows[1].(map[string]any)["known"] != nil {
		t.Errorf("first row (-want +got), second %v:\n%s", rows[1], diff)
	}
	forecast := got["forecast"].(map[string]any)
	if forecast["mails"] != 1.0 || forecast["billed_users"] != 1.0 || got["counts"].(map[string]any)["pending"] != 2.0 {
		t.Errorf("forecast %v, counts %v", forecast, got["counts"])
	}
}

// Nothing has been done, whatever the rows are; and no time is given that the mail
// does not allow.
func TestDryRunPromisesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.MailQuota = 2 })
	for body, seconds := range map[string]any{
		`["nobody"]`:                   0.0,
		`["nobody","ann@example.org"]`: 1.0,
		`["a@example.org","b@example.org","c@example.org"]`:          nil,
		`["a@example.org","b@example.org"]`:                          1.0,
		`["a@example.org","b@example.org","c@example.org","nobody"]`: nil,
	} {
		got := b.want(200, postJSON("/requests?dry_run=true", body))
		if got["percent_done"] != 0.0 || got["seconds_left"] != seconds {
			t.Errorf("%s: %v %% done, %v seconds left; want 0 and %v", body, got["percent_done"], got["seconds_left"], seconds)
		}
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
		InviteSubject: "Welcome", InviteBody: "You are {username}, your password is {####}, sign in at https://example.org", OwnSender: true, Sender: "usher@example.org", ConfigurationSet: "usher",
		TemporaryPasswordDays: 7, Groups: []string{adminGroup, "staff"}, EstimatedUsers: 12,
		Attributes: []onboard.AttributeSetting{{Name: "sub", Required: true}, {Name: "email", Required: true, Mutable: true}, {Name: "given_name", Mutable: true}, {Name: "custom:tenant", MaxLength: 8}},
	}
}

// A check shows the mail of the first person who gets one, and none where none is sent.
func TestADryRunShowsTheMail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		target string
		change func(*onboard.PoolSettings)
		want   any
	}{
		"own text": {target: "/requests?dry_run=true", want: map[string]any{
			"written_by": "pool", "from": "usher@example.org", "subject": "Welcome",
			"text": "You are bob@example.org, your password is (temporary password), sign in at https://example.org", "note": nil,
		}},
		"a trigger's": {target: "/requests?dry_run=true", change: func(p *onboard.PoolSettings) { p.Triggers = []string{onboard.TriggerSender} }, want: map[string]any{
			"written_by": "trigger", "from": nil, "subject": nil, "text": nil,
			"note": "A trigger of the pool (custom sender) sends this mail and decides what it says. Invite one person first, and look at the mail.",
		}},
		"suppressed": {target: "/requests?dry_run=true&mail=suppress"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(cfg *httpapi.Config) {
				pool := goodPool()
				if test.change != nil {
					test.change(&pool)
				}
				cfg.Inspector = &inspector{settings: pool}
			})
			got := b.want(200, postJSON(test.target, `["nobody", "bob@example.org", "cy@example.org"]`))
			if diff := cmp.Diff(test.want, got["mail"]); diff != "" {
				t.Errorf("mail (-want +got):\n%s", diff)
			}
		})
	}
	if got := setup(t).want(200, postJSON("/requests?dry_run=true", `["nobody"]`)); got["mail"] != nil {
		t.Errorf("mail %v for nobody", got["mail"])
	}
}

// The answer says how columns were read, and the caller can say otherwise.
func TestColumnsAreReadAsTheCallerSays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := "E-Mail;Rufname;Notiz;Passwort\na@example.org;Ann;x@example.net;hunter2\n"
	columns := func(target string) string {
		var view struct {
			Columns  []map[string]any
			Warnings []struct{ Detail string }
		}
		if err := json.Unmarshal(b.do(post(target, "text/csv", body)).Body.Bytes(), &view); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(view.Columns)
	}
	for target, want := range map[string]string{
		"/requests?dry_run=true": "[map[guessed:true meaning:email name:E-Mail sample:a@example.org] map[guessed:true meaning:given_name name:Rufname sample:Ann] map[guessed:true meaning:none name:Notiz sample:x@example.net] map[guessed:true meaning:none name:Passwort sample:<nil>]]",
		"/requests?dry_run=true&columns=Notiz:email&columns=Rufname:none":                                 "[map[guessed:true meaning:none name:E-Mail sample:a@example.org] map[guessed:false meaning:none name:Rufname sample:Ann] map[guessed:false meaning:email name:Notiz sample:x@example.net] map[guessed:true meaning:none name:Passwort sample:<nil>]]",
		"/requests?dry_run=true&columns=" + url.QueryEscape(`{"E-Mail":"email","Rufname":"family_name"}`): "[map[guessed:false meaning:email name:E-Mail sample:a@example.org] map[guessed:false meaning:family_name name:Rufname sample:Ann] map[guessed:true meaning:none name:Notiz sample:x@example.net] map[guessed:true meaning:none name:Passwort sample:<nil>]]",
	} {
		if got := columns(target); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", target, got, want)
		}
	}
	for _, query := range []string{"columns=Nachname:family_name", "columns=Rufname", "columns=E-Mail:password", "columns=%7B%22a%22:1%7D", "group=%00x"} {
		b.problem(400, post("/requests?dry_run=true&"+query, "text/csv", body))
	}
	two := b.want(400, post("/requests?dry_run=true", "text/csv", "Chef;Kraft;Vorname;Passwort\nx@example.org;a@example.org;Ann;hunter2\ny@example.org;b@example.org;Bo;\n"))
	want := "[map[guessed:true meaning:none name:Chef sample:<nil>] map[guessed:true meaning:none name:Kraft sample:<nil>] map[guessed:true meaning:given_name name:Vorname sample:<nil>] map[guessed:true meaning:none name:Passwort sample:<nil>]]"
	if got := fmt.Sprint(two["columns"]); got != want {
		t.Errorf("two columns of addresses:\n%s\nwant\n%s", got, want)
	}
	b.problem(400, post("/requests?dry_run=true&columns=a:email", "application/json", `["a@example.org"]`))
	if got := fmt.Sprint(b.want(200, post("/requests?dry_run=true&group=nobodys", "text/csv", body))["codes"]); got != "map[group_unknown:1]" {
		t.Errorf("with a group that the pool lacks: codes %s", got)
	}
}
