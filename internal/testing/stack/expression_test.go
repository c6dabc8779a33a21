package stack

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"strconv"
	"strings"
	"testing"
)

// parseExpression reads metric math (Amazon CloudWatch User Guide, "Using metric
// math"). What template.yaml uses of it is written as in Go, but for AND and OR.
func parseExpression(t *testing.T, expression string) ast.Expr {
	t.Helper()
	e, err := parser.ParseExpr(strings.NewReplacer(" AND ", " && ", " OR ", " || ").Replace(expression))
	if err != nil {
		t.Fatalf("expression %q: %v", expression, err)
	}
	return e
}

// calculate carries out an expression over the values of its metrics. Where a
// value is missing (NaN) or a divisor is 0 the result is missing.
func calculate(t *testing.T, e ast.Expr, values map[string]float64) float64 {
	t.Helper()
	switch e := e.(type) {
	case *ast.ParenExpr:
		return calculate(t, e.X, values)
	case *ast.BasicLit:
		if n, err := strconv.ParseFloat(e.Value, 64); err == nil {
			return n
		}
	case *ast.Ident:
		if v, ok := values[e.Name]; ok {
			return v
		}
	case *ast.CallExpr:
		if fn, ok := e.Fun.(*ast.Ident); ok && fn.Name == "IF" && len(e.Args) == 3 {
			return choose(calculate(t, e.Args[0], values), calculate(t, e.Args[1], values), calculate(t, e.Args[2], values))
		}
	case *ast.BinaryExpr:
		if operate := operators[e.Op]; operate != nil {
			return join(operate, calculate(t, e.X, values), calculate(t, e.Y, values))
		}
	}
	t.Fatalf("these tests cannot calculate %#v yet", e)
	return 0
}

func choose(condition, yes, no float64) float64 {
	switch {
	case math.IsNaN(condition):
		return condition
	case condition != 0:
		return yes
	}
	return no
}

// operators are those of metric math; what is true is 1.
var operators = map[token.Token]func(x, y float64) float64{
	token.ADD:  func(x, y float64) float64 { return x + y },
	token.SUB:  func(x, y float64) float64 { return x - y },
	token.MUL:  func(x, y float64) float64 { return x * y },
	token.QUO:  func(x, y float64) float64 { return x / y },
	token.LSS:  func(x, y float64) float64 { return truth(x < y) },
	token.GTR:  func(x, y float64) float64 { return truth(x > y) },
	token.LEQ:  func(x, y float64) float64 { return truth(x <= y) },
	token.GEQ:  func(x, y float64) float64 { return truth(x >= y) },
	token.LAND: func(x, y float64) float64 { return truth(x != 0 && y != 0) },
	token.LOR:  func(x, y float64) float64 { return truth(x != 0 || y != 0) },
}

func join(operate func(x, y float64) float64, x, y float64) float64 {
	if math.IsNaN(x) || math.IsNaN(y) {
		return math.NaN()
	}
	result := operate(x, y)
	if math.IsInf(result, 0) {
		return math.NaN()
	}
	return result
}

func truth(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func TestCalculate(t *testing.T) {
	t.Parallel()
	values := map[string]float64{"a": 6, "b": 3, "zero": 0, "missing": math.NaN()}
	for expression, want := range map[string]float64{
		"a + b": 9, "a - b * 2": 0, "(a - b) * 2": 6, "100 * b / a": 50, "a / zero": math.NaN(), "zero / zero": math.NaN(),
		"a + missing": math.NaN(), "missing > 1": math.NaN(), "IF(missing > 1, 1, 0)": math.NaN(),
		"a > 5 AND b >= 3": 1, "a > 6 AND b >= 3": 0, "a > 6 OR b >= 3": 1, "a < 6": 0, "a <= 6": 1,
		"IF(a > b, a, b) - 0.5": 5.5, "IF(a < b, a, b)": 3,
	} {
		got := calculate(t, parseExpression(t, expression), values)
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s = %v, want %v", expression, got, want)
		}
	}
}
