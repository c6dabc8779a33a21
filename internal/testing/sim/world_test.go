package sim_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// world is one schedule: usher over memory, and all who use it.
type world struct {
	plan    plan
	rng     *rand.Rand // only with the turn
	turns   *turns
	mishaps mishaps
	choose  func([]*waiter) int
	bug     *bug // what is wrong with usher on purpose; nil: nothing
	audit   *audit

	machine
	started int          // how often the machine was started again
	slept   atomic.Int64 // how long in all, as a duration
	napped  []taken
	pool    *memory.Pool

	calls    int                // to ports, so far
	twins    bool               // the queue puts messages there twice now and then
	echoes   []echo             // deliveries that will be repeated
	left     []echo             // deliveries that a poll left to the next
	sent     []onboard.Message  // so far
	ids      int                // of requests, so far
	reported int                // what became of mails, so far
	earlier  map[string]earlier // claims, of those that were just written
	arrived  []*mailReport      // on the queue of those who hear it
	tokens   atomic.Int64
	calmAt   time.Time // nothing goes wrong from then on
	giveUpAt time.Time // by then every row has ended, or something is wrong

	actors  []*actor
	home    chan struct{}  // closed when the world ends
	group   sync.WaitGroup // all goroutines of the world but the root
	pending atomic.Int64   // stray effects, and clients who have not finished
	ended   atomic.Bool

	mu   sync.Mutex
	kick chan struct{} // closed when a message may have come

	tracing bool
	trace   []string
	began   time.Time
	steps   int
}

// mostSteps is how many turns a schedule may take for each of its rows: many times
// what any needs.
const mostSteps = 25_000

// moment is the time between two turns. Because of it timers that were set in two
// turns do not end at once: only the machine would say which of their goroutines
// comes first, and both share what their process knows of the pace.
const moment = time.Nanosecond

// play runs one schedule in a bubble of its own and returns it when it is over.
func play(t *testing.T, p plan, set func(*world)) *world {
	w := &world{plan: p}
	synctest.Test(t, func(*testing.T) {
		w.prepare()
		if set != nil {
			set(w)
		}
		w.run()
	})
	return w
}

// prepare builds the world; nothing moves yet.
func (w *world) prepare() {
	p := w.plan
	w.rng = rand.New(rand.NewPCG(p.seed, 0x5ca1ab1e))
	w.earlier = map[string]earlier{}
	w.turns, w.kick, w.home = newTurns(), make(chan struct{}), make(chan struct{})
	time.Sleep(p.startsAt)
	w.began = time.Now()
	w.calmAt = w.began.Add(p.faultsFor)
	w.giveUpAt = w.calmAt.Add(p.patience())
	w.twins = p.twins
	w.mishaps = &drawn{rng: w.rng, share: p.share, onlyPool: p.onlyPool, kinds: p.kinds, left: p.most, until: w.calmAt}
	w.choose = func(sorted []*waiter) int { return w.rng.IntN(len(sorted)) }
	w.machine = w.start()
	w.pool = memory.NewPool(memory.PoolConfig{
		CreationRate: -1, GroupRate: -1, ReadRate: -1, ListRate: -1, ListPage: p.scans.page, MailQuota: p.mailQuota, UserAtMailQuota: p.leavesUser,
		ClockAhead: p.poolAhead, Groups: []string{"staff", "club", owners}, ResendUnmarked: p.unmarked, Sender: memory.Sender{Rate: p.mailRate}, Seed: p.seed | 1, Faults: p.poolFaults(false, p.silentUntil > 0),
	})
	w.audit = newAudit(w)
	for _, email := range p.before {
		if _, err := w.pool.AddUser(email, w.rng.IntN(2) == 0); err != nil {
			panic(err)
		}
		w.audit.address(onboard.FoldAddress(email)).before = true
	}
	time.Sleep(time.Minute) // who was there before was there well before
}

// run starts all actors and gives out turns until all is done.
func (w *world) run() {
	w.people()
	w.machines()
	w.restarts()
	w.naps()
	for {
		synctest.Wait()
		next := w.turns.next(w.choose)
		switch {
		case next != nil:
			if w.steps++; w.steps > mostSteps*(w.plan.rows+1) {
				w.audit.fail("promise 3: it does not come to rest")
				w.turns.back(next)
				w.end()
				return
			}
			close(next.turn)
			time.Sleep(moment)
			continue
		case w.over():
			w.end()
			return
		}
		select {
		case <-w.turns.wake:
		case <-time.After(w.lull()):
		}
	}
}

// over reports whether nothing can happen any more, or has for too long. Nobody
// waits for a turn when it is asked.
func (w *world) over() bool {
	now := time.Now()
	switch {
	case now.After(w.giveUpAt):
		return true
	case now.Before(w.calmAt) && !w.plan.calm(), w.pending.Load() > 0:
		return false
	case !empty(w.queue), !empty(w.dead):
		return false
	}
	return w.audit.allDone(w.clock())
}

func empty(q queue) bool { return q.Stats() == memory.Stats{} }

// end lets all goroutines go home and looks at what is left.
func (w *world) end() {
	w.ended.Store(true)
	close(w.home)
	w.audit.final()
	for _, a := range w.actors {
		a.dead.Store(true)
		a.stop()
	}
	w.turns.release()
	w.stir()
	w.group.Wait()
	w.machine.stop()
}

// rest sleeps for d, or until the world ends.
func (w *world) rest(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.home:
	}
}

// lull is how long nobody looks for work when none turned up: long once nothing
// goes wrong any more and only mail is waited for, so that the days pass quickly.
func (w *world) lull() time.Duration {
	if time.Now().After(w.calmAt) {
		return time.Hour
	}
	return 5 * time.Minute
}

// stir wakes environments that wait for a message.
func (w *world) stir() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.kick)
	w.kick = make(chan struct{})
}

// stirred is closed when a message may have come.
func (w *world) stirred() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.kick
}

// note writes a line of the trace. The caller has the turn.
func (w *world) note(args ...any) {
	if w.tracing {
		w.trace = append(w.trace, fmt.Sprintf("%14.6f %s", time.Since(w.began).Seconds(), fmt.Sprintln(args...)))
	}
}

func (w *world) noteStep(s step, f fault) {
	if w.tracing {
		w.note(fmt.Sprintf("%-12s %-14s %s/%d #%d %s %s", s.actor, s.op, s.at, s.row, s.nth, s.leg, f))
	}
}
