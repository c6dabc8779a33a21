package local

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/oneprocess"
)

// What goes wrong in a demo. The seed makes it the same each time, as far as it does not
// depend on which call comes first.
const (
	demoSeed        = 2026
	demoLostCalls   = 0.03
	demoLostAnswers = 0.05
	demoDoubles     = 7 // every seventh message is delivered twice
	demoLatency     = 60 * time.Millisecond

	// demoVisibility is how long a message stays hidden that a killed worker had
	// received: shorter than in a stack, because a person watches.
	demoVisibility = 20 * time.Second
)

// Demo is a local usher over a pool that loses calls and answers and a queue that
// delivers twice. All its workers are killed in the middle of the work, and others
// replace them. Make one with [NewDemo], then call [Demo.Run] once.
type Demo struct {
	people  int
	pool    *memory.Pool
	api     *oneprocess.Engine
	workers func(*life) *oneprocess.Engine
	log     *slog.Logger

	double  *doubling
	unclear atomic.Int64
	first   *life // of the workers that are killed
}

// NewDemo returns a demo with an organization of so many people (1 to [MostPeople]).
func NewDemo(people int, log *slog.Logger) *Demo {
	cfg := Config{
		PoolLatency: demoLatency, Faults: memory.Faults{LostCalls: demoLostCalls, LostAnswers: demoLostAnswers},
	}.withDefaults()
	poolConfig := cfg.pool()
	poolConfig.Seed = demoSeed
	d := &Demo{people: people, pool: memory.NewPool(poolConfig), log: log, first: newLife(int64(people/2) + 1)}
	inner := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: demoVisibility, MaxReceiveCount: onboard.MaxFailures})
	dead := inner.DeadLetters()
	d.double = &doubling{queue: inner, nth: demoDoubles}
	store := memory.NewStore()
	system := onboard.System{
		Queue: d.double, DeadLetters: dead, Store: store, Inspector: d.pool,
		Settings: onboard.Settings{
			DailyInvitations: -1, Groups: onboard.GroupRule{Administrators: oneprocess.AdministratorGroup},
			NewID: func() string { return ulid.Make().String() }, Log: log,
		},
	}
	d.api = oneprocess.New(oneprocess.Config{Caller: administrator, Queue: d.double, DeadLetters: dead, System: system})
	d.workers = func(l *life) *oneprocess.Engine {
		mortal := system
		mortal.Pool = mortalPool{Pool: d.pool, life: l, unclear: &d.unclear}
		mortal.Store = mortalStore{Store: store, life: l}
		queue, deadLetters := mortalQueue{queue: d.double, life: l}, mortalQueue{queue: dead, life: l}
		mortal.Queue, mortal.DeadLetters = queue, deadLetters
		return oneprocess.New(oneprocess.Config{Queue: queue, DeadLetters: deadLetters, System: mortal})
	}
	return d
}

// List is the list of the organization to submit, as CSV.
func (d *Demo) List() string { return organization(d.people) }

// Run serves API and console on the listener and has the workers work, until ctx ends.
func (d *Demo) Run(ctx context.Context, listener net.Listener) error {
	return oneprocess.ServeWith(ctx, listener, listener.Addr().String(), d.api.Handler(), d.work)
}

// work runs the first workers until they are killed, and then others.
func (d *Demo) work(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	mortal, stop := context.WithCancel(ctx)
	defer stop()
	running.Go(func() { d.workers(d.first).Run(mortal) })
	select {
	case <-d.first.died:
		stop()
		d.workers(newLife(0)).Run(ctx)
	case <-ctx.Done():
	}
}

// Tally is what has happened in a demo, counted where it happens: at the pool, at its
// mailbox and at the queue.
type Tally struct {
	Users     int // of the pool
	Mails     int // that went out
	Addresses int // that mail went out to
	Most      int // mails to one address

	Calls      int // to the pool
	Unanswered int // of them
	Doubled    int // messages that were delivered twice

	Killed  bool // the first workers were
	Unheard int  // calls that had their effect while nobody was left to hear the answer
}

// Tally counts what has happened so far.
func (d *Demo) Tally() Tally {
	calls := d.pool.Calls()
	t := Tally{
		Users: len(d.pool.Users()), Calls: calls.Invites + calls.Resends + calls.Looks + calls.GroupAdds,
		Unanswered: int(d.unclear.Load()), Doubled: int(d.double.doubled.Load()),
		Killed: errors.Is(d.first.err(), errKilled), Unheard: int(d.first.unheard.Load()),
	}
	to := map[string]int{}
	for _, m := range d.pool.Mailbox() {
		address := strings.ToLower(m.To)
		to[address]++
		t.Mails++
		t.Most = max(t.Most, to[address])
	}
	t.Addresses = len(to)
	return t
}
