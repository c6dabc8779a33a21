package console_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
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

func TestEveryFateOfAMailHasItsWords(t *testing.T) {
	t.Parallel()
	var want []string
	for _, d := range onboard.MailDeliveries {
		want = append(want, string(d))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, keysOf(words(t, "deliveries"))); diff != "" {
		t.Errorf("what becomes of a mail (-internal/onboard +words.js):\n%s", diff)
	}
	signIns := []string{"expired", string(onboard.SignedInNo), string(onboard.SignedInUnknown), string(onboard.SignedInYes)}
	if diff := cmp.Diff(signIns, keysOf(words(t, "signIns"))); diff != "" {
		t.Errorf("sign-ins (-internal/onboard +words.js):\n%s", diff)
	}
}

// A finding comes with its sentences; its title is the console's.
func TestEveryFindingHasItsTitle(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(findingCodes(t), keysOf(words(t, "findings"))); diff != "" {
		t.Errorf("findings (-internal/onboard +words.js):\n%s", diff)
	}
}

// findingCodes reads the codes of all findings that internal/onboard makes.
func findingCodes(t *testing.T) []string {
	t.Helper()
	constants, found := map[string]string{}, map[string]bool{}
	files := parsed(t, "../onboard/*.go")
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
				for i, value := range spec.Values {
					if text, ok := textOf(value); ok {
						constants[spec.Names[i].Name] = text
					}
				}
			}
			return true
		})
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if list, ok := literal.Type.(*ast.ArrayType); ok && isNamed(list.Elt, "Finding") {
				for _, element := range literal.Elts {
					if inner, ok := element.(*ast.CompositeLit); ok {
						found[codeIn(t, inner, constants)] = true
					}
				}
			}
			if isNamed(literal.Type, "Finding") && len(literal.Elts) > 0 {
				found[codeIn(t, literal, constants)] = true
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// codeIn is the code of a finding as it is written: its first value.
func codeIn(t *testing.T, finding *ast.CompositeLit, constants map[string]string) string {
	t.Helper()
	value := finding.Elts[0]
	if pair, ok := value.(*ast.KeyValueExpr); ok {
		value = pair.Value
	}
	if text, ok := textOf(value); ok {
		return text
	}
	name, ok := value.(*ast.Ident)
	if !ok || constants[name.Name] == "" {
		t.Fatalf("a finding whose code is neither a text nor a constant: %#v", value)
	}
	return constants[name.Name]
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

func textOf(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// parsed parses the files of a pattern that are no tests.
func parsed(t *testing.T, pattern string) (files []*ast.File) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
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
	var codes []string
	for _, file := range parsed(t, "../onboard/state*.go") {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !isNamed(spec.Type, "Code") {
				return true
			}
			for _, value := range spec.Values {
				if code, ok := textOf(value); ok {
					codes = append(codes, code)
				}
			}
			return true
		})
	}
	slices.Sort(codes)
	return codes
}
