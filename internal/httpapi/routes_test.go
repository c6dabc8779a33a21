package httpapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
)

// The open routes are named here once more: one more of them is a decision.
func TestOnlyTheseRoutesAreOpen(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range httpapi.Routes() {
		if r.Open {
			got = append(got, r.Method+" "+r.Path)
		}
	}
	want := []string{"GET /health", "GET /openapi.json", "GET /console", "GET /console/{file...}"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open routes (-want +got):\n%s", diff)
	}
}

// target is a call of a route.
func target(r httpapi.Route) call {
	path := strings.NewReplacer("{id}", "01R", "{file...}", "x").Replace(r.Path)
	return call{method: r.Method, target: path}
}

func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	who := func(use string, groups ...string) *httpapi.Caller {
		return &httpapi.Caller{Name: "eve", Sub: "sub-eve", Groups: groups, TokenUse: use}
	}
	for _, test := range []struct {
		name   string
		caller *httpapi.Caller
		want   int // 0: let in
	}{
		{"nobody", nil, 401},
		{"nobody by name", &httpapi.Caller{Groups: []string{adminGroup}, TokenUse: "access"}, 401},
		{"access token", who("access", adminGroup), 0},
		{"id token", who("id", adminGroup), 0},
		{"refresh token", who("refresh", adminGroup), 401},
		{"no token_use", who("", adminGroup), 401},
		{"no group", who("access"), 403},
		{"another group", who("access", "staff"), 403},
		{"group among several", who("access", "a", adminGroup, "z"), 0},
		{"longer name", who("access", adminGroup+"2"), 403},
		{"part of a name", who("access", adminGroup[:5]), 403},
		{"other case", who("access", "Administrators"), 403},
		{"in brackets", who("access", "["+adminGroup+"]"), 403},
		{"with a comma", who("access", "x,"+adminGroup), 403},
		{"with a space", who("access", "x "+adminGroup), 403},
		{"empty name", who("access", ""), 403},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.caller = test.caller
			for _, r := range httpapi.Routes() {
				w := b.do(target(r))
				refused := w.Code == 401 || w.Code == 403
				if (r.Open || test.want == 0) && refused || !r.Open && test.want != 0 && w.Code != test.want {
					t.Errorf("%s %s: status %d, want %d", r.Method, r.Path, w.Code, test.want)
				}
			}
		})
	}
}

func TestWithoutAGroupNobodyMay(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.AdminGroup = "" })
	for _, groups := range [][]string{nil, {""}, {adminGroup}} {
		b.caller = &httpapi.Caller{Name: "eve", Sub: "s", Groups: groups, TokenUse: "access"}
		b.problem(403, get("/requests"))
	}
}

func TestEveryRouteHasARule(t *testing.T) {
	t.Parallel()
	if unset := httpapi.UnsetRules(); len(unset) > 0 {
		t.Errorf("routes that do not say who may call them: %v", unset)
	}
}
