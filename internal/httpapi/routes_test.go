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
		{name: "nobody", caller: nil, want: 401},
		{name: "nobody by name", caller: &httpapi.Caller{Groups: []string{adminGroup}, TokenUse: "access"}, want: 401},
		{name: "access token", caller: who("access", adminGroup), want: 0},
		{name: "id token", caller: who("id", adminGroup), want: 0},
		{name: "refresh token", caller: who("refresh", adminGroup), want: 401},
		{name: "no token_use", caller: who("", adminGroup), want: 401},
		{name: "no group", caller: who("access"), want: 403},
		{name: "another group", caller: who("access", "staff"), want: 403},
		{name: "group among several", caller: who("access", "a", adminGroup, "z"), want: 0},
		{name: "longer name", caller: who("access", adminGroup+"2"), want: 403},
		{name: "part of a name", caller: who("access", adminGroup[:5]), want: 403},
		{name: "other case", caller: who("access", "Administrators"), want: 403},
		{name: "in brackets", caller: who("access", "["+adminGroup+"]"), want: 403},
		{name: "with a comma", caller: who("access", "x,"+adminGroup), want: 403},
		{name: "with a space", caller: who("access", "x "+adminGroup), want: 403},
		{name: "empty name", caller: who("access", ""), want: 403},
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
