package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/onboard"
)

// shownAtOnce is how many messages whose time has come a receive makes visible: so
// many cost some milliseconds, and the next receive makes more.
const shownAtOnce = 1000

// Receive is [Queue.ReceiveRaw] with the bodies read. Those that are no message are
// an error beside the deliveries; they stay in flight.
func (q *Queue) Receive(ctx context.Context, most int, wait time.Duration) ([]onboard.Delivery, error) {
	raw, err := q.ReceiveRaw(ctx, most, wait)
	if err != nil {
		return nil, err
	}
	return eventsource.Read(raw)
}

// ReceiveRaw implements [eventsource.Queue].
func (q *Queue) ReceiveRaw(ctx context.Context, most int, wait time.Duration) ([]eventsource.RawDelivery, error) {
	if most < 1 || most > eventsource.MaxBatch {
		return nil, fmt.Errorf("receive: %d messages at once is not within 1 and %d", most, eventsource.MaxBatch)
	}
	if wait < 0 || wait > eventsource.MaxWait {
		return nil, fmt.Errorf("receive: waiting %s is not within 0 and %s", wait, eventsource.MaxWait)
	}
	deadline := time.Now().Add(wait)
	for {
		changed := q.nextChange()
		got, err := q.take(ctx, most)
		if err != nil {
			return nil, fmt.Errorf("receive: %w", err)
		}
		now := time.Now()
		if len(got.batch) > 0 || !now.Before(deadline) {
			return got.batch, nil
		}
		timer := time.NewTimer(min(got.next, deadline.Sub(now)))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// taken is what a receive finds.
type taken struct {
	batch []eventsource.RawDelivery
	dead  int           // messages that went to the dead-letter queue
	next  time.Duration // until a hidden message becomes visible
}

// take receives what is visible now.
func (q *Queue) take(ctx context.Context, most int) (taken, error) {
	got, err := result(ctx, q.file.writer, func(s *statements) (got taken, err error) {
		now := s.clock.wall()
		if err := q.show(s, now.UnixNano()); err != nil {
			return got, err
		}
		groups, err := q.groups(s)
		if err != nil {
			return got, err
		}
		for g := fewest(groups); g != nil && len(got.batch) < most; g = fewest(groups) {
			if err := q.receive(s, g, &got, now); err != nil {
				return got, err
			}
		}
		got.next, err = q.untilNext(s, now)
		return got, err
	})
	if got.dead > 0 {
		q.deadLetters.notify()
	}
	return got, err
}

const showMessages = `
UPDATE messages SET state = 0 WHERE id IN (
	SELECT id FROM messages WHERE queue = ? AND state > 0 AND visible <= ? ORDER BY visible LIMIT ?
)`

// show makes visible what was hidden until now.
func (q *Queue) show(s *statements, now int64) error {
	_, err := s.exec(background, showMessages, q.number, now, shownAtOnce)
	return err
}

// untilNext returns how long it is until a hidden message becomes visible; the
// longest wait if none is.
func (q *Queue) untilNext(s *statements, now time.Time) (time.Duration, error) {
	var next sql.NullInt64
	_, err := s.one(background, into(&next), selectNext, q.number)
	if err != nil || !next.Valid {
		return maxWait, err
	}
	return max(time.Unix(0, next.Int64).Sub(now), 0), nil
}

const (
	selectNext = "SELECT min(visible) FROM messages WHERE queue = ? AND state > 0"

	// selectGroups finds the requests that have messages ready by one look at the
	// index for each, not by reading all of it.
	selectGroups = `
WITH RECURSIVE waiting (request) AS (
	SELECT min(request) FROM messages WHERE queue = ?1 AND state = 0
	UNION ALL
	SELECT (SELECT min(request) FROM messages WHERE queue = ?1 AND state = 0 AND request > waiting.request)
	FROM waiting WHERE waiting.request IS NOT NULL
)
SELECT w.request,
	(SELECT min(id) FROM messages WHERE queue = ?1 AND state = 0 AND request = w.request),
	(SELECT count(*) FROM messages WHERE queue = ?1 AND state > 1 AND request = w.request)
FROM waiting w WHERE w.request IS NOT NULL`

	selectAfter   = "SELECT min(id) FROM messages WHERE queue = ? AND state = 0 AND request = ? AND id > ?"
	selectMessage = "SELECT receipts, spared, sent, body FROM messages WHERE id = ?"

	receiveMessage = "UPDATE messages SET state = 2, visible = ?, receipts = receipts + 1 WHERE id = ?"
	buryMessage    = "UPDATE messages SET queue = ?, state = 0, visible = ? WHERE id = ?"
)

// group is the messages of one request.
type group struct {
	request  string
	oldest   int // of those that are ready; 0: none is
	received int // in flight or put off
}

// groups returns the groups that have a message ready.
func (q *Queue) groups(s *statements) (groups []group, err error) {
	err = s.each(background, func(rows *sql.Rows) (bool, error) {
		var g group
		err := rows.Scan(&g.request, &g.oldest, &g.received)
		groups = append(groups, g)
		return true, err
	}, selectGroups, q.number)
	return groups, err
}

// fewest returns the group that is served next: the one with the fewest messages
// received, of equals the one with the oldest message; nil: nothing is ready.
func fewest(groups []group) (best *group) {
	for i := range groups {
		g := &groups[i]
		switch {
		case g.oldest == 0:
		case best == nil, g.received < best.received, g.received == best.received && g.oldest < best.oldest:
			best = g
		}
	}
	return best
}

// receive takes the oldest message of a group: into the batch, or, where it was
// received too often, to the dead-letter queue.
func (q *Queue) receive(s *statements, g *group, got *taken, now time.Time) error {
	id := g.oldest
	var receipts, spared int
	var sent int64
	var body []byte
	if _, err := s.one(background, into(&receipts, &spared, &sent, &body), selectMessage, id); err != nil {
		return err
	}
	if q.maxReceives > 0 && receipts-spared >= q.maxReceives {
		if _, err := s.exec(background, buryMessage, deadLetterQueue, now.UnixNano(), id); err != nil {
			return err
		}
		got.dead++
	} else {
		if _, err := s.exec(background, receiveMessage, now.Add(q.visibility).UnixNano(), id); err != nil {
			return err
		}
		g.received++
		got.batch = append(got.batch, eventsource.RawDelivery{
			ID: fmt.Sprintf("message-%d", id), Handle: receipt{id, receipts + 1}.handle(), Body: body,
			Receives: receipts + 1 - spared, SentAt: time.Unix(0, sent).UTC(),
		})
	}
	var next sql.NullInt64
	_, err := s.one(background, into(&next), selectAfter, q.number, g.request, id)
	g.oldest = int(next.Int64)
	return err
}
