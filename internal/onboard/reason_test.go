package onboard

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryCodeAndCauseHasASentence(t *testing.T) {
	t.Parallel()
	codes, causes := map[string]bool{}, map[string]bool{}
	for key := range sentences {
		if key.cause == "" {
			codes[string(key.code)] = true
		} else {
			causes[string(key.cause)] = true
		}
		if key.code != "" && sentences[reasonKey{code: key.code, cause: ""}] == "" {
			t.Errorf("%s has a sentence for the cause %q and none for others", key.code, key.cause)
		}
	}
	if diff := cmp.Diff(constants(t, "state*.go", "Code"), slices.Sorted(maps.Keys(codes))); diff != "" {
		t.Errorf("codes (-constants +sentences):\n%s", diff)
	}
	if diff := cmp.Diff(constants(t, "*.go", "Cause"), slices.Sorted(maps.Keys(causes))); diff != "" {
		t.Errorf("causes (-constants +sentences):\n%s", diff)
	}
}

// constants returns the values of the constants of a type, sorted. The codes of
// rows are in state.go; those elsewhere belong to warnings and refused requests.
func constants(t *testing.T, pattern, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, name := range files {
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
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == typeName {
				for _, v := range spec.Values {
					value, err := strconv.Unquote(v.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					values = append(values, value)
				}
			}
			return true
		})
	}
	slices.Sort(values)
	return values
}

func TestStatesListsEveryState(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, s := range States {
		listed = append(listed, string(s))
	}
	slices.Sort(listed)
	if diff := cmp.Diff(constants(t, "state*.go", "State"), listed); diff != "" {
		t.Errorf("states (-constants +States):\n%s", diff)
	}
}

func TestSentencesAreSentences(t *testing.T) {
	t.Parallel()
	for key, s := range sentences {
		if s != Sentence(s) || len(s) < 20 || strings.Contains(s, "..") {
			t.Errorf("%v: %q is no sentence", key, s)
		}
	}
}

// promise finds words for actions of usher that depend on what became of the row.
var promise = regexp.MustCompile(`(?i)\b(retry|retried|resume|resumed|resend|resent)\b`)

// promised are the actions that every row with the code allows. With another code
// the row may have failed, which can be retried, or be invited, which cannot; and a
// pause is also shown by a pool doctor, which nobody can resume.
var promised = map[reasonKey]string{
	{code: CodeMailNotDelivered, cause: ""}:                 "resend",
	{code: CodeMailNotDelivered, cause: CauseUndeliverable}: "resend",
	{code: CodeMailUnclear, cause: ""}:                      "resend",
	{code: CodeMailQuota, cause: CauseCreatedUnmailed}:      "resend",
	{code: CodeAttemptsExhausted, cause: ""}:                "retry",
}

func TestSentencesPromiseOnlyWhatIsAllowed(t *testing.T) {
	t.Parallel()
	if !promise.MatchString("Correct its name, then retry.") {
		t.Fatal("this test finds nothing")
	}
	for key, s := range sentences {
		for _, found := range promise.FindAllString(s, -1) {
			if found != promised[key] {
				t.Errorf("%v: %q promises a %s", key, s, found)
			}
		}
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		" ":                           "",
		"the mail is used up":         "The mail is used up.",
		"Fix the pool, then resume.":  "Fix the pool, then resume.",
		"über; \"x\" is no group\n":   "Über; \"x\" is no group.",
		"\"groups\" must be a list":   "\"groups\" must be a list.",
		"Is it there? look at it now": "Is it there? look at it now.",
	} {
		if got := Sentence(text); got != want {
			t.Errorf("Sentence(%q) = %q, want %q", text, got, want)
		}
	}
}

// A row waits behind one whose reason an earlier version of usher stored.
func TestWaitsBehindAnOldReason(t *testing.T) {
	t.Parallel()
	got := waitsBehind("the day's mail of the pool is used up; this row goes on when it is renewed")
	want := "Another row with this address comes first and is waiting. The day's mail of the pool is used up; this row goes on when it is renewed."
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
