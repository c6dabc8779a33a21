package stack

import (
	"go/ast"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// alarm is an alarm of the template, to be evaluated over stories as CloudWatch
// evaluates it over metrics.
type alarm struct {
	measures   map[string]measure // by id; "" where there is one without an expression
	expression ast.Expr           // over the ids

	comparison        string
	threshold         float64
	periods, breaches int // how many periods are looked at, and how many of them must breach
	period            int // minutes
}

// measure is one metric of an alarm.
type measure struct{ metric, statistic string }

// story is what happens to metrics, minute by minute; NaN where nothing was
// written. A metric goes by the resource that it is of, or usher, and its name.
type story map[string][]float64

// over returns minutes of one value after another: over(5, 0, 10, 1) is five
// minutes of 0, then ten of 1.
func over(minutesAndValues ...float64) []float64 {
	var out []float64
	for pair := range slices.Chunk(minutesAndValues, 2) {
		out = append(out, slices.Repeat(pair[1:], int(pair[0]))...)
	}
	return out
}

// alarm reads the alarm of the given logical id.
func (d *deployment) alarm(t *testing.T, name string) alarm {
	t.Helper()
	p := d.one(t, name).Properties
	a := alarm{
		measures: map[string]measure{}, comparison: text(p["ComparisonOperator"]), threshold: number(t, p["Threshold"]),
		periods: int(number(t, p["EvaluationPeriods"])), breaches: int(number(t, p["DatapointsToAlarm"])),
	}
	list, _ := p["Metrics"].([]any)
	if list == nil {
		a.measures[""] = measure{metricKey(p), text(p["Statistic"])}
		a.period = minutes(t, p["Period"])
		return a
	}
	for _, m := range list {
		stat := object(at(m, "MetricStat"))
		if stat == nil {
			a.expression = parseExpression(t, text(at(m, "Expression")))
			continue
		}
		a.measures[text(at(m, "Id"))] = measure{metricKey(object(stat["Metric"])), text(stat["Stat"])}
		period := minutes(t, stat["Period"])
		if a.period != 0 && a.period != period {
			t.Fatalf("%s reckons with periods of %d and of %d minutes", name, a.period, period)
		}
		a.period = period
	}
	return a
}

// metricKey is the name of a metric in stories.
func metricKey(metric map[string]any) string {
	if metric["Namespace"] == "usher" {
		return "usher " + text(metric["MetricName"])
	}
	var of []string
	for _, value := range dimensions(metric["Dimensions"]) {
		resource, _, _ := strings.Cut(strings.Trim(value, "<>"), ".")
		of = append(of, resource)
	}
	slices.Sort(of)
	return strings.Join(of, "+") + " " + text(metric["MetricName"])
}

func minutes(t *testing.T, seconds any) int {
	t.Helper()
	s := number(t, seconds)
	if s < 60 || math.Mod(s, 60) != 0 {
		t.Fatalf("a period of %v s is not one of whole minutes", seconds)
	}
	return int(s / 60)
}

func number(t *testing.T, v any) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text(v), 64)
	if err != nil {
		t.Fatalf("template.yaml has %q for a number", text(v))
	}
	return n
}

// fires reports whether the story brings the alarm up at any time. An alarm is
// evaluated every minute, over periods that end in that minute (Amazon CloudWatch
// User Guide, "Alarm evaluation"): they keep to no clock.
func (a alarm) fires(t *testing.T, s story) bool {
	t.Helper()
	length := 0
	for _, m := range a.measures {
		length = max(length, len(s[m.metric]))
	}
	for now := 1; now < length+a.periods*a.period; now++ {
		breaching := 0
		for i := range a.periods {
			if a.breached(a.value(t, s, now-i*a.period)) {
				breaching++
			}
		}
		if breaching >= a.breaches {
			return true
		}
	}
	return false
}

// value is the alarm's value in the period that ends with the given minute; NaN
// if there is none.
func (a alarm) value(t *testing.T, s story, end int) float64 {
	t.Helper()
	values := map[string]float64{}
	for id, m := range a.measures {
		written := s[m.metric]
		from, to := max(0, min(end-a.period, len(written))), max(0, min(end, len(written)))
		values[id] = statistic(t, m.statistic, written[from:to])
	}
	if a.expression == nil {
		return values[""]
	}
	return calculate(t, a.expression, values)
}

func statistic(t *testing.T, name string, written []float64) float64 {
	t.Helper()
	written = slices.DeleteFunc(slices.Clone(written), math.IsNaN)
	if len(written) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range written {
		sum += v
	}
	switch name {
	case "Sum":
		return sum
	case "Average":
		return sum / float64(len(written))
	case "Minimum":
		return slices.Min(written)
	case "Maximum":
		return slices.Max(written)
	}
	t.Fatalf("template.yaml uses the statistic %s, which these tests do not know yet", name)
	return 0
}

// comparisons are CloudWatch's for a fixed threshold. None of them holds for NaN:
// missing data does not breach, which TestEveryAlarmHasItsRunbook sees to.
var comparisons = map[string]func(value, threshold float64) bool{
	"GreaterThanOrEqualToThreshold": func(v, t float64) bool { return v >= t },
	"GreaterThanThreshold":          func(v, t float64) bool { return v > t },
	"LessThanOrEqualToThreshold":    func(v, t float64) bool { return v <= t },
	"LessThanThreshold":             func(v, t float64) bool { return v < t },
}

func (a alarm) breached(value float64) bool {
	holds := comparisons[a.comparison]
	return holds != nil && holds(value, a.threshold)
}
