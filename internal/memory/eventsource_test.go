package memory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/testing/onboardtest"
)

// handler is what an event source calls.
type handler = func(ctx context.Context, batch []memory.RawDelivery) ([]string, error)

func TestEventSourceDeletesWhatIsNotNamedFailed(t *testing.T) {
	t.Parallel()
	first := func(batch []memory.RawDelivery) string { return batch[0].ID }
	tests := []struct {
		name    string
		handler handler
		left    int // of 3 messages
		report  bool
	}{
		{name: "AllDone", handler: func(context.Context, []memory.RawDelivery) ([]string, error) { return nil, nil }, left: 0, report: false},
		{name: "OneFailed", handler: func(_ context.Context, b []memory.RawDelivery) ([]string, error) { return []string{first(b)}, nil }, left: 1, report: false},
		{name: "NamedTwice", handler: func(_ context.Context, b []memory.RawDelivery) ([]string, error) {
			return []string{first(b), first(b)}, nil
		}, left: 1, report: false},
		{name: "Error", handler: func(context.Context, []memory.RawDelivery) ([]string, error) { return nil, errors.New("broken") }, left: 3, report: true},
		{name: "Panic", handler: func(context.Context, []memory.RawDelivery) ([]string, error) { panic("ann@example.com") }, left: 3, report: true},
		{name: "UnknownID", handler: func(_ context.Context, b []memory.RawDelivery) ([]string, error) {
			return []string{first(b), "unknown"}, nil
		}, left: 3, report: true},
		{name: "EmptyID", handler: func(context.Context, []memory.RawDelivery) ([]string, error) { return []string{""}, nil }, left: 3, report: true},
		{name: "Timeout", handler: func(ctx context.Context, _ []memory.RawDelivery) ([]string, error) { <-ctx.Done(); return nil, nil }, left: 3, report: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Hour})
				for row := 1; row <= 3; row++ {
					send(t, q, onboardtest.Message(onboardtest.RequestID(1), row))
				}
				var reports []error
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				run(t, ctx, memory.EventSourceConfig{
					Queue: q, Handler: tt.handler,
					Report: func(err error) { reports = append(reports, err) },
				})
				if got, want := q.Stats(), (memory.Stats{InFlight: tt.left}); got != want {
					t.Errorf("left on the queue: %+v, want %+v", got, want)
				}
				if (len(reports) == 1) != tt.report {
					t.Errorf("reports: %v", reports)
				}
				if strings.Contains(fmt.Sprint(reports), "ann@example.com") {
					t.Errorf("the report shows the value of a panic: %v", reports)
				}
			})
		})
	}
}

func TestEventSourceDeliversAFailedMessageUntilItIsADeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute, MaxReceiveCount: 3})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1), onboardtest.Message(onboardtest.RequestID(1), 2))
		seen := map[string][]int{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		run(t, ctx, memory.EventSourceConfig{Queue: q, Handler: func(_ context.Context, batch []memory.RawDelivery) ([]string, error) {
			for _, d := range batch {
				seen[d.ID] = append(seen[d.ID], d.Receives)
			}
			return []string{"message-1"}, nil
		}})
		want := map[string][]int{"message-1": {1, 2, 3}, "message-2": {1}}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("receipts (-want +got):\n%s", diff)
		}
		receive(t, q.DeadLetters(), 1)
	})
}

func TestEventSourceHandlesBatchesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{})
		for row := 1; row <= 60; row++ {
			send(t, q, onboardtest.Message(onboardtest.RequestID(1), row))
		}
		var mu sync.Mutex
		running, most, sizes := 0, 0, []int{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		run(t, ctx, memory.EventSourceConfig{Queue: q, Concurrency: 3, Handler: func(_ context.Context, batch []memory.RawDelivery) ([]string, error) {
			mu.Lock()
			running++
			most = max(most, running)
			sizes = append(sizes, len(batch))
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return nil, nil
		}})
		if most != 3 {
			t.Errorf("%d batches at once, want 3", most)
		}
		if diff := cmp.Diff([]int{10, 10, 10, 10, 10, 10}, sizes); diff != "" {
			t.Errorf("batch sizes (-want +got):\n%s", diff)
		}
	})
}

func TestEventSourceFinishesWhatItBegan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Hour})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		run(t, ctx, memory.EventSourceConfig{Queue: q, Handler: func(ctx context.Context, _ []memory.RawDelivery) ([]string, error) {
			cancel()
			time.Sleep(5 * time.Second)
			if deadline, ok := ctx.Deadline(); ctx.Err() != nil || !ok || deadline.Sub(start) != memory.DefaultTimeout {
				t.Errorf("the handler's context: error %v, deadline %s after the start", ctx.Err(), deadline.Sub(start))
			}
			return nil, nil
		}})
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("stopped after %s, want the handler's 5s", took)
		}
		if got := q.Stats(); got != (memory.Stats{}) {
			t.Errorf("left on the queue: %+v, want none", got)
		}
	})
}

func TestEventSourceRefusesABatchTooLarge(t *testing.T) {
	t.Parallel()
	s := memory.NewEventSource(memory.EventSourceConfig{BatchSize: 11, Queue: memory.NewQueue(memory.QueueConfig{})})
	if err := s.Run(t.Context()); err == nil {
		t.Error("no error")
	}
}

// run runs an event source until ctx ends.
func run(t *testing.T, ctx context.Context, cfg memory.EventSourceConfig) {
	t.Helper()
	if err := memory.NewEventSource(cfg).Run(ctx); err != nil {
		t.Error(err)
	}
}
