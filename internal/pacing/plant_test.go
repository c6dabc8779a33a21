package pacing_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// setup says what a plant is made of.
type setup struct {
	seed uint64
	pool memory.PoolConfig
	way  span // to the pool; zero means poolWay
	loss loss

	// processes is how many worker processes there are, atOnce how many batches
	// each handles at a time; 0 means as many functions as the template has Lambda
	// run at once, each with one batch.
	processes, atOnce int
}

// functions is WorkerConcurrency in template.yaml.
const functions = 5

// plant is usher at work: workers that share nothing but the store, the queue
// and the pool.
type plant struct {
	t     *testing.T
	store *memory.Store
	queue *memory.Queue
	pool  *memory.Pool
	log   *callLog // calls of the lane of creations
	joins *callLog // calls of the lane of groups

	submitter *onboard.Submitter
	processes []*process
	stops     []context.CancelFunc
	running   sync.WaitGroup
}

// newPlant starts the workers of a plant, which stop when the test ends.
func newPlant(t *testing.T, s setup) *plant {
	t.Helper()
	s.pool.Seed = s.seed
	p := &plant{
		t: t, store: memory.NewStore(), pool: memory.NewPool(s.pool), log: &callLog{began: time.Now()}, joins: &callLog{began: time.Now()},
		queue: memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures}),
	}
	front := newProcess(s.seed)
	ids := 0
	p.submitter = &onboard.Submitter{
		Queue: queuePort{p.queue, front}, Requests: storePort{p.store, front}, Retention: 90 * 24 * time.Hour,
		NewID: func() string { ids++; return fmt.Sprintf("request-%03d", ids) },
	}
	if s.processes == 0 {
		s.processes, s.atOnce = functions, 1
	}
	for i := range s.processes {
		p.start(newProcess(s.seed+uint64(i)+1), s)
	}
	t.Cleanup(p.stop)
	return p
}

// start runs one worker process: one source for the queue, and one for what
// ends up on the dead-letter queue.
func (p *plant) start(at *process, s setup) {
	ctx, stop := context.WithCancel(p.t.Context())
	p.processes, p.stops = append(p.processes, at), append(p.stops, stop)
	dead := p.queue.DeadLetters()
	for _, each := range []*memory.EventSource{
		source(p.queue, p.newWorker(at, s, p.queue, onboard.MaxFailures), at, s.atOnce),
		source(dead, p.newWorker(at, s, dead, 0), at, 1),
	} {
		p.running.Go(func() {
			if err := each.Run(ctx); err != nil {
				p.t.Error(err)
			}
		})
	}
}

func (p *plant) stop() {
	for _, stop := range p.stops {
		stop()
	}
	p.running.Wait()
}

func (p *plant) newWorker(at *process, s setup, queue *memory.Queue, maxFailures int) *onboard.Worker {
	if s.way == (span{}) {
		s.way = poolWay
	}
	store := storePort{p.store, at}
	return &onboard.Worker{
		Pool: poolPort{p.pool, at, s.way, s.loss, p.log, p.joins}, Queue: queuePort{queue, at}, Store: store,
		Pace:        onboard.NewPace(store, onboard.LaneCreate, quota, onboard.DefaultShare),
		GroupPace:   onboard.NewPace(store, onboard.LaneGroup, onboard.DefaultGroupQuota, onboard.DefaultShare),
		MaxFailures: maxFailures, PasswordLife: 7 * 24 * time.Hour, Retention: 90 * 24 * time.Hour,
		Log: slog.New(slog.DiscardHandler),
	}
}

// source feeds a worker from a queue as Lambda's event source does.
func source(queue *memory.Queue, w *onboard.Worker, at *process, atOnce int) *memory.EventSource {
	return memory.NewEventSource(memory.EventSourceConfig{
		Queue: queue, Concurrency: atOnce, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []memory.RawDelivery) ([]string, error) {
			batch := make([]onboard.Delivery, len(raw))
			for i, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					return nil, err
				}
				batch[i] = d
			}
			kept := w.Deliver(ctx, batch)
			return kept, at.alive(ctx)
		},
	})
}

// kill ends a process between two instructions: nothing that it holds is given back.
func (p *plant) kill(i int) {
	close(p.processes[i].died)
	p.stops[i]()
}

// submit submits a request of as many rows, each for the groups, and returns it
// as it is accepted.
func (p *plant) submit(name string, rows int, groups ...string) onboard.Request {
	p.t.Helper()
	sub := onboard.Submission{Rows: make([]onboard.Row, rows)}
	for i := range sub.Rows {
		sub.Rows[i] = onboard.Row{Number: i + 1, Email: fmt.Sprintf("%s%06d@example.org", name, i+1), Groups: groups}
	}
	r, _, err := p.submitter.Submit(p.t.Context(), onboard.Order{Submission: sub, By: "root"})
	if err != nil {
		p.t.Fatalf("submit %d rows: %v", rows, err)
	}
	return r
}

// request reads a request.
func (p *plant) request(id string) onboard.Request {
	p.t.Helper()
	r, err := p.store.Request(p.t.Context(), id)
	if err != nil {
		p.t.Fatalf("request %s: %v", id, err)
	}
	return r
}

// await polls until the request is done and returns it, and how long it took
// from now on.
func (p *plant) await(id string, limit time.Duration) (onboard.Request, time.Duration) {
	p.t.Helper()
	began := time.Now()
	for time.Since(began) < limit {
		if r := p.request(id); r.Done(time.Now()) {
			return r, r.FinishedAt(time.Now()).Sub(began)
		}
		time.Sleep(time.Second)
	}
	p.t.Fatalf("request %s is not done after %s: %v", id, limit, p.request(id).Tally.States)
	return onboard.Request{}, 0
}
