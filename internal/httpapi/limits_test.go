package httpapi_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"usher.example/internal/httpapi"
	"usher.example/internal/intake"
)

// users is a JSON body of n users.
func users(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"a%d@example.org"`, i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// field is a JSON body of one user with the given rest of an object.
func field(rest string) string { return `[{"email":"ann@example.org",` + rest + `}]` }

// TestBodyLimits holds every limit of a body just below it, on it and above it.
// A body over a limit is refused as a whole, or its row gets an outcome; either
// says the limit.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	groups := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"g%d"`, i))
		}
		return strings.Join(list, ",")
	}
	attributes := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"custom:a%d":"x"`, i))
		}
		return strings.Join(list, ",")
	}
	for _, test := range []struct {
		name   string
		limits intake.Limits
		n      int
		body   func(n int) string
		status int    // over the limit; 200: the row has an outcome
		code   string // of the problem or the row
		says   string
	}{
		{name: "rows", limits: intake.Limits{}, n: 10_000, body: users, status: 413, code: "too_many_rows", says: "10000"},
		{name: "rows, set lower", limits: intake.Limits{Rows: 3}, n: 3, body: users, status: 413, code: "too_many_rows", says: "3"},
		{name: "bytes", limits: intake.Limits{Bytes: 200}, n: 200, body: func(n int) string {
			return users(1) + strings.Repeat(" ", n-len(users(1)))
		}, status: 413, code: "too_many_bytes", says: "200"},
		{name: "bytes by default", limits: intake.Limits{}, n: 5_000_000, body: func(n int) string {
			return users(1) + strings.Repeat(" ", n-len(users(1)))
		}, status: 413, code: "too_many_bytes", says: "5000000"},
		{name: "email", limits: intake.Limits{}, n: 128, body: func(n int) string {
			host := "@" + strings.Repeat("h", 50) + "." + strings.Repeat("k", 9) + ".org"
			return `["` + strings.Repeat("a", n-len(host)) + host + `"]`
		}, status: 200, code: "email_too_long", says: "128"},
		{name: "attribute value", limits: intake.Limits{}, n: 2048, body: func(n int) string {
			return field(`"attributes":{"given_name":"` + strings.Repeat("ü", n) + `"}`)
		}, status: 200, code: "attribute_invalid", says: "2048"},
		{name: "attributes", limits: intake.Limits{}, n: 50, body: func(n int) string { return field(`"attributes":{` + attributes(n) + `}`) }, status: 200, code: "attribute_invalid", says: "50"},
		{name: "group name", limits: intake.Limits{}, n: 128, body: func(n int) string { return field(`"groups":["` + strings.Repeat("g", n) + `"]`) }, status: 200, code: "group_invalid", says: "128"},
		{name: "groups", limits: intake.Limits{}, n: 100, body: func(n int) string { return field(`"groups":[` + groups(n) + `]`) }, status: 200, code: "group_invalid", says: "100"},
		{name: "ref", limits: intake.Limits{}, n: 256, body: func(n int) string { return field(`"ref":"` + strings.Repeat("ü", n) + `"`) }, status: 200, code: "row_invalid", says: "256"},
		{name: "label", limits: intake.Limits{}, n: 256, body: func(n int) string {
			return `{"users":["a@example.org"],"label":"` + strings.Repeat("ü", n) + `"}`
		}, status: 400, code: "label_invalid", says: "256"},
		{name: "nesting", limits: intake.Limits{}, n: 32, body: func(n int) string {
			return `[{"email":"ann@example.org","attributes":{"x":` + strings.Repeat("[", n-3) + strings.Repeat("]", n-3) + `}}]`
		}, status: 400, code: "json_too_deep", says: "32"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(cfg *httpapi.Config) { cfg.Limits, cfg.Inspector = test.limits, nil })
			for _, n := range []int{test.n - 1, test.n} {
				w := b.do(postJSON("/requests?dry_run=true", test.body(n)))
				if w.Code != 200 || strings.Contains(w.Body.String(), `"code":"`+test.code+`"`) {
					t.Errorf("%d: status %d: %.300s", n, w.Code, w.Body)
				}
			}
			w := b.do(postJSON("/requests?dry_run=true", test.body(test.n+1)))
			if text := w.Body.String(); w.Code != test.status || !strings.Contains(text, `"code":"`+test.code+`"`) || !strings.Contains(text, test.says) {
				t.Errorf("%d: status %d, want %d and %s, naming %s: %.500s", test.n+1, w.Code, test.status, test.code, test.says, text)
			}
		})
	}
}

func TestBytesAreCountedWithoutALength(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.Limits.Bytes = 100 })
	for n, want := range map[int]int{99: 202, 100: 202, 101: 413} {
		r := httptest.NewRequestWithContext(httpapi.WithCaller(t.Context(), *eve()), "POST", "/requests", strings.NewReader(users(1)+strings.Repeat(" ", n-len(users(1)))))
		r.ContentLength = -1
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if b.handler.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%d bytes: status %d, want %d: %s", n, w.Code, want, w.Body)
		}
	}
}

func TestBodyThatBreaksOff(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(httpapi.WithCaller(t.Context(), *eve()), "POST", "/requests", strings.NewReader(users(1)))
	r.ContentLength = 1000
	w := httptest.NewRecorder()
	if setup(t).handler.ServeHTTP(w, r); w.Code != 400 || !strings.Contains(w.Body.String(), "body_incomplete") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestQueryLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	submitted := "/requests/" + id(b.want(202, postJSON("/requests", users(1))))
	for target, want := range map[string]int{
		"/requests?limit=0": 400, "/requests?limit=1": 200, "/requests?limit=99": 200, "/requests?limit=100": 200, "/requests?limit=101": 400,
		"/requests?limit=-1": 400, "/requests?limit=x": 400, "/requests?limit=": 200, "/requests?limit=1&limit=2": 400, "/requests?limit=1.5": 400, "/requests?limit=9999999999999999999": 400,
		submitted + "/invitations?limit=0": 400, submitted + "/invitations?limit=1": 200, submitted + "/invitations?limit=999": 200,
		submitted + "/invitations?limit=1000": 200, submitted + "/invitations?limit=1001": 400,
		submitted + "/invitations?state=done": 400, submitted + "/invitations?state=": 400, submitted + "/invitations?state=failed,": 400,
		"/requests?cursor=x": 400, "/requests?cursor=%00": 400, "/requests?%zz": 400, "/requests?a;b": 400, "/requests?state=failed": 400,
		submitted + "?x=1": 400, "/pool?x": 400, "/health": 200,
	} {
		if w := b.do(get(target)); w.Code != want {
			t.Errorf("GET %s: status %d, want %d: %s", target, w.Code, want, w.Body)
		}
	}
	for query, want := range map[string]int{
		"dry_run=yes": 400, "dry_run=1": 400, "dry_run=TRUE": 400, "dryrun=true": 400, "on_existing=replace": 400, "mail=no": 400, "force=maybe": 400,
		"dry_run=true&dry_run=false": 400, "ann@example.org": 400, "label=%ff": 400, "label=a%1bb": 400, "label=a%0Ab": 400, "label=%EF%BF%BF": 400, "label=%20%20": 200,
		"label=" + strings.Repeat("x", 255): 200, "label=" + strings.Repeat("x", 256): 200, "label=" + strings.Repeat("x", 257): 400,
		"on_existing=resend&mail=suppress&force=true": 200, "force=false&label=": 200,
		"dry_run": 400, "dry_run=": 400, "on_existing=": 400, "mail=": 400, "force": 400,
	} {
		w := b.do(postJSON("/requests?dry_run=true&"+query, users(1)))
		if strings.HasPrefix(query, "dry_run") {
			w = b.do(postJSON("/requests?"+query, users(1)))
		}
		if w.Code != want || strings.Contains(w.Body.String(), "ann@example.org") {
			t.Errorf("POST ?%s: status %d, want %d: %s", query, w.Code, want, w.Body)
		}
	}
}

// A cursor of one list does not pass for one of another.
func TestCursorsBelongToTheirList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 2 {
		b.want(202, postJSON("/requests", users(1)))
	}
	next := b.want(200, get("/requests?limit=1"))["next_cursor"].(string)
	b.want(200, get("/requests?limit=1&cursor="+next))
	if code := b.problem(400, get("/requests/01TEST00000001/invitations?cursor="+next)); code != "cursor_invalid" {
		t.Errorf("code %s", code)
	}
}

// A limit that waiting helps with says when to try again.
func TestLimitsOnSubmissions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, func(cfg *httpapi.Config) { cfg.DailyInvitations, cfg.RequestsInFlight = 10, 4 })
		b.want(202, postJSON("/requests", users(9)))
		b.want(200, postJSON("/requests?dry_run=true", users(9))) // costs nothing
		w := b.do(postJSON("/requests", users(2)))
		if text := w.Body.String(); w.Code != 429 || !strings.Contains(text, `"code":"daily_limit"`) || !strings.Contains(text, "9 are used") {
			t.Errorf("over the day's share: %d %s", w.Code, text)
		}
		if w.Header().Get("Retry-After") != "86400" { // a bubble begins at midnight UTC
			t.Errorf("Retry-After %s", w.Header().Get("Retry-After"))
		}
		b.want(202, postJSON("/owner/create", `{"email":"z@example.org"}`))
		as := func(name string) {
			b.caller = &httpapi.Caller{Name: name, Sub: "sub-" + name, Groups: []string{adminGroup}, TokenUse: "access"}
		}
		full := func(what string) {
			w = b.do(postJSON("/requests", users(1)))
			if text := w.Body.String(); w.Code != 429 || !strings.Contains(text, `"code":"requests_in_flight"`) || w.Header().Get("Retry-After") != "30" {
				t.Errorf("%s: %d %v %s", what, w.Code, w.Header(), text)
			}
		}
		as("bob") // whom the two requests of another leave places
		b.want(202, postJSON("/requests", users(1)))
		b.want(202, postJSON("/requests", users(1)))
		full("an administrator who has half of all")
		as("joe") // for whom no place is left but a small request's
		b.want(202, postJSON("/requests", users(1)))
		full("too many in flight")
	})
}
