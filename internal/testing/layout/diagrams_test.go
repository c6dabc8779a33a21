package layout_test

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usher.example/internal/onboard"
)

func TestDiagramsShowEveryState(t *testing.T) {
	t.Parallel()
	rows := drawn(t, "row")
	for _, state := range onboard.States {
		if !rows[string(state)] {
			t.Errorf("docs/diagrams/row.svg does not show %s: add it to row.dot, then make diagrams", state)
		}
	}
	requests := drawn(t, "request")
	for _, state := range []onboard.RequestState{
		onboard.StateAccepting, onboard.StateRunning, onboard.StatePaused,
		onboard.StateCompleted, onboard.StateErrors, onboard.StateCanceled,
	} {
		if !requests[string(state)] {
			t.Errorf("docs/diagrams/request.svg does not show %s: add it to request.dot, then make diagrams", state)
		}
	}
}

var (
	svgText  = regexp.MustCompile(`<text [^>]*>([^<]*)</text>`)
	dotLabel = regexp.MustCompile(`\[label="([^"]+)"`)
	dotBreak = regexp.MustCompile(`\\[nl]`)
)

// The pictures are committed, so that readers need no Graphviz. A source that
// was changed without drawing it again shows here.
func TestDiagramsAreDrawnFromTheirSources(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob(filepath.Join(root, "docs", "diagrams", "*.dot"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no sources in docs/diagrams: %v", err)
	}
	for _, path := range sources {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".dot")
		shown := drawn(t, name)
		for _, label := range dotLabel.FindAllStringSubmatch(string(source), -1) {
			for _, line := range dotBreak.Split(label[1], -1) {
				if line != "" && !shown[line] {
					t.Errorf("docs/diagrams/%s.svg lacks %q of its source: make diagrams", name, line)
				}
			}
		}
	}
}

// drawn returns the texts of a picture.
func drawn(t *testing.T, name string) map[string]bool {
	t.Helper()
	svg, err := os.ReadFile(filepath.Join(root, "docs", "diagrams", name+".svg"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]bool{}
	for _, found := range svgText.FindAllStringSubmatch(string(svg), -1) {
		texts[html.UnescapeString(found[1])] = true
	}
	return texts
}
