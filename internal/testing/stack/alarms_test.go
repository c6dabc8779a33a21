package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// watch is one alarm: what it is for, in the words of the runbook, and the numbers
// that say the same to CloudWatch.
type watch struct {
	heading string // in the runbook
	says    string // the sentence under it
	brief   string // what AlarmDescription says before it names the runbook

	series     []series // what is watched, in the template's order
	comparison string
	threshold  any // as a text where it is a setting
	breaching  int // how many of the latest periods must breach the threshold
	of         int // how many periods are looked at
}

// series is a metric, or an expression over the alarm's metrics.
type series struct {
	id         string // empty where the alarm watches one metric
	metric     string // namespace and name
	of         string // dimension and value
	statistic  string
	seconds    int // length of a period
	expression string
	label      string
}

// alarms are all that there are, with a quota of 50 calls a second of which 0.95
// are usher's. A change to an alarm changes this table, and the runbook with it.
var alarms = map[string]watch{
	"DeadLettersAlarm": {
		heading: "Dead letters",
		says:    "A message was in the dead-letter queue in eight of ten minutes.",
		brief:   "A message that usher cannot read stays in the dead-letter queue.",
		series: []series{
			{id: "waiting", expression: "visible + hidden", label: "messages in the dead-letter queue"},
			{id: "visible", metric: "AWS/SQS ApproximateNumberOfMessagesVisible", of: "QueueName <DeadLetterQueue.QueueName>", statistic: "Maximum", seconds: 60},
			{id: "hidden", metric: "AWS/SQS ApproximateNumberOfMessagesNotVisible", of: "QueueName <DeadLetterQueue.QueueName>", statistic: "Maximum", seconds: 60},
		},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 8, of: 10,
	},
	"StuckAlarm": {
		heading: "Stuck queue",
		says: "In two periods of five minutes in a row the oldest message was over 15 minutes old, messages were waiting all the time, " +
			"and fewer left the queue than a tenth of what the pace allows, or of those that wait if they are fewer.",
		brief: "Invitations are waiting although the pace allows more.",
		series: []series{
			{
				id: "stuck", label: "stuck",
				expression: "IF(age > 900 AND waiting >= 1 AND gone < 0.1 * IF(waiting < 300 * 50 * 0.95, waiting, 300 * 50 * 0.95), 1, 0)",
			},
			{id: "age", metric: "AWS/SQS ApproximateAgeOfOldestMessage", of: "QueueName <Queue.QueueName>", statistic: "Maximum", seconds: 300},
			{id: "waiting", metric: "AWS/SQS ApproximateNumberOfMessagesVisible", of: "QueueName <Queue.QueueName>", statistic: "Minimum", seconds: 300},
			{id: "gone", metric: "AWS/SQS NumberOfMessagesDeleted", of: "QueueName <Queue.QueueName>", statistic: "Sum", seconds: 300},
		},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 2, of: 2,
	},
	"WorkerErrorsAlarm": {
		heading:    "Worker errors",
		says:       "The worker ended in an error in two of three periods of five minutes.",
		brief:      "The worker failed with an error, a panic or a timeout.",
		series:     []series{{metric: "AWS/Lambda Errors", of: "FunctionName <WorkerFunction>", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 2, of: 3,
	},
	"DeadLetterErrorsAlarm": {
		heading:    "Background errors",
		says:       "The function for dead letters, or the one for deferred invitations, ended in an error in two of three periods of five minutes",
		brief:      "The function that settles dead letters fails.",
		series:     []series{{metric: "AWS/Lambda Errors", of: "FunctionName <DeadLetterFunction>", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 2, of: 3,
	},
	"RequeueErrorsAlarm": {
		heading:    "Background errors",
		says:       "The function for dead letters, or the one for deferred invitations, ended in an error in two of three periods of five minutes",
		brief:      "The function that puts deferred invitations back fails.",
		series:     []series{{metric: "AWS/Lambda Errors", of: "FunctionName <RequeueFunction>", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 2, of: 3,
	},
	"NoticesAlarm": {
		heading:    "Notices",
		says:       "A notice of a request could not be handed to the topic that mails it.",
		brief:      "Notices of requests are not mailed.",
		series:     []series{{metric: "AWS/Events FailedInvocations", of: "RuleName <NoticeRule>", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 1, of: 1,
	},
	"ApiServerErrorsAlarm": {
		heading:    "API errors",
		says:       "Three answers of 5xx within five minutes.",
		brief:      "The API answers with 5xx.",
		series:     []series{{metric: "AWS/ApiGateway 5xx", of: "ApiId <HttpApi>", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 3, breaching: 1, of: 1,
	},
	"RefusedAlarm": {
		heading:    "Refused",
		says:       "Twenty answers of 403 within five minutes.",
		brief:      "People who may not use usher call it often.",
		series:     []series{{metric: "usher refused", of: "stage prd", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 20, breaching: 1, of: 1,
	},
	"ThrottledAlarm": {
		heading: "Throttled",
		says:    "In three periods of five minutes in a row Cognito turned away calls of more than one delivery in twenty.",
		brief:   "Cognito throttles calls of more than one delivery in twenty.",
		series: []series{
			{id: "share", expression: "100 * throttled / deliveries", label: "throttled deliveries in percent"},
			{id: "throttled", metric: "usher throttled", of: "stage prd", statistic: "Sum", seconds: 300},
			{id: "deliveries", metric: "usher deliveries", of: "stage prd", statistic: "Sum", seconds: 300},
		},
		comparison: "GreaterThanThreshold", threshold: 5, breaching: 3, of: 3,
	},
	"MailQuotaAlarm": {
		heading:    "Mail quota",
		says:       "The day's mail is used up.",
		brief:      "The daily mail quota is used up. The rest is mailed after 09:00 UTC.",
		series:     []series{{metric: "usher mail_quota_reached", of: "stage prd", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 1, of: 1,
	},
	"AdministratorsInvitedAlarm": {
		heading:    "Administrators invited",
		says:       "A request put somebody into the administrators' group.",
		brief:      "Somebody was put into the administrators' group by a request.",
		series:     []series{{metric: "usher administrators_invited", of: "stage prd", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 1, of: 1,
	},
	"UnusualInvitationsAlarm": {
		heading: "Unusually many invitations",
		says:    "More than `UnusualInvitations` people were invited, created or mailed again within an hour.",
		brief:   "Unusually many people are invited or mailed.",
		series: []series{
			{id: "people", expression: "FILL(invited, 0) + FILL(created, 0) + FILL(resent, 0)", label: "people invited, created or mailed again"},
			{id: "invited", metric: "usher invited", of: "stage prd", statistic: "Sum", seconds: 3600},
			{id: "created", metric: "usher created", of: "stage prd", statistic: "Sum", seconds: 3600},
			{id: "resent", metric: "usher resent", of: "stage prd", statistic: "Sum", seconds: 3600},
		},
		comparison: "GreaterThanThreshold", threshold: "10000", breaching: 1, of: 1,
	},
	"PausedAlarm": {
		heading:    "Paused",
		says:       "A request is paused because the pool is not set up for it.",
		brief:      "A request is paused because the pool is not set up for it.",
		series:     []series{{metric: "usher paused", of: "stage prd", statistic: "Sum", seconds: 300}},
		comparison: "GreaterThanOrEqualToThreshold", threshold: 1, breaching: 1, of: 1,
	},
}

// properties are all that CloudFormation gets of the alarm.
func (w watch) properties() map[string]any {
	p := map[string]any{
		"AlarmDescription":   w.brief + ` Runbook "` + w.heading + `" in docs/operate.md.`,
		"AlarmActions":       []any{"<AlarmTopic>"},
		"OKActions":          []any{"<AlarmTopic>"},
		"TreatMissingData":   "notBreaching", // a quiet week is no fault
		"ComparisonOperator": w.comparison,
		"Threshold":          w.threshold,
		"EvaluationPeriods":  w.of,
		"DatapointsToAlarm":  w.breaching,
	}
	if one := w.series[0]; one.id == "" {
		p["Statistic"], p["Period"] = one.statistic, one.seconds
		p["Namespace"], p["MetricName"], p["Dimensions"] = one.source()
		return p
	}
	var list []any
	for _, s := range w.series {
		list = append(list, s.properties())
	}
	p["Metrics"] = list
	return p
}

// properties are those of a series among others: only an expression is compared
// with the threshold.
func (s series) properties() map[string]any {
	if s.expression != "" {
		return map[string]any{"Id": s.id, "Label": s.label, "Expression": s.expression}
	}
	namespace, name, dimensions := s.source()
	return map[string]any{"Id": s.id, "ReturnData": false, "MetricStat": map[string]any{
		"Metric": map[string]any{"Namespace": namespace, "MetricName": name, "Dimensions": dimensions},
		"Period": s.seconds, "Stat": s.statistic,
	}}
}

func (s series) source() (namespace, name string, dimensions any) {
	namespace, name, _ = strings.Cut(s.metric, " ")
	dimension, value, _ := strings.Cut(s.of, " ")
	return namespace, name, []any{map[string]any{"Name": dimension, "Value": value}}
}

// TestAlarmsAreThoseOfTheTable fails on any change to any alarm.
func TestAlarmsAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	d := deploy(t, production...)
	if diff := cmp.Diff(keys(alarms), d.all("AWS::CloudWatch::Alarm")); diff != "" {
		t.Fatalf("alarms (-table +template.yaml):\n%s", diff)
	}
	for name, w := range alarms {
		if diff := cmp.Diff(w.properties(), d.one(t, name).Properties); diff != "" {
			t.Errorf("%s (-table +template.yaml):\n%s", name, diff)
		}
	}
}

func TestEveryAlarmHasItsRunbook(t *testing.T) {
	t.Parallel()
	runbook := strings.Join(strings.Fields(page(t, "operate.md")), " ")
	for name, w := range alarms {
		if want := "### " + w.heading + " *" + w.says; w.says == "" || !strings.Contains(runbook, want) {
			t.Errorf("docs/operate.md does not say of %s %q", name, want)
		}
	}
}

// A period of each series is the same, or CloudWatch refuses the alarm; and an
// alarm that needs more breaching periods than it looks at never fires.
func TestAlarmsCanFire(t *testing.T) {
	t.Parallel()
	for name, w := range alarms {
		var periods []int
		for _, s := range w.series {
			if s.expression == "" {
				periods = append(periods, s.seconds)
			}
		}
		if slices.Sort(periods); periods[0]%60 != 0 || len(slices.Compact(periods)) != 1 {
			t.Errorf("%s has periods of %v seconds, want the same of whole minutes", name, periods)
		}
		if w.breaching < 1 || w.breaching > w.of {
			t.Errorf("%s needs %d breaching periods of %d", name, w.breaching, w.of)
		}
	}
}

// The alarm compares with the pace of this stack, not with that of the defaults.
func TestStuckAlarmFollowsThePace(t *testing.T) {
	t.Parallel()
	d := deploy(t, append(slices.Clone(production), "UserCreationQuota=80", "UserCreationShare=0.5")...)
	metrics := d.one(t, "StuckAlarm").Properties["Metrics"].([]any)
	expression := text(at(metrics[0], "Expression"))
	if n := strings.Count(expression, "300 * 80 * 0.5"); n != 2 {
		t.Errorf("at 80 calls a second, half of them usher's, the alarm computes %s", expression)
	}
}

func TestWithoutAnAddressThereAreNoAlarms(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, kind := range []string{"AWS::CloudWatch::Alarm", "AWS::SNS::Topic"} {
		if made := d.all(kind); len(made) != 0 {
			t.Errorf("%v is made although no address is given", made)
		}
	}
	topic := deploy(t, production...).one(t, "AlarmTopic").Properties
	want := []any{map[string]any{"Protocol": "email", "Endpoint": "ops@example.org"}}
	if diff := cmp.Diff(want, topic["Subscription"]); diff != "" {
		t.Errorf("subscribers (-want +got):\n%s", diff)
	}
}
