package onboard_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// bundle is all of usher over memory, for one test in a synctest bubble.
type bundle struct {
	t     *testing.T
	store *memory.Store
	queue *memory.Queue
	pool  *memory.Pool

	submitter *onboard.Submitter
	admin     *onboard.Administration
	worker    *onboard.Worker
	dead      *onboard.Worker
	requeuer  *onboard.Requeuer
}

func newBundle(t *testing.T, cfg memory.PoolConfig) *bundle {
	t.Helper()
	b := &bundle{t: t, store: memory.NewStore(), pool: memory.NewPool(cfg)}
	b.queue = memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	var ids atomic.Int64
	b.submitter = &onboard.Submitter{
		Queue: b.queue, Requests: b.store, Retention: 90 * 24 * time.Hour,
		NewID: func() string { return fmt.Sprintf("request-%03d", ids.Add(1)) },
	}
	b.admin = &onboard.Administration{Submitter: b.submitter, Store: b.store}
	rate := cfg.CreationRate
	if rate == 0 {
		rate = onboard.DefaultCreationQuota
	}
	b.worker = b.newWorker(b.queue, rate, onboard.MaxFailures)
	b.dead = b.newWorker(b.queue.DeadLetters(), rate, 0)
	b.requeuer = &onboard.Requeuer{Queue: b.queue, Store: b.store, Log: slog.New(slog.DiscardHandler)}
	return b
}

func (b *bundle) newWorker(q onboard.Queue, rate float64, maxFailures int) *onboard.Worker {
	return &onboard.Worker{
		Pool: b.pool, Queue: q, Store: b.store,
		Pace:        onboard.NewPace(b.store, onboard.LaneCreate, rate, onboard.DefaultShare),
		GroupPace:   onboard.NewPace(b.store, onboard.LaneGroup, onboard.DefaultGroupQuota, onboard.DefaultShare),
		MaxFailures: maxFailures, PasswordLife: 7 * 24 * time.Hour, Retention: 90 * 24 * time.Hour,
		Log: slog.New(slog.DiscardHandler),
	}
}

// run delivers in the background until the test ends.
func (b *bundle) run() {
	ctx, stop := context.WithCancel(b.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		go b.source(b.queue.DeadLetters(), b.dead).Run(ctx)
		b.source(b.queue, b.worker).Run(ctx)
	}()
	b.t.Cleanup(func() { stop(); <-ended })
}

func (b *bundle) source(q *memory.Queue, w *onboard.Worker) *memory.EventSource {
	return memory.NewEventSource(memory.EventSourceConfig{
		Queue: q, Concurrency: 2, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []memory.RawDelivery) ([]string, error) {
			batch := make([]onboard.Delivery, len(raw))
			for i, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					return nil, err
				}
				batch[i] = d
			}
			return w.Deliver(ctx, batch), nil
		},
	})
}

// submit submits the addresses and returns the accepted request.
func (b *bundle) submit(options onboard.Options, emails ...string) onboard.Request {
	b.t.Helper()
	var sub onboard.Submission
	for i, email := range emails {
		sub.Rows = append(sub.Rows, onboard.Row{Number: i + 1, Email: email})
	}
	r, _, err := b.submitter.Submit(b.t.Context(), onboard.Order{Submission: sub, Options: options, By: "root"})
	if err != nil {
		b.t.Fatalf("submit: %v", err)
	}
	return r
}

// request reads a request.
func (b *bundle) request(id string) onboard.Request {
	b.t.Helper()
	r, err := b.store.Request(b.t.Context(), id)
	if err != nil {
		b.t.Fatalf("request %s: %v", id, err)
	}
	return r
}

// await polls until the request is done, for at most the given time.
func (b *bundle) await(id string, most time.Duration) onboard.Request {
	b.t.Helper()
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(time.Second) {
		if r := b.request(id); r.Done(time.Now()) {
			return r
		}
	}
	b.t.Fatalf("request %s is not done after %s: %+v", id, most, b.request(id).Tally)
	return onboard.Request{}
}

// rows returns all stored invitations of a request by row.
func (b *bundle) rows(id string) map[int]onboard.Invitation {
	b.t.Helper()
	list, err := b.store.ListInvitations(b.t.Context(), id, 0, 100_000)
	if err != nil {
		b.t.Fatalf("list invitations: %v", err)
	}
	rows := map[int]onboard.Invitation{}
	for _, inv := range list {
		rows[inv.Row] = inv
	}
	return rows
}
