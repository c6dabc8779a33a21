package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"usher.example/internal/local"
)

// line is the way to a server, and can be cut.
type line struct {
	base string

	mu    sync.Mutex
	cut   bool // nothing gets through
	deaf  bool // submissions get through, their answers do not
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
		cut, deaf := l.take(r)
		if cut {
			panic(http.ErrAbortHandler)
		}
		if deaf {
			proxy.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	l.base = server.URL
	return l
}

func (l *line) take(r *http.Request) (cut, deaf bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasPrefix(r.URL.Path, "/requests/") && !strings.HasSuffix(r.URL.Path, "/invitations") {
		l.polls = append(l.polls, r.Header.Get("If-None-Match"))
	}
	return l.cut, l.deaf && r.Method == http.MethodPost && r.URL.Query().Get("dry_run") == ""
}

func (l *line) set(cut, deaf bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.deaf = cut, deaf
}

func (l *line) polled() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.polls...)
}

func TestLostConnectionIsWaitedOut(t *testing.T) {
	t.Parallel()
	l := newLine(t, serve(t, local.Config{CreationRate: 2}))
	b := newTab(t, l.base)
	b.expect("net::ERR_")
	var list []string
	for _, name := range strings.Fields("ann bob carol dave erin frank grace heidi ivan judy") {
		list = append(list, name+"@example.org")
	}
	b.paste(strings.Join(list, "\n"), "Invite 10 people")
	b.sees("Running")
	l.set(true, false)
	b.sees("usher cannot be reached; look at the connection and try again. Trying again in", "the request goes on meanwhile")
	b.look("lost")
	l.set(false, false)
	b.until("the loss is no longer told", func() bool { return !strings.Contains(b.text(), "Trying again in") })
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
