package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/local"
)

// ran is what one run of the command line came to.
type ran struct {
	code     int
	out, err string
}

func localServer(t *testing.T, assignments ...string) *server {
	t.Helper()
	s := new(server)
	if err := s.run(assignments, 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

// run runs usher in this process against h.
func run(t *testing.T, h http.HandlerFunc, args ...string) ran {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	var out, err bytes.Buffer
	p := &program{
		in: strings.NewReader(""), out: &out, err: &err, patience: time.Millisecond,
		getenv: func(name string) string { return map[string]string{"USHER_URL": server.URL}[name] },
	}
	return ran{code: p.run(t.Context(), args), out: out.String(), err: err.String()}
}

func writePeople(t *testing.T, n int) string {
	t.Helper()
	var people strings.Builder
	for i := range n {
		fmt.Fprintf(&people, "person%d@example.org\n", i)
	}
	name := t.TempDir() + "/people.txt"
	if err := os.WriteFile(name, []byte(people.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func respond(w http.ResponseWriter, status int, body string) {
	media := "application/json"
	if status >= 400 {
		media = "application/problem+json"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func always(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { respond(w, status, body) }
}

func (r ran) want(t *testing.T, code int, parts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d", r.code, code)
	}
	for _, part := range parts {
		if !strings.Contains(r.out+r.err, part) {
			t.Errorf("no %q in\n%s%s", part, r.out, r.err)
		}
	}
}

func TestEveryCommandHasHelpWithExamples(t *testing.T) {
	t.Parallel()
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s: short %q, long %q, example %q", c.CommandPath(), c.Short, c.Long, c.Example)
		}
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look((&program{}).newRoot())
}

func TestHowARequestEnds(t *testing.T) {
	t.Parallel()
	const request = `{"request_id":"r1","state":%q,"done":%t,"counts":{"total":9,%s},"codes":{%s},"pause":%s}`
	tests := []struct {
		name  string
		body  string
		code  int
		parts []string
	}{
		{name: "all well", body: fmt.Sprintf(request, "completed", true, `"invited":5,"existing":4`, ``, `null`), code: 0, parts: []string{"Done: every person is invited or had an account already."}},
		{name: "failed", body: fmt.Sprintf(request, "completed_with_errors", true, `"invited":7,"failed":2`, `"email_invalid":2`, `null`), code: 3, parts: []string{"2 rows failed.", "usher failures r1 --to failures.csv"}},
		{name: "failed with correct data", body: fmt.Sprintf(request, "completed_with_errors", true, `"invited":7,"failed":2`, `"attempts_exhausted":2`, `null`), code: 3, parts: []string{"2 rows failed, but the data is correct. To try again:\n  usher retry r1"}},
		{name: "failed before it was canceled", body: fmt.Sprintf(request, "canceled", true, `"failed":2,"canceled":7`, `"attempts_exhausted":2,"canceled":7`, `null`), code: 3, parts: []string{"2 rows failed, but the data is correct. To submit them again:\n  usher results r1 --state failed"}},
		{name: "open for too long", body: fmt.Sprintf(request, "completed_with_errors", true, `"invited":7,"failed":2`, `"expired_before_mail":2`, `null`), code: 3, parts: []string{"2 rows failed, but the data is correct. To submit them again:\n  usher results r1 --state failed"}},
		{name: "failed both ways", body: fmt.Sprintf(request, "completed_with_errors", true, `"invited":6,"failed":3`, `"attempts_exhausted":2,"email_invalid":1`, `null`), code: 3, parts: []string{"2 rows failed, but the data is correct", "usher retry r1", "1 row failed. To correct and submit again:\n  usher failures r1"}},
		{name: "mails suppressed", body: fmt.Sprintf(request, "completed", true, `"created":9`, ``, `null`), code: 0, parts: []string{"Done: every person has an account. No mail was sent, as requested."}},
		{name: "not in a group", body: fmt.Sprintf(request, "completed", true, `"invited":9`, `"group_not_added":2`, `null`), code: 0, parts: []string{"2 people are invited, but not in all their groups", "usher results r1 -o table | grep group_not_added"}},
		{name: "mailed lately", body: fmt.Sprintf(request, "completed", true, `"existing":9`, `"resent_recently":1`, `null`), code: 0, parts: []string{"1 person was mailed less than 24 hours ago, so not again now. To mail them anyway, run the same command again with --force."}},
		{name: "cut off", body: fmt.Sprintf(request, "canceled", true, `"canceled":9`, `"not_accepted":9`, `null`), code: 3, parts: []string{"Submit the file again."}},
		{name: "not mailed", body: fmt.Sprintf(request, "completed_with_errors", true, `"invited":8,"not_mailed":1`, `"mail_not_delivered":1`, `null`), code: 3, parts: []string{"1 person could not be mailed", "usher resend r1 --filter not_mailed"}},
		{name: "not mailed, for good", body: fmt.Sprintf(request, "completed_with_errors", true, `"invited":8,"not_mailed":1`, `"mail_not_repeatable":1`, `null`), code: 3, parts: []string{"1 person could not be mailed, and Cognito cannot mail them again", "grep mail_not_repeatable"}},
		{name: "canceled", body: fmt.Sprintf(request, "canceled", true, `"invited":8,"canceled":1`, `"canceled":1`, `null`), code: 3, parts: []string{"1 row was canceled before it was attempted. To invite them:\n  usher results r1 --state canceled --to rest.csv\n  usher submit rest.csv"}},
		{name: "waits for mail", body: fmt.Sprintf(request, "running", false, `"invited":5,"deferred":4`, ``, `null,"seconds_left":200000,"wait":{"code":"mail_quota_exhausted","rows":4,"until":"2999-11-28T09:00:00Z"}`), code: 6, parts: []string{
			"5 of 9 settled. Today's mail is used up; 4 people wait and nothing is lost. The last one is done in about 3 days.", "usher continues on its own after 28 Nov 09:00", "waiting     4 rows wait for mail until 28 Nov 09:00", "left        about 3 days"}},
		{name: "paused", body: fmt.Sprintf(request, "paused", false, `"invited":8,"deferred":1`, ``, `{"code":"pool_misconfigured","reason":"no right to create users"}`), code: 5, parts: []string{"Paused: No right to create users. Fix this, then run:\n  usher resume r1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			run(t, always(200, test.body), "watch", "r1").want(t, test.code, test.parts...)
		})
	}
}

// What is said of a request that was just canceled fits: its rows end, and none of them
// waits any longer.
func TestCanceledAMomentAgo(t *testing.T) {
	t.Parallel()
	const body = `{"request_id":"r1","state":"canceled","done":false,"counts":{"total":9,"invited":5,"pending":1,"deferred":3},"codes":{"mail_quota_exhausted":3}}`
	r := run(t, always(200, body), "cancel", "r1")
	r.want(t, exitDone, "Canceled. People who are invited stay invited")
	if strings.Contains(r.err, "wait") || strings.Contains(r.err, "watch") {
		t.Errorf("it says that rows wait:\n%s", r.err)
	}
}

// A script that submits ends although no worker is there: a request of which nothing
// changes is followed for an hour.
func TestFollowingEndsThoughNobodyWorks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		idle := local.New(local.Config{}, slog.New(slog.DiscardHandler)) // and never run
		c, err := client.New(client.Config{URL: "http://127.0.0.1", HTTP: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			answer := httptest.NewRecorder()
			idle.Handler().ServeHTTP(answer, r)
			return answer.Result(), nil
		})}})
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := c.Submit(t.Context(), client.Submission{Body: []byte("ann@example.org\n"), Type: "text/plain"})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		p := &program{out: io.Discard, err: io.Discard, getenv: func(string) string { return "" }}
		err = p.await(t.Context(), c, accepted.Request, waiting{})
		var e *ended
		if took := time.Since(began); !errors.As(err, &e) || e.code != exitGaveUp || !errors.Is(err, errStill) || took < stillFor || took > stillFor+time.Minute {
			t.Errorf("after %s: %v", took, err)
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 3*stillFor, errTimeout)
		defer cancel()
		if _, err := p.follow(ctx, c, accepted.Request.ID, true); !errors.Is(err, errTimeout) {
			t.Errorf("waiting for all, it ends with %v", err)
		}
	})
}

