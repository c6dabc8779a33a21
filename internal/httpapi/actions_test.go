package httpapi_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestRetryPutsFailuresBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 3},
			onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ann@example.org"}, Round: 1, State: onboard.Failed, Code: onboard.CodeAttemptsExhausted, Reason: "why"},
			onboard.Invitation{Row: 2, Person: onboard.Person{Email: "bob"}, Round: 1, State: onboard.Failed, Code: onboard.CodeEmailInvalid, Reason: "why"},
			onboard.Invitation{Row: 3, Person: onboard.Person{Email: "cy@example.org"}, Round: 1, State: onboard.Invited})
		got := b.want(202, post("/requests/01R/retry", "", ""))
		counts := got["counts"].(map[string]any)
		if got["state"] != "running" || counts["pending"] != 1.0 || counts["failed"] != 1.0 || counts["invited"] != 1.0 {
			t.Errorf("retried: %v", got)
		}
		if code := b.problem(409, post("/requests/01R/retry", "", "")); code != "not_now" {
			t.Errorf("a retry while it runs: code %s", code)
		}
		b.work(10 * time.Second)
		want := map[int]string{1: "invited", 2: "failed email_invalid", 3: "invited"}
		if diff := cmp.Diff(want, b.rows("/requests/01R/invitations")); diff != "" {
			t.Errorf("after the retry (-want +got):\n%s", diff)
		}
		if code := b.problem(409, post("/requests/01R/retry", "", "")); code != "not_now" {
			t.Errorf("nothing to fix: code %s", code)
		}
	})
}

func TestCancelAndResume(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := "/requests/" + id(b.want(202, postJSON("/requests", `["ann@example.org","bob@example.org"]`)))
		if code := b.problem(409, post(submitted+"/resume", "", "")); code != "not_now" {
			t.Errorf("resume of what runs: code %s", code)
		}
		for range 2 {
			if got := b.want(202, post(submitted+"/cancel", "", "")); got["state"] != "canceled" {
				t.Errorf("canceled: %v", got)
			}
		}
		b.work(5 * time.Second)
		got := b.want(200, get(submitted))
		if got["done"] != true || got["counts"].(map[string]any)["canceled"] != 2.0 || len(b.pool.Mailbox()) != 0 {
			t.Errorf("after the cancel: %v, %d mails", got, len(b.pool.Mailbox()))
		}
		audit := got["audit"].([]any)
		if len(audit) != 2 || audit[1].(map[string]any)["what"] != "cancel" || audit[1].(map[string]any)["by"] != "eve" {
			t.Errorf("audit: %v", audit)
		}
		b.problem(409, post(submitted+"/retry", "", ""))

		paused := "/requests/" + id(b.want(202, postJSON("/requests", `["cy@example.org"]`)))
		b.pool.SetFaults(memory.Faults{Misconfigured: "ResourceNotFoundException"})
		b.work(5 * time.Second)
		if got := b.want(200, get(paused)); got["state"] != "paused" || got["pause"] == nil {
			t.Fatalf("not paused: %v", got)
		}
		b.pool.SetFaults(memory.Faults{})
		if got := b.want(202, post(paused+"/resume", "", "")); got["state"] != "running" {
			t.Errorf("resumed: %v", got)
		}
		if wait := b.do(get(paused)).Header().Get("Retry-After"); wait != "1" {
			t.Errorf("look again after %s s, want 1: its rows are on the queue", wait)
		}
		b.work(10 * time.Second)
		if got := b.want(200, get(paused)); got["state"] != "completed" {
			t.Errorf("after the resume: %v", got)
		}
		b.problem(409, post(paused+"/cancel", "", ""))
	})
}

func TestResendMakesANewRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := "/requests/" + id(b.want(202, postJSON("/requests", `["ann@example.org","bob@example.org"]`)))
		b.work(5 * time.Second)
		if code := b.problem(409, postJSON(submitted+"/resend", `{"filter":"expired"}`)); code != "not_now" {
			t.Errorf("nothing expired yet: code %s", code)
		}
		time.Sleep(8 * 24 * time.Hour)
		c := postJSON(submitted+"/resend", `{"filter":"expired"}`).with("Idempotency-Key", "again")
		w := b.do(c)
		resent := w.Header().Get("Location")
		if w.Code != 202 || resent == submitted || resent == "" {
			t.Fatalf("resend: %d %v %s", w.Code, w.Header(), w.Body)
		}
		if w := b.do(c); w.Header().Get("Idempotency-Replayed") != "true" || w.Header().Get("Location") != resent {
			t.Errorf("the same resend again: %d %v", w.Code, w.Header())
		}
		b.work(10 * time.Second)
		if diff := cmp.Diff(map[int]string{1: "resent", 2: "resent"}, b.rows(resent+"/invitations")); diff != "" {
			t.Errorf("resent (-want +got):\n%s", diff)
		}
		if got := b.want(200, get(resent)); got["options"].(map[string]any)["resend_only"] != true {
			t.Errorf("request: %v", got)
		}

		soon := b.want(202, postJSON(submitted+"/resend", `{"filter":"not_signed_in"}`))
		b.work(10 * time.Second)
		if got := b.rows("/requests/" + id(soon) + "/invitations"); !strings.Contains(got[1], "resent_recently") {
			t.Errorf("within the cooldown: %v", got)
		}
		forced := b.want(202, postJSON(submitted+"/resend", `{"filter":"not_signed_in","force":true}`))
		b.work(10 * time.Second)
		if diff := cmp.Diff(map[int]string{1: "resent", 2: "resent"}, b.rows("/requests/"+id(forced)+"/invitations")); diff != "" {
			t.Errorf("forced (-want +got):\n%s", diff)
		}
		if n := b.pool.MailsTo("ann@example.org"); n != 3 {
			t.Errorf("%d mails, want 3", n)
		}
	})
}

