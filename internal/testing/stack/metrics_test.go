package stack

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"usher.example/internal/deployed"
	"usher.example/internal/onboard"
)

// filtered is the metric that CloudWatch counts in the access log.
const filtered = "refused"

// metricNames are the names that may be watched, by namespace. Those of usher are
// what the functions write, and one that is counted in a log; the others are AWS's.
var metricNames = map[string][]string{
	deployed.Namespace: append(outcomeMetrics(),
		"throttled", "attempts", "deliveries", "failures", "age_seconds", "pace_per_second", "mail_quota_reached", "paused", "administrators_invited", filtered),
	// Amazon SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS"
	"AWS/SQS": {
		"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage", "NumberOfMessagesDeleted",
	},
	// AWS Lambda Developer Guide, "Types of metrics for Lambda functions"
	"AWS/Lambda": {"Errors", "Duration", "ConcurrentExecutions"},
	// Amazon EventBridge User Guide, "Monitoring Amazon EventBridge"
	"AWS/Events": {"FailedInvocations"},
	// Amazon API Gateway Developer Guide, "Monitor CloudWatch metrics for HTTP APIs"
	"AWS/ApiGateway": {"Count", "4xx", "5xx", "Latency"},
}

// outcomeMetrics are the metrics that are named after how a delivery can end.
func outcomeMetrics() []string {
	var names []string
	for _, s := range onboard.States {
		if s != onboard.Pending { // where no delivery ends
			names = append(names, string(s))
		}
	}
	return names
}

func TestAlarmsWatchKnownMetrics(t *testing.T) {
	t.Parallel()
	d := deploy(t, production...)
	for name := range alarms {
		p := d.one(t, name).Properties
		list, _ := p["Metrics"].([]any)
		if list == nil {
			watched(t, name, text(p["Namespace"]), text(p["MetricName"]), dimensions(p["Dimensions"]))
			continue
		}
		ids, returned := map[string]bool{}, 0
		for _, m := range list {
			ids[text(at(m, "Id"))] = true
			if at(m, "ReturnData") != false {
				returned++
			}
			if metric := object(at(m, "MetricStat", "Metric")); metric != nil {
				watched(t, name, text(metric["Namespace"]), text(metric["MetricName"]), dimensions(metric["Dimensions"]))
			}
		}
		if returned != 1 {
			t.Errorf("%s returns %d series, CloudWatch wants one", name, returned)
		}
		for _, m := range list {
			for _, id := range identifiers(text(at(m, "Expression"))) {
				if !ids[id] {
					t.Errorf("%s computes with %s, which is none of its metrics", name, id)
				}
			}
		}
	}
}

// watched fails unless the metric exists and its dimension is of this stack.
func watched(t *testing.T, where, namespace, metric string, dims map[string]string) {
	t.Helper()
	if !slices.Contains(metricNames[namespace], metric) {
		t.Errorf("%s watches %s %s, which nothing writes", where, namespace, metric)
	}
	if namespace == "usher" {
		if len(dims) != 1 || dims["stage"] == "" {
			t.Errorf("%s watches %s by %v, but usher's metrics are kept by stage", where, metric, dims)
		}
		return
	}
	for dim, value := range dims {
		if !strings.HasPrefix(value, "<") {
			t.Errorf("%s watches %s of the %s %q, which is not of this stack", where, metric, dim, value)
		}
	}
}

func dimensions(v any) map[string]string {
	out := map[string]string{}
	list, _ := v.([]any)
	for _, e := range list {
		out[text(at(e, "Name"))] = text(at(e, "Value"))
	}
	return out
}

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// identifiers are the metric ids in an expression: what begins in lower case.
func identifiers(expression string) []string {
	var out []string
	for _, w := range word.FindAllString(expression, -1) {
		if w[0] >= 'a' && w[0] <= 'z' {
			out = append(out, w)
		}
	}
	return out
}

// widget is what of a dashboard's widget these tests look at.
type widget struct {
	X, Y, Width, Height int
	Type                string
	Properties          struct {
		Title, Region string
		Metrics       [][]any
	}
}

func TestDashboardShowsKnownMetrics(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Stage=stg")
	var body struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(text(d.one(t, "Dashboard").Properties["DashboardBody"])), &body); err != nil {
		t.Fatalf("the dashboard is no JSON: %v", err)
	}
	shown := map[string]bool{}
	for _, w := range body.Widgets {
		if w.Properties.Region != "ap-northeast-1" || w.Properties.Title == "" || w.X+w.Width > 24 {
			t.Errorf("widget %q at x %d, width %d, Region %q", w.Properties.Title, w.X, w.Width, w.Properties.Region)
		}
		for _, m := range w.Properties.Metrics {
			if len(m) < 4 {
				continue // an expression over its neighbors
			}
			watched(t, w.Properties.Title, text(m[0]), text(m[1]), map[string]string{text(m[2]): text(m[3])})
			shown[text(m[1])] = true
		}
	}
	for _, name := range metricNames["usher"] {
		if !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// mostSeries is what docs/cost.md reckons with: room for one more outcome, so that it
// need not change with each.
const mostSeries = 20

// The pages that speak of metrics and alarms in numbers and names.
func TestDocumentsKnowTheMetrics(t *testing.T) {
	t.Parallel()
	runbook, cost := page(t, "operate.md"), page(t, "cost.md")
	for _, name := range metricNames["usher"] {
		if !slices.Contains(outcomeMetrics(), name) && !strings.Contains(runbook, "`"+name+"`") { // outcomes: docs/api.md
			t.Errorf("docs/operate.md does not say what %s is", name)
		}
	}
	if n := len(metricNames["usher"]); n > mostSeries {
		t.Errorf("usher writes %d metrics, and docs/cost.md reckons with %d", n, mostSeries)
	}
	d := deploy(t, production...)
	billed := 0
	for name := range alarms {
		list, _ := d.one(t, name).Properties["Metrics"].([]any)
		for _, m := range list {
			if at(m, "MetricStat") != nil {
				billed++
			}
		}
		if list == nil {
			billed++
		}
	}
	for _, want := range []string{
		fmt.Sprintf("%d metrics in %d alarms", billed, len(alarms)),
		fmt.Sprintf("at most %d series", mostSeries),
	} {
		if !strings.Contains(cost, want) {
			t.Errorf("docs/cost.md does not reckon with %s", want)
		}
	}
}

// page reads one page of the documentation.
func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
