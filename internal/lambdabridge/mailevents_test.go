package lambdabridge_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usher.example/internal/lambdabridge"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/sesevents"
)

// mailMessages is the event that Lambda makes of messages with these bodies.
func mailMessages(t *testing.T, bodies ...string) []byte {
	t.Helper()
	var records []map[string]any
	for i, body := range bodies {
		records = append(records, map[string]any{"messageId": string(rune('a' + i)), "body": body, "eventSource": "aws:sqs"})
	}
	payload, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func sesEvent(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "sesevents", "testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMailEventsAreHandedOverAndTheUnreadableStay(t *testing.T) {
	t.Parallel()
	var heard []onboard.MailEvent
	m := &lambdabridge.MailEvents{Read: sesevents.Read, Listen: func(_ context.Context, events []onboard.MailEvent) (int, error) {
		heard = append(heard, events...)
		return len(events), nil
	}}
	out, err := m.Invoke(t.Context(), mailMessages(t, sesEvent(t, "delivered"), "no event", sesEvent(t, "delayed"), sesEvent(t, "permanent")))
	if err != nil || string(out) != `{"batchItemFailures":[{"itemIdentifier":"b"}]}` {
		t.Errorf("answer %s, %v; want only the second to stay", out, err)
	}
	if len(heard) != 2 || heard[0].Says != onboard.MailDelivered || heard[1].Says != onboard.MailBounced {
		t.Errorf("heard %+v", heard)
	}
}

func TestMailEventsComeAgainAfterAnError(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	m := &lambdabridge.MailEvents{Read: sesevents.Read, Listen: func(context.Context, []onboard.MailEvent) (int, error) { return 0, down }}
	if out, err := m.Invoke(t.Context(), mailMessages(t, sesEvent(t, "delivered"))); !errors.Is(err, down) {
		t.Errorf("answer %s, %v; want the batch to stay", out, err)
	}
	m.Listen = func(context.Context, []onboard.MailEvent) (int, error) { panic("a fault") }
	if out, err := m.Invoke(t.Context(), mailMessages(t, sesEvent(t, "delivered"))); err == nil {
		t.Errorf("answer %s after a panic; want the batch to stay", out)
	}
	for _, payload := range []string{"", "{}", `{"Records":[{"body":"x"}]}`, `{"Records":[{"messageId":"a","eventSource":"aws:sns","body":"x"}]}`} {
		if out, err := m.Invoke(t.Context(), []byte(payload)); err == nil {
			t.Errorf("%s: answer %s", payload, out)
		}
	}
}

func TestMailEventsOfStrangersChangeNothing(t *testing.T) {
	t.Parallel()
	listener := onboard.System{Store: memory.NewStore()}.MailListener()
	m := &lambdabridge.MailEvents{Read: sesevents.Read, Listen: listener.Listen}
	out, err := m.Invoke(t.Context(), mailMessages(t, sesEvent(t, "permanent"), sesEvent(t, "complained")))
	if err != nil || string(out) != `{"batchItemFailures":[]}` {
		t.Errorf("answer %s, %v", out, err)
	}
}
