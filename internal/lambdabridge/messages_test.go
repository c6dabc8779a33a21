package lambdabridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/lambdabridge"
	"usher.example/internal/onboard"
)

func TestMessagesBecomeDeliveries(t *testing.T) {
	t.Parallel()
	var got []onboard.Delivery
	m := &lambdabridge.Messages{Deliver: func(_ context.Context, batch []onboard.Delivery) []string {
		got = batch
		return nil
	}}
	out, err := m.Invoke(t.Context(), sample(t, "worker-one.json"))
	if err != nil || string(out) != `{"batchItemFailures":[]}` {
		t.Fatalf("answer %s, %v", out, err)
	}
	want := []onboard.Delivery{{
		Message: onboard.Message{
			Version: 1, RequestID: "01JD9W3QK7Z4M8T2B6XHVNC5RF", Row: 2, Round: 1, Person: onboard.Person{Email: "pia@example.org",
				Groups: []string{"staff"}, Attributes: map[string]string{"given_name": "Pia"}, Ref: "P-0031"},
		},
		Handle: "receipt-handle-01", ID: "19dd0b57-b21e-4ac1-bd88-000000000001", Receives: 1, SentAt: time.UnixMilli(1795338000000),
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
}

func TestWhatIsKeptIsListedOnceInOrder(t *testing.T) {
	t.Parallel()
	m := &lambdabridge.Messages{Deliver: func(_ context.Context, batch []onboard.Delivery) []string {
		if len(batch) != 10 {
			t.Errorf("%d deliveries, want 10", len(batch))
		}
		return []string{batch[7].ID, batch[2].ID, batch[7].ID, "not of this batch"}
	}}
	out, err := m.Invoke(t.Context(), sample(t, "worker-ten.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"batchItemFailures":[{"itemIdentifier":"19dd0b57-b21e-4ac1-bd88-000000000003"},{"itemIdentifier":"19dd0b57-b21e-4ac1-bd88-000000000008"}]}`
	if string(out) != want {
		t.Errorf("got  %s\nwant %s", out, want)
	}
}

func TestPoisonStaysOnTheQueue(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"worker-poison.json", "deadletter.json"} {
		var log bytes.Buffer
		delivered := 0
		m := &lambdabridge.Messages{Log: slog.New(slog.NewTextHandler(&log, nil)), Deliver: func(_ context.Context, batch []onboard.Delivery) []string {
			delivered += len(batch)
			return nil
		}}
		out, err := m.Invoke(t.Context(), sample(t, name))
		if err != nil || delivered != 1 || strings.Count(string(out), "itemIdentifier") != 1 {
			t.Errorf("%s: %d delivered, answer %s, %v", name, delivered, out, err)
		}
		if strings.Contains(log.String(), "this is no invitation") || !strings.Contains(log.String(), "message_id=19dd0b57") {
			t.Errorf("%s: log %s", name, &log)
		}
	}
}

func TestPoisonIsLoggedWithoutItsContent(t *testing.T) {
	t.Parallel()
	const canary = "canary@example.org"
	for _, body := range []string{
		canary,
		`{"v":1,"request_id":"r","row":1,"round":1,"email":["` + canary + `"]}`,
		`{"v":1,"request_id":"r","row":1,"round":1,"` + canary + `":1}`,
		`{"v":1,"request_id":"r","row":1,"round":1,"state":"` + canary + `"}`,
		`{"v":"` + canary + `"}`,
		`{"v":1} ` + canary,
		`{"v":1,"request_id":"r","row":0,"email":"` + canary + `"}`,
	} {
		var log bytes.Buffer
		m := &lambdabridge.Messages{Log: slog.New(slog.NewTextHandler(&log, nil)), Deliver: func(context.Context, []onboard.Delivery) []string { return nil }}
		out, err := m.Invoke(t.Context(), encoded(t, map[string]any{"Records": []any{map[string]any{"messageId": "m1", "body": body}}}))
		if err != nil || string(out) != `{"batchItemFailures":[{"itemIdentifier":"m1"}]}` {
			t.Errorf("%s: answer %s, %v", body, out, err)
		}
		if log.Len() == 0 || strings.Contains(log.String(), canary) {
			t.Errorf("%s: log %s", body, &log)
		}
	}
}

func TestBrokenAttributesCountAsAFirstReceiptNow(t *testing.T) {
	t.Parallel()
	const body = `{"v":1,"request_id":"r","row":1,"round":1,"email":"ann@example.org"}`
	for name, attributes := range map[string]any{
		"none": nil, "empty": map[string]any{},
		"words":    map[string]any{"ApproximateReceiveCount": "many", "SentTimestamp": "yesterday"},
		"negative": map[string]any{"ApproximateReceiveCount": "-1", "SentTimestamp": "-5"},
	} {
		var got []onboard.Delivery
		m := &lambdabridge.Messages{Deliver: func(_ context.Context, batch []onboard.Delivery) []string {
			got = batch
			return nil
		}}
		record := map[string]any{"messageId": "m1", "receiptHandle": "h", "body": body, "attributes": attributes}
		if _, err := m.Invoke(t.Context(), encoded(t, map[string]any{"Records": []any{record}})); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := []onboard.Delivery{{
			Message: onboard.Message{Version: 1, RequestID: "r", Row: 1, Round: 1, Person: onboard.Person{Email: "ann@example.org"}},
			Handle:  "h", ID: "m1", Receives: 1, SentAt: time.Now(),
		}}
		if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Minute)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestUnknownQueueEventIsAClearError(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"empty": ``, "null": `null`, "API": string(sample(t, "get-pool.json")), "schedule": string(sample(t, "requeue.json")),
		"records no list": `{"Records":{}}`, "no id": `{"Records":[{"body":"canary@example.org"}]}`,
		"SNS": `{"Records":[{"messageId":"m","eventSource":"aws:sns","body":"canary@example.org"}]}`,
	} {
		m := &lambdabridge.Messages{Deliver: func(context.Context, []onboard.Delivery) []string {
			t.Errorf("%s: delivered", name)
			return nil
		}}
		if out, err := m.Invoke(t.Context(), []byte(payload)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: answer %s, error %v", name, out, err)
		}
	}
	m := &lambdabridge.Messages{}
	if out, err := m.Invoke(t.Context(), []byte(`{"Records":[]}`)); err != nil || string(out) != `{"batchItemFailures":[]}` {
		t.Errorf("an empty batch: %s, %v", out, err)
	}
}

func TestPanicInAWorkerKeepsTheBatch(t *testing.T) {
	t.Parallel()
	m := &lambdabridge.Messages{Deliver: func(context.Context, []onboard.Delivery) []string { panic("boom") }}
	out, err := m.Invoke(t.Context(), sample(t, "worker-ten.json"))
	if err != nil || strings.Count(string(out), "itemIdentifier") != 10 {
		t.Errorf("answer %s, %v", out, err)
	}
}

func TestScheduleRuns(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &lambdabridge.Schedule{Log: slog.New(slog.NewTextHandler(&log, nil)), Run: func(context.Context) (int, error) { return 7, nil }}
	out, err := s.Invoke(t.Context(), sample(t, "requeue.json"))
	if err != nil || string(out) != `{"count":7}` || !strings.Contains(log.String(), "count=7") {
		t.Errorf("answer %s, %v, log %s", out, err, &log)
	}
	for _, payload := range []string{"", "null", "[]", "7"} {
		if _, err := s.Invoke(t.Context(), []byte(payload)); err == nil {
			t.Errorf("%q ran", payload)
		}
	}
	s.Run = func(context.Context) (int, error) { return 3, errors.New("table is gone") }
	if _, err := s.Invoke(t.Context(), []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "3") {
		t.Errorf("error %v", err)
	}
	s.Run = func(context.Context) (int, error) { panic("boom") }
	if out, err := s.Invoke(t.Context(), []byte(`{}`)); err == nil || out != nil {
		t.Errorf("a panic became %s, %v", out, err)
	}
}

func FuzzQueueEvent(f *testing.F) {
	for _, name := range []string{"worker-one.json", "worker-ten.json", "worker-poison.json", "deadletter.json", "requeue.json", "post-requests.json"} {
		f.Add(sample(f, name))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		m := &lambdabridge.Messages{Deliver: func(_ context.Context, batch []onboard.Delivery) []string {
			var kept []string
			for _, d := range batch {
				if d.Receives < 1 || d.SentAt.IsZero() || d.ID == "" {
					t.Errorf("delivery %+v", d)
				}
				kept = append(kept, d.ID)
			}
			return kept
		}}
		out, err := m.Invoke(t.Context(), payload)
		if err != nil {
			return
		}
		var a struct {
			BatchItemFailures []struct{ ItemIdentifier string }
		}
		if err := json.Unmarshal(out, &a); err != nil || a.BatchItemFailures == nil {
			t.Errorf("answer %s: %v", out, err)
		}
		for _, failure := range a.BatchItemFailures {
			if failure.ItemIdentifier == "" {
				t.Errorf("answer %s names a message without an id", out)
			}
		}
	})
}
