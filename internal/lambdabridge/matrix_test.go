package lambdabridge_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/httpapi"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/callers"
)

// matrixAPI is the whole API behind the bridge.
func matrixAPI(local *httpapi.Caller) *lambdabridge.API {
	system := onboard.System{Queue: memory.NewQueue(memory.QueueConfig{}), Store: memory.NewStore()}
	system.NewID = func() string { return "01R" }
	return &lambdabridge.API{
		Issuer: callers.Issuer, ClientID: callers.Client, LocalAdministrator: local,
		Handler: httpapi.New(httpapi.Config{System: system, AdminGroup: callers.AdminGroup}),
	}
}

func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	for _, who := range callers.Identities() {
		t.Run(who.Name, func(t *testing.T) {
			t.Parallel()
			var local *httpapi.Caller
			if who.Local {
				c := httpapi.LocalAdministrator("local@example.org", callers.AdminGroup)
				local = &c
			}
			api := matrixAPI(local)
			for _, r := range httpapi.Routes() {
				e := event(t, "get-pool.json")
				who.Sign(e)
				e["requestContext"].(map[string]any)["http"].(map[string]any)["method"] = r.Method
				e["rawPath"] = strings.NewReplacer("{id}", "01R", "{file...}", "x").Replace(r.Path)
				got := invoke(t, api, encoded(t, e))
				refused := got.StatusCode == 401 || got.StatusCode == 403
				if (r.Open || who.Want == 0) && refused || !r.Open && who.Want != 0 && got.StatusCode != who.Want {
					t.Errorf("%s %s: status %d, want %d: %s", r.Method, r.Path, got.StatusCode, who.Want, got.Body)
				}
			}
		})
	}
}

func TestCallerIsWhoTheTokenNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		who  callers.Identity
		want string
	}{
		"access token":            {who: callers.Administrator("username", "eve"), want: "eve"},
		"id token":                {who: callers.Administrator("token_use", "id", "client_id", nil, "aud", callers.Client, "username", nil, "cognito:username", "eve"), want: "eve"},
		"an address as user name": {who: callers.Administrator("username", "eve@example.org"), want: "57a4aa58"},
	} {
		api := matrixAPI(nil)
		e := event(t, "post-requests.json")
		test.who.Sign(e)
		var v struct {
			SubmittedBy string `json:"submitted_by"`
		}
		got := invoke(t, api, encoded(t, e))
		if err := json.Unmarshal([]byte(got.Body), &v); err != nil || v.SubmittedBy != test.want {
			t.Errorf("%s: submitted by %q, want %q (%v, %s)", name, v.SubmittedBy, test.want, err, fmt.Sprint(got))
		}
	}
}

func TestEverySampleEventIsServed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{
		"post-requests.json": 202, "post-requests-csv.json": 202, "post-requests-dry-run.json": 200, "post-owner-create.json": 202, "post-people-lookup.json": 200, "post-people-resend.json": 202, "post-people-export.json": 200, "post-people-cancel.json": 409, "post-people-erase.json": 202,
		"get-requests.json": 200, "get-requests-id.json": 404, "get-requests-id-invitations.json": 404, "get-requests-id-invitations-csv.json": 404,
		"post-requests-id-retry.json": 404, "post-requests-id-resend.json": 404, "post-requests-id-cancel.json": 404, "post-requests-id-resume.json": 404, "post-requests-id-scan.json": 404, "post-requests-id-erase.json": 404,
		"get-pool.json": 200, "get-health.json": 200, "get-openapi.json": 200, "get-console.json": 404, "get-console-file.json": 404,
	} {
		e := event(t, name)
		if got := invoke(t, matrixAPI(nil), encoded(t, e)); got.StatusCode != want {
			t.Errorf("%s: status %d, want %d: %s", name, got.StatusCode, want, got.Body)
		}
	}
}
