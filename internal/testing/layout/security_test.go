package layout_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	line   = regexp.MustCompile(`(?m)^\| (.+?\?) \| (.+?) \| (.*) \|$`)
	reason = regexp.MustCompile(`accepted: \S.{10,}`)
)

// identities are whose possibilities docs/security.md lists, each in a table of its
// own with the same lines.
var identities = []string{
	"Nobody", "A member of the pool", "An administrator", "The holder of a stolen token", "The holder of `sqs:SendMessage`", "The holder of the table",
}

// A security engineer reads the matrix to find the cell that nobody has thought of.
func TestEveryCellOfTheMatrixIsHeldOrAccepted(t *testing.T) {
	t.Parallel()
	text := documents(t)[filepath.Join(root, "docs", "security.md")]
	_, matrix, _ := strings.Cut(text, "## Who can do what")
	matrix, _, _ = strings.Cut(matrix, "\n## ")
	exist := tests(t)
	var lines []string
	for i, who := range identities {
		_, section, found := strings.Cut(matrix, "\n### "+who+"\n")
		section, _, _ = strings.Cut(section, "\n### ")
		if !found {
			t.Errorf("docs/security.md has no table of %s", who)
			continue
		}
		var asked []string
		for _, cell := range line.FindAllStringSubmatch(section, -1) {
			asked = append(asked, cell[1])
			if cell[2] == "" || !isHeld(cell[3], exist) && !reason.MatchString(cell[3]) {
				t.Errorf("%s, %s: %q names no test and says no \"accepted: reason\"", who, cell[1], cell[3])
			}
		}
		if i == 0 {
			lines = asked
		}
		if !slices.Equal(asked, lines) || len(asked) < 10 {
			t.Errorf("%s has the lines %q, want %q", who, asked, lines)
		}
	}
	if n := strings.Count(matrix, "\n### "); n != len(identities) {
		t.Errorf("docs/security.md has %d tables, this test knows %d", n, len(identities))
	}
}

// isHeld reports whether a cell names a test that exists.
func isHeld(cell string, exist map[string]bool) bool {
	for _, found := range named.FindAllStringSubmatch(cell, -1) {
		if exist[found[1]] {
			return true
		}
	}
	return false
}