// After a file was accepted, a lost connection is no failure of the request.
func TestLostWhileFollowing(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	r := run(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		respond(w, 200, `{"request_id":"r1","state":"running","counts":{"total":2,"pending":2}}`)
	}, "watch", "r1")
	r.want(t, exitGaveUp, "stopped waiting: no answer from", "The request continues. To watch it:\n  usher watch r1")
}

func TestLostWhileSubmitting(t *testing.T) {
	t.Parallel()
	r := run(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("dry_run") != "":
			respond(w, 200, `{"counts":{"total":1,"pending":1}}`)
		case r.URL.Path == "/pool":
			respond(w, 200, `{"pool":{"name":"people"}}`)
		default:
			panic(http.ErrAbortHandler)
		}
	}, "submit", writePeople(t, 1), "--yes")
	r.want(t, exitError, "1 person will be invited to people", "The upload may or may not have gone through. Run the same command again")
}

// If --failures-to cannot be written, usher says so, whatever the outcome.
func TestFailuresThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	people, folder := writePeople(t, 2), t.TempDir()+"/folder"
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const request = `{"request_id":"r1","state":"completed_with_errors","done":true,"counts":{"total":2,"failed":2},"codes":{"email_invalid":2}}`
	r := run(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("dry_run") != "":
			respond(w, 200, `{"counts":{"total":2,"pending":2}}`)
		case strings.HasSuffix(r.URL.Path, "/invitations"):
			_ = os.Remove(folder)
			w.Header().Set("Content-Type", "text/csv")
			fmt.Fprint(w, "email,state\n")
		default:
			respond(w, 200, request)
		}
	}, "submit", people, "--yes", "--failures-to", folder+"/f.csv")
	r.want(t, exitError, "2 rows failed. To correct and submit again:\n  usher failures r1", "usher: write the failed rows to "+folder)
}

