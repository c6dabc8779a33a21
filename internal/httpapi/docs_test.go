package httpapi_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryCodeIsDocumented finds the codes in the sources and looks for each in
// docs/api.md: who meets one must be able to look it up.
func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources := []string{"../intake/errors.go"}
	domain, err := filepath.Glob("../onboard/*.go")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(own, domain...) {
		if !strings.HasSuffix(name, "_test.go") {
			sources = append(sources, name)
		}
	}
	code := regexp.MustCompile(`(?m)^\s*(?:const )?[cC]ode\w*\s+(?:[\w.]+\s+)?= "(\w+)"|"(\w+)", Severity|Code: "(\w+)"`)
	found := map[string]bool{}
	for _, name := range sources {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range code.FindAllStringSubmatch(string(data), -1) {
			found[match[1]+match[2]+match[3]] = true
		}
	}
	if len(found) < 70 {
		t.Errorf("only %d codes were found in the sources", len(found))
	}
	for name := range found {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/api.md says nothing on %s", name)
		}
	}
}
