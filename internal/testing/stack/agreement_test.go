package stack

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/deployed"
	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

func TestTheWorkersTimesAreTheCodes(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, tt := range []struct {
		what      string
		got, want any
	}{
		{what: "WorkerFunction Timeout", got: seconds(d.one(t, "WorkerFunction").Properties["Timeout"]), want: onboard.WorkerTimeout},
		{what: "DeadLetterFunction Timeout", got: seconds(d.one(t, "DeadLetterFunction").Properties["Timeout"]), want: onboard.WorkerTimeout},
		{what: "Queue VisibilityTimeout", got: seconds(d.one(t, "Queue").Properties["VisibilityTimeout"]), want: onboard.Visibility},
		{what: "DeadLetterQueue VisibilityTimeout", got: seconds(d.one(t, "DeadLetterQueue").Properties["VisibilityTimeout"]), want: onboard.Visibility},
		{what: "WorkerFunction BatchSize", got: at(d.one(t, "WorkerFunction").Properties, "Events", "Messages", "Properties", "BatchSize"), want: onboard.BatchSize},
		{what: "Queue maxReceiveCount", got: at(d.one(t, "Queue").Properties, "RedrivePolicy", "maxReceiveCount"), want: onboard.MaxFailures},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %v in template.yaml, the code goes by %v", tt.what, tt.got, tt.want)
		}
	}
}

func seconds(v any) time.Duration {
	n, _ := v.(int)
	return time.Duration(n) * time.Second
}

func TestDefaultsAreTheCodes(t *testing.T) {
	t.Parallel()
	params := deploy(t).params
	for name, want := range map[string]any{
		"UserCreationQuota":                onboard.DefaultCreationQuota,
		"UserCreationShare":                onboard.DefaultShare,
		"GroupRate":                        onboard.DefaultGroupQuota,
		"DailyInvitationsPerAdministrator": onboard.DefaultDailyInvitations,
		"MaxOpenDays":                      deployed.DefaultMaxOpenDays,
		"RetentionDays":                    deployed.DefaultRetentionDays,
		"TemporaryPasswordDays":            deployed.DefaultPasswordDays,
	} {
		if got := params[name]; got != fmt.Sprint(want) {
			t.Errorf("%s is %s by default, in the code it is %v", name, got, want)
		}
	}
}

func TestTheTableIsTheStores(t *testing.T) {
	t.Parallel()
	p := deploy(t).one(t, "Table").Properties
	want := dynamostore.Table("any")
	wantKeys := map[string]string{}
	for _, k := range want.KeySchema {
		wantKeys[string(k.KeyType)] = aws.ToString(k.AttributeName)
	}
	index := want.GlobalSecondaryIndexes[0]
	for _, k := range index.KeySchema {
		wantKeys["index "+string(k.KeyType)] = aws.ToString(k.AttributeName)
	}
	for _, a := range want.AttributeDefinitions {
		wantKeys["type of "+aws.ToString(a.AttributeName)] = string(a.AttributeType)
	}
	wantKeys["index"], wantKeys["projection"] = aws.ToString(index.IndexName), string(index.Projection.ProjectionType)
	wantKeys["expires"], wantKeys["billing"] = dynamostore.TTLAttribute, string(want.BillingMode)

	indexes := p["GlobalSecondaryIndexes"].([]any)
	if len(indexes) != len(want.GlobalSecondaryIndexes) {
		t.Errorf("%d indexes, the store knows %d", len(indexes), len(want.GlobalSecondaryIndexes))
	}
	got := map[string]string{
		"index": text(at(indexes[0], "IndexName")), "projection": text(at(indexes[0], "Projection", "ProjectionType")),
		"expires": text(at(p, "TimeToLiveSpecification", "AttributeName")), "billing": text(p["BillingMode"]),
	}
	for _, k := range p["KeySchema"].([]any) {
		got[text(at(k, "KeyType"))] = text(at(k, "AttributeName"))
	}
	for _, k := range at(indexes[0], "KeySchema").([]any) {
		got["index "+text(at(k, "KeyType"))] = text(at(k, "AttributeName"))
	}
	for _, a := range p["AttributeDefinitions"].([]any) {
		got["type of "+text(at(a, "AttributeName"))] = text(at(a, "AttributeType"))
	}
	if diff := cmp.Diff(wantKeys, got); diff != "" {
		t.Errorf("table (-store +template.yaml):\n%s", diff)
	}
}

func TestWatchedMetricsAreThoseThatAreWritten(t *testing.T) {
	t.Parallel()
	written := []string{
		deployed.Throttled, deployed.Attempts, deployed.Deliveries, deployed.Failures,
		deployed.AgeSeconds, deployed.PacePerSecond, deployed.MailQuotaReached, deployed.Paused, deployed.Administrators, filtered,
	}
	written = append(written, outcomeMetrics()...)
	slices.Sort(written)
	if diff := cmp.Diff(written, slices.Sorted(slices.Values(metricNames[deployed.Namespace]))); diff != "" {
		t.Errorf("usher's metrics (-written by the code +watched):\n%s", diff)
	}
}
