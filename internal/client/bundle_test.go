package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"usher.example/internal/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reply is one answer of a wire.
type reply struct {
	status int
	header http.Header
	body   string
	err    error // instead of an answer
}

func says(status int, body string, headers ...string) reply {
	r := reply{status: status, body: body, header: http.Header{"Content-Type": {"application/json"}}}
	if status >= 400 {
		r.header.Set("Content-Type", "application/problem+json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.header.Set(headers[i], headers[i+1])
	}
	return r
}

func refuses(status int, code string, headers ...string) reply {
	return says(status, fmt.Sprintf(`{"status":%d,"code":%q,"detail":"the detail"}`, status, code), headers...)
}

func cut() reply { return reply{err: io.ErrUnexpectedEOF} }

// heard is one call that a wire took.
type heard struct {
	method, url, body string
	header            http.Header
	at                time.Time
}

// wire answers calls one after the other without a socket, and repeats the last answer.
type wire struct {
	mu      sync.Mutex
	replies []reply
	calls   []heard
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, heard{method: r.Method, url: r.URL.String(), body: string(body), header: r.Header, at: time.Now()})
	reply := w.replies[min(len(w.calls), len(w.replies))-1]
	if reply.err != nil {
		return nil, reply.err
	}
	return &http.Response{StatusCode: reply.status, Header: reply.header, Body: io.NopCloser(strings.NewReader(reply.body)), Request: r}, nil
}

const base = "https://usher.example.org"

// newClient returns a client over a wire with these answers.
func newClient(t *testing.T, replies ...reply) (*client.Client, *wire) {
	t.Helper()
	w := &wire{replies: replies}
	c, err := client.New(client.Config{URL: base, HTTP: &http.Client{Transport: w}})
	if err != nil {
		t.Fatal(err)
	}
	return c, w
}

func wantCalls(t *testing.T, w *wire, want int) {
	t.Helper()
	if len(w.calls) != want {
		t.Errorf("got %d calls, want %d", len(w.calls), want)
	}
}

func refusalOf(t *testing.T, err error) *client.Error {
	t.Helper()
	var refused *client.Error
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return refused
}

const running = `{"request_id":"r1","state":"running","done":false,"counts":{"total":3,"pending":3}}`
const done = `{"request_id":"r1","state":"completed","done":true,"counts":{"total":3,"invited":3},"added_later":7}`
