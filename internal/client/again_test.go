package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/client"
)

func TestCallIsMadeAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		replies []reply
		least   time.Duration // that it takes
		most    time.Duration
	}{
		{name: "lost once", replies: []reply{cut(), says(200, done)}, least: 125 * time.Millisecond, most: 250 * time.Millisecond},
		{name: "lost thrice", replies: []reply{cut(), cut(), cut(), says(200, done)}, least: 875 * time.Millisecond, most: 1750 * time.Millisecond},
		{name: "busy", replies: []reply{refuses(503, "unavailable"), says(200, done)}, least: 125 * time.Millisecond, most: 250 * time.Millisecond},
		{name: "busy, seconds", replies: []reply{refuses(503, "unavailable", "Retry-After", "7"), says(200, done)}, least: 7 * time.Second, most: 7 * time.Second},
		{name: "limited, seconds", replies: []reply{refuses(429, "requests_in_flight", "Retry-After", "30"), says(200, done)}, least: 30 * time.Second, most: 30 * time.Second},
		{name: "being accepted", replies: []reply{refuses(409, "still_accepting", "Retry-After", "5"), says(200, done)}, least: 5 * time.Second, most: 5 * time.Second},
		{name: "gateway lost its function", replies: []reply{says(500, `{"message":"Internal Server Error"}`), says(200, done)}, least: 125 * time.Millisecond, most: 250 * time.Millisecond},
		{name: "gateway gave up", replies: []reply{says(504, `<html>`), says(200, done)}, least: 125 * time.Millisecond, most: 250 * time.Millisecond},
		{name: "a date", replies: []reply{refuses(503, "unavailable", "Retry-After", "Sat, 01 Jan 2000 00:00:09 GMT"), says(200, done)}, least: 9 * time.Second, most: 9 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // begins at 2000-01-01
				c, w := newClient(t, append([]reply{says(200, `{"status":"ok"}`)}, test.replies...)...)
				if _, err := c.Health(t.Context()); err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				r, err := c.Request(t.Context(), "r1")
				if err != nil || !r.Done {
					t.Fatalf("got %+v, %v", r, err)
				}
				if took := time.Since(began); took < test.least || took > test.most {
					t.Errorf("took %s, want %s to %s", took, test.least, test.most)
				}
				wantCalls(t, w, 1+len(test.replies))
			})
		})
	}
}

func TestCallIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply reply
		text  string
	}{
		{name: "refused for good", reply: refuses(400, "query_invalid"), text: "the detail"},
		{name: "not now", reply: refuses(409, "not_now"), text: "the detail"},
		{name: "its own fault", reply: refuses(500, "internal"), text: "the detail"},
		{name: "a day's limit", reply: refuses(429, "daily_limit", "Retry-After", "10800"), text: "the detail; try again in 3h0m0s"},
		{name: "elsewhere", reply: says(302, "", "Location", "https://other.example.org/"), text: base + " answers 302 found to https://other.example.org/; check the address"},
		{name: "gateway: no token", reply: says(401, `{"message":"Unauthorized"}`), text: base + " answers 401 unauthorized; sign in again: the token is missing, has expired, or belongs to another usher"},
		{name: "gateway: no such route", reply: says(404, `{"message":"Not Found"}`), text: base + " answers 404 not found; check the address"},
		{name: "a page", reply: says(200, "<html>", "Content-Type", "text/html"), text: "" + base + " does not look like an usher server; check the address"},
		{name: "broken JSON", reply: says(200, "{"), text: "does not look like an usher server; check the address"},
		{name: "another scheme", reply: reply{err: http.ErrSchemeMismatch}, text: "it speaks http, not https"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, w := newClient(t, test.reply)
				_, err := c.Request(t.Context(), "r1")
				if err == nil || !strings.Contains(err.Error(), test.text) {
					t.Errorf("got %v, want %q in it", err, test.text)
				}
				wantCalls(t, w, 1)
			})
		})
	}
}

func TestPatienceEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		before      []reply
		least, most time.Duration
	}{
		{name: "address never answered", before: nil, least: 1 * time.Second, most: 5 * time.Second},
		{name: "address answered before", before: []reply{says(200, done)}, least: 100 * time.Second, most: 120 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, w := newClient(t, append(test.before, cut())...)
				for range test.before {
					if _, err := c.Request(t.Context(), "r1"); err != nil {
						t.Fatal(err)
					}
				}
				began := time.Now()
				_, err := c.Request(t.Context(), "r1")
				var lost *client.LostError
				if !errors.As(err, &lost) || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("got %v, want a lost call", err)
				}
				if want := len(w.calls) - len(test.before); lost.Attempts != want || want < 3 {
					t.Errorf("got %d attempts in the error, made %d", lost.Attempts, want)
				}
				if took := time.Since(began); took < test.least || took > test.most {
					t.Errorf("took %s, want %s to %s", took, test.least, test.most)
				}
			})
		})
	}
}

// Callers that were cut off together must not come back together.
func TestBackoffIsJittered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waits := map[time.Duration]bool{}
		for range 20 {
			c, w := newClient(t, cut(), says(200, done))
			if _, err := c.Request(t.Context(), "r1"); err != nil {
				t.Fatal(err)
			}
			waits[w.calls[1].at.Sub(w.calls[0].at)] = true
		}
		if len(waits) < 15 {
			t.Errorf("20 callers waited %d different times", len(waits))
		}
	})
}

func TestTroubleIsHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var heard []time.Duration
		w := &wire{replies: []reply{refuses(503, "unavailable", "Retry-After", "4"), says(200, done)}}
		c, err := client.New(client.Config{
			URL: base, HTTP: &http.Client{Transport: w},
			Trouble: func(err error, again time.Duration) {
				if refusalOf(t, err).Code != "unavailable" {
					t.Errorf("got %v", err)
				}
				heard = append(heard, again)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Request(t.Context(), "r1"); err != nil {
			t.Fatal(err)
		}
		if len(heard) != 1 || heard[0] != 4*time.Second {
			t.Errorf("got %v, want one of 4 s", heard)
		}
	})
}

func TestEndedContextEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Second, cause)
		defer cancel()
		c, w := newClient(t, refuses(503, "unavailable", "Retry-After", "60"))
		w.replies = append([]reply{says(200, done)}, w.replies...)
		if _, err := c.Request(ctx, "r1"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Request(ctx, "r1"); !errors.Is(err, cause) {
			t.Errorf("got %v, want the context's cause", err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("took %s, want 3s", took)
		}
	})
}

// silent is a transport that never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTimeoutEndsAnAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := client.New(client.Config{URL: base, HTTP: &http.Client{Transport: silent{}}, Patience: 1, Timeout: 7 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = c.Request(t.Context(), "r1")
		const want = "no answer from " + base + ": it took too long; check the address and the network, and try again"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("took %s, want 7s", took)
		}
	})
}

func TestLostCallSaysWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  client.LostError
		want string
	}{
		{name: "refused", err: client.LostError{Attempts: 1, Err: syscall.ECONNREFUSED}, want: "no answer from " + base + ": nothing listens there; check the address, and that usher is running"},
		{name: "broken off", err: client.LostError{Attempts: 3, Err: io.ErrUnexpectedEOF}, want: "no answer from " + base + " in 3 attempts: the connection broke off; check the network and try again"},
		{name: "unknown name", err: client.LostError{Attempts: 1, Err: &net.DNSError{Name: "usher.example.org"}}, want: "no answer from " + base + ": the host name usher.example.org cannot be resolved; check the address and the network"},
		{name: "wrong scheme", err: client.LostError{Attempts: 1, Err: http.ErrSchemeMismatch}, want: base + " cannot be called: it speaks http, not https; check the address"},
		{name: "something else", err: client.LostError{Attempts: 1, Err: errors.New("a goose")}, want: "no answer from " + base + ": a goose; check the network and try again"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.err.URL = base
			if got := test.err.Error(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if reason := test.err.Reason(); !strings.Contains(test.want, ": "+reason+"; ") {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}
