package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/testing/iam"
)

const reported = "MailConfigurationSet=usher"

func TestMailEventsAreThereOnlyWhereTheSetIsNamed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"AWS::Events::Rule", "AWS::SQS::Queue", "AWS::Serverless::Function", "AWS::IAM::Role", "AWS::Logs::LogGroup"} {
		for _, name := range deploy(t).all(kind) {
			if strings.HasPrefix(name, "MailEvents") {
				t.Errorf("%s is made although no set is named", name)
			}
		}
	}
	if said := fillIn(t, reported).refusals(t); len(said) == 0 {
		t.Error("a set for a new pool without SES is not refused")
	}
	if said := fillIn(t, reported, "UserPoolId=ap-northeast-1_AbCdEfGhI").refusals(t); len(said) != 0 {
		t.Errorf("a set for an existing pool is refused: %v", said)
	}
}

func TestMailEventsComeFromTheSetToTheFunction(t *testing.T) {
	t.Parallel()
	d := deploy(t, reported, "SesIdentityArn=arn:aws:ses:ap-northeast-1:123456789012:identity/example.org", "AlarmEmail=ops@example.org")
	if got := at(d.one(t, "UserPool").Properties, "EmailConfiguration", "ConfigurationSet"); got != "usher" {
		t.Errorf("the new pool mails with the set %v", got)
	}
	rule := d.one(t, "MailEventsRule").Properties
	if got := texts(at(rule, "EventPattern", "detail", "mail", "tags", "ses:configuration-set")); !slices.Equal(got, []string{"usher"}) {
		t.Errorf("the rule takes events of the sets %v", got)
	}
	if got := texts(at(rule, "EventPattern", "source")); !slices.Equal(got, []string{"aws.ses"}) {
		t.Errorf("the rule takes events of %v", got)
	}
	queue := d.one(t, "MailEventsQueue").Properties
	if at(queue, "RedrivePolicy", "deadLetterTargetArn") != "<MailEventsDeadLetters.Arn>" || queue["SqsManagedSseEnabled"] != true {
		t.Errorf("queue %v", queue)
	}
	f := d.one(t, "MailEventsFunction").Properties
	source := object(at(f, "Events", "Messages", "Properties"))
	if source["Queue"] != "<MailEventsQueue.Arn>" || !slices.Equal(texts(source["FunctionResponseTypes"]), []string{"ReportBatchItemFailures"}) {
		t.Errorf("source %v", source)
	}
	if hidden, limit := queue["VisibilityTimeout"].(int), f["Timeout"].(int); hidden < limit {
		t.Errorf("a message is hidden for %d s, and the function may take %d", hidden, limit)
	}
	if got := text(at(d.one(t, "MailEventsAlarm").Properties, "Dimensions")); strings.Contains(got, "<DeadLetterQueue") {
		t.Errorf("the alarm watches %s", got)
	}
}

func TestOnlyTheRuleSendsMailEvents(t *testing.T) {
	t.Parallel()
	d := deploy(t, reported, "UserPoolId=ap-northeast-1_AbCdEfGhI")
	list := statements(d.one(t, "MailEventsQueuePolicy").Properties["PolicyDocument"])
	if len(list) != 3 || list[0]["Effect"] != "Allow" || at(list[0], "Condition", "ArnEquals", "aws:SourceArn") != "<MailEventsRule.Arn>" {
		t.Fatalf("policy %v, want the rule alone to be allowed", list)
	}
	for i, action := range []string{"sqs:SendMessage", "sqs:*"} {
		if s := list[i+1]; s["Effect"] != "Deny" || s["Principal"] != "*" || s["Action"] != action {
			t.Errorf("statement %v, want a denial of %s to all", s, action)
		}
	}
	var want []iam.Right
	for _, action := range []string{"BatchGetItem", "PutItem", "Query", "UpdateItem"} {
		want = append(want, iam.Right{Action: "dynamodb:" + action, Resource: "<Table.Arn>"})
	}
	for _, action := range []string{"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"} {
		want = append(want, iam.Right{Action: "sqs:" + action, Resource: "<MailEventsQueue.Arn>"})
	}
	got := slices.DeleteFunc(grants(t, d.one(t, "MailEventsRole")), func(r iam.Right) bool { return strings.HasPrefix(r.Action, "logs:") })
	slices.SortFunc(got, func(a, b iam.Right) int { return strings.Compare(a.Action, b.Action) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rights of the function (-want +got):\n%s", diff)
	}
}
