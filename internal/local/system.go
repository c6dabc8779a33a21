package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"

	"usher.example/internal/eventsource"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/oneprocess"
	"usher.example/internal/sqlite"
)

const administrator = "local-administrator"

// System is a local usher. Make one with [New], then call [System.Run] once.
type System struct {
	cfg     Config
	log     *slog.Logger
	pool    *memory.Pool
	engine  *oneprocess.Engine
	handler http.Handler
	close   func() error
}

// keeping is where requests, rows and messages are kept.
type keeping struct {
	store              onboard.Store
	queue, deadLetters interface {
		onboard.Queue
		eventsource.Queue
	}
	close func() error
}

// New returns a local usher that does nothing until [System.Run], and keeps nothing.
func New(cfg Config, log *slog.Logger) *System {
	queue := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	return build(cfg, log, keeping{memory.NewStore(), queue, queue.DeadLetters(), func() error { return nil }})
}

// Open is New, but keeps requests and rows in a folder, which it makes. The pool is in
// memory anyway. The error is that of [sqlite.Open].
func Open(ctx context.Context, cfg Config, folder string, log *slog.Logger) (*System, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for the data: %w", err)
	}
	state, err := sqlite.Open(ctx, sqlite.Config{
		State: filepath.Join(folder, "state.db"), Pace: filepath.Join(folder, "pace.db"),
		Visibility: onboard.Visibility, MaxReceives: onboard.MaxFailures,
	})
	if err != nil {
		return nil, err
	}
	return build(cfg, log, keeping{state.Store(), state.Queue(), state.Queue().DeadLetters(), state.Close}), nil
}

func build(cfg Config, log *slog.Logger, kept keeping) *System {
	cfg = cfg.withDefaults()
	s := &System{cfg: cfg, log: log, pool: memory.NewPool(cfg.pool()), close: kept.close}
	system := onboard.System{
		Pool: s.pool, Queue: kept.queue, DeadLetters: kept.deadLetters, Store: kept.store, Inspector: s.pool, Sender: s.pool, Directory: s.pool,
		Settings: onboard.Settings{
			Quota: cfg.CreationRate, MailQuota: cfg.MailQuota, DailyInvitations: -1, TypeablePasswords: cfg.TypeablePasswords, Groups: onboard.GroupRule{Administrators: oneprocess.AdministratorGroup, Allowed: cfg.AllowedGroups},
			NewID: func() string { return ulid.Make().String() }, Log: log,
		},
	}
	if cfg.MailDomainCheck {
		system.Resolver = net.DefaultResolver
	}
	s.engine = oneprocess.New(oneprocess.Config{
		MailEvents: s.pool.MailEvents,
		Caller:     administrator, Queue: kept.queue, DeadLetters: kept.deadLetters, System: system,
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /local/mailbox", s.mailbox)
	mux.Handle("/", s.engine.Handler())
	s.handler = mux
	return s
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
// After [New] what is still on the queue is lost with the process.
//
// Writes by pages of other origins are refused. On a listener that only this
// machine can reach, calls by an unknown Host are refused too.
func (s *System) Run(ctx context.Context, listener net.Listener) error {
	return errors.Join(s.engine.Serve(ctx, listener, s.cfg.Addr, s.handler), s.close())
}
