package stack

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNoticesAreMailedWhereAnAddressIsGiven(t *testing.T) {
	t.Parallel()
	d := deploy(t, production...)
	topic, rule := d.one(t, "NoticeTopic").Properties, d.one(t, "NoticeRule").Properties
	if diff := cmp.Diff([]any{map[string]any{"Protocol": "email", "Endpoint": "office@example.org"}}, topic["Subscription"]); diff != "" {
		t.Errorf("subscribers (-want +got):\n%s", diff)
	}
	// Stacks of one account share the bus.
	pattern := map[string]any{"source": []any{"usher"}, "detail": map[string]any{"stage": []any{"prd"}}}
	if diff := cmp.Diff(pattern, rule["EventPattern"]); diff != "" {
		t.Errorf("events that are mailed (-want +got):\n%s", diff)
	}
	if rule["EventBusName"] != nil {
		t.Errorf("the rule listens to %v, and usher gives notices to the default bus", rule["EventBusName"])
	}
	target := object(rule["Targets"].([]any)[0])
	if got := text(target["Arn"]); got != "<NoticeTopic>" {
		t.Errorf("events go to %s", got)
	}
	// EventBridge wants each line of a text in quotation marks (Amazon EventBridge User
	// Guide, "Input transformation").
	lines := strings.Split(strings.TrimSpace(text(at(target, "InputTransformer", "InputTemplate"))), "\n")
	if diff := cmp.Diff([]string{`"usher: <message>"`, `"<console>"`}, lines); diff != "" {
		t.Errorf("mail (-want +got):\n%s", diff)
	}
	policy := statements(d.one(t, "NoticeTopicPolicy").Properties["PolicyDocument"])
	if len(policy) != 1 || text(at(policy[0], "Principal", "Service")) != "events.amazonaws.com" ||
		text(at(policy[0], "Condition", "ArnEquals", "aws:SourceArn")) != "<NoticeRule.Arn>" {
		t.Errorf("%v may publish, want the rule alone", policy)
	}

	bare := deploy(t, slices.DeleteFunc(slices.Clone(production), func(p string) bool { return strings.HasPrefix(p, "NoticeEmail=") })...)
	for _, name := range []string{"NoticeTopic", "NoticeTopicPolicy", "NoticeRule", "NoticesAlarm"} {
		if _, made := bare.resources[name]; made {
			t.Errorf("%s is made although no address is given", name)
		}
	}
}
