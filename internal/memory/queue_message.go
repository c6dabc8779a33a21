package memory

import (
	"container/heap"
	"fmt"
	"time"

	"usher.example/internal/eventsource"
)

// message is one message on the queue. It is either ready in its group or
// hidden; home says where.
type message struct {
	serial int // different for each message of a queue; older ones are smaller
	id     string
	group  string
	body   []byte
	sentAt time.Time

	receives   int
	receivedAt time.Time
	visibleAt  time.Time
	inFlight   bool

	home  *messageHeap
	index int // in home
}

func (m *message) delivery() eventsource.RawDelivery {
	return eventsource.RawDelivery{
		ID:       m.id,
		Handle:   fmt.Sprintf("receipt-%d-%d", m.serial, m.receives),
		Body:     append([]byte(nil), m.body...),
		Receives: m.receives,
		SentAt:   m.sentAt,
	}
}

// group is the messages of one request.
type group struct {
	ready    messageHeap // visible, oldest first
	inFlight int
}

// pick returns a ready message of the group with the fewest in flight, the one
// with the oldest message among equals; nil if none is ready. It stays where it
// is. The caller holds the mutex.
func (q *Queue) pick() *message {
	var best *group
	for _, g := range q.groups {
		if g.ready.Len() > 0 && (best == nil || g.before(best)) {
			best = g
		}
	}
	switch {
	case best == nil:
		return nil
	case q.rand == nil:
		return best.ready.first()
	}
	return best.ready.list[q.rand.IntN(best.ready.Len())]
}

func (g *group) before(other *group) bool {
	if g.inFlight != other.inFlight {
		return g.inFlight < other.inFlight
	}
	return olderFirst(g.ready.first(), other.ready.first())
}

// hide makes a message that has no place invisible until a time; inFlight says that it
// was received. The caller holds the mutex.
func (q *Queue) hide(m *message, until time.Time, inFlight bool) {
	m.visibleAt, m.inFlight = until, inFlight
	if inFlight {
		q.inFlight++
		q.groupOf(m).inFlight++
	}
	q.hidden.add(m)
}

// advance makes messages visible whose time has come. The caller holds the mutex.
func (q *Queue) advance(now time.Time) {
	for m := q.hidden.first(); m != nil && !m.visibleAt.After(now); m = q.hidden.first() {
		g := q.groupOf(m) // before remove, which drops groups that have nothing left
		q.remove(m)
		q.groups[m.group] = g
		g.ready.add(m)
	}
}

// remove takes a message from its place. The caller holds the mutex and gives it a new
// place or drops it.
func (q *Queue) remove(m *message) {
	m.home.remove(m)
	g := q.groupOf(m)
	if m.inFlight {
		m.inFlight = false
		q.inFlight--
		g.inFlight--
	}
	if g.inFlight == 0 && g.ready.Len() == 0 {
		delete(q.groups, m.group)
	}
}

func (q *Queue) groupOf(m *message) *group {
	g := q.groups[m.group]
	if g == nil {
		g = &group{ready: messageHeap{less: olderFirst}}
		q.groups[m.group] = g
	}
	return g
}

// messageHeap is a heap of messages that knows the place of each.
type messageHeap struct {
	list []*message
	less func(a, b *message) bool
}

func olderFirst(a, b *message) bool { return a.serial < b.serial }

func visibleFirst(a, b *message) bool {
	if a.visibleAt.Equal(b.visibleAt) {
		return a.serial < b.serial
	}
	return a.visibleAt.Before(b.visibleAt)
}

func (h *messageHeap) first() *message {
	if len(h.list) == 0 {
		return nil
	}
	return h.list[0]
}

func (h *messageHeap) add(m *message)    { m.home = h; heap.Push(h, m) }
func (h *messageHeap) remove(m *message) { heap.Remove(h, m.index); m.home = nil }

// Len implements [heap.Interface].
func (h *messageHeap) Len() int { return len(h.list) }

// Less implements [heap.Interface].
func (h *messageHeap) Less(i, j int) bool { return h.less(h.list[i], h.list[j]) }

// Swap implements [heap.Interface].
func (h *messageHeap) Swap(i, j int) {
	h.list[i], h.list[j] = h.list[j], h.list[i]
	h.list[i].index, h.list[j].index = i, j
}

// Push implements [heap.Interface].
func (h *messageHeap) Push(x any) {
	m := x.(*message)
	m.index = len(h.list)
	h.list = append(h.list, m)
}

// Pop implements [heap.Interface].
func (h *messageHeap) Pop() any {
	last := len(h.list) - 1
	m := h.list[last]
	h.list[last] = nil
	h.list = h.list[:last]
	return m
}
