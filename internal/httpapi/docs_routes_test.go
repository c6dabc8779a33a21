package httpapi_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
)

// The table at the top of docs/api.md lists the routes, and which need no sign-in.
func TestThePageListsTheRoutes(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, r := range httpapi.Routes() {
		if r.Path != "/console" { // only leads to /console/
			want[r.Method+" "+strings.TrimSuffix(r.Path, "{file...}")] = r.Open
		}
	}
	if diff := cmp.Diff(want, pageRoutes(t)); diff != "" {
		t.Errorf("open routes (-code +docs/api.md):\n%s", diff)
	}
}

var quoted = regexp.MustCompile("`([^`]+)`")

// pageRoutes reads that table. A word without a method, such as `resend`, is the
// route before it with another last part.
func pageRoutes(t *testing.T) map[string]bool {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(page), "| route | does |\n")
	rows, _, _ = strings.Cut(rows, "\n\n")
	routes, before := map[string]bool{}, ""
	for row := range strings.Lines(rows) {
		cells := strings.Split(row, "|")
		if len(cells) < 3 {
			t.Fatalf("docs/api.md has %q in its table of routes", row)
		}
		for _, found := range quoted.FindAllStringSubmatch(cells[1], -1) {
			route := found[1]
			if !strings.Contains(route, " ") {
				route = path.Dir(before) + "/" + route
			}
			routes[route], before = strings.Contains(cells[2], "no sign-in"), route
		}
	}
	return routes
}
