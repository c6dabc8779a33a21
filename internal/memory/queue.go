package memory

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/onboard"
)

// Defaults of a queue
// (Amazon SQS API Reference, "CreateQueue" and "SetQueueAttributes").
const (
	DefaultVisibilityTimeout = 30 * time.Second
	DefaultRetention         = 4 * 24 * time.Hour

	// DefaultDeadLetterRetention is the longest possible: people need time to look, and
	// it counts from when the message was first sent.
	DefaultDeadLetterRetention = 14 * 24 * time.Hour
)

// Limits of a queue (Amazon SQS API Reference, "SendMessage" and
// "ChangeMessageVisibility"; Developer Guide, "Quotas").
const (
	maxInvisible    = 12 * time.Hour // of one receipt, extensions included
	maxMessageBytes = 1 << 20
	maxInFlight     = 120_000
)

// QueueConfig says how a queue behaves. The zero value is a queue with SQS's
// defaults and without a dead-letter queue.
type QueueConfig struct {
	// VisibilityTimeout is how long a received message stays hidden; 0 means
	// [DefaultVisibilityTimeout].
	VisibilityTimeout time.Duration

	// MaxReceiveCount is how often a message may be received; the next time it goes to
	// the dead-letter queue instead. 0 means no limit and no dead-letter queue.
	MaxReceiveCount int

	// Retention and DeadLetterRetention are how long messages are kept, from
	// when they were first sent; 0 means the defaults above.
	Retention           time.Duration
	DeadLetterRetention time.Duration

	// Rand picks which message of a group is received next, as a standard queue
	// promises no order. Nil means the oldest first. Only the queue may use it.
	Rand *rand.Rand
}

// Queue carries messages with the semantics of a standard SQS queue: at least
// once, hidden while a worker has them, visible again when the visibility timeout
// ends. It implements [onboard.Queue] and adds the receiving side, which on AWS
// belongs to Lambda: [Queue.Receive] and [Queue.Delete].
// An [eventsource.Source] runs on it.
//
// Among the requests that have messages waiting, the one with the fewest in
// flight is served first, so a request of 100,000 rows does not delay one of three (Amazon SQS Developer Guide, "Amazon SQS fair queues").
type Queue struct {
	visibility  time.Duration
	maxReceives int
	retention   time.Duration
	deadLetters *Queue

	mu       sync.Mutex
	rand     *rand.Rand
	sent     int // serial number of the latest message
	messages map[int]*message
	hidden   messageHeap // delayed or in flight, by when they become visible
	groups   map[string]*group
	inFlight int
	changed  chan struct{} // closed when a message may have become visible
}

var (
	_ onboard.Queue     = (*Queue)(nil)
	_ eventsource.Queue = (*Queue)(nil)
)

// NewQueue returns an empty queue, with an empty dead-letter queue if
// cfg.MaxReceiveCount is set.
func NewQueue(cfg QueueConfig) *Queue {
	q := newQueue(cfg.VisibilityTimeout, cfg.Retention, cfg.Rand)
	if cfg.MaxReceiveCount > 0 {
		retention := cfg.DeadLetterRetention
		if retention == 0 {
			retention = DefaultDeadLetterRetention
		}
		q.maxReceives = cfg.MaxReceiveCount
		q.deadLetters = newQueue(cfg.VisibilityTimeout, retention, nil)
	}
	return q
}

func newQueue(visibility, retention time.Duration, r *rand.Rand) *Queue {
	if visibility == 0 {
		visibility = DefaultVisibilityTimeout
	}
	if retention == 0 {
		retention = DefaultRetention
	}
	return &Queue{
		visibility: visibility,
		retention:  retention,
		rand:       r,
		messages:   map[int]*message{},
		hidden:     messageHeap{less: visibleFirst},
		groups:     map[string]*group{},
		changed:    make(chan struct{}),
	}
}

// Send implements [onboard.Queue]. It stores all messages or none.
func (q *Queue) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if delay < 0 || delay > onboard.MaxDelay {
		return fmt.Errorf("send: delay %s is not within 0 and %s", delay, onboard.MaxDelay)
	}
	batch := make([]*message, len(messages))
	for i, m := range messages {
		body := m.Encode()
		if err := checkBody(body); err != nil {
			return fmt.Errorf("send: request %s row %d: %w", m.RequestID, m.Row, err)
		}
		batch[i] = &message{group: m.RequestID, body: body}
	}
	q.accept(batch, delay)
	return nil
}

// SendRaw puts a body on the queue that need not be a message, as anybody could by
// mistake. It belongs to no request's group.
func (q *Queue) SendRaw(body []byte) error {
	if err := checkBody(body); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	q.accept([]*message{{body: append([]byte(nil), body...)}}, 0)
	return nil
}

// Delay implements [onboard.Queue]. A handle that was never one of this queue is
// an error, as is a wait beyond 12 h from the receipt.
func (q *Queue) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if wait < 0 || wait > maxInvisible {
		return fmt.Errorf("delay: %s is not within 0 and %s", wait, maxInvisible)
	}
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	m, latest, err := q.find(d.Handle)
	switch {
	case err != nil:
		return fmt.Errorf("delay: %w", err)
	case !latest: // gone, or received again since
		return nil
	case now.Add(wait).Sub(m.receivedAt) > maxInvisible:
		return fmt.Errorf("delay: hidden for %s since it was received; %s is the most", now.Add(wait).Sub(m.receivedAt), maxInvisible)
	}
	q.remove(m)
	q.hide(m, now.Add(wait), true)
	q.advance(now)
	q.notify()
	return nil
}

// Stats counts the messages on a queue.
type Stats struct {
	Visible  int // can be received now
	InFlight int // received, and hidden until deleted or their time is up
	Delayed  int // sent with a delay that has not passed
}

// Stats returns how many messages there are now. Unlike the real queue's
// approximate numbers these are exact.
func (q *Queue) Stats() Stats {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(now)
	var n Stats
	for _, m := range q.messages {
		switch {
		case q.outlived(m, now):
		case m.inFlight:
			n.InFlight++
		case m.visibleAt.After(now):
			n.Delayed++
		default:
			n.Visible++
		}
	}
	return n
}

// DeadLetters returns the dead-letter queue, nil if there is none.
func (q *Queue) DeadLetters() *Queue { return q.deadLetters }

// accept stores new messages.
func (q *Queue) accept(batch []*message, delay time.Duration) {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range batch {
		q.number(m)
		m.id = fmt.Sprintf("message-%d", q.sent)
		m.sentAt = plain(now)
		q.hide(m, now.Add(delay), false)
	}
	q.advance(now)
	q.notify()
}

// number gives a message its serial number. The caller holds the mutex and puts the
// message in its place.
func (q *Queue) number(m *message) {
	q.sent++
	m.serial = q.sent
	q.messages[m.serial] = m
}

// notify wakes all callers that wait for a message. The caller holds the mutex.
func (q *Queue) notify() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// checkBody refuses what SQS refuses: no body, one over the size limit, or a
// character that XML cannot carry (Amazon SQS API Reference, "SendMessage").
func checkBody(body []byte) error {
	if len(body) == 0 {
		return fmt.Errorf("the body is empty")
	}
	if len(body) > maxMessageBytes {
		return fmt.Errorf("the body has %d bytes; %d is the most", len(body), maxMessageBytes)
	}
	for i, r := range string(body) {
		if !allowed(r) {
			return fmt.Errorf("character %U at byte %d cannot be sent", r, i)
		}
	}
	return nil
}

func allowed(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < ' ', r == '\uFFFE', r == '\uFFFF':
		return false
	}
	return true
}
