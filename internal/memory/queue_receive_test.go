package memory_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestDeleteTakesOnlyTheLatestReceipt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		stale := receive(t, q, 1)[0]
		time.Sleep(time.Minute)
		latest := receive(t, q, 1)[0]
		remove(t, q, stale.Handle)
		if err := q.Delay(t.Context(), stale, 0); err != nil {
			t.Errorf("delay by a stale receipt: %v", err)
		}
		if got, want := q.Stats(), (memory.Stats{InFlight: 1}); got != want {
			t.Errorf("after a stale receipt's delete and delay: %+v, want %+v", got, want)
		}
		time.Sleep(2 * time.Minute) // past the timeout, but not received again
		remove(t, q, latest.Handle)
		remove(t, q, latest.Handle) // twice is no error
		if got := q.Stats(); got != (memory.Stats{}) {
			t.Errorf("after the delete: %+v, want none", got)
		}
		if err := q.Delete("unknown"); err == nil {
			t.Error("delete by an unknown receipt: no error")
		}
	})
}

func TestAReceiptCannotHideAMessageForMoreThanTwelveHoursInAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		d := receive(t, q, 1)[0]
		if err := q.Delay(t.Context(), d, 12*time.Hour); err != nil {
			t.Errorf("12 h from the receipt: %v", err)
		}
		time.Sleep(time.Hour)
		if err := q.Delay(t.Context(), d, 11*time.Hour); err != nil {
			t.Errorf("11 h more after one: %v", err)
		}
		if err := q.Delay(t.Context(), d, 11*time.Hour+time.Second); err == nil {
			t.Error("a second more: no error")
		}
	})
}

func TestReceiveWaitsForAMessage(t *testing.T) {
	const wait = 20 * time.Second
	tests := []struct {
		name    string
		before  func(t *testing.T, q *memory.Queue) // at once
		after   func(t *testing.T, q *memory.Queue) // 3 s into the wait
		arrives time.Duration
	}{
		{name: "Sent", arrives: 3 * time.Second, after: func(t *testing.T, q *memory.Queue) {
			send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		}},
		{name: "Delayed", arrives: 7 * time.Second, before: func(t *testing.T, q *memory.Queue) {
			m := onboardtest.Message(onboardtest.RequestID(1), 1)
			if err := q.Send(t.Context(), []onboard.Message{m}, 7*time.Second); err != nil {
				t.Error(err)
			}
		}},
		{name: "VisibleAgain", arrives: 10 * time.Second, before: func(t *testing.T, q *memory.Queue) {
			send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
			receive(t, q, 1)
		}},
		{name: "NeverSent", arrives: wait},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: 10 * time.Second})
				start := time.Now()
				if tt.before != nil {
					tt.before(t, q)
				}
				if tt.after != nil {
					go func() {
						time.Sleep(3 * time.Second)
						tt.after(t, q)
					}()
				}
				got, err := q.Receive(t.Context(), 10, wait)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(got); (n == 1) != (tt.arrives < wait) {
					t.Errorf("got %d deliveries", n)
				}
				if waited := time.Since(start); waited != tt.arrives {
					t.Errorf("waited %s, want %s", waited, tt.arrives)
				}
			})
		})
	}
}

func TestReceiveEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.Receive(ctx, 1, 20*time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got error %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestReceiveRefusesWhatSQSRefuses(t *testing.T) {
	t.Parallel()
	q := memory.NewQueue(memory.QueueConfig{})
	for _, most := range []int{0, 11} {
		if _, err := q.Receive(t.Context(), most, 0); err == nil {
			t.Errorf("%d messages at once: no error", most)
		}
	}
	for _, wait := range []time.Duration{-1, 21 * time.Second} {
		if _, err := q.Receive(t.Context(), 1, wait); err == nil {
			t.Errorf("waiting %s: no error", wait)
		}
	}
}

func TestBodiesThatAreNoMessageComeBackAsSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute})
		body := []byte("{not a message")
		if err := q.SendRaw(body); err != nil {
			t.Fatal(err)
		}
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		got, err := q.Receive(t.Context(), 10, 0)
		if len(got) != 1 || err == nil {
			t.Errorf("got %d deliveries and error %v, want 1 and an error about the other", len(got), err)
		}
		time.Sleep(time.Minute)
		raw, err := q.ReceiveRaw(t.Context(), 1, 0)
		if err != nil || len(raw) != 1 || !bytes.Equal(raw[0].Body, body) {
			t.Errorf("got %+v, error %v; want the body", raw, err)
		}
	})
}

