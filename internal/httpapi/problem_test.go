package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

// brokenStore fails every call with err.
type brokenStore struct {
	onboard.Store
	err   error
	panic bool
}

func (s *brokenStore) fail() error {
	if s.panic {
		panic("canary@example.org")
	}
	return s.err
}

func (s *brokenStore) Request(context.Context, string) (onboard.Request, error) {
	return onboard.Request{}, s.fail()
}

func (s *brokenStore) ListRequests(context.Context, string, int) ([]onboard.Request, error) {
	return nil, s.fail()
}

func (s *brokenStore) Cell(context.Context, string) (onboard.Cell, error) {
	return onboard.Cell{}, s.fail()
}

// paceless is a store of which the cells of the pace cannot be read.
type paceless struct {
	onboard.Store
	broken *brokenStore
}

func (s *paceless) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	return s.broken.Cell(ctx, lane)
}

func TestEveryErrorHasItsAnswer(t *testing.T) {
	t.Parallel()
	const inside = "dial tcp 10.0.0.1:443: table usher-prd"
	for _, test := range []struct {
		err    error
		status int
		code   string
		wait   bool
		logged bool
	}{
		{err: onboard.ErrNotFound, status: 404, code: "not_found", wait: false, logged: false},
		{err: fmt.Errorf("%s: %w", inside, onboard.ErrNotFound), status: 404, code: "not_found", wait: false, logged: false},
		{err: &onboard.NotNowError{Reason: "it is done"}, status: 409, code: "not_now", wait: false, logged: false},
		{err: fmt.Errorf("%s: %w", inside, onboard.ErrBusy), status: 409, code: "still_accepting", wait: true, logged: false},
		{err: fmt.Errorf("%s: %w", inside, onboard.ErrKeyReused), status: 422, code: "idempotency_key_reused", wait: false, logged: false},
		{err: &onboard.NoValidRowError{Messages: []onboard.Message{{Row: 1, Code: onboard.CodeEmailInvalid, Reason: "why"}}, Rows: []onboard.Row{{Number: 1}}}, status: 422, code: "no_valid_row", wait: false, logged: false},
		{err: fmt.Errorf("%s: %w", inside, onboard.ErrNotQueued), status: 503, code: "not_queued", wait: true, logged: true},
		{err: fmt.Errorf("%s: %w", inside, onboard.ErrInDoubt), status: 503, code: "in_doubt", wait: true, logged: true},
		{err: fmt.Errorf("%s: %w", inside, context.DeadlineExceeded), status: 503, code: "unavailable", wait: true, logged: true},
		{err: fmt.Errorf("%s: %w", inside, context.Canceled), status: 503, code: "unavailable", wait: true, logged: true},
		{err: errors.New(inside), status: 503, code: "unavailable", wait: true, logged: true},
		{err: fmt.Errorf("%s: %w", inside, onboard.ErrDamaged), status: 500, code: "internal", wait: false, logged: true}, // waiting does not help
		{err: fmt.Errorf("%w: %w", onboard.ErrNotQueued, onboard.ErrDamaged), status: 500, code: "internal", wait: false, logged: true},
		{err: nil, status: 500, code: "internal", wait: false, logged: true}, // a panic
	} {
		t.Run(fmt.Sprint(test.err), func(t *testing.T) {
			t.Parallel()
			store := &brokenStore{err: test.err, panic: test.err == nil}
			b := setup(t, func(cfg *httpapi.Config) {
				cfg.Store = store
			})
			w := b.do(postJSON("/requests/01R/resend", `{"filter":"expired"}`))
			if text := w.Body.String(); w.Code != test.status || !strings.Contains(text, `"code":"`+test.code+`"`) || strings.Contains(text, "10.0.0.1") || strings.Contains(text, "canary") {
				t.Errorf("status %d, want %d and %s: %s", w.Code, test.status, test.code, text)
			}
			if got := w.Header().Get("Retry-After") != ""; got != test.wait {
				t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
			}
			if got := strings.Contains(b.log.String(), `"level":"ERROR"`); got != test.logged {
				t.Errorf("logged %v, want %v: %s", got, test.logged, b.log)
			}
		})
	}
}

