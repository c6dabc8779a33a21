package stack

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"maps"
	"strconv"
	"testing"
)

// mutant is an alarm with one thing changed.
type mutant struct {
	change string
	alarm  alarm
}

// mutants are the alarms that somebody could have written by mistake.
func (a alarm) mutants(t *testing.T) (list []mutant) {
	t.Helper()
	add := func(change string, edit func(*alarm)) {
		changed := a
		changed.measures = maps.Clone(a.measures)
		edit(&changed)
		list = append(list, mutant{change, changed})
	}
	for _, by := range []float64{-1, 1, 99_999} {
		add(fmt.Sprintf("threshold %+g", by), func(c *alarm) { c.threshold += by })
	}
	for _, other := range keys(comparisons) {
		if other != a.comparison {
			add(other, func(c *alarm) { c.comparison = other })
		}
	}
	for _, id := range keys(a.measures) {
		for _, other := range []string{"Average", "Maximum", "Minimum", "Sum"} {
			// of a single value every statistic is that value
			if m := a.measures[id]; a.period > 1 && m.statistic != other {
				add(statisticOf(id, other), func(c *alarm) { c.measures[id] = measure{m.metric, other} })
			}
		}
	}
	add(fmt.Sprintf("period %d", 2*a.period), func(c *alarm) { c.period *= 2 })
	if a.period > 1 {
		add("period 1", func(c *alarm) { c.period = 1 })
	}
	add(fmt.Sprintf("periods %d", a.periods+1), func(c *alarm) { c.periods++ })
	if a.periods > a.breaches {
		add(fmt.Sprintf("periods %d", a.periods-1), func(c *alarm) { c.periods-- })
		add(fmt.Sprintf("breaches %d", a.breaches+1), func(c *alarm) { c.breaches++ })
	}
	if a.breaches > 1 {
		add(fmt.Sprintf("breaches %d", a.breaches-1), func(c *alarm) { c.breaches-- })
	}
	add("one more period that breaches", func(c *alarm) { c.periods++; c.breaches++ })
	for _, other := range variants(t, a.expression) {
		add(other, func(c *alarm) { c.expression = parseExpression(t, other) })
	}
	return list
}

func statisticOf(id, statistic string) string {
	if id == "" {
		return "statistic " + statistic
	}
	return "statistic " + statistic + " of " + id
}

// confused are operators that are easily taken for each other.
var confused = map[token.Token][]token.Token{
	token.ADD: {token.SUB, token.MUL}, token.SUB: {token.ADD}, token.MUL: {token.QUO, token.ADD}, token.QUO: {token.MUL},
	token.LSS: {token.GTR, token.LEQ}, token.GTR: {token.LSS, token.GEQ}, token.LEQ: {token.LSS, token.GEQ}, token.GEQ: {token.GTR, token.LEQ},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
}

// variants are expressions with another operator, or a number doubled or halved.
// The given expression is as it was afterwards.
func variants(t *testing.T, root ast.Expr) (list []string) {
	t.Helper()
	if root == nil {
		return nil
	}
	write := func() {
		var text bytes.Buffer
		if err := format.Node(&text, token.NewFileSet(), root); err != nil {
			t.Fatal(err)
		}
		list = append(list, text.String())
	}
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			was := n.Op
			for _, n.Op = range confused[was] {
				write()
			}
			n.Op = was
		case *ast.BasicLit:
			was := n.Value
			for _, n.Value = range others(was) {
				write()
			}
			n.Value = was
		}
		return true
	})
	return list
}

func others(literal string) []string {
	n, _ := strconv.ParseFloat(literal, 64) // it has been parsed
	if n == 0 {
		return []string{"1"}
	}
	return []string{strconv.FormatFloat(2*n, 'g', -1, 64), strconv.FormatFloat(n/2, 'g', -1, 64)}
}
