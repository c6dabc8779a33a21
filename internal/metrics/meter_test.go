package metrics_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/metrics"
	"usher.example/internal/onboard"
)

func TestOneLineHoldsWhatWasGathered(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := metrics.NewMeter(&out, "dev")
	m.Observe(onboard.Observation{State: onboard.Invited, Attempts: 1, Age: 2 * time.Second})
	m.Observe(onboard.Observation{State: onboard.Invited, Attempts: 2, Age: time.Second})
	m.Observe(onboard.Observation{State: onboard.Deferred, Code: onboard.CodeMailQuota, Attempts: 1})
	m.Observe(onboard.Observation{State: onboard.Deferred, Code: onboard.CodeMisconfigured})
	m.Observe(onboard.Observation{Throttled: true})
	m.Observe(onboard.Observation{Err: errors.New("broken")})
	m.Pace(47.5)
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	directive := got["_aws"].(map[string]any)
	delete(got, "_aws")
	want := map[string]any{
		"stage": "dev", "invited": 2.0, "deferred": 2.0, "paused": 1.0, "throttled": 1.0, "attempts": 3.0, "deliveries": 6.0,
		"failures": 1.0, "age_seconds": 2.0, "pace_per_second": 47.5, "mail_quota_reached": 1.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	described := directive["CloudWatchMetrics"].([]any)[0].(map[string]any)
	if described["Namespace"] != metrics.Namespace || len(described["Metrics"].([]any)) != len(want)-1 {
		t.Errorf("directive %v", described)
	}
}

func TestNothingGatheredIsNoLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := metrics.NewMeter(&out, "dev")
	m.Observe(onboard.Observation{State: onboard.Invited})
	if err := errors.Join(m.Flush(), m.Flush()); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(out.Bytes(), []byte("\n")); n != 1 {
		t.Errorf("%d lines, want 1", n)
	}
}
