package deployed_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/deployed"
	"usher.example/internal/onboard"
)

// gathered is the line of a batch in which everything happens that is counted,
// as the log has it.
func gathered(t *testing.T) (values, directive map[string]any) {
	t.Helper()
	var out bytes.Buffer
	m := deployed.NewMeter(&out, "dev")
	m.Observe(onboard.Observation{State: onboard.Invited, Attempts: 1, Age: 2 * time.Second})
	m.Observe(onboard.Observation{State: onboard.Invited, Attempts: 2, Age: time.Second, Administrator: true})
	m.Observe(onboard.Observation{State: onboard.Deferred, Code: onboard.CodeMailQuota, Attempts: 1})
	m.Observe(onboard.Observation{State: onboard.Deferred, Code: onboard.CodeMisconfigured})
	m.Observe(onboard.Observation{State: onboard.Deferred, Code: onboard.CodeMailNotDelivered})
	m.Observe(onboard.Observation{Throttled: true})
	m.Observe(onboard.Observation{Err: errors.New("broken")})
	m.Pace(47.5)
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &values); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	directive = values["_aws"].(map[string]any)
	delete(values, "_aws")
	return values, directive
}

func TestOneLineHoldsWhatWasGathered(t *testing.T) {
	t.Parallel()
	got, _ := gathered(t)
	want := map[string]any{
		"stage": "dev", "invited": 2.0, "deferred": 3.0, "paused": 1.0, "throttled": 1.0, "attempts": 3.0, "deliveries": 7.0,
		"failures": 1.0, "age_seconds": 2.0, "pace_per_second": 47.5, "mail_quota_reached": 1.0,
		"administrators_invited": 1.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// The directive's form is that of the Amazon CloudWatch User Guide, "Embedded
// metric format specification".
func TestEveryValueIsAMetricWithItsUnit(t *testing.T) {
	t.Parallel()
	values, directive := gathered(t)
	if at := time.UnixMilli(int64(directive["Timestamp"].(float64))); time.Since(at).Abs() > time.Minute {
		t.Errorf("the timestamp is %s, which is not now", at)
	}
	described := directive["CloudWatchMetrics"].([]any)[0].(map[string]any)
	got := map[string]any{}
	for _, m := range described["Metrics"].([]any) {
		got[m.(map[string]any)["Name"].(string)] = m.(map[string]any)["Unit"]
	}
	delete(described, "Metrics")
	if diff := cmp.Diff(map[string]any{"Namespace": "usher", "Dimensions": []any{[]any{"stage"}}}, described); diff != "" {
		t.Errorf("directive (-want +got):\n%s", diff)
	}
	want := map[string]any{}
	for name := range values {
		want[name] = "Count"
	}
	want["age_seconds"], want["pace_per_second"] = "Seconds", "Count/Second"
	delete(want, "stage")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("units (-want +got):\n%s", diff)
	}
}

func TestNothingGatheredIsNoLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := deployed.NewMeter(&out, "dev")
	m.Observe(onboard.Observation{State: onboard.Invited})
	if err := errors.Join(m.Flush(), m.Flush()); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 {
		t.Errorf("%d lines, want 1", n)
	}
}
