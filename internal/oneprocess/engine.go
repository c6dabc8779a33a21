package oneprocess

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"usher.example/internal/console"
	"usher.example/internal/eventsource"
	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

const (
	// workers is how many batches are handled at once, like the worker function's
	// maximum concurrency on AWS.
	workers = 5

	// requeueEvery is how often deferred invitations are checked, like the
	// requeue function's schedule on AWS.
	requeueEvery = time.Minute

	// scanEvery is how often somebody's question who has signed in is looked for. A scan
	// of nothing reads one record.
	scanEvery = time.Second

	// listenEvery is how often what became of mails is noted.
	listenEvery = 250 * time.Millisecond

	// AdministratorGroup is the group of the caller, who needs no other sign-in. It is
	// the default name of a stack's group, so no row may name it.
	AdministratorGroup = "administrators"
)

// Config is what an engine runs. The queues are the receiving sides of the system's.
type Config struct {
	System             onboard.System
	Queue, DeadLetters eventsource.Queue

	// MailEvents returns what became of mails since it was last asked; nil: nobody says.
	MailEvents func() []onboard.MailEvent

	// Caller is who submits through the handler: a name, never an address.
	Caller string
}

// Engine is usher in one process. Make one with [New].
type Engine struct {
	cfg      Config
	log      *slog.Logger
	handler  http.Handler
	worker   *onboard.Worker
	dead     *onboard.Worker
	requeuer *onboard.Requeuer
}

// New returns an engine that does nothing until [Engine.Run].
func New(cfg Config) *Engine {
	cfg.System.Settings = cfg.System.WithDefaults()
	if cfg.System.Notices == nil {
		cfg.System.Notices = logged{cfg.System.Log}
	}
	return &Engine{
		cfg: cfg, log: cfg.System.Log, handler: api(cfg),
		worker: cfg.System.Worker(), dead: cfg.System.DeadLetterWorker(), requeuer: cfg.System.Requeuer(),
	}
}

// Handler returns the API and the console, with a fixed administrator as the caller.
// It lets everybody in: see [Door].
func (e *Engine) Handler() http.Handler { return e.handler }

func api(cfg Config) http.Handler {
	pages, err := console.New(console.Config{Local: true})
	if err != nil {
		panic(err) // the files are part of the program, and nothing is configured
	}
	handler := httpapi.New(httpapi.Config{System: cfg.System, AdminGroup: AdministratorGroup, NoSignIn: true, Console: pages})
	caller := httpapi.LocalAdministrator(cfg.Caller, AdministratorGroup)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(httpapi.WithCaller(r.Context(), caller)))
	})
}

// Run handles the queues and puts back what is due, at once and then every minute,
// until ctx ends. Then it lets the batches that are under way finish.
func (e *Engine) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, source := range []*eventsource.Source{e.source(e.cfg.Queue, e.worker), e.source(e.cfg.DeadLetters, e.dead)} {
		running.Go(func() {
			if err := source.Run(ctx); err != nil {
				e.log.Error("event source", "error", err)
			}
		})
	}
	running.Go(func() { e.requeue(ctx) })
	if e.cfg.MailEvents != nil {
		running.Go(func() { e.listen(ctx) })
	}
	running.Wait()
}

// source hands a queue's messages to a worker as Lambda's event source does.
func (e *Engine) source(queue eventsource.Queue, worker *onboard.Worker) *eventsource.Source {
	return eventsource.New(eventsource.Config{
		Queue: queue, Concurrency: workers, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []eventsource.RawDelivery) (failed []string, err error) {
			var batch []onboard.Delivery
			for _, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					e.log.Error("a message cannot be read", "error", err)
					failed = append(failed, r.ID)
					continue
				}
				batch = append(batch, d)
			}
			return append(failed, worker.Deliver(ctx, batch)...), nil
		},
		Report: func(err error) { e.log.Error("deliveries", "error", err) },
	})
}

// requeue does what the requeue function does on AWS. Here nobody has to wait a minute
// until a scan begins.
func (e *Engine) requeue(ctx context.Context) {
	tick, scan := time.NewTicker(requeueEvery), time.NewTicker(scanEvery)
	defer tick.Stop()
	defer scan.Stop()
	for {
		if _, err := e.requeuer.Run(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("requeue", "error", err)
		}
		for due := false; !due; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				due = true
			case <-scan.C:
				if err := e.requeuer.Scanner.Run(ctx); err != nil && ctx.Err() == nil {
					e.log.Error("scan", "error", err)
				}
			}
		}
	}
}

// listen notes what becomes of mails. What the store could not take comes again.
func (e *Engine) listen(ctx context.Context) {
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	listener := e.cfg.System.MailListener()
	var events []onboard.MailEvent
	for {
		events = append(events, e.cfg.MailEvents()...)
		if len(events) > 0 {
			if _, err := listener.Listen(ctx, events); err == nil {
				events = nil
			} else if ctx.Err() == nil {
				e.log.Error("mail events", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
