package local_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher.example/internal/local"
)

// bound is a listener that says it has another address than it has: a test can
// neither know its machine's address on the network nor open itself to it.
type bound struct {
	net.Listener
	addr net.Addr
}

func (b bound) Addr() net.Addr { return b.addr }

// runAt runs a local usher that is configured to listen at addr and is bound
// to ip. It returns its real address.
func runAt(t *testing.T, addr, ip string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	system := local.New(local.Config{Addr: addr}, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- system.Run(ctx, bound{Listener: listener, addr: &net.TCPAddr{IP: net.ParseIP(ip), Port: 8080}})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

// problem is what a refusal says.
type problem struct {
	Type, Title, Detail, Code string
	Status                    int
}

// call makes a call by a name, with headers in pairs, and gives its status and
// what was refused.
func call(t *testing.T, method, url, host string, headers ...string) (int, problem) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("email=ann@example.org"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Host = host; host == "" {
		r.Host = r.URL.Host
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var p problem
	if answer.Header.Get("Content-Type") == "application/problem+json" {
		if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
			t.Fatal(err)
		}
		if p.Status != answer.StatusCode || p.Type != "urn:usher:problem:"+p.Code || p.Title == "" {
			t.Errorf("the problem %+v came with status %d", p, answer.StatusCode)
		}
	}
	return answer.StatusCode, p
}

func TestPagesOfOthersOrderNothing(t *testing.T) {
	t.Parallel()
	url := serve(t, local.Config{})
	here := strings.TrimPrefix(url, "http://")
	tests := []struct {
		name    string
		headers []string
		want    int
	}{
		{name: "a program", headers: nil, want: http.StatusAccepted},
		{name: "the console", headers: []string{"Sec-Fetch-Site", "same-origin", "Origin", url}, want: http.StatusAccepted},
		{name: "the console in an older browser", headers: []string{"Origin", url}, want: http.StatusAccepted},
		{name: "a page elsewhere", headers: []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, want: http.StatusForbidden},
		{name: "a page at another port", headers: []string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}, want: http.StatusForbidden},
		{name: "a page elsewhere, in an older browser", headers: []string{"Origin", "https://evil.example"}, want: http.StatusForbidden},
		{name: "a file", headers: []string{"Origin", "null"}, want: http.StatusForbidden},
	}
	for _, test := range tests {
		for _, path := range []string{"/requests", "/owner/create"} {
			status, p := call(t, http.MethodPost, url+path, "", test.headers...)
			if status != test.want {
				t.Errorf("%s, POST %s: status %d, want %d", test.name, path, status, test.want)
			}
			if test.want != http.StatusForbidden {
				continue
			}
			if p.Code != "cross_origin" || !strings.Contains(p.Detail, here) || !strings.Contains(p.Detail, "/console/") {
				t.Errorf("%s, POST %s: the refusal does not say what, where and how to fix it: %+v", test.name, path, p)
			}
		}
	}
	if status, _ := call(t, http.MethodGet, url+"/console/", "", "Sec-Fetch-Site", "cross-site"); status != http.StatusOK {
		t.Errorf("a link to the console: status %d", status)
	}
	var list struct{ Requests []request }
	fetch(t, http.MethodGet, url+"/requests", "", "", &list)
	if len(list.Requests) != 6 { // three callers who may, two routes
		t.Errorf("%d requests were taken in, want 6", len(list.Requests))
	}
}

func TestNamesOfOthersReadNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		addr, ip, host string
		want           int
	}{
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "127.0.0.1:8080", want: http.StatusOK},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "localhost:9000", want: http.StatusOK}, // through a tunnel
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "LocalHost.", want: http.StatusOK},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "usher.localhost:8080", want: http.StatusOK},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "[::1]:8080", want: http.StatusOK},
		{addr: "[::1]:8080", ip: "::1", host: "[::1]", want: http.StatusOK},
		{addr: "usher.test:8080", ip: "127.0.1.1", host: "Usher.Test:8080", want: http.StatusOK},
		{addr: "usher.test:8080", ip: "127.0.1.1", host: "evil.example:8080", want: http.StatusMisdirectedRequest},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "evil.example:8080", want: http.StatusMisdirectedRequest},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "evil.example", want: http.StatusMisdirectedRequest},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "127.0.0.1.evil.example", want: http.StatusMisdirectedRequest},
		{addr: "127.0.0.1:8080", ip: "127.0.0.1", host: "notlocalhost", want: http.StatusMisdirectedRequest},
		{addr: "[::1]:8080", ip: "::1", host: "evil.example:8080", want: http.StatusMisdirectedRequest},
		{addr: "0.0.0.0:8080", ip: "0.0.0.0", host: "usher.container:8080", want: http.StatusOK},
		{addr: ":8080", ip: "::", host: "usher.container:8080", want: http.StatusOK},
		{addr: "192.0.2.7:8080", ip: "192.0.2.7", host: "desk.lan:8080", want: http.StatusOK},
	}
	for _, test := range tests {
		url := runAt(t, test.addr, test.ip)
		for _, path := range []string{"/requests", "/local/mailbox", "/console/"} {
			status, p := call(t, http.MethodGet, url+path, test.host)
			if status != test.want {
				t.Errorf("ADDR=%s, Host %s, GET %s: status %d, want %d", test.addr, test.host, path, status, test.want)
			}
			if test.want == http.StatusMisdirectedRequest && (p.Code != "host_unknown" || !strings.Contains(p.Detail, test.host) ||
				!strings.Contains(p.Detail, net.JoinHostPort(test.ip, "8080")) || !strings.Contains(p.Detail, "ADDR")) {
				t.Errorf("Host %s, GET %s: the refusal does not say what, where and how to fix it: %+v", test.host, path, p)
			}
		}
	}
}

// A page whose name was pointed at this machine is of the origin that it calls
// at, so that its origin does not give it away.
func TestNamesOfOthersOrderNothing(t *testing.T) {
	t.Parallel()
	url := serve(t, local.Config{})
	status, p := call(t, http.MethodPost, url+"/requests", "evil.example", "Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example")
	if status != http.StatusMisdirectedRequest || p.Code != "host_unknown" {
		t.Errorf("status %d, %+v", status, p)
	}
}

// Who lets the network in does not let in the pages that its people look at.
func TestPagesOfOthersOrderNothingOnTheNetwork(t *testing.T) {
	t.Parallel()
	url := runAt(t, "0.0.0.0:8080", "0.0.0.0")
	if status, _ := call(t, http.MethodPost, url+"/requests", "desk.lan:8080", "Origin", "http://desk.lan:8080"); status != http.StatusAccepted {
		t.Errorf("the console: status %d", status)
	}
	if status, p := call(t, http.MethodPost, url+"/requests", "desk.lan:8080", "Origin", "https://evil.example"); status != http.StatusForbidden || p.Code != "cross_origin" {
		t.Errorf("a page elsewhere: status %d, %+v", status, p)
	}
}

func TestMailboxIsNothingButJSON(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	local.New(local.Config{}, slog.New(slog.DiscardHandler)).Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/local/mailbox", nil))
	if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options: %q", got)
	}
}
