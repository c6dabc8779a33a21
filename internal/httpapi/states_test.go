package httpapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// stateNames are the states of an invitation as the domain lists them.
func stateNames() []string {
	var names []string
	for _, s := range onboard.States {
		names = append(names, string(s))
	}
	return names
}

func TestAnswersCountEveryState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	counts := b.want(202, postJSON("/requests", `["ann@example.org"]`))["counts"].(map[string]any)
	var got []string
	for name := range counts {
		got = append(got, name)
	}
	if diff := cmp.Diff(sorted(append(stateNames(), "total")), sorted(got)); diff != "" {
		t.Errorf("counts (-onboard.States +answer):\n%s", diff)
	}
}

func TestDescriptionHasEveryState(t *testing.T) {
	t.Parallel()
	schemas := description(t).Components.Schemas
	var counted []string
	for name := range schemas["Counts"].Value.Properties {
		counted = append(counted, name)
	}
	if diff := cmp.Diff(sorted(append(stateNames(), "total")), sorted(counted)); diff != "" {
		t.Errorf("properties of Counts (-onboard.States +openapi.json):\n%s", diff)
	}
	if diff := cmp.Diff(append([]string{"total"}, stateNames()...), schemas["Counts"].Value.Required); diff != "" {
		t.Errorf("what Counts requires (-onboard.States +openapi.json):\n%s", diff)
	}
	var named []string
	for _, value := range schemas["Invitation"].Value.Properties["state"].Value.Enum {
		named = append(named, value.(string))
	}
	if diff := cmp.Diff(stateNames(), named); diff != "" {
		t.Errorf("states of an Invitation (-onboard.States +openapi.json):\n%s", diff)
	}
}

var (
	firstCell = regexp.MustCompile("(?m)^\\| `(\\w+)` \\|")
	example   = regexp.MustCompile(`"counts":(\{[^}.]*\})`)
)

func TestPageHasEveryState(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "| state of an invitation |")
	table, _, _ := strings.Cut(rest, "\n\n")
	var explained []string
	for _, match := range firstCell.FindAllStringSubmatch(table, -1) {
		explained = append(explained, match[1])
	}
	if diff := cmp.Diff(stateNames(), explained); diff != "" {
		t.Errorf("states of an invitation (-onboard.States +docs/api.md):\n%s", diff)
	}
	examples := example.FindAllStringSubmatch(string(page), -1)
	if len(examples) == 0 {
		t.Error("docs/api.md shows no counts")
	}
	for _, match := range examples {
		var counts map[string]int
		if err := json.Unmarshal([]byte(match[1]), &counts); err != nil {
			t.Fatalf("%s: %v", match[1], err)
		}
		for _, name := range stateNames() {
			if _, ok := counts[name]; !ok {
				t.Errorf("docs/api.md shows counts without %s: %s", name, match[1])
			}
		}
		total := 0
		for name, n := range counts {
			if name != "total" {
				total += n
			}
			if name != "total" && !slices.Contains(stateNames(), name) {
				t.Errorf("docs/api.md counts %s, which is no state", name)
			}
		}
		if total != counts["total"] {
			t.Errorf("docs/api.md shows counts that do not add up: %s", match[1])
		}
	}
}