func TestResendBody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1},
		onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ann@example.org"}, Round: 1, State: onboard.NotMailed})
	for body, want := range map[string]string{
		``: "json_syntax", `x`: "json_syntax", `[]`: "json_syntax", `{"filter":"not_mailed"`: "json_syntax", `{"filter"}`: "json_syntax", `{"filter":"not_mailed",}`: "json_syntax",
		`{}`: "filter_invalid", `{"filter":"all"}`: "filter_invalid", `{"filter":7}`: "filter_invalid", `{"filter":null}`: "filter_invalid",
		`{"filter":"not_mailed","force":"yes"}`: "filter_invalid", `{"filter":"not_mailed","x":1}`: "unknown_field", `{"Filter":"not_mailed"}`: "unknown_field",
		`{"x":1,"force":7,"filter":7}`:               "filter_invalid", // the first by name
		`{"filter":"not_mailed","filter":"expired"}`: "duplicate_key", `{"filter":"not_mailed"} {}`: "trailing_data", `{"filter":"not_mailed"}}`: "trailing_data",
	} {
		if code := b.problem(400, postJSON("/requests/01R/resend", body)); code != want {
			t.Errorf("%s: code %s, want %s", body, code, want)
		}
	}
	b.problem(415, post("/requests/01R/resend", "text/plain", `{"filter":"not_mailed"}`))
	b.problem(400, postJSON("/requests/01R/resend?filter=not_mailed", `{"filter":"not_mailed"}`))
	b.want(202, postJSON("/requests/01R/resend", `{"filter":"not_mailed"}`))
}

// The rows of an action are those that it was for itself: not those of an
// earlier one, and of a retry that resumes those that are resumed.
func TestAuditTellsTheRowsOfThisAction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		deferred := onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ann@example.org"}, Round: 1, State: onboard.Deferred, Code: onboard.CodeMisconfigured}
		b.stored(onboard.Request{ID: "01R", Phase: onboard.Paused, Round: 1, Total: 1, Pause: &onboard.Pause{Code: onboard.CodeMisconfigured}}, deferred)
		for _, step := range []struct{ action, want string }{
			{action: "retry", want: `"action":"retry","by":"eve","request_id":"01R","rows":1`},
			{action: "cancel", want: `"action":"cancel","by":"eve","request_id":"01R","rows":1`},
			{action: "cancel", want: `"action":"cancel","by":"eve","request_id":"01R","rows":0`},
		} {
			b.log.Reset()
			time.Sleep(time.Second)
			b.want(202, post("/requests/01R/"+step.action, "", ""))
			if !strings.Contains(b.log.String(), step.want) {
				t.Errorf("log lacks %s: %s", step.want, b.log)
			}
		}
	})
}

// An action whose messages cannot be sent may have begun: saying that nobody is
// invited, as of a submission, would be wrong.
func TestActionThatIsCutOffSaysSo(t *testing.T) {
	t.Parallel()
	b := setup(t, withQueue(&slowQueue{fail: 1}))
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1},
		onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ann@example.org"}, Round: 1, State: onboard.Deferred})
	w := b.do(post("/requests/01R/cancel", "", ""))
	if text := w.Body.String(); w.Code != 503 || !strings.Contains(text, `"code":"not_queued"`) || strings.Contains(text, "nobody") || w.Header().Get("Retry-After") != "5" {
		t.Errorf("cut off: %d %v %s", w.Code, w.Header(), text)
	}
	if !strings.Contains(b.log.String(), `"level":"ERROR"`) || !strings.Contains(b.log.String(), "canary") {
		t.Errorf("the log does not say why: %s", b.log)
	}
	if got := b.want(202, post("/requests/01R/cancel", "", "")); got["state"] != "canceled" {
		t.Errorf("sent again: %v", got)
	}
}

func TestEveryActionIsAudited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.caller.Name = "eve@example.org" // an address: the fixed identifier stands in for it
	submitted := id(b.want(202, postJSON("/requests", `["ann@example.org","bob@example.org"]`)))
	b.want(202, post("/requests/"+submitted+"/cancel", "", ""))
	lines := strings.Split(strings.TrimSpace(b.log.String()), "\n")
	for i, want := range []string{`"action":"submit","by":"sub-eve","request_id":"` + submitted + `","rows":2`, `"action":"cancel","by":"sub-eve","request_id":"` + submitted + `","rows":0`} {
		if i >= len(lines) || !strings.Contains(lines[i], want) {
			t.Errorf("log lacks %s:\n%s", want, b.log)
		}
	}
	if got := b.want(200, get("/requests/"+submitted)); got["submitted_by"] != "sub-eve" {
		t.Errorf("submitted by %v", got["submitted_by"])
	}
}

// A person is asked with the number of those who would be mailed.
func TestResendSaysHowManyItWouldMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := id(b.want(202, postJSON("/requests", `["ann@example.org","bob@example.org","cy"]`)))
		b.work(time.Minute)
		target := "/requests/" + submitted + "/resend?dry_run=true"
		for filter, people := range map[string]float64{"not_signed_in": 2, "expired": 0, "not_mailed": 0} {
			got := b.want(200, postJSON(target, `{"filter":"`+filter+`"}`))
			if diff := cmp.Diff(map[string]any{"filter": filter, "people": people}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		b.want(400, postJSON(target, `{"filter":"all"}`))
		b.want(400, postJSON("/requests/"+submitted+"/resend?dryrun=true", `{"filter":"expired"}`))
		b.want(404, postJSON("/requests/01NONE/resend?dry_run=true", `{"filter":"expired"}`))
		if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 1 {
			t.Errorf("%d requests, want the first alone", len(list))
		}
	})
}