func TestRefusalsNameTheCommandThatHelps(t *testing.T) {
	t.Parallel()
	problem := func(status int, code string) http.HandlerFunc {
		return always(status, fmt.Sprintf(`{"status":%d,"code":%q,"detail":"the detail"}`, status, code))
	}
	run(t, problem(401, "unauthorized"), "requests").want(t, exitError, "usher: the detail\nTo sign in:\n  usher login")
	run(t, problem(403, "forbidden"), "requests").want(t, exitError, "the detail\nRun usher doctor to see who you are signed in as.")
	run(t, problem(404, "not_found"), "cancel", "r1").want(t, exitError, "the detail\nTo list all requests:\n  usher requests")
	run(t, problem(422, "no_valid_row"), "submit", "--dry-run", writePeople(t, 1)).want(t, exitInvalidFile, "cannot be read. the detail")
}

// transport answers without a socket.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Without a terminal, a line shows the progress every ten seconds, even if usher asks
// to be polled less often.
func TestALineEveryTenSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		c, err := client.New(client.Config{URL: "https://usher.example.org", HTTP: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			looks++
			body := fmt.Sprintf(`{"request_id":"r1","state":"running","counts":{"total":100,"pending":%d,"invited":%d},"percent_done":%d,"rate_per_second":2,"seconds_left":%d}`, 100-20*looks, 20*looks, 20*looks, 50-10*looks)
			if looks == 2 {
				body = `{"request_id":"r1","state":"completed","done":true,"counts":{"total":100,"invited":100}}`
			}
			h := http.Header{"Content-Type": {"application/json"}, "Retry-After": {"25"}}
			return &http.Response{StatusCode: 200, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
		})}})
		if err != nil {
			t.Fatal(err)
		}
		var lines bytes.Buffer
		p := &program{out: io.Discard, err: &lines, getenv: func(string) string { return "" }}
		r, err := p.follow(t.Context(), c, "r1", false)
		if err != nil || !r.Done {
			t.Fatalf("got %+v, %v", r, err)
		}
		want := `20 of 100 (20 %), 2 rows per second, about 40 seconds left
20 of 100 (20 %), 2 rows per second, about 30 seconds left
20 of 100 (20 %), 2 rows per second, about 20 seconds left
`
		if diff := cmp.Diff(want, lines.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTroubleIsToldWhileFollowing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		p := &program{out: io.Discard, getenv: func(string) string { return "" }}
		var lines bytes.Buffer
		p.err = &lines
		c, err := client.New(client.Config{URL: "https://usher.example.org", Trouble: p.reportTrouble, HTTP: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			if looks++; looks == 1 {
				return nil, io.ErrUnexpectedEOF
			}
			body := `{"request_id":"r1","state":"completed","done":true,"counts":{"total":1,"invited":1}}`
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.follow(t.Context(), c, "r1", false); err != nil || lines.String() != "No answer: the connection broke off. Trying again in 1s.\n" {
			t.Errorf("got %q, %v", lines.String(), err)
		}
	})
}

