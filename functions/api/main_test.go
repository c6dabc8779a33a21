package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"usher.example/internal/deployed"
	"usher.example/internal/httpapi"
	"usher.example/internal/testing/callers"
	"usher.example/internal/testing/standin"
)

// wired is the API as it is deployed, with the variables that a stack gives it. No
// service answers, so that a call that is let in fails after it was let in.
func wired(t *testing.T, without ...string) (deployedAPI, error) {
	t.Helper()
	services := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"AccessDeniedException","message":"not here"}`))
	}))
	t.Cleanup(services.Close)
	stack := standin.Stack{
		UserPoolID: "ap-northeast-1_EXAMPLE01", TableName: "table", QueueURL: services.URL + "/123456789012/queue",
	}
	variables := stack.Environment(services.URL, services.URL)["ApiFunction"]
	maps.Copy(variables, map[string]string{"AWS_REGION": "ap-northeast-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})
	for _, name := range without {
		delete(variables, name)
	}
	p := deployed.NewParts(func(name string) string { return variables[name] })
	api := newAPI(p)
	return api.Invoke, p.Err()
}

// Who may call what, by the function as it is deployed: without AWS_SAM_LOCAL, which
// Lambda never sets, LOCAL_ADMINISTRATOR lets nobody in.
func TestWhoMayCallTheDeployedAPI(t *testing.T) {
	t.Parallel()
	invoke, err := wired(t)
	if err != nil {
		t.Fatal(err)
	}
	sample, err := os.ReadFile("../../events/get-pool.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range callers.Identities() {
		want := who.Want
		if who.Local && who.Authorizer == nil {
			want = http.StatusUnauthorized
		}
		for _, r := range httpapi.Routes() {
			var event map[string]any
			if err := json.Unmarshal(sample, &event); err != nil {
				t.Fatal(err)
			}
			who.Sign(event)
			event["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = r.Method
			event["rawPath"] = strings.NewReplacer("{id}", "01R", "{file...}", "x").Replace(r.Path)
			got := status(t, invoke, event)
			refused := got == http.StatusUnauthorized || got == http.StatusForbidden
			if (r.Open || want == 0) && refused || !r.Open && want != 0 && got != want {
				t.Errorf("%s: %s %s: status %d, want %d", who.Name, r.Method, r.Path, got, want)
			}
		}
	}
}

// Without them any client's and any pool's tokens would do, so it does not start.
func TestIssuerAndClientAreRequired(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"TOKEN_ISSUER", "USER_POOL_CLIENT_ID", "ADMIN_GROUP"} {
		if _, err := wired(t, name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

type deployedAPI = func(context.Context, []byte) ([]byte, error)

func status(t *testing.T, invoke deployedAPI, event map[string]any) int {
	t.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	out, err := invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ StatusCode int }
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode
}
