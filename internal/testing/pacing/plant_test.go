package pacing_test

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// setup says what a plant is made of.
type setup struct {
	seed uint64
	pool memory.PoolConfig
	way  span // to the pool; zero means poolWay
	loss loss

	// quota and share are what the workers are configured with; 0 means the defaults.
	quota, share float64

	store  span          // of a call to the store or the queue; zero means storeTime
	spells bool          // for five of every fifteen seconds the store is slow: slowSpell
	skew   time.Duration // the workers' clocks differ: by this much behind, none, ahead, and so on
	silent span          // from when to when no call to the pool gets there, after the plant was made

	// opens is when the plant is made, after midnight UTC; with schedule it puts
	// rows back that wait for mail, as the stack does once a minute.
	opens    time.Duration
	schedule bool

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
	line  *lineLog // reservations in the lane of creations

	submitter *onboard.Submitter
	processes []*process
	stops     []context.CancelFunc
	running   sync.WaitGroup
}

// paced returns the calls per second that the workers take.
func (s setup) paced() float64 { return cmp.Or(s.quota, quota) * cmp.Or(s.share, onboard.DefaultShare) }

// newPlant starts the workers of a plant, which stop when the test ends.
func newPlant(t *testing.T, s setup) *plant {
	t.Helper()
	time.Sleep(s.opens)
	s.pool.Seed = s.seed
	s.pool.CreationRate = cmp.Or(s.pool.CreationRate, s.quota)
	p := &plant{
		t: t, store: memory.NewStore(), line: &lineLog{}, pool: memory.NewPool(s.pool), log: &callLog{began: time.Now()}, joins: &callLog{began: time.Now()},
		queue: memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures}),
	}
	front := newProcess(s, 0)
	ids := 0
	system := p.system(front, s)
	system.NewID = func() string { ids++; return fmt.Sprintf("request-%03d", ids) }
	p.submitter = system.Submitter()
	if s.processes == 0 {
		s.processes, s.atOnce = functions, 1
	}
	for i := range s.processes {
		p.start(newProcess(s, i+1), s)
	}
	if s.schedule {
		p.schedule(system.Requeuer())
	}
	t.Cleanup(p.stop)
	return p
}

// start runs one worker process: one source for the queue, and one for what
// ends up on the dead-letter queue.
func (p *plant) start(at *process, s setup) {
	ctx, stop := context.WithCancel(p.t.Context())
	p.processes, p.stops = append(p.processes, at), append(p.stops, stop)
	system := p.system(at, s)
	for _, each := range []*eventsource.Source{
		p.source(p.queue, system.Worker(), at, s.atOnce),
		p.source(p.queue.DeadLetters(), system.DeadLetterWorker(), at, 1),
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

// system is usher as one process runs it.
func (p *plant) system(at *process, s setup) onboard.System {
	if s.way == (span{}) {
		s.way = poolWay
	}
	return onboard.System{
		Pool:  poolPort{Pool: p.pool, at: at, way: s.way, loss: s.loss, quiet: s.silent, log: p.log, joins: p.joins},
		Queue: queuePort{Queue: p.queue, at: at}, DeadLetters: queuePort{Queue: p.queue.DeadLetters(), at: at},
		Store:    storePort{Store: p.store, at: at, line: p.line},
		Settings: onboard.Settings{Quota: cmp.Or(s.quota, quota), Share: s.share, RequestsInFlight: -1, DailyInvitations: -1},
	}
}

// source feeds a worker from a queue as Lambda's event source does.
func (p *plant) source(queue *memory.Queue, w *onboard.Worker, at *process, atOnce int) *eventsource.Source {
	return eventsource.New(eventsource.Config{
		Queue: queue, Concurrency: atOnce, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []eventsource.RawDelivery) ([]string, error) {
			batch := make([]onboard.Delivery, len(raw))
			for i, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					return nil, err
				}
				batch[i] = d
			}
			p.line.delivers(len(batch))
			kept := w.Deliver(ctx, batch)
			return kept, at.alive(ctx)
		},
	})
}

// schedule puts rows back whose time has come, once a minute.
func (p *plant) schedule(requeuer *onboard.Requeuer) {
	ctx, stop := context.WithCancel(p.t.Context())
	p.stops = append(p.stops, stop)
	p.running.Go(func() {
		for tick := time.NewTicker(time.Minute); ; {
			select {
			case <-tick.C:
				if _, err := requeuer.Run(ctx); err != nil && ctx.Err() == nil {
					p.t.Error(err)
				}
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
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
	return p.submitWith(onboard.Options{}, name, rows, groups...)
}

func (p *plant) submitWith(options onboard.Options, name string, rows int, groups ...string) onboard.Request {
	p.t.Helper()
	sub := onboard.Submission{Rows: make([]onboard.Row, rows)}
	for i := range sub.Rows {
		sub.Rows[i] = onboard.Row{Number: i + 1, Person: onboard.Person{Email: fmt.Sprintf("%s%06d@example.org", name, i+1), Groups: groups}}
	}
	r, _, err := p.submitter.Submit(p.t.Context(), onboard.Order{Submission: sub, Options: options, By: "root"})
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
