package main

import (
	"io"
	"net/http"
	"testing"
)

const annFound = `{"email":"ann@example.org","summary":"Invited on 24 Nov by eve in autumn term; not signed in; password good until Friday.",
	"rows":[{"request_id":"r1","label":"autumn term","submitted_by":"eve","submitted_at":"2026-11-24T09:12:00.000Z","open":false,
	"invitation":{"row":7,"email":"ann@example.org","state":"invited","code":null,"reason":null}}],
	"complete":true,"users":[{"sub":"s","standing":"waiting","enabled":true}],"mailed_at":null,"can_be_mailed_at":null}`

func TestPerson(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/people/lookup" || r.URL.RawQuery != "" || string(body) != `{"email":"ann@example.org"}` {
			t.Errorf("called %s with %s", r.URL, body)
		}
		respond(w, 200, annFound)
	}
	run(t, answer, "person", "ann@example.org").want(t, 0, "ann@example.org\nInvited on 24 Nov by eve in autumn term; not signed in; password good until Friday.", "r1", "autumn term")
	run(t, answer, "person", "ann@example.org", "-o", "csv").want(t, 0, "r1,7,ann@example.org,invited")
	run(t, answer, "person", "ann@example.org", "-o", "json").want(t, 0, `"standing": "waiting"`)
	run(t, always(400, `{"status":400,"code":"person_invalid","detail":"the detail"}`), "person", "ann").want(t, exitError, "the detail")
}

func TestErasePerson(t *testing.T) {
	t.Parallel()
	answer := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/people/erase" || r.URL.RawQuery != "" || string(body) != `{"email":"ann@example.org"}` {
			t.Errorf("called %s with %s", r.URL, body)
		}
		respond(w, 202, `{"asked_at":"2026-11-24T09:12:00.000Z","by":"eve","rows":0,"kept_until":null,"summary":"The summary."}`)
	}
	run(t, answer, "person", "ann@example.org", "--erase", "--yes").want(t, 0, "The summary.", "admin-delete-user")
	run(t, answer, "person", "ann@example.org", "--erase", "--yes", "-o", "json").want(t, 0, `"by": "eve"`)
	run(t, always(500, ""), "person", "ann@example.org", "--erase").want(t, exitUsage, "add --yes")
}

func TestEraseRequest(t *testing.T) {
	t.Parallel()
	erased := ""
	answer := func(w http.ResponseWriter, r *http.Request) {
		body := `{"request_id":"r1","state":"completed","done":true,"counts":{"total":2,"invited":2}` + erased + `}`
		switch r.Method + " " + r.URL.Path {
		case "GET /requests/r1":
			respond(w, 200, body)
		case "POST /requests/r1/erase":
			respond(w, 202, body)
		default:
			t.Errorf("called %s %s", r.Method, r.URL)
		}
	}
	run(t, answer, "erase", "r1").want(t, exitUsage, "add --yes")
	run(t, answer, "erase", "r1", "--yes").want(t, 0, "is being erased", "usher status r1")
	erased = `,"erased_at":"2026-11-24T09:12:00.000Z"`
	run(t, answer, "erase", "r1").want(t, 0, "Erased at")
	run(t, answer, "status", "r1").want(t, 0, "Only counts are left")
}
