package layout_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	root         = "../../.."
	contributing = "CONTRIBUTING.md"
)

// documents returns the texts of the project's pages, by path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no pages in docs: %v", err)
	}
	for _, name := range []string{"README.md", "CHANGELOG.md", contributing, "SECURITY.md"} {
		paths = append(paths, filepath.Join(root, name))
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unnamed = regexp.MustCompile(`[^a-z0-9_ -]`) // what an anchor leaves out
)

func TestLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	texts := documents(t)
	for from, text := range texts {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(found[1], "#")
			to := from
			if file != "" {
				to = filepath.Join(filepath.Dir(from), file)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", from, found[1])
			} else if anchor != "" && !anchors(texts[to])[anchor] {
				t.Errorf("%s: %s has no such heading", from, found[1])
			}
		}
	}
}

// ourFile is a file or a folder of ours in a code span.
var ourFile = regexp.MustCompile("`((?:cmd|docs|events|functions|internal)/[^` ]*|[a-z]+\\.(?:yaml|mod))`")

// Where to change what is of use only as long as the files have these names.
func TestFilesThatContributorsAreSentToExist(t *testing.T) {
	t.Parallel()
	found := ourFile.FindAllStringSubmatch(documents(t)[filepath.Join(root, contributing)], -1)
	if len(found) < 20 {
		t.Errorf("%s names %d files that this test can see", contributing, len(found))
	}
	for _, file := range found {
		if _, err := os.Stat(filepath.Join(root, file[1])); err != nil {
			t.Errorf("%s names %s, which is not there", contributing, file[1])
		}
	}
}

// anchors are the names under which a page's headings can be linked to.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		name := unnamed.ReplaceAllString(strings.ToLower(found[1]), "")
		names[strings.ReplaceAll(name, " ", "-")] = true
	}
	return names
}

// What a page says is held by a test must be: tests are renamed, pages forgotten.
// A name in capitals without Test before it is a case of a contract.
var (
	named = regexp.MustCompile("`((?:Test|Benchmark|Fuzz)[A-Z]\\w+|[A-Z][a-z]+(?:[A-Z][a-z]*){2,})`")
	test  = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Fuzz)\w+)\(|^\t\{"(\w+)", func\(`)
)

// tests are the names of all tests and of the cases of contracts.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	exist := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, found := range test.FindAllStringSubmatch(string(text), -1) {
			exist[found[1]+found[2]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return exist
}

// isTest tells the name of a test from that of a setting.
func isTest(name string) bool {
	return strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Benchmark") || strings.HasPrefix(name, "Fuzz")
}

func TestTestsThatTheDocumentsNameExist(t *testing.T) {
	t.Parallel()
	exist := tests(t)
	// Each page names so many at least, or this test no longer sees them.
	for page, least := range map[string]int{"promises.md": 40, "security.md": 40, "personal-data.md": 5} {
		seen := 0
		for _, found := range named.FindAllStringSubmatch(documents(t)[filepath.Join(root, "docs", page)], -1) {
			if page != "promises.md" && !isTest(found[1]) {
				continue // a setting
			}
			seen++
			if !exist[found[1]] {
				t.Errorf("docs/%s names %s, which is no test", page, found[1])
			}
		}
		if seen < least {
			t.Errorf("docs/%s names %d tests that this one can see; it used to name more", page, seen)
		}
	}
}
