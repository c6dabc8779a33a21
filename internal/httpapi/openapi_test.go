package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
)

// described reads the API's description once.
var described = sync.OnceValues(func() (*openapi3.T, error) {
	data, err := os.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	openapi3filter.RegisterBodyDecoder("text/csv", wholeText) // its own one knows commas only
	return doc, doc.Validate(context.Background())
})

func wholeText(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
	text, err := io.ReadAll(body)
	return string(text), err
}

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := described()
	if err != nil {
		t.Fatalf("openapi.json: %v", err)
	}
	return doc
}

// holdToDescription checks an answer against the API's description: its status
// is listed, its headers and its body are of the form given there. Answers to
// paths that are not described must be problem documents.
func holdToDescription(t *testing.T, r *http.Request, w *httptest.ResponseRecorder) {
	t.Helper()
	if r.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, "/console") && w.Code < 400 {
		return // no body to look at, or files
	}
	doc := description(t)
	path, params := describedPath(doc, r)
	if path == "" {
		holdToSchema(t, doc, "Problem", w.Body.Bytes())
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, PathParams: params,
			Route: &routers.Route{Spec: doc, Path: path, PathItem: doc.Paths.Value(path), Method: r.Method, Operation: doc.Paths.Value(path).GetOperation(r.Method)},
		},
		Status: w.Code, Header: w.Header(),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	input.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(t.Context(), input); err != nil {
		t.Errorf("%s %s: the answer is not as openapi.json says: %v\n%d %v %.2000s", r.Method, r.URL, err, w.Code, w.Header(), w.Body)
	}
}

// describedPath finds the description of a call, "" if there is none.
func describedPath(doc *openapi3.T, r *http.Request) (string, map[string]string) {
	given := strings.Split(r.URL.Path, "/")
	for path, item := range doc.Paths.Map() {
		parts, params := strings.Split(path, "/"), map[string]string{}
		if len(parts) != len(given) || item.GetOperation(r.Method) == nil {
			continue
		}
		same := true
		for i, part := range parts {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				params[strings.TrimSuffix(name, "}")] = given[i]
			} else if part != given[i] {
				same = false
			}
		}
		if same {
			return path, params
		}
	}
	return "", nil
}

func holdToSchema(t *testing.T, doc *openapi3.T, name string, body []byte) {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Errorf("body is no JSON: %v: %s", err, body)
		return
	}
	if err := doc.Components.Schemas[name].Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("body is no %s: %v\n%s", name, err, body)
	}
}

func TestDescriptionHasEveryRoute(t *testing.T) {
	t.Parallel()
	doc := description(t)
	var got, want []string
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			rule := "signed in"
			if op.Security != nil && len(*op.Security) == 0 {
				rule = "open"
			}
			got = append(got, method+" "+path+" "+rule)
		}
	}
	for _, r := range httpapi.Routes() {
		rule := "signed in"
		if r.Open {
			rule = "open"
		}
		want = append(want, r.Method+" "+strings.ReplaceAll(r.Path, "...", "")+" "+rule)
	}
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("routes of the mux and of openapi.json (-mux +openapi):\n%s", diff)
	}
}

func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.caller = nil
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if w := b.do(get("/openapi.json")); w.Code != 200 || w.Body.String() != string(want) {
		t.Errorf("status %d, %d bytes of %d", w.Code, w.Body.Len(), len(want))
	}
}

// The check of answers must be able to fail.
func TestDescriptionRefusesWhatItDoesNotDescribe(t *testing.T) {
	t.Parallel()
	doc := description(t)
	for name, test := range map[string]struct{ schema, body string }{
		"an unknown field":  {schema: "Problem", body: `{"type":"urn:usher:problem:x","title":"t","status":400,"detail":"d","code":"x","secret":1}`},
		"a missing field":   {schema: "InvitationList", body: `{"invitations":[]}`},
		"an unknown state":  {schema: "InvitationList", body: `{"invitations":[{"row":1,"email":"a","state":"done","code":null,"reason":null,"ref":null,"attempts":0,"user_sub":null,"updated_at":null,"retry_at":null,"password_expires_at":null}],"next_cursor":null}`},
		"a time in seconds": {schema: "TimeOrNull", body: `"2026-11-22T09:00:00Z"`},
		"null for a text":   {schema: "OwnerAccepted", body: `{"status":"000","responseData":{"requestId":null}}`},
		"a wrong constant":  {schema: "OwnerAccepted", body: `{"status":"0","responseData":{"requestId":"r"}}`},
	} {
		var v any
		if err := json.Unmarshal([]byte(test.body), &v); err != nil {
			t.Fatal(err)
		}
		if err := doc.Components.Schemas[test.schema].Value.VisitJSON(v, openapi3.EnableJSONSchema2020()); err == nil {
			t.Errorf("%s passes as %s", name, test.schema)
		}
	}
}
