package sim_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/petermattis/goid"
)

// actor is one process: a worker's environment, one call of the API, one run of
// the requeue function. It may be killed at any turn; then none of its
// goroutines ever comes back from a port.
type actor struct {
	w    *world
	name string
	skew time.Duration // its clock is ahead of the bubble's by this much
	ctx  context.Context
	dead atomic.Bool

	stop  context.CancelFunc
	cut   context.CancelFunc // ends what is within its time now; nil: nothing is
	rows  []rowID            // that it works on
	since time.Time          // when it got them

	failures map[rowID]int // of their deliveries so far
	many     bool          // several of its goroutines call at once, for no certain row

	mu      sync.Mutex
	threads map[int64]*thread // by goroutine; see [actor.stepOf]
}

// rowID names one row of one request.
type rowID struct {
	request string
	row     int
}

// newActor returns a living actor. The caller has the turn.
func (w *world) newActor(name string, skew time.Duration) *actor {
	a := &actor{w: w, name: name, skew: skew, threads: map[int64]*thread{}, failures: map[rowID]int{}}
	a.ctx, a.stop = context.WithCancel(context.Background())
	w.actors = append(w.actors, a)
	return a
}

// within returns a context that ends after life. Then the actor is killed too,
// unless handled has been called with the turn.
func (a *actor) within(life time.Duration) (ctx context.Context, handled func()) {
	ctx, cancel := context.WithTimeout(a.ctx, life)
	done := false
	a.cut = cancel
	overrun := time.AfterFunc(life, func() {
		a.w.turns.wait(a, step{actor: a.name, op: "timeout"})
		if !done {
			a.die("at its timeout")
		}
	})
	return ctx, func() {
		done = true
		overrun.Stop()
		cancel()
	}
}

// run calls f in a goroutine of the actor and returns when f has, or when the
// actor was killed in it; then false.
func (a *actor) run(f func()) (survived bool) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f()
	}()
	<-ended
	a.stop()
	return !a.dead.Load()
}

// die kills the actor. The caller has the turn and must leave with
// [actor.leaveIfDead].
func (a *actor) die(how string) {
	if !a.dead.Swap(true) {
		a.w.note(a.name, "is killed", how)
		a.blame()
		a.stop()
	}
}

// leaveIfDead ends the calling goroutine when its actor is no more.
func (a *actor) leaveIfDead() {
	if a.dead.Load() {
		runtime.Goexit()
	}
}

// wait waits for the turn at a step.
func (a *actor) wait(s step) {
	a.leaveIfDead()
	a.w.turns.wait(a, s)
	a.leaveIfDead()
}

// stepOf names a call. One that is about no row is named for the row whose claim
// its goroutine took before, and numbered: the row of a goroutine and the order
// of its calls are the same in every run, which of two goroutines comes first
// is not. One that took no claim works for all rows, or its row has lost the place
// that it shared.
func (a *actor) stepOf(c call) step {
	id := int64(0)
	if len(a.rows) > 1 || a.many { // else one goroutine at a time works for it
		id = goid.Get()
	}
	s := step{actor: a.name, op: c.op, at: c.at, row: c.row, begun: id}
	if c.to == toPool || c.row > 0 && !c.claims {
		return s
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if c.claims {
		a.threads[id] = &thread{request: c.at, row: c.row}
		return s
	}
	t := a.threads[id]
	if t == nil {
		t = &thread{}
		a.threads[id] = t
	}
	t.calls++
	s.at, s.row, s.nth = c.at+" "+t.request, t.row, t.calls
	return s
}

// thread is what one goroutine of an actor works on.
type thread struct {
	request string
	row     int
	calls   int // about no row, so far
}

// blame counts a fault against all rows that the actor works on.
func (a *actor) blame() {
	for _, id := range a.rows {
		a.w.audit.blamed[id]++
	}
}

// sleep waits for d of virtual time and reports whether it did so to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
