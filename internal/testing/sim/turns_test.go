package sim_test

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// turns lets one goroutine continue at a time. Goroutines wait in it at every port
// call; the root of the bubble picks who is next.
type turns struct {
	wake chan struct{} // has a token when a goroutine may have begun to wait

	mu      sync.Mutex
	waiting []*waiter
	closed  bool // nobody waits any more
}

// waiter is one goroutine at the door of a port, or on its way out.
type waiter struct {
	step
	actor *actor // nil for effects that nobody waits for any more
	turn  chan struct{}
}

// step names where a goroutine waits. The order in which goroutines came, which
// synctest leaves open, is forgotten by sorting. Two rows of a batch that hold no
// claim yet may wait at one step, to reserve a place or to read the invitation that
// both wait for. Then the one that was begun first is the first.
type step struct {
	actor string
	op    string
	at    string // request id, address or lane
	row   int
	nth   int // of its goroutine's calls that are about no row; see [actor.stepOf]
	leg   leg
	begun int64 // the number of its goroutine; not in the trace, as it differs from run to run
}

// leg is the part of a call that comes after the turn.
type leg int

const (
	going leg = iota
	arriving
	returning
)

func (l leg) String() string { return [...]string{"go", "arrive", "return"}[l] }

func newTurns() *turns { return &turns{wake: make(chan struct{}, 1)} }

// wait blocks until it is this goroutine's turn.
func (t *turns) wait(a *actor, s step) {
	w := &waiter{step: s, actor: a, turn: make(chan struct{})}
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.waiting = append(t.waiting, w)
	t.mu.Unlock()
	select {
	case t.wake <- struct{}{}:
	default:
	}
	<-w.turn
}

// next takes the waiter out that choose picks from all, sorted; nil if nobody
// waits. Goroutines of dead actors are let go first: they do nothing any more.
func (t *turns) next(choose func(sorted []*waiter) int) *waiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = slices.DeleteFunc(t.waiting, func(w *waiter) bool {
		dead := w.actor != nil && w.actor.dead.Load()
		if dead {
			close(w.turn)
		}
		return dead
	})
	if len(t.waiting) == 0 {
		return nil
	}
	slices.SortFunc(t.waiting, func(a, b *waiter) int { return a.compare(b.step) })
	i := choose(t.waiting)
	w := t.waiting[i]
	t.waiting = slices.Delete(t.waiting, i, i+1)
	return w
}

// back has a waiter wait again who was taken out.
func (t *turns) back(w *waiter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = append(t.waiting, w)
}

// release lets all goroutines continue, including those that come later.
func (t *turns) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, w := range t.waiting {
		close(w.turn)
	}
	t.waiting, t.closed = nil, true
}

func (s step) compare(other step) int {
	return cmp.Or(
		strings.Compare(s.actor, other.actor), strings.Compare(s.at, other.at), cmp.Compare(s.row, other.row),
		strings.Compare(s.op, other.op), cmp.Compare(s.nth, other.nth), cmp.Compare(s.leg, other.leg), cmp.Compare(s.begun, other.begun),
	)
}
