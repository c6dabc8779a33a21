package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// cutOff answers that usher is there, and breaks the line when path is asked for.
func cutOff(path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path {
			panic(http.ErrAbortHandler)
		}
		respond(w, 200, `{"status":"ok"}`)
	}
}

// The doctor is asked what is wrong, not to wait until it no longer is.
func TestDoctorDoesNotWait(t *testing.T) {
	t.Parallel()
	const most = 5 // attempts that fit into its patience
	var calls atomic.Int64
	r := run(t, func(http.ResponseWriter, *http.Request) {
		calls.Add(1)
		panic(http.ErrAbortHandler)
	}, "doctor")
	r.want(t, exitError, "endpoint  error    no answer from", "the connection broke off", "sign-in   unknown  not checked", "Not ready: see endpoint above.")
	if n := calls.Load(); n > most || strings.Contains(r.err, "Trying again") {
		t.Errorf("%d attempts, and it says\n%s", n, r.err)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	answers := func(status int, pool string, clock time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(clock).UTC().Format(http.TimeFormat))
			if r.URL.Path == "/health" {
				respond(w, 200, `{"status":"ok"}`)
				return
			}
			respond(w, status, pool)
		}
	}
	const refused = `{"detail":"no"}`
	const findings = `{"pool":{"id":"p","name":"n"},"findings":[{"code":"x","severity":"%s","effect":"mails stop","fix":"fix it"}]}`
	tests := []struct {
		name  string
		h     http.HandlerFunc
		args  []string
		code  int
		parts []string
	}{
		{name: "not signed in", h: answers(401, refused, 0), args: nil, code: 1, parts: []string{"you are not signed in", "usher login", "pool", "unknown"}},
		{name: "refused token", h: answers(401, refused, 0), args: []string{"--token", "x"}, code: 1, parts: []string{"the token that was given, but this is refused: no", "fix: give a new token, or remove USHER_TOKEN and --token and run usher login"}},
		{name: "no administrator", h: answers(403, refused, 0), args: []string{"--token", "x"}, code: 1, parts: []string{"but not allowed: no", "administrators' group"}},
		{name: "clock behind", h: answers(200, `{"pool":{"id":"p","name":"n"}}`, 10*time.Minute), args: nil, code: 0, parts: []string{"behind usher", "correct the clock", "n (p) is ready"}},
		{name: "clock ahead", h: answers(200, `{"pool":{"id":"p","name":"n"}}`, -10*time.Minute), args: nil, code: 0, parts: []string{"ahead of usher"}},
		{name: "pool spoils", h: answers(200, fmt.Sprintf(findings, "error"), 0), args: nil, code: 1, parts: []string{"mails stop", "fix: fix it"}},
		{name: "pool may spoil", h: answers(200, fmt.Sprintf(findings, "warning"), 0), args: nil, code: 0, parts: []string{"warning", "Ready, with 1 warning; see above."}},
		{name: "all well", h: answers(200, `{"pool":{"id":"p","name":"n","groups":["a","b"]}}`, 0), args: nil, code: 0, parts: []string{"n (p) is ready; groups: a, b", "Ready: people can be invited."}},
		{
			name: "a sender", h: answers(200, `{"pool":{"id":"p","name":"n","sender":{"kind":"ses","from":"no-reply@example.org","known":true,"region":"eu-west-1",
				"identity_verified":true,"quota_24h":50000,"sent_24h":127,"rate_per_second":14}}}`, 0),
			args: nil, code: 0, parts: []string{"mail", "Amazon SES in eu-west-1 as no-reply@example.org, 49873 of 50000 in 24", "14 per second", "Ready: people can be invited."},
		},
		{name: "usher in trouble", h: answers(503, `{"code":"unavailable","detail":"no store"}`, 0), args: []string{"--token", "x"}, code: 1, parts: []string{"sign-in   unknown", "pool      error    no store", "run usher doctor again in a minute", "Not ready: see pool above."}},
		{name: "cut off", h: cutOff("/pool"), args: nil, code: 1, parts: []string{"sign-in   unknown", "the connection broke off", "Not ready: see pool above."}},
		{name: "not usher", h: always(404, "x"), args: nil, code: 1, parts: []string{"answers 404 not found; check the address", "correct the address (it comes from USHER_URL)", "Not ready: see endpoint above."}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run(t, test.h, append([]string{"doctor"}, test.args...)...).want(t, test.code, test.parts...)
		})
	}
}
