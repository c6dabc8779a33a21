package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"usher.example/internal/local"
)

// line is the way to a server, and can be cut.
type line struct {
	base string

	mu    sync.Mutex
	cut   bool // nothing gets through
	deaf  bool // submissions get through, their answers do not
	busy  bool // API Gateway turns every call away, in a text of its own
	polls []string
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l := &line{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch cut, deaf, busy := l.take(r); {
		case cut:
			panic(http.ErrAbortHandler)
		case deaf:
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case busy:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"message":"Too Many Requests"}`)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	l.base = server.URL
	return l
}

func (l *line) take(r *http.Request) (cut, deaf, busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/requests/") && !strings.HasSuffix(r.URL.Path, "/invitations") {
		l.polls = append(l.polls, r.Header.Get("If-None-Match"))
	}
	return l.cut, l.deaf && r.Method == http.MethodPost && r.URL.Query().Get("dry_run") == "", l.busy
}

func (l *line) set(cut, deaf bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.deaf = cut, deaf
}

func (l *line) setBusy(busy bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy = busy
}

func (l *line) polled() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.polls...)
}

func TestLostConnectionIsWaitedOut(t *testing.T) {
	t.Parallel()
	base, open := serveGated(t)
	l := newLine(t, base)
	b := newTab(t, l.base)
	b.expect("net::ERR_")
	b.paste(people(10), "Invite 10 people")
	b.sees("Running")
	l.set(true, false)
	b.sees("usher cannot be reached. Check your connection and try again. Trying again in", "The request continues meanwhile")
	b.look("lost")
	l.set(false, false)
	b.until("the loss is no longer shown", func() bool { return b.holds(`!document.querySelector('main').innerText.includes('Trying again in')`) })
	open()
	b.sees("10 of 10 rows invited")
	tags := 0
	for _, tag := range l.polled() {
		if tag != "" {
			tags++
		}
	}
	if tags == 0 {
		t.Error("no poll sent the tag of the answer before it")
	}
}

// API Gateway turns calls away when there are many. Nothing is wrong with the
// request then, nor with its page.
func TestBusyServerIsWaitedOut(t *testing.T) {
	t.Parallel()
	base, open := serveGated(t)
	l := newLine(t, base)
	b := newTab(t, l.base)
	b.expect("status of 429")
	b.paste(people(3), "Invite 3 people")
	b.sees("Running")
	l.setBusy(true)
	b.sees("usher is busy", "Trying again in", "0 of 3 rows")
	l.setBusy(false)
	open()
	b.sees("3 of 3 rows invited")
	l.setBusy(true)
	b.press("Help")
	b.press("Requests")
	b.sees("This page could not be loaded")
	b.seesCode("http_429")
	l.setBusy(false)
	b.press("Try again")
	b.sees("Progress")
}

// One who has just pressed the button watches: at first the page asks every two
// seconds or more often, however long the request will take.
func TestFirstPollsAreQuick(t *testing.T) {
	t.Parallel()
	l := newLine(t, serve(t, local.Config{CreationRate: 1}))
	b := newTab(t, l.base)
	b.submit("", "email\n"+people(2000))
	b.sees("Running")
	began := time.Now()
	b.until("five polls", func() bool { return len(l.polled()) >= 5 })
	if took := time.Since(began); took > 12*time.Second { // a busy machine is late
		t.Errorf("five polls took %v", took)
	}
}

// The answer to a submission is lost, to the browser's own second attempt as
// well: pressing again must find the same request.
func TestPressedAgainAfterALostAnswer(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	l := newLine(t, base)
	l.set(false, true)
	b := newTab(t, l.base)
	b.expect("net::ERR_")
	b.paste("ann@example.org\nbob@example.org", "Invite 2 people")
	b.sees("usher cannot be reached", "nobody is invited twice")
	l.set(false, false)
	b.press("Invite 2 people")
	b.sees("2 of 2 rows invited")
	b.press("Requests")
	b.sees("Progress")
	if !b.holds(`document.querySelectorAll('.requests tbody tr').length === 1`) {
		t.Errorf("there is more than one request:\n%s", b.text())
	}
	if mails := mailbox(t, base); len(mails) != 2 {
		t.Errorf("%d mails, want 2", len(mails))
	}
}
