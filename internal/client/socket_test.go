package client_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"usher.example/internal/client"
	"usher.example/internal/local"
	"usher.example/internal/onboard"
)

// serve serves h on a socket, and makes a client for it.
func serve(t *testing.T, h http.Handler) *client.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := client.New(client.Config{URL: server.URL, HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faulty lets every other call to next fail: cut before the answer, cut in the
// middle of it, turned away.
func faulty(next http.Handler) http.Handler {
	var calls atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) % 6 {
		case 1:
			panic(http.ErrAbortHandler)
		case 3:
			next.ServeHTTP(halved{w}, r)
			panic(http.ErrAbortHandler)
		case 5:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// halved sends the first half of what is written.
type halved struct{ http.ResponseWriter }

func (h halved) Write(b []byte) (int, error) {
	if _, err := h.ResponseWriter.Write(b[:len(b)/2]); err != nil {
		return 0, err
	}
	h.ResponseWriter.(http.Flusher).Flush()
	return len(b), nil
}

// Nothing is lost, nothing done twice and no half answer taken for a whole one,
// although half of the calls to the real API fail.
func TestRealAPIOverAFaultyLine(t *testing.T) {
	t.Parallel()
	system := local.New(local.Config{}, slog.New(slog.DiscardHandler))
	c := serve(t, faulty(system.Handler()))
	ctx := t.Context()
	s := client.Submission{Body: []byte("email,team\nann@example.org,1\nbroken,2\n"), Type: "text/csv", Label: "autumn", KeepColumns: true}
	check, err := c.Check(ctx, s)
	if err != nil || check.Counts[onboard.Pending] != 1 || check.Counts[onboard.Failed] != 1 || check.Invitations[1].Row != 3 {
		t.Fatalf("got %+v, %v", check.Counts, err)
	}
	accepted, err := c.Submit(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Submit(ctx, s)
	if err != nil || !again.Replayed || again.Request.ID != accepted.Request.ID {
		t.Fatalf("got %+v, %v; want %s replayed", again, err, accepted.Request.ID)
	}
	n := 0
	for r, err := range c.Requests(ctx, 0) {
		if n++; err != nil || r.Label != "autumn" {
			t.Errorf("got %+v, %v", r, err)
		}
	}
	if n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
	// Nobody works the queue here, so it can be canceled: once, however often.
	r, err := c.Cancel(ctx, accepted.Request.ID)
	if err != nil || r.State != onboard.StateCanceled {
		t.Fatalf("got %+v, %v", r, err)
	}
	rows, err := c.Results(ctx, accepted.Request.ID)
	if err != nil || !bytes.HasPrefix(rows, []byte("\ufeffemail,team,state,code,reason\r\n")) {
		t.Errorf("got %q, %v", rows, err)
	}
	pool, err := c.Pool(ctx)
	if err != nil || !pool.Ready || pool.Setup.Name != "usher local" {
		t.Errorf("got %+v, %v", pool, err)
	}
}

func TestResultsAreWholeOrAnError(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
		_, _ = w.Write([]byte("email,state\n"))
		w.(http.Flusher).Flush()
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write([]byte("ann@example.org,invited\n"))
	}))
	rows, err := c.Results(t.Context(), "r1")
	if err != nil || strings.Count(string(rows), "\n") != 2 || calls.Load() != 2 {
		t.Errorf("got %q, %v after %d calls", rows, err, calls.Load())
	}
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(nil)
	server.Close()
	c, err := client.New(client.Config{URL: server.URL, Patience: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Pool(t.Context())
	if err == nil || !strings.Contains(err.Error(), "nothing listens there; check the address, and that usher is running") {
		t.Errorf("got %v", err)
	}
}
