package eventsource_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/eventsource"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

// handler is what an event source calls.
type handler = func(ctx context.Context, batch []eventsource.RawDelivery) ([]string, error)

func TestSourceDeletesWhatIsNotNamedFailed(t *testing.T) {
	t.Parallel()
	first := func(batch []eventsource.RawDelivery) string { return batch[0].ID }
	tests := []struct {
		name    string
		handler handler
		left    int // of 3 messages
		report  bool
	}{
		{name: "AllDone", handler: func(context.Context, []eventsource.RawDelivery) ([]string, error) { return nil, nil }, left: 0, report: false},
		{name: "OneFailed", handler: func(_ context.Context, b []eventsource.RawDelivery) ([]string, error) { return []string{first(b)}, nil }, left: 1, report: false},
		{name: "NamedTwice", handler: func(_ context.Context, b []eventsource.RawDelivery) ([]string, error) {
			return []string{first(b), first(b)}, nil
		}, left: 1, report: false},
		{name: "Error", handler: func(context.Context, []eventsource.RawDelivery) ([]string, error) { return nil, errors.New("broken") }, left: 3, report: true},
		{name: "Panic", handler: func(context.Context, []eventsource.RawDelivery) ([]string, error) { panic("ann@example.com") }, left: 3, report: true},
		{name: "UnknownID", handler: func(_ context.Context, b []eventsource.RawDelivery) ([]string, error) {
			return []string{first(b), "unknown"}, nil
		}, left: 3, report: true},
		{name: "EmptyID", handler: func(context.Context, []eventsource.RawDelivery) ([]string, error) { return []string{""}, nil }, left: 3, report: true},
		{name: "Timeout", handler: func(ctx context.Context, _ []eventsource.RawDelivery) ([]string, error) {
			<-ctx.Done()
			return nil, nil
		}, left: 3, report: true},
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
				run(t, ctx, eventsource.Config{
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

func TestSourceDeliversAFailedMessageUntilItIsADeadLetter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute, MaxReceiveCount: 3})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1), onboardtest.Message(onboardtest.RequestID(1), 2))
		seen := map[string][]int{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		run(t, ctx, eventsource.Config{Queue: q, Handler: func(_ context.Context, batch []eventsource.RawDelivery) ([]string, error) {
			for _, d := range batch {
				seen[d.ID] = append(seen[d.ID], d.Receives)
			}
			return []string{"message-1"}, nil
		}})
		want := map[string][]int{"message-1": {1, 2, 3}, "message-2": {1}}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("receipts (-want +got):\n%s", diff)
		}
		if got, want := q.DeadLetters().Stats(), (memory.Stats{Visible: 1}); got != want {
			t.Errorf("dead letters: %+v, want %+v", got, want)
		}
	})
}

func TestSourceHandlesBatchesAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{})
		for row := 1; row <= 60; row++ {
			send(t, q, onboardtest.Message(onboardtest.RequestID(1), row))
		}
		var mu sync.Mutex
		running, most, sizes := 0, 0, []int{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		run(t, ctx, eventsource.Config{Queue: q, Concurrency: 3, Handler: func(_ context.Context, batch []eventsource.RawDelivery) ([]string, error) {
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

func TestSourceFinishesWhatItBegan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		q := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Hour})
		send(t, q, onboardtest.Message(onboardtest.RequestID(1), 1))
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		run(t, ctx, eventsource.Config{Queue: q, Handler: func(ctx context.Context, _ []eventsource.RawDelivery) ([]string, error) {
			cancel()
			time.Sleep(5 * time.Second)
			if deadline, ok := ctx.Deadline(); ctx.Err() != nil || !ok || deadline.Sub(start) != eventsource.DefaultTimeout {
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

func TestSourceRefusesABatchTooLarge(t *testing.T) {
	t.Parallel()
	s := eventsource.New(eventsource.Config{BatchSize: 11, Queue: memory.NewQueue(memory.QueueConfig{})})
	if err := s.Run(t.Context()); err == nil {
		t.Error("no error")
	}
}

// run runs an event source until ctx ends.
func run(t *testing.T, ctx context.Context, cfg eventsource.Config) {
	t.Helper()
	if err := eventsource.New(cfg).Run(ctx); err != nil {
		t.Error(err)
	}
}

// brokenQueue fails every receive.
type brokenQueue struct{ receives int }

func (q *brokenQueue) ReceiveRaw(context.Context, int, time.Duration) ([]eventsource.RawDelivery, error) {
	q.receives++
	return nil, errors.New("the disk is full")
}

func (q *brokenQueue) DeleteBatch([]string) error { return nil }

func TestSourceWaitsLongerAfterEachReceiveThatFails(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		q, reports := &brokenQueue{}, 0
		run(t, ctx, eventsource.Config{Queue: q, Concurrency: 1, Report: func(error) { reports++ }})
		if q.receives < 360 || q.receives > 370 { // every 10 s, and seven times sooner at first
			t.Errorf("%d receives within an hour, want about 366", q.receives)
		}
		if reports != q.receives {
			t.Errorf("%d reports of %d failures", reports, q.receives)
		}
	})
}

// bubble runs one test in a bubble.
func bubble(t *testing.T, run func(*testing.T)) {
	t.Helper()
	synctest.Test(t, run)
}

func send(t *testing.T, q *memory.Queue, messages ...onboard.Message) {
	t.Helper()
	if err := q.Send(t.Context(), messages, 0); err != nil {
		t.Fatal(err)
	}
}