func TestUnroutedCallsAreProblems(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, test := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{method: "GET", target: "/", status: 404, allow: ""}, {method: "GET", target: "/nope", status: 404, allow: ""}, {method: "POST", target: "/requests/01R", status: 405, allow: "GET, HEAD"}, {method: "PUT", target: "/requests", status: 405, allow: "GET, HEAD, POST"},
		{method: "DELETE", target: "/requests/01R", status: 405, allow: "GET, HEAD"}, {method: "GET", target: "/requests/01R/retry", status: 405, allow: "POST"}, {method: "GET", target: "/owner/create", status: 405, allow: "POST"},
		{method: "POST", target: "/health", status: 405, allow: "GET, HEAD"}, {method: "GET", target: "/requests/", status: 404, allow: ""}, {method: "GET", target: "/requests/01R/", status: 404, allow: ""}, {method: "GET", target: "/console/", status: 404, allow: ""}, {method: "GET", target: "/console", status: 404, allow: ""},
		{method: "PROPFIND", target: "/requests", status: 405, allow: "GET, HEAD, POST"},
	} {
		w := b.do(call{method: test.method, target: test.target})
		if w.Code != test.status || w.Header().Get("Allow") != test.allow || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: status %d, Allow %q, %s", test.method, test.target, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
}

func TestHeadAnswersLikeGet(t *testing.T) {
	t.Parallel()
	b := setup(t)
	target := "/requests/" + id(b.want(202, postJSON("/requests", users(1))))
	if w := b.do(call{method: "HEAD", target: target}); w.Code != 200 || w.Header().Get("ETag") != b.do(get(target)).Header().Get("ETag") {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
}

func TestEveryAnswerHasSafeHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []call{get("/health"), get("/requests"), get("/nope"), get("/requests/01R"), postJSON("/requests", "x"), {method: "PUT", target: "/pool"}} {
		h := b.do(c).Header()
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY", "Strict-Transport-Security": "max-age=63072000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.target, name, h.Get(name), want)
			}
		}
	}
}

func TestConsoleIsServedToEverybody(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) {
		cfg.Console = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, r.URL.Path)
		})
	})
	b.caller = nil
	for _, target := range []string{"/console/", "/console/app.js", "/console/a/b.css"} {
		if w := b.do(get(target)); w.Code != 200 || w.Body.String() != target || w.Header().Get("Content-Security-Policy") != "default-src 'self'" {
			t.Errorf("%s: %d %s %v", target, w.Code, w.Body, w.Header())
		}
	}
	if w := b.do(get("/console")); w.Code != 308 || w.Header().Get("Location") != "/console/" {
		t.Errorf("/console: %d %v", w.Code, w.Header())
	}
}

func TestBodiesOfOtherTypes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, contentType := range []string{"", "image/png", "application/xml", "text/html; charset=utf-8", "nonsense"} {
		w := b.do(post("/requests", contentType, "x"))
		if w.Code != 415 || !strings.Contains(w.Body.String(), "text/csv") {
			t.Errorf("%q: %d %s", contentType, w.Code, w.Body)
		}
	}
	if code := b.problem(415, postJSON("/requests", users(1)).with("Content-Encoding", "gzip")); code != "encoding_unsupported" {
		t.Errorf("gzip: code %s", code)
	}
	b.want(202, postJSON("/requests", users(1)).with("Content-Encoding", "identity"))
}

