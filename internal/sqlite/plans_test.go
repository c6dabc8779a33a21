package sqlite

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestQueriesUseIndexes reads SQLite's plan of every statement in the source of this
// package: with a million rows none may read a table from end to end, or sort.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	s, all := openState(t), statementsOfPackage(t)
	for _, known := range []string{selectBoth, selectOpenRequests, showMessages, purges[0], moveMessages, "SELECT version FROM claims WHERE address = ? AND expires > ?"} {
		if !slices.Contains(all, known) {
			t.Errorf("not found in the source:\n%s", known)
		}
	}
	for _, query := range all {
		plan := planOf(t, s, query)
		if len(plan) == 0 && !strings.Contains(query, " VALUES ") {
			t.Errorf("%s\nno plan", query)
		}
		for _, step := range plan {
			if bad.MatchString(step) && !allowed(query, step) {
				t.Errorf("%s\nplan: %s", query, step)
			}
		}
	}
}

var bad = regexp.MustCompile(`^SCAN|TEMP B-TREE`)

// allowed excepts walks that end after a few steps: in the order of the list that is
// asked for, over the requests that wait, and over lanes; one over all requests after some
// have expired; and the sort of dead letters that a person puts back.
func allowed(query, step string) bool {
	switch query {
	case selectNewest:
		return strings.HasPrefix(step, "SCAN r USING INDEX sqlite_autoindex_requests_1")
	case selectGroups:
		return step == "SCAN waiting" || step == "SCAN w"
	case selectUnderWay:
		return strings.HasPrefix(step, "SCAN claims USING INDEX claims_held")
	case selectClaims:
		return strings.HasPrefix(step, "SCAN json_each")
	case selectCells:
		return step == "SCAN cells"
	case purgeTallies:
		return step == "SCAN tallies"
	}
	return strings.Contains(query, "ORDER BY id") && strings.HasPrefix(strings.TrimSpace(query), "INSERT INTO messages") && step == "USE TEMP B-TREE FOR ORDER BY"
}

// planOf explains a statement over the file that has its tables.
func planOf(t *testing.T, s *State, query string) (steps []string) {
	t.Helper()
	db := s.state.pool
	if strings.Contains(query, " cells ") || strings.HasSuffix(query, " cells") {
		db = s.pace.pool
	}
	rows, err := db.Query("EXPLAIN QUERY PLAN "+query, make([]any, 9)...) // more than any query asks for
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return steps
}

// statementsOfPackage returns every statement that reads or changes rows, as the source
// has it: a text, or texts and constants with + in between.
func statementsOfPackage(t *testing.T) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	constants, parts := map[string]ast.Expr{}, map[string]bool{}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "disk.go" { // which looks at the schema
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, value := range n.Values {
					constants[n.Names[i].Name] = value
				}
			case *ast.BinaryExpr:
				for _, side := range []ast.Expr{n.X, n.Y} {
					if name, ok := side.(*ast.Ident); ok {
						parts[name.Name] = true
					}
				}
			}
			return true
		})
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && parts[spec.Names[0].Name] {
				return false // part of others
			}
			expr, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := textOf(expr, constants)
			if ok && isStatement.MatchString(text) {
				found = append(found, text)
			}
			return !ok
		})
	}
	slices.Sort(found)
	return slices.Compact(found)
}

var isStatement = regexp.MustCompile(`^\s*(SELECT|WITH|INSERT INTO|UPDATE|DELETE FROM) `)

// textOf is the text that an expression is made of; false: it is none.
func textOf(expr ast.Expr, constants map[string]ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		if value := constants[e.Name]; value != nil {
			return textOf(value, constants)
		}
	case *ast.BinaryExpr:
		left, isLeft := textOf(e.X, constants)
		right, isRight := textOf(e.Y, constants)
		return left + right, isLeft && isRight && e.Op == token.ADD
	}
	return "", false
}
