package stack

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/testing/iam"
)

// A stage that this project does not know is more likely somebody's production than
// a trial.
func TestOnlyTrialsAreUnprotected(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		params    []string
		protected bool
	}{
		{params: []string{"Stage=dev"}}, {params: []string{"Stage=stg"}},
		{params: []string{"Stage=prd"}, protected: true}, {params: []string{"Stage=production"}, protected: true},
		{params: []string{"Stage=live"}, protected: true}, {params: []string{"Stage=dev-eu"}, protected: true},
		{params: []string{"Stage=dev", "DeletionProtection=yes"}, protected: true},
		{params: []string{"Stage=prd", "DeletionProtection=no"}},
	} {
		d := deploy(t, tt.params...)
		want := [2]string{"false", "INACTIVE"}
		if tt.protected {
			want = [2]string{"true", "ACTIVE"}
		}
		got := [2]string{text(d.one(t, "Table").Properties["DeletionProtectionEnabled"]), text(d.one(t, "UserPool").Properties["DeletionProtection"])}
		if got != want {
			t.Errorf("%v guards table and pool with %v, want %v", tt.params, got, want)
		}
	}
}

func TestPeopleChangeLittleOfThemselves(t *testing.T) {
	t.Parallel()
	fresh := deploy(t)
	c := fresh.one(t, "UserPoolClient").Properties
	if diff := cmp.Diff([]string{"email", "email_verified"}, texts(c["ReadAttributes"])); diff != "" {
		t.Errorf("attributes that a token can read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"email"}, texts(c["WriteAttributes"])); diff != "" {
		t.Errorf("attributes that a token can write in a new pool (-want +got):\n%s", diff)
	}
	if got := texts(at(fresh.one(t, "UserPool").Properties, "UserAttributeUpdateSettings", "AttributesRequireVerificationBeforeUpdate")); !slices.Equal(got, []string{"email"}) {
		t.Errorf("attributes that count only once confirmed: %v, want the address", got)
	}
	// A first sign-in to a pool that requires an attribute writes it.
	written := texts(deploy(t, "UserPoolId=ap-northeast-1_AbCdEfGhI").one(t, "UserPoolClient").Properties["WriteAttributes"])
	if !slices.Contains(written, "given_name") {
		t.Errorf("in an existing pool a token can write %v: a required attribute could not be given", written)
	}
	for _, name := range written {
		if strings.HasPrefix(name, "custom:") || strings.HasSuffix(name, "_verified") {
			t.Errorf("a token can write %s", name)
		}
	}
}

func TestASecondFactorIsPossibleAndCanBeRequired(t *testing.T) {
	t.Parallel()
	for params, want := range map[string]string{"RequireMfa=no": "OPTIONAL", "RequireMfa=yes": "ON"} {
		p := deploy(t, params).one(t, "UserPool").Properties
		if p["MfaConfiguration"] != want || !slices.Equal(texts(p["EnabledMfas"]), []string{"SOFTWARE_TOKEN_MFA"}) {
			t.Errorf("%s: second factor %v of %v, want %s", params, p["MfaConfiguration"], p["EnabledMfas"], want)
		}
	}
	if got := deploy(t).params["RequireMfa"]; got != "no" {
		t.Errorf("RequireMfa is %s by default", got)
	}
}

// Everyone who may send is denied to, except the roles whose functions send.
func TestOnlyUsherSends(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	want := map[string][]string{"QueuePolicy": nil, "DeadLetterQueuePolicy": nil}
	for _, role := range d.all("AWS::IAM::Role") {
		for _, right := range grants(t, d.one(t, role)) {
			switch right {
			case iam.Right{Action: "sqs:SendMessage", Resource: "<Queue.Arn>"}:
				want["QueuePolicy"] = append(want["QueuePolicy"], "<"+role+".Arn>")
			case iam.Right{Action: "sqs:SendMessage", Resource: "<DeadLetterQueue.Arn>"}:
				t.Errorf("%s sends to the dead-letter queue, whose policy denies it", role)
			}
		}
	}
	for name, senders := range want {
		queue := strings.TrimSuffix(name, "Policy")
		p := d.one(t, name).Properties
		if diff := cmp.Diff([]string{"<" + queue + ">"}, texts(p["Queues"])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		list := statements(p["PolicyDocument"])
		if len(list) != 2 {
			t.Fatalf("%s has %d statements, want those of senders and TLS", name, len(list))
		}
		for i, action := range []string{"sqs:SendMessage", "sqs:*"} {
			s := list[i]
			if s["Effect"] != "Deny" || s["Principal"] != "*" || s["Action"] != action || s["Resource"] != "<"+queue+".Arn>" {
				t.Errorf("%s: statement %v, want a denial of %s to all", name, s, action)
			}
		}
		conditions := map[string]any{"Bool": map[string]any{"aws:PrincipalIsAWSService": "false"}}
		if senders != nil {
			slices.Sort(senders)
			exempt := texts(at(list[0], "Condition", "ArnNotEquals", "aws:PrincipalArn"))
			slices.Sort(exempt)
			if diff := cmp.Diff(senders, exempt); diff != "" {
				t.Errorf("%s: senders (-roles +policy):\n%s", name, diff)
			}
			conditions["ArnNotEquals"] = at(list[0], "Condition", "ArnNotEquals")
		}
		if diff := cmp.Diff(conditions, object(list[0]["Condition"])); diff != "" {
			t.Errorf("%s: who is denied (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}}, object(list[1]["Condition"])); diff != "" {
			t.Errorf("%s: calls without TLS (-want +got):\n%s", name, diff)
		}
	}
}

// Anyone can call the open routes as often as the stage lets them.
func TestOpenRoutesLeaveRoomForSignedInOnes(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	p := d.one(t, "ApiStage").Properties
	own := object(p["RouteSettings"])
	dependsOn := texts(d.Resources["ApiStage"]["DependsOn"])
	routeOf := map[string]string{}
	for _, name := range d.all("AWS::ApiGatewayV2::Route") {
		routeOf[text(d.one(t, name).Properties["RouteKey"])] = name
	}
	for _, limit := range []string{"ThrottlingRateLimit", "ThrottlingBurstLimit"} {
		open, all := 0, at(p, "DefaultRouteSettings", limit).(int)
		for key, access := range routes {
			n, limited := at(own[key], limit).(int)
			if limited != (access == "NONE") {
				t.Errorf("%s (%s) has a %s of its own: %t", key, access, limit, limited)
			}
			// API Gateway creates no stage whose settings name a route that is not there yet.
			if limited && !slices.Contains(dependsOn, routeOf[key]) {
				t.Errorf("ApiStage does not wait for %s", routeOf[key])
			}
			open += n
		}
		if open == 0 || 2*open > all {
			t.Errorf("%s of the open routes %d in all, want at most half of %d", limit, open, all)
		}
	}
}

func TestAnOperatorCanSendDeadLettersBack(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/operators"
	p := deploy(t, "OperatorRoleArn="+role).one(t, "QueuePolicy").Properties
	if exempt := texts(at(statements(p["PolicyDocument"])[0], "Condition", "ArnNotEquals", "aws:PrincipalArn")); !slices.Contains(exempt, role) {
		t.Errorf("senders %v, want %s among them", exempt, role)
	}
}

// CloudWatch reads the lines that API Gateway writes: both have to agree.
func TestRefusalsAreCountedInTheAccessLog(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Stage=stg")
	filter := d.one(t, "RefusedMetric").Properties
	want := map[string]any{
		"LogGroupName": "<AccessLogs>", "FilterPattern": `{ $.status = "403" }`,
		"MetricTransformations": []any{map[string]any{
			"MetricNamespace": "usher", "MetricName": filtered, "MetricValue": "1", "Unit": "Count",
			"Dimensions": []any{map[string]any{"Key": "stage", "Value": "$.stage"}},
		}},
	}
	if diff := cmp.Diff(want, filter); diff != "" {
		t.Errorf("filter (-want +got):\n%s", diff)
	}
	line := strings.ReplaceAll(text(at(d.one(t, "ApiStage").Properties, "AccessLogSettings", "Format")), "$context.status", "403")
	var fields map[string]any
	if err := json.Unmarshal([]byte(line), &fields); err != nil || fields["status"] != "403" || fields["stage"] != "stg" {
		t.Errorf("a line %v of the stage %v, %v: the filter looks for both as texts", fields["status"], fields["stage"], err)
	}
}
