package sim_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"usher.example/internal/onboard"
)

// fault is what goes wrong in one port call.
type fault int

const (
	none       fault = iota
	failBefore       // it never gets there, and the caller learns so
	lostAnswer       // it has its effect, the caller learns of an error
	killBefore       // the caller is killed before it leaves
	killDuring       // the caller is killed while it is under way; it arrives nevertheless
	killAfter        // the caller is killed when its effect has happened
	throttled        // the pool turns it away
	slow             // it takes seconds
	tooSlow          // it takes so long that the caller gives up; its effect comes later, or never
	conflict         // the store turns a write away that nothing speaks against
	faults           // how many there are
)

func (f fault) String() string {
	return [...]string{"-", "fails before", "answer lost", "killed before", "killed during", "killed after",
		"throttled", "slow", "too slow", "conflict"}[f]
}

// real reports whether the fault may count against a row: all do but being
// turned away.
func (f fault) real() bool { return f != none && f != throttled }

// service is what a call is made to; it decides which faults can happen.
type service int

const (
	toPool service = iota
	toStore
	toQueue
	toBus // of notices
)

var possible = map[service][]fault{
	toPool:  {failBefore, lostAnswer, killBefore, killDuring, killAfter, throttled, slow, tooSlow},
	toStore: {failBefore, lostAnswer, killBefore, killDuring, killAfter, slow, tooSlow, conflict},
	toQueue: {failBefore, lostAnswer, killBefore, killDuring, killAfter, slow, tooSlow},
	toBus:   {failBefore, lostAnswer, killBefore, killDuring, killAfter, slow, tooSlow},
}

// Bounds of what is drawn. A pool continues a call for at most twice the
// call's own time; a store's write lands within less than half of the
// margin that a submission leaves before its window ends. What comes to a queue
// late does no harm however late it is.
const (
	latePool  = 2 * onboard.CallTimeout
	lateStore = 4 * time.Second
	lateQueue = 20 * time.Second
)

var (
	errInjected = errors.New("a fault of the simulation")
	errUnclear  = &onboard.PoolError{Class: onboard.ErrUnclear, Detail: "Simulated"}
	errTurned   = &onboard.PoolError{Class: onboard.ErrThrottled, Detail: "TooManyRequestsException"}
)

// mishaps decides which calls go wrong. It is asked with the turn only.
type mishaps interface {
	draw(c call) fault

	// chance decides other things that happen now and then.
	chance(share float64) bool
}

// drawn are mishaps by chance.
type drawn struct {
	rng      *rand.Rand
	share    float64      // of the calls that go wrong
	onlyPool bool         // only calls to the pool do
	kinds    [faults]bool // what goes wrong in this schedule
	left     int          // how many may still go wrong
	until    time.Time    // when the faults stop
}

func (d *drawn) over() bool { return d.left <= 0 || time.Now().After(d.until) }

func (d *drawn) draw(c call) fault {
	if d.over() || d.onlyPool && c.to != toPool || d.rng.Float64() >= d.share {
		return none
	}
	n := 0
	var of [faults]fault
	for _, f := range possible[c.to] {
		if d.kinds[f] && (f != conflict || c.write) {
			of[n] = f
			n++
		}
	}
	if n == 0 {
		return none
	}
	d.left--
	return of[d.rng.IntN(n)]
}

func (d *drawn) chance(share float64) bool {
	if d.over() || d.rng.Float64() >= share {
		return false
	}
	d.left--
	return true
}

// call is one call to a port.
type call struct {
	to     service
	op     string
	at     string
	row    int           // 0: it is about no certain row
	claims bool          // it takes the claim of the row's address
	write  bool          // of the store, pinned to a version
	late   time.Duration // the longest that its effect may come after its caller has given up

	// leaves, unless nil, is called with the turn when the call leaves.
	leaves func()
}

