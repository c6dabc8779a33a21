package lambdabridge_test

import (
	"encoding/json"
	"slices"
	"testing"

	"usher.example/internal/testing/callers"
)

// Whatever API Gateway makes of the groups, only a token that lists the
// administrators' group by its whole name, and nothing else than the claim, makes an
// administrator.
func FuzzGroups(f *testing.F) {
	for _, seed := range [][2]string{
		{"[administrators]", `["administrators"]`}, {"[School administrators]", `["School administrators"]`}, {"[]", "[]"}, {"", ""},
		{"[a administrators b]", `["a","administrators","b"]`}, {"[[administrators]]", `["[administrators]"]`}, {"[administrators", `["administrators"]`},
	} {
		f.Add(seed[0], seed[1])
	}
	api := matrixAPI(nil)
	f.Fuzz(func(t *testing.T, claim, payload string) {
		var listed any
		_ = json.Unmarshal([]byte(payload), &listed) // broken: the token lists none
		e := event(t, "get-requests.json")
		callers.Grouped(listed, claim).Sign(e)
		got := invoke(t, api, encoded(t, e))
		list, _ := listed.([]any)
		if got.StatusCode == 200 && !slices.Contains(list, any(callers.AdminGroup)) {
			t.Errorf("claim %q of a token with %q made an administrator", claim, payload)
		}
	})
}
