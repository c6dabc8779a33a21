package sim_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
)

// machine is where the state is: in memory, which stands for services that never end,
// or in files, which one process has open at a time.
type machine struct {
	store       onboard.Store
	queue, dead queue

	files *files // nil: in memory
}

// queue is a queue with both of its sides.
type queue interface {
	onboard.Queue
	Receive(ctx context.Context, most int, wait time.Duration) ([]onboard.Delivery, error)
	Delete(handle string) error
	Purge()
	Stats() memory.Stats
}

func (m *machine) mainQueue() queue   { return m.queue }
func (m *machine) deadLetters() queue { return m.dead }

// start returns the machine that the plan asks for.
func (w *world) start() machine {
	p := w.plan
	if p.files {
		folder, err := os.MkdirTemp("", "usher-sim-")
		if err != nil {
			panic(err)
		}
		return w.startFiles(folder)
	}
	q := memory.NewQueue(memory.QueueConfig{
		VisibilityTimeout: p.visibility, MaxReceiveCount: p.tries, Rand: rand.New(rand.NewPCG(p.seed, 1)),
	})
	return machine{store: memory.NewStore(), queue: q, dead: q.DeadLetters()}
}

// stop ends the machine for good.
func (m *machine) stop() {
	if m.files == nil {
		return
	}
	m.files.close()
	if err := os.RemoveAll(m.files.folder); err != nil {
		panic(err)
	}
}

// restarts has the machine end at the plan's times, and all processes with it. What
// they were doing has no effect any more, but for calls that have left for the pool.
func (w *world) restarts() {
	if len(w.plan.restarts) == 0 {
		return
	}
	w.pending.Add(1)
	w.group.Go(func() {
		defer w.pending.Add(-1)
		for _, after := range w.plan.restarts {
			w.rest(after)
			w.waitAs("machine", "restart")
			if w.ended.Load() {
				return
			}
			w.restart()
		}
	})
}

// restart ends the machine and starts it again. The caller has the turn.
func (w *world) restart() {
	w.note("the machine ends")
	for _, a := range w.actors {
		if a.ctx.Err() == nil {
			a.die("with its machine")
		}
	}
	before := w.machine
	before.files.close()
	w.machine = w.startFiles(before.files.folder)
	w.started++
	w.audit.callTimes = nil // nobody knows when the last place was used: it may have been a moment ago
	for _, waiting := range [][]echo{w.left, w.echoes} {
		for i := range waiting {
			if waiting[i].queue == before.queue {
				waiting[i].queue = w.queue
			} else {
				waiting[i].queue = w.dead
			}
		}
	}
	w.note("the machine starts; the last one left", w.files.state.CutOff())
	w.stir()
}

// files is a state in files, as one process has it open.
type files struct {
	folder string
	state  *sqlite.State
	beside *sql.DB // looks into the state without usher
}

func (w *world) startFiles(folder string) machine {
	p := w.plan
	f := &files{folder: folder}
	path := filepath.Join(folder, "state.db")
	var err error
	f.state, err = sqlite.Open(context.Background(), sqlite.Config{
		State: path, Pace: filepath.Join(folder, "pace.db"), Visibility: p.visibility, MaxReceives: p.tries, Clock: w.clock, Awake: w.awake,
	})
	if err == nil {
		f.beside, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	}
	if err != nil {
		panic(err)
	}
	q := f.state.Queue()
	return machine{store: f.state.Store(), queue: filedQueue{q, f, 0}, dead: filedQueue{q.DeadLetters(), f, 1}, files: f}
}

func (f *files) close() {
	for _, end := range []func() error{f.beside.Close, f.state.Close} {
		if err := end(); err != nil {
			panic(err)
		}
	}
}

// filedQueue is a queue in files.
type filedQueue struct {
	*sqlite.Queue
	files  *files
	number int
}

func (q filedQueue) Delete(handle string) error { return q.DeleteBatch([]string{handle}) }

// Purge loses all messages, as nothing in usher does.
func (q filedQueue) Purge() {
	if _, err := q.files.beside.Exec("DELETE FROM messages WHERE queue = ?", q.number); err != nil {
		panic(err)
	}
}

// Stats counts all messages as visible: nobody here asks for more.
func (q filedQueue) Stats() (s memory.Stats) {
	if err := q.files.beside.QueryRow("SELECT count(*) FROM messages WHERE queue = ?", q.number).Scan(&s.Visible); err != nil {
		panic(err)
	}
	return s
}

// inFiles is the plan of a machine whose state is in files, and which ends now and then.
func (p plan) inFiles() plan {
	rng := rand.New(rand.NewPCG(p.seed, 0xf11e5))
	p.files = true
	if rng.IntN(4) > 0 {
		for range 1 + rng.IntN(6) {
			p.restarts = append(p.restarts, time.Duration(rng.Float64()*rng.Float64()*float64(p.faultsFor)/3))
		}
	}
	return p
}
