package local

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"usher.example/internal/console"
	"usher.example/internal/eventsource"
	"usher.example/internal/httpapi"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

const (
	// workers is how many batches are handled at once, like the worker function's
	// maximum concurrency on AWS.
	workers = 5

	// requeueEvery is how often deferred invitations are checked, like the
	// requeue function's schedule on AWS.
	requeueEvery = time.Minute

	// drainTimeout bounds how long open HTTP requests may take once the program
	// is asked to end.
	drainTimeout = 10 * time.Second

	// headerTimeout and bodyTimeout bound how long a caller may take to send the head
	// of a call, and all of it: 5 MB at 100 kB a second. Who sends half a body and stops
	// would else keep its connection, and what was read of it, for good.
	headerTimeout = 10 * time.Second
	bodyTimeout   = time.Minute

	administrator      = "local-administrator"
	administratorGroup = "administrators"
)

// System is a local usher. Make one with [New], then call [System.Run] once.
type System struct {
	cfg     Config
	log     *slog.Logger
	pool    *memory.Pool
	queue   *memory.Queue
	handler http.Handler

	requeuer *onboard.Requeuer
	worker   *onboard.Worker
	dead     *onboard.Worker
}

// New returns a local usher that does nothing until [System.Run].
func New(cfg Config, log *slog.Logger) *System {
	cfg = cfg.withDefaults()
	s := &System{cfg: cfg, log: log, pool: memory.NewPool(cfg.pool())}
	s.queue = memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	system := onboard.System{
		Pool: s.pool, Queue: s.queue, DeadLetters: s.queue.DeadLetters(), Store: memory.NewStore(), Inspector: s.pool,
		Settings: onboard.Settings{
			Quota: cfg.CreationRate, MailQuota: cfg.MailQuota, DailyInvitations: -1, Groups: onboard.GroupRule{Administrators: administratorGroup, Allowed: cfg.AllowedGroups},
			NewID: func() string { return ulid.Make().String() }, Log: log,
		},
	}
	if cfg.MailDomainCheck {
		system.Resolver = net.DefaultResolver
	}
	s.worker, s.dead, s.requeuer = system.Worker(), system.DeadLetterWorker(), system.Requeuer()
	s.handler = s.routes(system)
	return s
}

// routes returns the API with a fixed administrator as its caller, and the
// mailbox, which only a local usher has.
func (s *System) routes(system onboard.System) http.Handler {
	api := httpapi.New(httpapi.Config{
		System: system, AdminGroup: administratorGroup, Console: pages(),
	})
	caller := httpapi.LocalAdministrator(administrator, administratorGroup)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /local/mailbox", s.mailbox)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		api.ServeHTTP(w, r.WithContext(httpapi.WithCaller(r.Context(), caller)))
	})
	return mux
}

// pages returns the console of a server without sign-in.
func pages() http.Handler {
	handler, err := console.New(console.Config{Local: true})
	if err != nil {
		panic(err) // the files are part of the program, and nothing is configured
	}
	return handler
}

// mailbox lists the mails that the pool has "sent", oldest first.
func (s *System) mailbox(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff") // holds passwords: no page may load it as another type
	mails := s.pool.Mailbox()
	if mails == nil {
		mails = []memory.Mail{}
	}
	if err := json.NewEncoder(w).Encode(mails); err != nil {
		s.log.Debug("the mailbox's reader went away", "error", err)
	}
}

// Handler returns what Run serves behind the door, for tests that need no
// socket.
func (s *System) Handler() http.Handler { return s.handler }

// Listen opens the listener for Run. An error names the address.
func (s *System) Listen() (net.Listener, error) { return net.Listen("tcp", s.cfg.Addr) }

// Run serves on the listener and handles the queue until ctx ends. Then it accepts
// no more requests, lets open requests and deliveries finish, and returns nil.
// What is still on the queue is lost with the process.
//
// Writes by pages of other origins are refused. On a listener that only this
// machine can reach, calls by an unknown Host are refused too.
func (s *System) Run(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: s.door(s.handler, listener.Addr()), ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout}
	var running sync.WaitGroup
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	for _, source := range []*eventsource.Source{s.source(s.queue, s.worker), s.source(s.queue.DeadLetters(), s.dead)} {
		running.Go(func() {
			if err := source.Run(working); err != nil {
				s.log.Error("event source", "error", err)
			}
		})
	}
	running.Go(func() { s.requeue(working) })
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		err = server.Shutdown(drain)
		cancel()
	}
	stop()
	running.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// source hands a queue's messages to a worker as Lambda's event source does.
func (s *System) source(queue eventsource.Queue, worker *onboard.Worker) *eventsource.Source {
	return eventsource.New(eventsource.Config{
		Queue: queue, Concurrency: workers, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []eventsource.RawDelivery) (failed []string, err error) {
			var batch []onboard.Delivery
			for _, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					s.log.Error("a message cannot be read", "error", err)
					failed = append(failed, r.ID)
					continue
				}
				batch = append(batch, d)
			}
			return append(failed, worker.Deliver(ctx, batch)...), nil
		},
		Report: func(err error) { s.log.Error("deliveries", "error", err) },
	})
}

func (s *System) requeue(ctx context.Context) {
	tick := time.NewTicker(requeueEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := s.requeuer.Run(ctx); err != nil {
				s.log.Error("requeue", "error", err)
			}
		}
	}
}
