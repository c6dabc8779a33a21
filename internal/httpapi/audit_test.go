package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

// audited is a handler whose audit goes to a log of its own.
func audited(t *testing.T, changes ...func(*httpapi.Config)) (*bundle, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return setup(t, append(changes, func(cfg *httpapi.Config) {
		cfg.Audit = slog.New(slog.NewJSONHandler(&out, nil))
		cfg.Log = slog.New(slog.DiscardHandler) // as with LOG_LEVEL=ERROR
	})...), &out
}

// lines are the audit's, without what each has.
func lines(t *testing.T, out *bytes.Buffer) (all []map[string]any) {
	t.Helper()
	for dec := json.NewDecoder(out); ; {
		var line map[string]any
		if err := dec.Decode(&line); err != nil {
			return all
		}
		for _, name := range []string{"time", "level", "msg"} {
			delete(line, name)
		}
		all = append(all, line)
	}
}

// Each route, by each who may reach it, leaves the line that it should, with no
// address in it.
func TestAuditOfEveryRoute(t *testing.T) {
	t.Parallel()
	people := `[{"email":"ann@example.org","groups":["staff"]},{"email":"bob@example.org","groups":["ann@example.org"]},"nobody"]`
	type line = map[string]any
	order := func(more line) line {
		l := line{"force": false, "mail_suppressed": false, "on_existing": "skip", "replayed": false}
		for name, value := range more {
			l[name] = value
		}
		return l
	}
	for _, test := range []struct {
		name string
		call call
		want line // nil: none
	}{
		{name: "submit", call: postJSON("/requests?force=true&mail=suppress", people), want: order(line{
			"action": "submit", "request_id": "01TEST00000001", "rows": 3.0, "people": 1.0, "groups": []any{"staff"}, "administrators": 0.0,
			"force": true, "mail_suppressed": true, "result": "done",
		})},
		{name: "submit one", call: postJSON("/owner/create", `{"email":"ann@example.org"}`), want: order(line{
			"action": "submit", "request_id": "01TEST00000001", "rows": 1.0, "people": 1.0, "result": "done",
		})},
		{name: "check", call: postJSON("/requests?dry_run=true", people), want: order(line{
			"action": "check", "rows": 3.0, "people": 1.0, "groups": []any{"staff"}, "administrators": 0.0, "result": "done",
		})},
		{name: "a submission that is refused", call: postJSON("/requests", `["nobody"]`), want: order(line{"action": "submit", "rows": 1.0, "people": 0.0, "result": "no_valid_row"})},
		{name: "a body that cannot be read", call: postJSON("/requests", `[`), want: line{"action": "submit", "result": "json_syntax"}},
		{name: "list", call: get("/requests"), want: line{"action": "list", "result": "done"}},
		{name: "a poll", call: get("/requests/01R"), want: nil},
		{name: "rows", call: get("/requests/01R/invitations?state=invited"), want: line{"action": "list_rows", "request_id": "01R", "rows": 2.0, "states": []any{"invited"}, "result": "done"}},
		{name: "download", call: getCSV("/requests/01R/invitations"), want: line{"action": "download", "request_id": "01R", "rows": 2.0, "states": nil, "result": "done"}},
		{name: "doctor", call: get("/pool"), want: line{"action": "doctor", "result": "done"}},
		{name: "look-up", call: postJSON("/people/lookup", `{"email":"ann@example.org"}`), want: line{"action": "person_lookup", "requests": []any{}, "result": "done"}},
		{name: "a look-up without an address", call: postJSON("/people/lookup", `{"email":"ann@"}`), want: line{"action": "person_lookup", "result": "person_invalid"}},
		{name: "resend to one person", call: postJSON("/people/resend", `{"email":"ann@example.org","force":true}`), want: order(line{
			"action": "person_resend", "request_id": "01TEST00000001", "force": true, "on_existing": "resend", "result": "done",
		})},
		{name: "export of one person", call: postJSON("/people/export", `{"email":"ann@example.org"}`), want: line{"action": "person_export", "requests": []any{"01R"}, "rows": 1.0, "result": "done"}},
		{name: "cancel one person", call: postJSON("/people/cancel", `{"email":"ann@example.org"}`), want: line{"action": "person_cancel", "result": "not_now"}},
		{name: "erase one person", call: postJSON("/people/erase", `{"email":"nobody@example.org"}`), want: line{"action": "person_erase", "requests": []any{}, "result": "done"}},
		{name: "retry", call: post("/requests/01R/retry", "", ""), want: line{"action": "retry", "request_id": "01R", "result": "not_now"}},
		{name: "scan", call: post("/requests/01R/scan", "", ""), want: line{"action": "scan", "request_id": "01R", "result": "done"}},
		{name: "resume", call: post("/requests/01R/resume", "", ""), want: line{"action": "resume", "request_id": "01R", "result": "not_now"}},
		{name: "cancel", call: post("/requests/01R/cancel", "", ""), want: line{"action": "cancel", "request_id": "01R", "result": "not_now"}},
		{name: "resend", call: postJSON("/requests/01R/resend", `{"filter":"not_signed_in","force":true}`), want: order(line{
			"action": "resend", "request_id": "01R", "filter": "not_signed_in", "sent_as": "01TEST00000001", "rows": 2.0, "force": true, "on_existing": "resend", "result": "done",
		})},
		{name: "no such request", call: getCSV("/requests/01X/invitations"), want: line{"action": "list_rows", "request_id": "01X", "result": "not_found"}},
		{name: "health", call: get("/health"), want: nil},
		{name: "the contract", call: get("/openapi.json"), want: nil},
	} {
		for _, who := range []string{"administrator", "member", "nobody"} {
			t.Run(test.name+" by "+who, func(t *testing.T) {
				t.Parallel()
				b, out := audited(t)
				b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 2},
					onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ann@example.org"}, Round: 1, State: onboard.Invited},
					onboard.Invitation{Row: 2, Person: onboard.Person{Email: "bob@example.org"}, Round: 1, State: onboard.Invited})
				b.caller.Name = "eve@example.org"
				switch who {
				case "member":
					b.caller.Groups = []string{"staff"}
				case "nobody":
					b.caller = nil
				}
				b.do(test.call)
				if strings.Contains(out.String(), "@example") {
					t.Errorf("an address in %s", out)
				}
				got := lines(t, out)
				switch {
				case test.want == nil || who == "nobody":
					if len(got) != 0 {
						t.Errorf("audit %v, want none", got)
					}
				case len(got) != 1 || got[0]["by"] != "sub-eve" || got[0]["sub"] != "sub-eve":
					t.Errorf("audit %v", got)
				case who == "member":
					if got[0]["result"] != "forbidden" {
						t.Errorf("audit %v", got)
					}
				default:
					delete(got[0], "by")
					delete(got[0], "sub")
					if diff := cmp.Diff(test.want, got[0]); diff != "" {
						t.Errorf("audit (-want +got):\n%s", diff)
					}
				}
			})
		}
	}
}

