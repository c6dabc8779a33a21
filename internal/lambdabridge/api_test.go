package lambdabridge_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/lambdabridge"
)

// answer is what API Gateway reads.
type answer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

func invoke(t *testing.T, api *lambdabridge.API, payload []byte) answer {
	t.Helper()
	out, err := api.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatalf("answer: %v: %s", err, out)
	}
	return a
}

// sample reads one of the repository's sample events.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "events", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// event is an API Gateway event as a map, to be changed by tests.
func event(t testing.TB, name string) map[string]any {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(sample(t, name), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func encoded(t testing.TB, e any) []byte {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEventBecomesARequest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, event        string
		change             func(e map[string]any)
		method, uri, body  string
		header, headerWant string
	}{
		{name: "JSON", event: "post-requests.json", method: "POST", uri: "/requests", body: `{"label": "staff of November"`, header: "Idempotency-Key", headerWant: "staff-2026-11"},
		{name: "base64", event: "post-requests-csv.json", method: "POST", uri: "/requests?label=staff", body: "email,given_name,groups,ref\r\n", header: "Content-Type", headerWant: "text/csv"},
		{name: "query", event: "get-requests-id-invitations.json", method: "GET", uri: "/requests/01JD9W3QK7Z4M8T2B6XHVNC5RE/invitations?state=failed&limit=100"},
		{name: "stage in the path", event: "get-pool.json", method: "GET", uri: "/pool", change: func(e map[string]any) {
			e["rawPath"] = "/dev/pool"
			e["requestContext"].(map[string]any)["stage"] = "dev"
		}},
		{name: "stage as part of a word", event: "get-pool.json", method: "GET", uri: "/pool", change: func(e map[string]any) {
			e["requestContext"].(map[string]any)["stage"] = "po"
		}},
		{name: "escapes in path and query", event: "get-pool.json", method: "GET", uri: "/a%20b/c%2Fd?x=%2B+y", change: func(e map[string]any) {
			e["rawPath"], e["rawQueryString"] = "/a%20b/c%2Fd", "x=%2B+y"
		}},
		{name: "path that is no URL", event: "get-pool.json", method: "GET", uri: "/%25zz", change: func(e map[string]any) { e["rawPath"] = "/%zz" }},
		{name: "cookies", event: "get-pool.json", method: "GET", uri: "/pool", header: "Cookie", headerWant: "a=1; b=2", change: func(e map[string]any) { e["cookies"] = []any{"a=1", "b=2"} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := event(t, test.event)
			if test.change != nil {
				test.change(e)
			}
			var got *http.Request
			var body []byte
			api := &lambdabridge.API{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got = r
				body, _ = io.ReadAll(r.Body)
			})}
			invoke(t, api, encoded(t, e))
			if got.Method != test.method || got.URL.RequestURI() != test.uri || !strings.HasPrefix(string(body), test.body) {
				t.Errorf("got %s %s with body %q", got.Method, got.URL.RequestURI(), body)
			}
			if got.ContentLength != int64(len(body)) || got.Host == "" {
				t.Errorf("content length %d of %d bytes, host %q", got.ContentLength, len(body), got.Host)
			}
			if got.Header.Get(test.header) != test.headerWant {
				t.Errorf("header %s is %q, want %q", test.header, got.Header.Get(test.header), test.headerWant)
			}
		})
	}
}

func TestAnswerBecomesAPIGateways(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("email,state\r\n", 200_000)
	for _, test := range []struct {
		name   string
		accept string
		serve  http.HandlerFunc
		want   answer
	}{
		{name: "text", accept: "", serve: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Add("Vary", "Accept")
			w.Header().Add("Vary", "Origin")
			w.WriteHeader(http.StatusAccepted)
			w.WriteHeader(http.StatusTeapot)
			fmt.Fprint(w, "<é & ü>")
		}, want: answer{StatusCode: 202, Headers: map[string]string{"content-type": "text/csv", "vary": "Accept, Origin"}, Body: "<é & ü>"}},
		{name: "nothing", accept: "", serve: func(http.ResponseWriter, *http.Request) {}, want: answer{StatusCode: 200, Headers: map[string]string{}}},
		{name: "bytes", accept: "", serve: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0x00, 0x01}) },
			want: answer{StatusCode: 200, Headers: map[string]string{}, Body: "/wAB", IsBase64Encoded: true}},
		{name: "cookies", accept: "", serve: func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		}, want: answer{StatusCode: 200, Headers: map[string]string{}, Cookies: []string{"a=1", "b=2"}}},
		{name: "large, gzip not read", accept: "gzip;q=0, br", serve: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, long) },
			want: answer{StatusCode: 200, Headers: map[string]string{}, Body: long}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := event(t, "get-pool.json")
			e["headers"].(map[string]any)["accept-encoding"] = test.accept
			got := invoke(t, &lambdabridge.API{Handler: test.serve}, encoded(t, e))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLargeAnswerIsCompressed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("email,state\r\n", 600_000) // over what Lambda takes
	api := &lambdabridge.API{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, long) })}

	e := event(t, "get-pool.json")
	e["headers"].(map[string]any)["accept-encoding"] = "br, gzip"
	got := invoke(t, api, encoded(t, e))
	packed, err := base64.StdEncoding.DecodeString(got.Body)
	if err != nil || got.Headers["content-encoding"] != "gzip" {
		t.Fatalf("headers %v, %v", got.Headers, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || string(plain) != long {
		t.Errorf("%d bytes came back of %d: %v", len(plain), len(long), err)
	}

	delete(e["headers"].(map[string]any), "accept-encoding")
	if got := invoke(t, api, encoded(t, e)); got.StatusCode != 406 || !strings.Contains(got.Body, `"code":"answer_too_large"`) {
		t.Errorf("an answer that Lambda cannot send became %d %.200s", got.StatusCode, got.Body)
	}
}

// The longest result that httpapi sends in one answer fits, whatever is in it.
func TestEscapesDoNotMakeAnAnswerTooLarge(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("\"<\x01\r\n", 4_200_000/5)
	api := &lambdabridge.API{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, long) })}
	e := event(t, "get-pool.json")
	delete(e["headers"].(map[string]any), "accept-encoding")
	got := invoke(t, api, encoded(t, e))
	if body, err := base64.StdEncoding.DecodeString(got.Body); err != nil || !got.IsBase64Encoded || string(body) != long {
		t.Errorf("%d, base64 %v, %d bytes of %d: %v", got.StatusCode, got.IsBase64Encoded, len(body), len(long), err)
	}
}

