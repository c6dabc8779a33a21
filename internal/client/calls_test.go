package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want string }{
		{url: "https://usher.example.org", want: "https://usher.example.org"},
		{url: "https://usher.example.org/prod/", want: "https://usher.example.org/prod"},
		{url: "", want: ""},
		{url: "usher.example.org", want: ""},
		{url: "ftp://usher.example.org", want: ""},
		{url: "https://usher.example.org/?stage=x", want: ""},
	}
	for _, test := range tests {
		c, err := client.New(client.Config{URL: test.url})
		switch {
		case test.want == "" && err == nil:
			t.Errorf("%q is taken for an address", test.url)
		case test.want != "" && (err != nil || c.URL() != test.want):
			t.Errorf("%q: got %v, %v", test.url, c, err)
		}
	}
}

// An id from the command line leads nowhere else.
func TestIDStaysInItsPath(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(200, done))
	if _, err := c.Request(t.Context(), "../pool?x=1"); err != nil {
		t.Fatal(err)
	}
	if got, want := w.calls[0].url, base+"/requests/..%2Fpool%3Fx=1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTokenGoesOnlyWhereNobodyReadsAlong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url  string
		sent bool
	}{
		{url: "https://usher.example.org", sent: true},
		{url: "http://127.0.0.1:8080", sent: true},
		{url: "http://localhost:8080", sent: true},
		{url: "http://[::1]:8080", sent: true},
		{url: "http://usher.example.org", sent: false},
		{url: "http://127.0.0.1.example.org", sent: false},
	}
	for _, test := range tests {
		w := &wire{replies: []reply{says(200, done)}}
		c, err := client.New(client.Config{
			URL: test.url, HTTP: &http.Client{Transport: w},
			Token: func(context.Context) (string, error) { return "secret", nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Request(t.Context(), "r1")
		if sent := len(w.calls) == 1 && w.calls[0].header.Get("Authorization") == "Bearer secret"; sent != test.sent || (err == nil) != test.sent {
			t.Errorf("%s: sent %v, %v; want %v", test.url, sent, err, test.sent)
		}
	}
}

func TestSubmitSendsOneKeyHoweverOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := newClient(t, cut(), refuses(503, "not_queued", "Retry-After", "5"), says(202, running, "Idempotency-Replayed", "true"))
		s := client.Submission{Body: []byte("email\na@example.org\n"), Type: "text/csv", Label: "autumn", Mail: onboard.Suppress}
		accepted, err := c.Submit(t.Context(), s)
		if err != nil || accepted.Request.ID != "r1" || !accepted.Replayed {
			t.Fatalf("got %+v, %v", accepted, err)
		}
		wantCalls(t, w, 3)
		for _, call := range w.calls {
			if key := call.header.Get("Idempotency-Key"); key != s.OwnKey() {
				t.Errorf("got key %q, want %q", key, s.OwnKey())
			}
			if call.url != base+"/requests?label=autumn&mail=suppress" || call.body != string(s.Body) || call.header.Get("Content-Type") != "text/csv" {
				t.Errorf("got %+v", call)
			}
		}
	})
}

func TestOwnKeyStandsForBytesAndOptions(t *testing.T) {
	t.Parallel()
	first := client.Submission{Body: []byte("a"), Type: "text/plain"}
	if first.OwnKey() != (client.Submission{Body: []byte("a"), Type: "text/plain", Key: "other"}).OwnKey() {
		t.Error("the same submission has two keys")
	}
	seen := map[string]bool{first.OwnKey(): true}
	for _, other := range []client.Submission{
		{Body: []byte("b"), Type: "text/plain"},
		{Body: []byte("a"), Type: "text/csv"},
		{Body: []byte("a"), Type: "text/plain", Label: "x"},
		{Body: []byte("a"), Type: "text/plain", OnExisting: onboard.Resend},
		{Body: []byte("a"), Type: "text/plain", OnExisting: onboard.Resend, Force: true},
		{Body: []byte("a"), Type: "text/plain", Mail: onboard.Suppress},
	} {
		if seen[other.OwnKey()] {
			t.Errorf("%+v has the key of another", other)
		}
		seen[other.OwnKey()] = true
	}
}

