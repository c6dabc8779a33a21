package lambdabridge_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"usher.example/internal/lambdabridge"
)

// TestEventsAreReadAsTheirTypesSay compares each sample event, as the handler
// gets it, with AWS's own type, read with encoding/json.
func TestEventsAreReadAsTheirTypesSay(t *testing.T) {
	t.Parallel()
	hard := event(t, "post-requests.json")
	hard["body"] = "é \u2028 \x00 \U0001f600 <&> \" \\ / \t\r\n"
	hard["headers"].(map[string]any)["x-quoted"] = `a "b" \c`
	hard["cookies"] = []string{"a=1", `b="2"`}
	hard["later"] = map[string]any{"deep": []any{map[string]any{"x": nil}, -1.5e3, true}}
	payloads := [][]byte{encoded(t, hard)}
	for _, name := range []string{"post-requests.json", "post-requests-dry-run.json", "get-requests-id.json", "get-console-file.json", "post-owner-create.json"} {
		payloads = append(payloads, sample(t, name))
	}
	for _, payload := range payloads {
		var want events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(payload, &want); err != nil {
			t.Fatal(err)
		}
		api := &lambdabridge.API{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sameCall(t, want, r) })}
		invoke(t, api, payload)
	}
}

// sameCall holds a request to the event that it came with.
func sameCall(t *testing.T, want events.APIGatewayV2HTTPRequest, r *http.Request) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil || !want.IsBase64Encoded && string(body) != want.Body {
		t.Errorf("body %q, want %q: %v", body, want.Body, err)
	}
	if r.Method != want.RequestContext.HTTP.Method || r.URL.Path != want.RawPath || r.URL.RawQuery != want.RawQueryString {
		t.Errorf("call %s %s, want %s %s?%s", r.Method, r.URL, want.RequestContext.HTTP.Method, want.RawPath, want.RawQueryString)
	}
	if got := r.Header.Get("Cookie"); got != strings.Join(want.Cookies, "; ") {
		t.Errorf("cookies %q, want %q", got, want.Cookies)
	}
	for name, value := range want.Headers {
		if got := r.Header.Get(name); got != value {
			t.Errorf("header %s is %q, want %q", name, got, value)
		}
	}
	if r.RemoteAddr != want.RequestContext.HTTP.SourceIP {
		t.Errorf("called from %q, want %q", r.RemoteAddr, want.RequestContext.HTTP.SourceIP)
	}
}

func TestNullIsNothing(t *testing.T) {
	t.Parallel()
	api := &lambdabridge.API{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || len(body)+len(r.Header) != 0 || r.URL.RawQuery != "" {
			t.Errorf("%s with headers %v and body %q: %v", r.URL, r.Header, body, err)
		}
	})}
	invoke(t, api, []byte(`{"version":"2.0","rawPath":"/","rawQueryString":null,"cookies":null,"headers":null,"body":null,"isBase64Encoded":null,
		"requestContext":{"stage":null,"timeEpoch":null,"authorizer":null,"http":{"method":"GET","sourceIp":null}}} `))
}