func TestSendRefusesWhatSQSRefuses(t *testing.T) {
	t.Parallel()
	q := memory.NewQueue(memory.QueueConfig{})
	for name, body := range map[string][]byte{
		"nothing":             nil,
		"a control character": []byte("a\x0bb"),
		"a noncharacter":      []byte("a\uFFFEb"),
		"one byte too many":   bytes.Repeat([]byte("x"), 1<<20+1),
	} {
		if err := q.SendRaw(body); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := q.SendRaw(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
		t.Errorf("a body of 1 MiB: %v", err)
	}
	if got, want := q.Stats(), (memory.Stats{Visible: 1}); got != want {
		t.Errorf("on the queue: %+v, want %+v", got, want)
	}
}

func TestManyConsumersReceiveEachMessageOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const messages, consumers = 300, 8
		q := memory.NewQueue(memory.QueueConfig{})
		for row := 1; row <= messages; row++ {
			send(t, q, onboardtest.Message(onboardtest.RequestID(row%5), row))
		}
		var mu sync.Mutex
		seen := map[int]int{}
		var all sync.WaitGroup
		for range consumers {
			all.Go(func() {
				for {
					batch, err := q.Receive(t.Context(), 10, 0)
					if err != nil || len(batch) == 0 {
						return
					}
					for _, d := range batch {
						mu.Lock()
						seen[d.Row]++
						mu.Unlock()
						remove(t, q, d.Handle)
					}
				}
			})
		}
		all.Wait()
		for row := 1; row <= messages; row++ {
			if seen[row] != 1 {
				t.Errorf("row %d was received %d times", row, seen[row])
			}
		}
		if got := q.Stats(); got != (memory.Stats{}) {
			t.Errorf("left on the queue: %+v, want none", got)
		}
	})
}

func TestASmallRequestIsNotHeldUpByALargeOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{})
		large, small := onboardtest.RequestID(1), onboardtest.RequestID(2)
		for row := 1; row <= 1000; row++ {
			send(t, q, onboardtest.Message(large, row))
		}
		receive(t, q, 10)
		for row := 1; row <= 3; row++ {
			send(t, q, onboardtest.Message(small, row))
		}
		served := map[string][]int{}
		for _, d := range receive(t, q, 10) {
			served[d.RequestID] = append(served[d.RequestID], d.Row)
		}
		want := map[string][]int{small: {1, 2, 3}, large: {11, 12, 13, 14, 15, 16, 17}}
		if diff := cmp.Diff(want, served); diff != "" {
			t.Errorf("rows served (-want +got):\n%s", diff)
		}
	})
}

func TestRequestsWithTheSameInFlightTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{})
		for _, id := range []string{onboardtest.RequestID(1), onboardtest.RequestID(2)} {
			for row := 1; row <= 20; row++ {
				send(t, q, onboardtest.Message(id, row))
			}
		}
		served := map[string]int{}
		for _, d := range receive(t, q, 10) {
			served[d.RequestID]++
		}
		want := map[string]int{onboardtest.RequestID(1): 5, onboardtest.RequestID(2): 5}
		if diff := cmp.Diff(want, served); diff != "" {
			t.Errorf("deliveries (-want +got):\n%s", diff)
		}
	})
}

func send(t *testing.T, q *memory.Queue, messages ...onboard.Message) {
	t.Helper()
	if err := q.Send(t.Context(), messages, 0); err != nil {
		t.Error(err)
	}
}

// receive takes up to ten messages and checks how many there were.
func receive(t *testing.T, q *memory.Queue, want int) []onboard.Delivery {
	t.Helper()
	got, err := q.Receive(t.Context(), 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != want {
		t.Fatalf("received %d messages, want %d", len(got), want)
	}
	return got
}

func remove(t *testing.T, q *memory.Queue, handle string) {
	t.Helper()
	if err := q.Delete(handle); err != nil {
		t.Errorf("delete: %v", err)
	}
}
