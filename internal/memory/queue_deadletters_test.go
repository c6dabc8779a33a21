package memory_test

import (
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/testing/onboardtest"
)

func TestAMessageGoesToTheDeadLettersWhenItWouldBeReceivedTooOften(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute, MaxReceiveCount: 2})
		sentAt := time.Now()
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		for range 2 {
			receive(t, q, 1)
			time.Sleep(time.Minute)
		}
		if got, want := q.Stats(), (memory.Stats{Visible: 1}); got != want {
			t.Errorf("before the third receipt: %+v, want %+v", got, want)
		}
		receive(t, q, 0)
		if got := q.Stats(); got != (memory.Stats{}) {
			t.Errorf("after it: %+v, want none", got)
		}
		dead := receive(t, q.DeadLetters(), 1)[0]
		if dead.ID != "message-1" || dead.Receives != 3 || !dead.SentAt.Equal(sentAt) {
			t.Errorf("dead letter has id %s, %d receives, sent at %s; want the first id, 3, %s", dead.ID, dead.Receives, dead.SentAt, sentAt)
		}
	})
}

func TestAMessagePutBackAtOnceIsADeadLetterAtItsNextReceipt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{MaxReceiveCount: 1})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		if err := q.Delay(t.Context(), receive(t, q, 1)[0], 0); err != nil {
			t.Fatal(err)
		}
		if got := q.DeadLetters().Stats(); got != (memory.Stats{}) {
			t.Errorf("dead letters before that receipt: %+v, want none", got)
		}
		receive(t, q, 0)
		receive(t, q.DeadLetters(), 1)
		if got := q.Stats(); got != (memory.Stats{}) {
			t.Errorf("left on the queue: %+v, want none", got)
		}
	})
}

func TestRedriveSendsDeadLettersAsNewMessages(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute, MaxReceiveCount: 1})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		receive(t, q, 1)
		time.Sleep(time.Minute)
		receive(t, q, 0)
		if n := q.Redrive(); n != 1 {
			t.Fatalf("%d messages redriven, want 1", n)
		}
		again := receive(t, q, 1)[0]
		if again.ID == "message-1" || again.Receives != 1 || !again.SentAt.Equal(time.Now()) {
			t.Errorf("got id %s, %d receives, sent at %s; want another id, 1, now", again.ID, again.Receives, again.SentAt)
		}
		if got := q.DeadLetters().Stats(); got != (memory.Stats{}) {
			t.Errorf("dead letters: %+v, want none", got)
		}
	})
}

func TestMessagesAreForgottenAfterTheirRetention(t *testing.T) {
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		cfg  memory.QueueConfig
		kept time.Duration
	}{
		"AsConfigured": {cfg: memory.QueueConfig{Retention: time.Hour}, kept: time.Hour},
		"ByDefault":    {cfg: memory.QueueConfig{}, kept: 4 * day},
		"DeadLetters":  {cfg: memory.QueueConfig{MaxReceiveCount: 1}, kept: 14 * day},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				q := memory.NewQueue(tt.cfg)
				send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
				start := time.Now()
				if dead := q.DeadLetters(); dead != nil {
					receive(t, q, 1)
					time.Sleep(time.Hour) // which does not lengthen its life
					receive(t, q, 0)
					q = dead
				}
				time.Sleep(time.Until(start.Add(tt.kept)))
				if got, want := q.Stats(), (memory.Stats{Visible: 1}); got != want {
					t.Errorf("on the last moment: %+v, want %+v", got, want)
				}
				time.Sleep(time.Second)
				if got := q.Stats(); got != (memory.Stats{}) {
					t.Errorf("after it: %+v, want none", got)
				}
				receive(t, q, 0)
			})
		})
	}
}
