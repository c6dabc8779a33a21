package httpapi_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLookUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		done := id(b.want(202, postJSON("/requests?label=autumn+term", `["Ann@example.org","bob@example.org"]`)))
		b.work(5 * time.Second)
		open := id(b.want(202, postJSON("/requests", `["ann@example.org"]`)))
		got := b.want(200, postJSON("/people/lookup", `{"email":" ann@example.org "}`))
		rows := got["rows"].([]any)
		if len(rows) != 2 || got["complete"] != true || got["email"] != "ann@example.org" {
			t.Fatalf("got %v", got)
		}
		latest, first := rows[0].(map[string]any), rows[1].(map[string]any)
		if latest["request_id"] != open || latest["open"] != true || first["request_id"] != done || first["open"] != false || first["label"] != "autumn term" {
			t.Errorf("rows %v", rows)
		}
		if inv := first["invitation"].(map[string]any); inv["state"] != "invited" || inv["email"] != "Ann@example.org" {
			t.Errorf("row %v", inv)
		}
		if users := got["users"].([]any); len(users) != 0 { // the pool lists an address as it is spelled
			t.Errorf("users %v", users)
		}
		b.work(5 * time.Second)
		got = b.want(200, postJSON("/people/lookup", `{"email":"Ann@example.org"}`))
		if users := got["users"].([]any); len(users) != 1 || users[0].(map[string]any)["standing"] != "waiting" {
			t.Errorf("users %v", users)
		}
		if nobody := b.want(200, postJSON("/people/lookup", `{"email":"nobody@example.org"}`)); len(nobody["rows"].([]any)) != 0 || len(nobody["users"].([]any)) != 0 {
			t.Errorf("nobody: %v", nobody)
		}
	})
}

func TestWhoIsMeantMustBeClear(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, test := range []struct {
		name, body, code, part string
	}{
		{name: "nothing", body: ``, code: "json_syntax"},
		{name: "no address", body: `{}`, code: "person_invalid", part: "Send one address"},
		{name: "no text", body: `{"email":7}`, code: "person_invalid", part: "email and cursor are texts"},
		{name: "no address at all", body: `{"email":"ann"}`, code: "person_invalid"},
		{name: "another field", body: `{"email":"ann@example.org","mail":"x"}`, code: "unknown_field", part: "Known here: email."},
		{name: "twice", body: `{"email":"ann@example.org","email":"bob@example.org"}`, code: "duplicate_key"},
		{name: "more", body: `{"email":"ann@example.org"}{}`, code: "trailing_data"},
	} {
		got := b.want(400, postJSON("/people/lookup", test.body))
		if got["code"] != test.code || !strings.Contains(got["detail"].(string), test.part) {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	b.problem(415, post("/people/lookup", "text/plain", "ann@example.org"))
	b.problem(413, postJSON("/people/lookup", `{"email":"`+strings.Repeat("a", 5000)+`"}`))
	b.problem(400, postJSON("/people/lookup?email=ann@example.org", `{"email":"ann@example.org"}`))
}

func TestErasingAPersonAndARequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.want(202, postJSON("/requests", `[{"email":"ann@example.org"},{"email":"ben@example.org"}]`))
	got := b.want(202, postJSON("/people/erase", `{"email":"Ben@example.org"}`))
	if got["by"] != "eve" || got["rows"] != 0.0 || got["kept_until"] != nil || !strings.Contains(got["summary"].(string), "user in the pool stays") {
		t.Errorf("answer %v", got)
	}
	found := b.want(200, postJSON("/people/lookup", `{"email":"ben@example.org"}`))
	if erasure, ok := found["erasure"].(map[string]any); !ok || erasure["asked_at"] != got["asked_at"] {
		t.Errorf("a look-up says %v", found["erasure"])
	}
	if ann := b.want(200, postJSON("/people/lookup", `{"email":"ann@example.org"}`)); ann["erasure"] != nil {
		t.Errorf("a look-up of ann says %v", ann["erasure"])
	}
	id := made["request_id"].(string)
	if r := b.want(202, post("/requests/"+id+"/erase", "", "")); r["erased_at"] != nil || r["state"] != "canceled" {
		t.Errorf("the request is %v, erased at %v", r["state"], r["erased_at"])
	}
	b.problem(404, post("/requests/01NONE/erase", "", ""))
	b.problem(400, post("/requests/"+id+"/erase?x=1", "", ""))
	b.problem(400, postJSON("/people/erase", `{"email":"ben"}`))
}