func TestUnknownEventIsAClearError(t *testing.T) {
	t.Parallel()
	const canary = "canary@example.org"
	for name, payload := range map[string]string{
		"empty":           ``,
		"no JSON":         canary,
		"null":            `null`,
		"a list":          `["` + canary + `"]`,
		"SQS":             string(sample(t, "worker-one.json")),
		"payload 1.0":     `{"version":"1.0","httpMethod":"GET","path":"/pool","requestContext":{}}`,
		"no method":       `{"version":"2.0","rawPath":"/pool","requestContext":{"http":{}}}`,
		"no path":         `{"version":"2.0","requestContext":{"http":{"method":"GET"}}}`,
		"headers a text":  `{"version":"2.0","rawPath":"/","headers":"` + canary + `"}`,
		"deep":            `{"version":"2.0","rawPath":"/","later":` + strings.Repeat("[", 5_000_000),
		"body not base64": `{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"POST"}},"isBase64Encoded":true,"body":"` + canary + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := (&lambdabridge.API{Handler: http.NotFoundHandler()}).Invoke(t.Context(), []byte(payload))
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestPanicBecomesAnAnswer(t *testing.T) {
	t.Parallel()
	for _, value := range []any{"boom", http.ErrAbortHandler} {
		var log bytes.Buffer
		api := &lambdabridge.API{Log: slog.New(slog.NewTextHandler(&log, nil)), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "half of it")
			panic(value)
		})}
		got := invoke(t, api, sample(t, "get-pool.json"))
		if got.StatusCode != 500 || !strings.Contains(got.Body, `"code":"internal"`) || strings.Contains(got.Body, "half") {
			t.Errorf("panic(%v): %d %s", value, got.StatusCode, got.Body)
		}
		if !strings.Contains(log.String(), "api_test.go") {
			t.Errorf("the stack is not in the log: %s", &log)
		}
	}
}

func TestHandlerStopsBeforeTheFunctionDoes(t *testing.T) {
	t.Parallel()
	deadline := time.Now().Add(29 * time.Second)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	api := &lambdabridge.API{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got, ok := r.Context().Deadline(); !ok || deadline.Sub(got) < 100*time.Millisecond {
			t.Errorf("the handler may work until %v, the function until %v", got, deadline)
		}
	})}
	if _, err := api.Invoke(ctx, sample(t, "get-pool.json")); err != nil {
		t.Fatal(err)
	}
}

func FuzzAPIEvent(f *testing.F) {
	for _, name := range []string{"post-requests.json", "post-requests-csv.json", "get-requests-id.json", "worker-one.json", "get-console-file.json"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte(`{"version":"2.0","rawPath":"/requests/%2e%2e?x","requestContext":{"http":{"method":"GET"},"authorizer":{"jwt":{"claims":{"cognito:groups":["a",1]}}}}}`))
	api := &lambdabridge.API{Handler: httpapi.New(httpapi.Config{}), LocalAdministrator: nil}
	f.Fuzz(func(t *testing.T, payload []byte) {
		out, err := api.Invoke(t.Context(), payload)
		if err != nil {
			return
		}
		var a answer
		if err := json.Unmarshal(out, &a); err != nil || a.StatusCode < 200 || a.StatusCode > 599 {
			t.Errorf("answer %s: %v", out, err)
		}
	})
}

// A caller who sends two keys does not know which one counts; API Gateway joins them.
func TestADoubledIdempotencyKeyIsRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"first,second", "same,same", "first, second", ","} {
		e := event(t, "post-requests.json")
		e["headers"].(map[string]any)["idempotency-key"] = key
		if got := invoke(t, matrixAPI(nil), encoded(t, e)); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.Body, "more than once") {
			t.Errorf("key %q: %d %s", key, got.StatusCode, got.Body)
		}
	}
}
