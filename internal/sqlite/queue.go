package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/onboard"
)

// Limits of a queue: those of SQS, so that what works here works there (Amazon SQS
// API Reference, "SendMessage" and "ChangeMessageVisibility").
const (
	maxDelay = 15 * time.Minute
	maxWait  = 12 * time.Hour
)

// What a message waits for. The partial indexes of its table go by these numbers.
const (
	ready    = 0 // a receive
	delayed  = 1 // the end of the delay that it was sent with
	inFlight = 2 // its worker, or the end of the visibility timeout
	putOff   = 3 // the time that its worker has named
)

// The queues that share the table of messages.
const (
	mainQueue       = 0
	deadLetterQueue = 1
)

// errHandle is what a made-up receipt handle gets.
var errHandle = errors.New("the receipt handle is not one of this queue")

// Queue carries messages: at least once, hidden while somebody works on them, back
// when the visibility timeout ends. It implements [onboard.Queue] and the receiving
// side, [eventsource.Queue]. A message is kept until it is deleted, however old.
//
// Among the requests that have messages waiting, the one with the fewest in flight
// is served first, so a request of 100,000 rows does not hold up one of three.
type Queue struct {
	file        *file
	number      int
	visibility  time.Duration
	maxReceives int
	deadLetters *Queue

	mu      sync.Mutex
	changed chan struct{} // closed when a message may have become visible
}

var (
	_ onboard.Queue     = (*Queue)(nil)
	_ eventsource.Queue = (*Queue)(nil)
)

func newQueue(f *file, cfg Config) *Queue {
	of := func(number int) *Queue {
		return &Queue{file: f, number: number, visibility: cfg.Visibility, changed: make(chan struct{})}
	}
	q := of(mainQueue)
	q.maxReceives, q.deadLetters = cfg.MaxReceives, of(deadLetterQueue)
	return q
}

// DeadLetters returns the dead-letter queue.
func (q *Queue) DeadLetters() *Queue { return q.deadLetters }

const (
	insertMessage = `
INSERT INTO messages (queue, request, state, visible, receipts, spared, sent, body) VALUES (?, ?, ?, ?, 0, 0, ?, ?)`

	hideMessage   = "UPDATE messages SET state = ?, visible = ? WHERE id = ? AND receipts = ? AND queue = ?"
	deleteMessage = "DELETE FROM messages WHERE id = ? AND receipts = ? AND queue = ?"
)

// Send implements [onboard.Queue]. It stores all messages or none.
func (q *Queue) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	if delay < 0 || delay > maxDelay {
		return fmt.Errorf("send: delay %s is not within 0 and %s", delay, maxDelay)
	}
	requests, bodies := make([]string, len(messages)), make([][]byte, len(messages))
	for i, m := range messages {
		requests[i], bodies[i] = m.RequestID, m.Encode()
	}
	state := ready
	if delay > 0 {
		state = delayed
	}
	err := q.file.writer.do(ctx, func(s *statements) error {
		now := s.clock.wall()
		for i, body := range bodies {
			if _, err := s.exec(background, insertMessage, q.number, requests[i], state, now.Add(delay).UnixNano(), now.UnixNano(), body); err != nil {
				return err
			}
		}
		return nil
	})
	q.notify()
	if err != nil {
		return fmt.Errorf("send %d messages: %w", len(messages), err)
	}
	return nil
}

// Delay implements [onboard.Queue]. A handle that no queue gives is an error.
func (q *Queue) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	if wait < 0 || wait > maxWait {
		return fmt.Errorf("delay: %s is not within 0 and %s", wait, maxWait)
	}
	r, err := parseHandle(d.Handle)
	if err == nil {
		err = q.file.writer.do(ctx, func(s *statements) error {
			_, err := s.exec(background, hideMessage, putOff, s.clock.wall().Add(wait).UnixNano(), r.id, r.number, q.number)
			return err
		})
	}
	q.notify()
	if err != nil {
		return fmt.Errorf("delay: %w", err)
	}
	return nil
}

// DeleteBatch implements [eventsource.Queue]. It deletes all or none.
func (q *Queue) DeleteBatch(handles []string) error {
	if len(handles) == 0 {
		return nil
	}
	receipts := make([]receipt, len(handles))
	for i, handle := range handles {
		var err error
		if receipts[i], err = parseHandle(handle); err != nil {
			return fmt.Errorf("delete: %w", err)
		}
	}
	err := q.file.writer.do(context.Background(), func(s *statements) error {
		for _, r := range receipts {
			if _, err := s.exec(background, deleteMessage, r.id, r.number, q.number); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("delete %d messages: %w", len(handles), err)
	}
	return nil
}

// Redrive puts the visible messages of the dead-letter queue back on the queue, each
// as a new message that nobody has received, and returns how many.
func (q *Queue) Redrive(ctx context.Context) (int, error) {
	dead := q.deadLetters
	n, err := result(ctx, q.file.writer, func(s *statements) (int, error) {
		now := s.now()
		if err := dead.show(s, now); err != nil {
			return 0, err
		}
		n, err := s.exec(background, `
INSERT INTO messages (queue, request, state, visible, receipts, spared, sent, body)
SELECT ?, request, 0, ?, 0, 0, ?, body FROM messages WHERE queue = ? AND state = 0 ORDER BY id`, q.number, now, now, dead.number)
		if err != nil {
			return 0, err
		}
		_, err = s.exec(background, "DELETE FROM messages WHERE queue = ? AND state = 0", dead.number)
		return n, err
	})
	q.notify()
	return n, err
}

// notify wakes everybody who waits for a message.
func (q *Queue) notify() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.changed)
	q.changed = make(chan struct{})
}

// nextChange returns what is closed when a message may have become visible from now
// on.
func (q *Queue) nextChange() <-chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.changed
}

// receipt names one receipt of one message.
type receipt struct{ id, number int }

func (r receipt) handle() string { return fmt.Sprintf("receipt-%d-%d", r.id, r.number) }

func parseHandle(handle string) (r receipt, err error) {
	if _, err := fmt.Sscanf(handle, "receipt-%d-%d", &r.id, &r.number); err != nil {
		return r, errHandle
	}
	return r, nil
}