// A handler that panics leaves its line too.
func TestAuditOfAPanic(t *testing.T) {
	t.Parallel()
	b, out := audited(t, func(cfg *httpapi.Config) { cfg.Store = panicking{cfg.Store} })
	b.do(get("/requests"))
	if got := lines(t, out); len(got) != 1 || got[0]["result"] != "panicked" {
		t.Errorf("audit %v", got)
	}
}

type panicking struct{ onboard.Store }

func (panicking) ListRequests(context.Context, string, int) ([]onboard.Request, error) {
	panic("a fault")
}

// A resend is in the history of the request whose people it mails, once, also where
// its caller repeats it.
func TestResendIsInTheHistoryOfItsSource(t *testing.T) {
	t.Parallel()
	b, _ := audited(t)
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1, EndedAt: time.Now()},
		onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ann@example.org"}, Round: 1, State: onboard.Invited})
	resend := postJSON("/requests/01R/resend", `{"filter":"not_signed_in"}`).with("Idempotency-Key", "k")
	sent := id(b.want(202, resend))
	b.want(202, resend)
	history := b.want(200, get("/requests/01R"))["audit"].([]any)
	if len(history) != 1 {
		t.Fatalf("history %v", history)
	}
	got := history[0].(map[string]any)
	delete(got, "at")
	if diff := cmp.Diff(map[string]any{"what": "resend", "by": "eve", "rows": 1.0, "request_id": sent}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
