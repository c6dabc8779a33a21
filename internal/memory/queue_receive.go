package memory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/onboard"
)

// errHandle is the error for an unknown receipt handle.
var errHandle = errors.New("the receipt handle is not one of this queue")

// Receive returns up to most (1 to 10) messages and hides them for the
// visibility timeout. If there are none it waits for one, up to wait (0 to
// 20 s), and then returns none. Bodies that are no message are returned as an error
// with the deliveries that could be read; they stay in flight.
func (q *Queue) Receive(ctx context.Context, most int, wait time.Duration) ([]onboard.Delivery, error) {
	raw, err := q.ReceiveRaw(ctx, most, wait)
	if err != nil {
		return nil, err
	}
	return eventsource.Read(raw)
}

// ReceiveRaw is [Queue.Receive] for bodies as they were sent.
func (q *Queue) ReceiveRaw(ctx context.Context, most int, wait time.Duration) ([]eventsource.RawDelivery, error) {
	if most < 1 || most > eventsource.MaxBatch {
		return nil, fmt.Errorf("receive: %d messages at once is not within 1 and %d", most, eventsource.MaxBatch)
	}
	if wait < 0 || wait > eventsource.MaxWait {
		return nil, fmt.Errorf("receive: waiting %s is not within 0 and %s", wait, eventsource.MaxWait)
	}
	deadline := time.Now().Add(wait)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		batch, again, changed := q.take(most)
		now := time.Now()
		if len(batch) > 0 || !now.Before(deadline) {
			return batch, nil
		}
		if again.IsZero() || again.After(deadline) {
			again = deadline
		}
		timer := time.NewTimer(again.Sub(now))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Delete takes a message off the queue for good. Deleting twice is no error,
// nor is deleting after the visibility timeout; but a handle whose message has
// been received again since deletes nothing
// (Amazon SQS API Reference, "DeleteMessage").
func (q *Queue) Delete(handle string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	m, latest, err := q.find(handle)
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	if m != nil && latest {
		q.remove(m)
		delete(q.messages, m.serial)
	}
	return nil
}

// DeleteBatch implements [eventsource.Queue]: it is [Queue.Delete] for several.
func (q *Queue) DeleteBatch(handles []string) error {
	var faults []error
	for _, handle := range handles {
		faults = append(faults, q.Delete(handle))
	}
	return errors.Join(faults...)
}

// Redrive puts the visible messages of the dead-letter queue back on the queue,
// each as a new message that nobody has received, and returns how many.
func (q *Queue) Redrive() int {
	if q.deadLetters == nil {
		return 0
	}
	var back []*message
	for _, m := range q.deadLetters.clear() {
		back = append(back, &message{group: m.group, body: m.body})
	}
	q.accept(back, 0)
	return len(back)
}

// Purge removes every message, those in flight included (Amazon SQS API Reference,
// "PurgeQueue"). The dead-letter queue keeps its own.
func (q *Queue) Purge() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		q.remove(m)
	}
	clear(q.messages)
}

// take returns what can be received now. If that is nothing it says when to
// look again: at a time (zero: no time known), or when changed is closed.
func (q *Queue) take(most int) (batch []eventsource.RawDelivery, again time.Time, changed <-chan struct{}) {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(now)
	for len(batch) < most && q.inFlight < maxInFlight {
		m := q.pick()
		if m == nil {
			break
		}
		q.remove(m)
		switch {
		case q.outlived(m, now):
			delete(q.messages, m.serial)
		case q.maxReceives > 0 && m.receives >= q.maxReceives:
			delete(q.messages, m.serial)
			q.deadLetters.bury(m)
		default:
			m.receives++
			m.receivedAt = now
			q.hide(m, now.Add(q.visibility), true)
			batch = append(batch, m.delivery())
		}
	}
	if m := q.hidden.first(); m != nil {
		again = m.visibleAt
	}
	return batch, again, q.changed
}

// bury takes over a message of another queue with its id, its count of receipts
// and the time it was first sent.
func (q *Queue) bury(m *message) {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.number(m)
	q.hide(m, now, false)
	q.advance(now)
	q.notify()
}

// clear removes and returns the visible messages.
func (q *Queue) clear() []*message {
	now := time.Now()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.advance(now)
	var all []*message
	for m := q.pick(); m != nil; m = q.pick() {
		q.remove(m)
		delete(q.messages, m.serial)
		if !q.outlived(m, now) {
			all = append(all, m)
		}
	}
	return all
}

// find returns the message of a handle, nil if it is gone, and whether no later
// receipt has made the handle stale. The caller holds the mutex.
func (q *Queue) find(handle string) (m *message, latest bool, err error) {
	var serial, receipt int
	if _, err := fmt.Sscanf(handle, "receipt-%d-%d", &serial, &receipt); err != nil || serial < 1 || serial > q.sent {
		return nil, false, errHandle
	}
	m = q.messages[serial]
	return m, m != nil && m.receives == receipt, nil
}

func (q *Queue) outlived(m *message, now time.Time) bool {
	return now.Sub(m.sentAt) > q.retention
}
