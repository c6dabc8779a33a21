package console_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// A code that the console does not know is shown unchanged, without what to
// do about it. So each has its line, and none is left over.
func TestEveryCodeHasItsWords(t *testing.T) {
	t.Parallel()
	said := words(t, "codes")
	if diff := cmp.Diff(domainCodes(t), keysOf(said)); diff != "" {
		t.Errorf("codes (-internal/onboard +words.js):\n%s", diff)
	}
	for code, line := range said {
		fault := strings.Contains(line, "fault: true")
		if want := onboard.Code(code).RowAtFault(); fault != want {
			t.Errorf("%s: the console takes the row to be at fault: %v, the domain %v", code, fault, want)
		}
	}
}

func TestEveryStateHasItsWords(t *testing.T) {
	t.Parallel()
	var want []string
	for _, s := range onboard.States {
		want = append(want, string(s))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, keysOf(words(t, "states"))); diff != "" {
		t.Errorf("states of an invitation (-internal/onboard +words.js):\n%s", diff)
	}
	requests := []string{
		string(onboard.StateAccepting), string(onboard.StateCanceled), string(onboard.StateCompleted),
		string(onboard.StateErrors), string(onboard.StatePaused), string(onboard.StateRunning),
	}
	if diff := cmp.Diff(requests, keysOf(words(t, "requestStates"))); diff != "" {
		t.Errorf("states of a request (-internal/onboard +words.js):\n%s", diff)
	}
}

var wordLine = regexp.MustCompile(`(?m)^  (\w+): (\{.*\}),$`)

// words reads one list of words.js: its lines by their word.
func words(t *testing.T, list string) map[string]string {
	t.Helper()
	source, err := os.ReadFile("web/words.js")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(source), "export const "+list+" = {\n")
	block, _, ended := strings.Cut(rest, "\n};")
	if !found || !ended {
		t.Fatalf("words.js has no list %s", list)
	}
	lines := map[string]string{}
	for _, match := range wordLine.FindAllStringSubmatch(block+"\n", -1) {
		lines[match[1]] = match[2]
	}
	return lines
}

func keysOf(lines map[string]string) []string {
	var keys []string
	for key := range lines {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// domainCodes reads the codes that an invitation can carry: the constants of type
// Code beside its states. Those of problems, warnings and findings come with their
// sentence.
func domainCodes(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../onboard/state*.go")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
				return true
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok {
					code, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					codes = append(codes, code)
				}
			}
			return true
		})
	}
	slices.Sort(codes)
	return codes
}
