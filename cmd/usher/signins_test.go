package main

import (
	"net/http"
	"sync/atomic"
	"testing"
)

// scannedRequest is a request of two rows with what is known of their sign-ins.
func scannedRequest(signIns string) string {
	return `{"request_id":"r1","state":"completed","done":true,"label":null,"submitted_by":"eve","submitted_at":"2026-11-24T09:12:00.000Z",
	"finished_at":"2026-11-24T09:12:04.000Z","counts":{"total":2,"invited":2},"codes":{},"percent_done":100,"sign_ins":` + signIns + `}`
}

const (
	scanAsked = `{"as_of":null,"yes":0,"no":0,"unknown":0,"expired":0,"scanning":true}`
	scanDone  = `{"as_of":"2026-11-25T08:00:04.000Z","yes":1,"no":1,"unknown":0,"expired":1,"scanning":false}`
)

func TestSignedIn(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	answer := func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1:
			if r.Method != http.MethodPost || r.URL.Path != "/requests/r1/scan" {
				t.Errorf("called %s %s first", r.Method, r.URL)
			}
			respond(w, 202, scannedRequest(scanAsked))
		default:
			if r.Method != http.MethodGet || r.URL.Path != "/requests/r1" {
				t.Errorf("called %s %s", r.Method, r.URL)
			}
			respond(w, 200, scannedRequest(scanDone))
		}
	}
	run(t, answer, "signed-in", "r1").want(t, 0, "1 yes, 1 no (1 with an expired password), 0 unknown; as of")
	if calls.Load() != 2 {
		t.Errorf("%d calls, want 2", calls.Load())
	}
	run(t, always(202, scannedRequest(scanAsked)), "signed-in", "r1", "--timeout", "1ms").want(t, 0, "usher is finding out")
	run(t, always(200, scannedRequest(scanDone)), "status", "r1").want(t, 0, "1 yes, 1 no")
	run(t, always(200, scannedRequest("null")), "status", "r1").want(t, 0, "completed")
	run(t, always(409, `{"status":409,"code":"not_now","detail":"the detail"}`), "signed-in", "r1").want(t, exitError, "the detail")
}