func TestInterruptedBeforeAnAnswer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var err bytes.Buffer
	p := &program{out: io.Discard, err: &err, getenv: func(string) string { return "" }}
	if code := p.run(ctx, []string{"requests", "--url", "http://127.0.0.1:1"}); code != exitInterrupted || err.String() != "usher: interrupted\n" {
		t.Errorf("exit code %d, %q", code, err.String())
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[int]string{1: "1 second", 90: "90 seconds", 121: "3 minutes", 7200: "2 hours", 200000: "3 days"} {
		if got := about(seconds); got != want {
			t.Errorf("%d: got %s, want %s", seconds, got, want)
		}
	}
	if got := cleanLine("a\x1b[2J\r\nb\u202e"); got != "a\uFFFD[2J\uFFFD\uFFFDb\uFFFD" {
		t.Errorf("got %q", got)
	}
	if got := regionOf("https://abc.execute-api.eu-west-1.amazonaws.com/x"); got != "eu-west-1" {
		t.Errorf("got %q", got)
	}
}

func TestListsAsCSVHoldNoFormula(t *testing.T) {
	t.Parallel()
	const body = `{"requests":[{"request_id":"r1","state":"running","counts":{},"label":"＝1+1"},
		{"request_id":"r2","state":"running","counts":{},"label":"=1+1"},{"request_id":"r3","state":"running","counts":{},"label":"a=1"}]}`
	rows, err := csv.NewReader(strings.NewReader(run(t, always(200, body), "requests", "-o", "csv").out)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("got %q, %v", rows, err)
	}
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[slices.Index(rows[0], "label")])
	}
	if diff := cmp.Diff([]string{"'＝1+1", "'=1+1", "a=1"}, got); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestRowsAreCountedAsTheyWereSent(t *testing.T) {
	t.Parallel()
	for export, want := range map[string]int{
		"": 0, "email,state\r\n": 0, "email,state\r\na,failed\r\n": 1,
		"email,note,state\r\na,\"two\r\nlines\",failed\r\nb,x,failed,too,many\r\nc,,failed\r\n":       3,
		"\ufeff\"e,mail\";note;state;code;reason\r\na;\"two\r\nlines\";failed\r\nb;\"x,\";failed\r\n": 2, "\ufeffemail\tnote\tstate\tcode\treason\r\na\t\"two\r\nlines\"\tfailed\r\n": 1,
	} {
		if got := rowsIn([]byte(export)); got != want {
			t.Errorf("%q: got %d rows, want %d", export, got, want)
		}
	}
}

func TestJSONIsTheAPIsOwn(t *testing.T) {
	t.Parallel()
	const body = `{"request_id":"r1","state":"running","counts":{},"added_later":{"x":[1]}}`
	r := run(t, always(200, body), "status", "r1", "-o", "json")
	var got, want any
	if json.Unmarshal([]byte(r.out), &got) != nil || json.Unmarshal([]byte(body), &want) != nil || cmp.Diff(want, got) != "" {
		t.Errorf("got %s", r.out)
	}
}