// do carries one call through its turns and its faults. effect runs with the
// turn, at most once.
func (a *actor) do(ctx context.Context, c call, effect func(ctx context.Context) error) error {
	if err := ctx.Err(); err != nil {
		a.leaveIfDead()
		return err
	}
	w := a.w
	at := a.stepOf(c)
	a.wait(at)
	f := w.mishaps.draw(c)
	w.calls++
	stray := w.calls
	w.noteStep(at, f)
	if f.real() {
		a.blame()
	}
	if c.leaves != nil && f != killBefore {
		c.leaves()
	}
	switch f {
	case failBefore:
		return c.fails()
	case conflict:
		return onboard.ErrConflict
	case throttled:
		return errTurned
	case killBefore:
		a.die(c.op)
		a.leaveIfDead()
	case killDuring:
		w.later(c, at, stray, w.upTo(c.late), effect)
		a.die(c.op)
		a.leaveIfDead()
	case tooSlow:
		return a.giveUp(ctx, at, c, effect)
	}
	// A goroutine that sleeps wakes without the turn, and must not draw then.
	wait, rest := w.latency(c, f), w.upTo(min(c.late, lateStore))
	if wait > 0 && !sleep(ctx, wait) {
		w.later(c, at, stray, rest, effect)
		a.leaveIfDead()
		return c.fails()
	}
	return a.arrive(ctx, at, f, wait > 0, c, effect)
}

// arrive has the call's effect and brings the answer back. A call that slept on
// its way has to wait for its turn again.
func (a *actor) arrive(ctx context.Context, at step, f fault, slept bool, c call, effect func(ctx context.Context) error) error {
	if slept {
		at.leg = arriving
		a.wait(at)
	}
	err := effect(context.WithoutCancel(ctx))
	at.leg = returning
	a.w.noteStep(at, none)
	a.wait(at)
	switch f {
	case lostAnswer:
		return c.fails()
	case killAfter:
		a.die(c.op)
		a.leaveIfDead()
	}
	return err
}

// giveUp has the caller wait until its patience ends, or its connection breaks.
func (a *actor) giveUp(ctx context.Context, at step, c call, effect func(ctx context.Context) error) error {
	w := a.w
	if w.rng.IntN(5) > 0 {
		w.later(c, at, w.calls, w.upTo(c.late), effect)
	}
	patience := c.late
	if w.rng.IntN(2) == 0 {
		patience /= 20
	}
	sleep(ctx, w.upTo(patience))
	a.leaveIfDead()
	return c.fails()
}

// later has the effect of a call whose caller does not wait any more. The
// number of the call tells it from others of its kind. What only reads has none.
func (w *world) later(c call, at step, number int, after time.Duration, effect func(ctx context.Context) error) {
	if c.to == toStore && !c.write {
		return
	}
	at.actor, at.nth, at.leg = "stray "+at.actor, number, arriving
	w.pending.Add(1)
	started := w.started
	w.group.Go(func() {
		defer w.pending.Add(-1)
		time.Sleep(after)
		w.turns.wait(nil, at)
		if w.ended.Load() || c.to != toPool && w.started != started { // what ended with its machine
			return
		}
		w.noteStep(at, none)
		_ = effect(context.Background())
	})
}

// fails is what the caller of a call that went wrong learns.
func (c call) fails() error {
	if c.to == toPool {
		return errUnclear
	}
	return errInjected
}

// latency is how long a call takes to arrive.
func (w *world) latency(c call, f fault) time.Duration {
	switch {
	case f == slow:
		return w.upTo(w.plan.slowness)
	case c.to == toPool:
		return w.upTo(w.plan.latency)
	case c.to == toStore && w.plan.store.spells && time.Since(w.began)%(15*time.Second) < 5*time.Second:
		return w.upTo(time.Second)
	case c.to == toStore && w.plan.store.often, w.rng.IntN(4) == 0:
		return w.plan.store.least + w.upTo(w.plan.store.most-w.plan.store.least)
	}
	return 0
}

// upTo draws a time from a microsecond to most.
func (w *world) upTo(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Microsecond * time.Duration(1+w.rng.Int64N(int64(most/time.Microsecond)))
}
