package stack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
)

// root is the repository's root, seen from this directory.
var root = filepath.Join("..", "..", "..")

func TestRoutesAreTheHandlers(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, r := range httpapi.Routes() {
		// What Go's mux calls a wildcard for the rest of the path.
		key := r.Method + " " + strings.Replace(r.Path, "{file...}", "{proxy+}", 1)
		want[key] = "JWT"
		if r.Open {
			want[key] = "NONE"
		}
	}
	if diff := cmp.Diff(want, routes); diff != "" {
		t.Errorf("routes (-handler +template.yaml):\n%s", diff)
	}
}

// programs names the folder of each function's program.
var programs = map[string]string{
	"ApiFunction": "api", "WorkerFunction": "worker", "DeadLetterFunction": "deadletter", "RequeueFunction": "requeue",
}

// lambdas are variables that Lambda or SAM local sets itself (AWS Lambda
// Developer Guide, "Defined runtime environment variables").
var lambdas = []string{"AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SAM_LOCAL"}

func TestEachFunctionReadsItsVariables(t *testing.T) {
	t.Parallel()
	shared := functionsOf(t, filepath.Join(root, "internal", "deployed"))
	for _, function := range functions {
		found := map[string]bool{}
		for name := range variablesIn(functionsOf(t, filepath.Join(root, "functions", programs[function])), shared) {
			if !slices.Contains(lambdas, name) {
				found[name] = true
			}
		}
		if diff := cmp.Diff(keys(found), keys(variables[function])); diff != "" {
			t.Errorf("variables of %s (-read by the code +given by template.yaml):\n%s", function, diff)
		}
	}
}

// mentions is what a Go function speaks of: variables of the environment, and
// the names of the functions and methods it calls.
type mentions struct {
	variables []string
	names     []string
}

// functionsOf reads the functions and methods of a package, tests aside, by name.
func functionsOf(t *testing.T, dir string) map[string]mentions {
	t.Helper()
	found := map[string]mentions{}
	for _, file := range sources(t, dir) {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				found[f.Name.Name] = mentionsOf(f)
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("no functions in %s", dir)
	}
	return found
}

// variable is the form of the environment's names: capitals, and at least five
// of them so that words such as INFO or JSON are none.
var variable = regexp.MustCompile(`^[A-Z][A-Z_]{4,}$`)

func mentionsOf(f *ast.FuncDecl) mentions {
	var m mentions
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			m.names = append(m.names, called(n)...)
		case *ast.BinaryExpr:
			// AWS_ENDPOINT_URL_ with a service behind it: DynamoDB has a separate one.
			if prefix, ok := n.X.(*ast.BasicLit); ok && prefix.Value == `"AWS_ENDPOINT_URL_"` {
				m.variables = append(m.variables, "AWS_ENDPOINT_URL_DYNAMODB")
				return false
			}
		case *ast.BasicLit:
			if s, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && variable.MatchString(s) {
				m.variables = append(m.variables, s)
			}
		}
		return true
	})
	return m
}

// called returns the name of a plain function, of one of the package deployed,
// or of a method of its Parts, which the code calls p. A name that this misses
// shows as a variable that is never read.
func called(call *ast.CallExpr) []string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return []string{f.Name}
	case *ast.SelectorExpr:
		if on, ok := f.X.(*ast.Ident); ok && (on.Name == "p" || on.Name == "deployed") {
			return []string{f.Sel.Name}
		}
	}
	return nil
}

// variablesIn follows a program's functions into the shared ones and gathers
// the variables on the way.
func variablesIn(program, shared map[string]mentions) map[string]bool {
	found, seen := map[string]bool{}, map[string]bool{}
	var follow func(m mentions)
	follow = func(m mentions) {
		for _, v := range m.variables {
			found[v] = true
		}
		for _, name := range m.names {
			if next, ok := shared[name]; ok && !seen[name] {
				seen[name] = true
				follow(next)
			}
		}
	}
	for _, m := range program {
		follow(m)
	}
	delete(found, "DYNAMODB") // the service's name, not a variable
	return found
}

// sources parses the Go files of a package, tests aside.
func sources(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
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
