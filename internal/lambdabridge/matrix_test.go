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
)

const (
	issuer   = "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_EXAMPLE01"
	clientID = "4example4client4id4example"
)

// matrixAPI is the whole API behind the bridge.
func matrixAPI(local *httpapi.Caller) *lambdabridge.API {
	system := onboard.System{Queue: memory.NewQueue(memory.QueueConfig{}), Store: memory.NewStore()}
	system.NewID = func() string { return "01R" }
	return &lambdabridge.API{
		Issuer: issuer, ClientID: clientID, LocalAdministrator: local,
		Handler: httpapi.New(httpapi.Config{System: system, AdminGroup: "admins"}),
	}
}

// identity is what an event says about who calls.
type identity struct {
	name       string
	authorizer any // of the event's requestContext; nil: none
	local      bool
	want       int // 0: let in where administrators are
}

// token is an authorizer's word on a good token, with changes; a nil value
// takes a claim away.
func token(changes ...any) map[string]any {
	claims := map[string]any{
		"sub": "57a4aa58", "username": "57a4aa58", "token_use": "access", "client_id": clientID, "iss": issuer,
		"exp": "1795340600", "iat": "1795337000", "cognito:groups": "[admins]",
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == nil {
			delete(claims, changes[i].(string))
			continue
		}
		claims[changes[i].(string)] = changes[i+1]
	}
	return map[string]any{"jwt": map[string]any{"claims": claims, "scopes": nil}}
}

func identities() []identity {
	groups := func(claim any) map[string]any { return token("cognito:groups", claim) }
	return []identity{
		{name: "none", want: 401},
		{name: "access token", authorizer: token()},
		{name: "id token", authorizer: token("token_use", "id", "client_id", nil, "aud", clientID, "username", nil, "cognito:username", "57a4aa58")},
		{name: "expired", authorizer: token("exp", "1795337999"), want: 401},
		{name: "expires this moment", authorizer: token("exp", "1795338000"), want: 401},
		{name: "expires as a number", authorizer: token("exp", 1795340600)},
		{name: "no expiry", authorizer: token("exp", nil), want: 401},
		{name: "wrong issuer", authorizer: token("iss", strings.Replace(issuer, "01", "02", 1)), want: 401},
		{name: "wrong client", authorizer: token("client_id", "other"), want: 401},
		{name: "id token of another client", authorizer: token("token_use", "id", "client_id", nil, "aud", "other"), want: 401},
		{name: "refresh token", authorizer: token("token_use", "refresh"), want: 401},
		{name: "no token_use", authorizer: token("token_use", nil), want: 401},
		{name: "no group", authorizer: token("cognito:groups", nil), want: 403},
		{name: "no group in the list", authorizer: groups("[]"), want: 403},
		{name: "admin", authorizer: groups("[admin]"), want: 403},
		{name: "not-admins", authorizer: groups("[not-admins]"), want: 403},
		{name: "admins2", authorizer: groups("[admins2]"), want: 403},
		{name: "x,admins", authorizer: groups("[x,admins]"), want: 403},
		{name: "a group named [admins]", authorizer: groups("[[admins]]"), want: 403},
		{name: "other case", authorizer: groups("[Admins]"), want: 403},
		{name: "no-break space", authorizer: groups("[x\u00a0admins]"), want: 403},
		{name: "without brackets", authorizer: groups("admins"), want: 403},
		{name: "half a bracket", authorizer: groups("[admins"), want: 403},
		{name: "group among several", authorizer: groups("[staff admins editors]")},
		{name: "a list, as in the token", authorizer: groups([]any{"staff", "admins"})},
		{name: "a list with a space in a name", authorizer: groups([]any{"staff admins"}), want: 403},
		{name: "groups a number", authorizer: groups(7), want: 403},
		{name: "groups an object", authorizer: groups(map[string]any{"admins": true}), want: 403},
		{name: "claims a text", authorizer: map[string]any{"jwt": map[string]any{"claims": "[admins]"}}, want: 401},
		{name: "no claims", authorizer: map[string]any{"jwt": map[string]any{}}, want: 401},
		{name: "no jwt", authorizer: map[string]any{"lambda": map[string]any{"cognito:groups": "[admins]"}}, want: 401},
		{name: "authorizer a text", authorizer: "admins", want: 401},
		{name: "nobody by name", authorizer: token("sub", nil, "username", nil), want: 401},
		{name: "SAM local", local: true},
		{name: "SAM local with a bad token", authorizer: token("exp", "1"), local: true, want: 401},
		{name: "SAM local with a group short", authorizer: groups("[staff]"), local: true, want: 403},
	}
}

func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	for _, who := range identities() {
		t.Run(who.name, func(t *testing.T) {
			t.Parallel()
			var local *httpapi.Caller
			if who.local {
				c := httpapi.LocalAdministrator("local@example.org", "admins")
				local = &c
			}
			api := matrixAPI(local)
			for _, r := range httpapi.Routes() {
				e := event(t, "get-pool.json")
				context := e["requestContext"].(map[string]any)
				context["authorizer"] = who.authorizer
				context["http"].(map[string]any)["method"] = r.Method
				e["rawPath"] = strings.NewReplacer("{id}", "01R", "{file...}", "x").Replace(r.Path)
				got := invoke(t, api, encoded(t, e))
				refused := got.StatusCode == 401 || got.StatusCode == 403
				if (r.Open || who.want == 0) && refused || !r.Open && who.want != 0 && got.StatusCode != who.want {
					t.Errorf("%s %s: status %d, want %d: %s", r.Method, r.Path, got.StatusCode, who.want, got.Body)
				}
			}
		})
	}
}

func TestCallerIsWhoTheTokenNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		authorizer any
		want       string
	}{
		"access token":            {authorizer: token("username", "eve"), want: "eve"},
		"id token":                {authorizer: token("token_use", "id", "client_id", nil, "aud", clientID, "username", nil, "cognito:username", "eve"), want: "eve"},
		"an address as user name": {authorizer: token("username", "eve@example.org"), want: "57a4aa58"},
	} {
		api := matrixAPI(nil)
		e := event(t, "post-requests.json")
		e["requestContext"].(map[string]any)["authorizer"] = test.authorizer
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
		"post-requests.json": 202, "post-requests-csv.json": 202, "post-requests-dry-run.json": 200, "post-owner-create.json": 202,
		"get-requests.json": 200, "get-requests-id.json": 404, "get-requests-id-invitations.json": 404, "get-requests-id-invitations-csv.json": 404,
		"post-requests-id-retry.json": 404, "post-requests-id-resend.json": 404, "post-requests-id-cancel.json": 404, "post-requests-id-resume.json": 404,
		"get-pool.json": 200, "get-health.json": 200, "get-openapi.json": 200, "get-console.json": 404, "get-console-file.json": 404,
	} {
		e := event(t, name)
		if context := e["requestContext"].(map[string]any); context["authorizer"] != nil {
			context["authorizer"] = token()
		}
		if got := invoke(t, matrixAPI(nil), encoded(t, e)); got.StatusCode != want {
			t.Errorf("%s: status %d, want %d: %s", name, got.StatusCode, want, got.Body)
		}
	}
}