func TestNoValidRowNamesEachRow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	v := b.want(422, post("/requests", "text/csv", "email\nann\n\nbob@\n"))
	errs := v["errors"].([]any)
	if len(errs) != 2 || errs[0].(map[string]any)["row"] != 2.0 || errs[1].(map[string]any)["row"] != 4.0 || errs[1].(map[string]any)["code"] != "email_invalid" {
		t.Errorf("errors: %v", errs)
	}
	v = b.want(422, postJSON("/requests", `{"users":["ann",{"email":"bob@example.org","groups":[7]}]}`))
	for i, want := range []string{"/users/0", "/users/1/groups/0"} {
		if got := v["errors"].([]any)[i].(map[string]any); got["pointer"] != want || got["row"] != float64(i+1) {
			t.Errorf("error %d: %v, want it to point to %s", i, got, want)
		}
	}
	v = b.want(422, post("/requests", "text/plain", strings.Repeat("nobody\n", 1001)))
	if errs := v["errors"].([]any); len(errs) != 1000 || !strings.Contains(v["detail"].(string), "1000 of 1001") {
		t.Errorf("%d errors: %v", len(errs), v["detail"])
	}
}

// A row is named only where rows are numbered by line: the third line of a JSON
// document is nobody's row 3.
func TestProblemsOfABodyNameThePlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, test := range []struct {
		c            call
		row, pointer any
	}{
		{c: postJSON("/requests", `{"users":[{"email":"a@example.org","emial":"b@example.org"}]}`), row: nil, pointer: "/users/0/emial"},
		{c: post("/requests", "application/x-ndjson", "\"a@example.org\"\n{\"emial\":1}\n"), row: 2.0, pointer: "/emial"},
		{c: post("/requests", "application/x-ndjson", "\"a@example.org\"\n\n{\n"), row: 3.0, pointer: nil},
		{c: post("/requests", "text/csv", "\n\nname\nann\n"), row: 3.0, pointer: nil},
		{c: post("/requests", "text/plain", "a@example.org\n\x81.b@example.org\n"), row: 2.0, pointer: nil},
	} {
		v := b.want(400, test.c)
		want := []any{map[string]any{"code": v["code"], "detail": v["detail"]}}
		for name, value := range map[string]any{"row": test.row, "pointer": test.pointer} {
			if value != nil {
				want[0].(map[string]any)[name] = value
			}
		}
		if diff := cmp.Diff(want, v["errors"]); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", test.c.body, diff)
		}
	}
	for _, body := range []string{"[\"a@example.org\"]\n\n{}", "[\n\"\xff\"]", "{\n\n"} {
		if v := b.want(400, postJSON("/requests", body)); v["errors"] != nil || !strings.HasPrefix(v["detail"].(string), "Line ") {
			t.Errorf("%.40q: %v", body, v)
		}
	}
}

// A forecast is not worth failing a call for: what was accepted is accepted.
func TestWithoutAPaceThereIsNoForecast(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{false, true} {
		b := setup(t, func(cfg *httpapi.Config) {
			cfg.Store = &paceless{Store: cfg.Store, broken: &brokenStore{err: errors.New("no table"), panic: panics}}
		})
		submitted := "/requests/" + id(b.want(202, postJSON("/requests", users(1))))
		if got := b.want(200, get(submitted)); got["rate_per_second"] != nil || got["seconds_left"] != nil {
			t.Errorf("forecast: %v", got)
		}
		if w := b.do(get(submitted)); w.Header().Get("Retry-After") != "1" {
			t.Errorf("Retry-After %s", w.Header().Get("Retry-After"))
		}
		b.want(200, get("/requests"))
		if !panics { // a dry run accepts nothing, so a panic may fail it
			if got := b.want(200, postJSON("/requests?dry_run=true", users(1)))["forecast"].(map[string]any); got["seconds"] != nil || got["billed_users"] != 1.0 {
				t.Errorf("dry run: %v", got)
			}
		}
		if strings.Contains(b.log.String(), "canary") || !strings.Contains(b.log.String(), "pace") {
			t.Errorf("log: %s", b.log)
		}
	}
}
