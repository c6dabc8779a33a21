package layout_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// module is the path of this module, which go.mod says and make module replaces.
var module = modulePath()

func modulePath() string {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(line, "module "); ok {
			return strings.TrimSpace(path)
		}
	}
	panic("go.mod names no module")
}

func TestImportsPointDownwards(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, fault := range faults(p) {
			t.Error(fault)
		}
	}
}

// The direct imports show which package is at fault; this shows that nothing
// comes in through another package.
func TestDomainStandsOnTheStandardLibrary(t *testing.T) {
	t.Parallel()
	list := goList(t, "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./"+domain)
	got := strings.Fields(string(list))
	if len(got) != 1 || got[0] != module+"/"+domain {
		t.Errorf("the domain depends on %q, want itself and the standard library", got)
	}
}

func TestFunctionsOnlyWire(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, file := range p.GoFiles {
			if !isFunctionMain(p, file) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(text, []byte("\n")); lines > maxMainLines {
				t.Errorf("%s/%s has %d lines, want at most %d: move what can be tested to a package", p.local(), file, lines, maxMainLines)
			}
		}
	}
}

// packages lists every package of the module.
func packages(t *testing.T) []pkg {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(goList(t, "-json=ImportPath,Dir,Doc,Imports,GoFiles", "./...")))
	var all []pkg
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func goList(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	cmd.Dir = "../../.."
	var stderr strings.Builder
	cmd.Stderr = &stderr
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %q: %v\n%s", args, err, &stderr)
	}
	return list
}