func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(200, `{"counts":{"total":2,"pending":1,"failed":1},"invitations":[{"row":2,"state":"failed","code":"email_invalid"}],"forecast":{"seconds":3,"rate_per_second":47.5}}`))
	check, err := c.Check(t.Context(), client.Submission{Body: []byte("x"), Type: "text/csv"})
	if err != nil || check.Counts[onboard.Pending] != 1 || check.Invitations[0].Code != onboard.CodeEmailInvalid || *check.Forecast.Seconds != 3 {
		t.Errorf("got %+v, %v", check, err)
	}
	if call := w.calls[0]; call.url != base+"/requests?dry_run=true" || call.header.Get("Idempotency-Key") != "" {
		t.Errorf("got %+v", call)
	}
}

func TestRefusalTellsRows(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, says(422, `{"status":422,"code":"no_valid_row","detail":"no row","errors":[{"row":2,"code":"email_invalid","detail":"no @"}]}`))
	_, err := c.Submit(t.Context(), client.Submission{})
	refused := refusalOf(t, err)
	if diff := cmp.Diff([]client.RowError{{Row: 2, Code: "email_invalid", Detail: "no @"}}, refused.Rows); diff != "" || !refused.Invalid() {
		t.Errorf("got %+v\n%s", refused, diff)
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	for reply, want := range map[*reply]bool{
		ptr(refuses(400, "no_email_column")): true, ptr(refuses(413, "too_many_bytes")): true, ptr(refuses(415, "type_unsupported")): true,
		ptr(refuses(422, "idempotency_key_reused")): false, ptr(refuses(403, "forbidden")): false, ptr(refuses(404, "not_found")): false,
	} {
		c, _ := newClient(t, *reply)
		_, err := c.Submit(t.Context(), client.Submission{})
		if got := refusalOf(t, err).Invalid(); got != want {
			t.Errorf("%d: got %v, want %v", reply.status, got, want)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestWatchLooksAsTheAPIAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := newClient(t,
			says(200, running, "ETag", `W/"1"`, "Retry-After", "3"),
			says(304, "", "Retry-After", "10"),
			says(304, ""),
			cut(),
			says(200, strings.Replace(running, `"pending":3`, `"pending":1`, 1), "ETag", `W/"2"`, "Retry-After", "0"),
			says(200, done, "ETag", `W/"3"`),
		)
		var pending []int
		for r, err := range c.Watch(t.Context(), "r1") {
			if err != nil {
				t.Fatal(err)
			}
			pending = append(pending, r.Counts[onboard.Pending])
		}
		if diff := cmp.Diff([]int{3, 1, 0}, pending); diff != "" {
			t.Errorf("changes seen:\n%s", diff)
		}
		var tags []string
		var waits []time.Duration
		for i, call := range w.calls {
			tags = append(tags, call.header.Get("If-None-Match"))
			if i > 0 {
				waits = append(waits, call.at.Sub(w.calls[i-1].at).Truncate(time.Second))
			}
		}
		if diff := cmp.Diff([]string{"", `W/"1"`, `W/"1"`, `W/"1"`, `W/"1"`, `W/"2"`}, tags); diff != "" {
			t.Errorf("tags sent:\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{3 * time.Second, 10 * time.Second, 2 * time.Second, 0, 2 * time.Second}, waits); diff != "" {
			t.Errorf("waits:\n%s", diff)
		}
	})
}

func TestWatchEndsWithItsError(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, refuses(404, "not_found"))
	looks := 0
	for _, err := range c.Watch(t.Context(), "r1") {
		looks++
		if refusalOf(t, err).Code != "not_found" {
			t.Errorf("got %v", err)
		}
	}
	if looks != 1 {
		t.Errorf("got %d looks, want 1", looks)
	}
}

// The first answer was lost, and the call has done its work.
func TestRepeatedActionFindsItsWorkDone(t *testing.T) {
	t.Parallel()
	for _, lost := range []reply{cut(), says(502, ""), says(500, `{"message":"Internal Server Error"}`)} {
		synctest.Test(t, func(t *testing.T) {
			c, w := newClient(t, lost, refuses(409, "not_now"), says(200, running))
			r, err := c.Retry(t.Context(), "r1")
			if err != nil || r.ID != "r1" {
				t.Fatalf("got %+v, %v", r, err)
			}
			if last := w.calls[2]; last.method != http.MethodGet || last.url != base+"/requests/r1" {
				t.Errorf("got %+v", last)
			}
		})
	}
}

func TestActionThatIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := newClient(t, refuses(503, "unavailable"), refuses(409, "not_now"))
		_, err := c.Cancel(t.Context(), "r1")
		if refusalOf(t, err).Code != "not_now" {
			t.Errorf("got %v", err)
		}
		wantCalls(t, w, 2)
	})
}

func TestResendHasAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(202, running))
	asks := []struct {
		id  string
		ask client.Resend
	}{
		{id: "r1", ask: client.Resend{Filter: onboard.Expired}},
		{id: "r1", ask: client.Resend{Filter: onboard.Expired, Force: true}},
		{id: "r1", ask: client.Resend{Filter: onboard.Unmailed}},
		{id: "r2", ask: client.Resend{Filter: onboard.Expired}},
		{id: "r1", ask: client.Resend{Filter: onboard.Expired, Key: "given"}},
	}
	seen := map[string]bool{}
	for i, a := range asks {
		if _, err := c.Resend(t.Context(), a.id, a.ask); err != nil {
			t.Fatal(err)
		}
		key := w.calls[i].header.Get("Idempotency-Key")
		if seen[key] || key == "" {
			t.Errorf("%+v: the key %q is not its own", a, key)
		}
		seen[key] = true
	}
	if !seen["given"] || w.calls[1].body != `{"filter":"expired","force":true}` || w.calls[0].body != `{"filter":"expired"}` {
		t.Errorf("got %+v", w.calls)
	}
}

func TestListsGoThroughAllPages(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(200, `{"requests":[{"request_id":"a"},{"request_id":"b"}],"next_cursor":"next page"}`), says(200, `{"requests":[{"request_id":"c"}],"next_cursor":null}`))
	var ids []string
	for r, err := range c.Requests(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, ids); diff != "" || w.calls[1].url != base+"/requests?cursor=next+page&limit=100" {
		t.Errorf("got %s\n%s", w.calls[1].url, diff)
	}
}

func TestListEndsWhereItIsAskedTo(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(200, `{"requests":[{"request_id":"a"},{"request_id":"b"}],"next_cursor":"n"}`))
	n := 0
	for range c.Requests(t.Context(), 2) {
		n++
	}
	if n != 2 || len(w.calls) != 1 || w.calls[0].url != base+"/requests?limit=2" {
		t.Errorf("got %d of %+v", n, w.calls)
	}
}

func TestRowsToCorrectAreWithoutThoseThatWereErased(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(200, `{"invitations":[],"next_cursor":null}`))
	for inv, err := range c.InvitationsToCorrect(t.Context(), "r1") {
		t.Errorf("got %+v, %v", inv, err)
	}
	if got, want := w.calls[0].url, base+"/requests/r1/invitations?delivery=bounced&erased=false&limit=1000&state=failed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestInvitationsOfStates(t *testing.T) {
	t.Parallel()
	c, w := newClient(t, says(200, `{"invitations":[{"row":3,"email":"x","state":"failed"}],"next_cursor":null}`), refuses(404, "not_found"))
	for inv, err := range c.Invitations(t.Context(), "r1", onboard.Failed, onboard.NotMailed) {
		if err != nil || inv.Row != 3 {
			t.Errorf("got %+v, %v", inv, err)
		}
	}
	if got, want := w.calls[0].url, base+"/requests/r1/invitations?limit=1000&state=failed%2Cnot_mailed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, err := range c.Invitations(t.Context(), "r1") {
		if refusalOf(t, err).Status != 404 {
			t.Errorf("got %v", err)
		}
	}
}

// Fields that the API adds later appear in the JSON of the command line.
func TestDocumentsStayAsTheyCame(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, says(200, done))
	r, err := c.Request(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(r); err != nil || string(again) != done {
		t.Errorf("got %s, %v", again, err)
	}
}

func TestHealthComparesClocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, w := newClient(t, says(200, `{"status":"ok"}`, "Date", "Sat, 01 Jan 2000 00:10:00 GMT"))
		h, err := c.Health(t.Context())
		if err != nil || h.Clock != 10*time.Minute {
			t.Errorf("got %+v, %v", h, err)
		}
		if w.calls[0].header.Get("Authorization") != "" {
			t.Error("a health check was sent a token")
		}
	})
	c, _ := newClient(t, says(200, `{"status":"up"}`))
	if _, err := c.Health(t.Context()); err == nil {
		t.Error("another's health check passes for usher's")
	}
}

func TestFailingTokenFailsTheCall(t *testing.T) {
	t.Parallel()
	ended := errors.New("the sign-in has ended")
	w := &wire{replies: []reply{says(200, done)}}
	c, err := client.New(client.Config{
		URL: base, HTTP: &http.Client{Transport: w}, Token: func(context.Context) (string, error) { return "", ended },
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Request(t.Context(), "r1"); !errors.Is(err, ended) || len(w.calls) != 0 {
		t.Errorf("got %v after %d calls", err, len(w.calls))
	}
}
