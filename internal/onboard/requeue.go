package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"
)

// Requeuer puts rows back on the queue that should be there and are not: deferred
// invitations whose time has come, and rows of running requests whose messages were
// lost. It also writes down when a request has ended, and gives the notices of
// requests. It runs every minute. Its fields are set once, before use. Several may run
// at once: a message or a notice that two of them send is delivered twice, which does no
// harm.
type Requeuer struct {
	Queue Queue
	Store Store
	Pace  *Pace // of LaneCreate; limits how many rows one run puts back

	// Notices are told what becomes of requests. Nil: nobody is.
	Notices Notices

	// Scanner finds out who has not signed in, in what time is left.
	Scanner *Scanner

	// Eraser erases what people asked to be erased, in what time is left.
	Eraser *Eraser

	Log *slog.Logger
}

const (
	// requeueBatch is how many rows are read and sent at a time.
	requeueBatch = 500

	// requeueBudget is the worst case of one batch: read, send and write.
	requeueBudget = 3 * storeTimeout
)

// Run puts back what is due now, or as much as ctx leaves time for, and returns how
// many rows it put on the queue. The next run continues.
func (q *Requeuer) Run(ctx context.Context) (int, error) {
	cell, err := q.Store.Cell(ctx, LaneCreate)
	if err != nil {
		return 0, fmt.Errorf("read the lane: %w", err)
	}
	due, err := q.putBackDue(ctx, cell)
	open, openErr := q.tendRequests(ctx, cell)
	return due + open, errors.Join(err, openErr, q.Eraser.Run(ctx), q.Scanner.Run(ctx))
}

// putBackDue puts deferred invitations back, in their order: as many as the next
// minute can use, and none while the lane is closed, as they would only be deferred
// again. It writes how far it came, not to each row.
func (q *Requeuer) putBackDue(ctx context.Context, cell Cell) (sent int, err error) {
	now := time.Now()
	if now.Before(cell.ClosedUntil) {
		return 0, nil
	}
	pass := cell.nextPass(now)
	wanted, err := q.nextMinute(ctx, cell, now)
	if err != nil {
		return 0, err
	}
	var damaged error // the other rows are put back
	for requests := (seenRequests{}); ; {
		n := min(requeueBatch, wanted-sent)
		if n <= 0 || outOfTime(ctx, time.Now(), requeueBudget) {
			return sent, errors.Join(damaged, q.notePass(ctx, pass, cell.Backlog))
		}
		due, err := q.Store.DueInvitations(ctx, now, pass.After, n)
		if errors.Is(err, ErrDamaged) {
			damaged, err = fmt.Errorf("read what is due: %w", err), nil
		}
		if err != nil {
			return sent, fmt.Errorf("read what is due: %w", err)
		}
		if len(due) == 0 {
			break
		}
		back, err := q.putBack(ctx, requests, due)
		if err != nil {
			return sent, err
		}
		sent += back
		pass.After = DueOf(due[len(due)-1])
	}
	backlog, err := q.anyDue(ctx, now)
	if err != nil {
		return sent, err
	}
	if sent == 0 { // the next run needs to know nothing
		pass = cell.Pass
	}
	return sent, errors.Join(damaged, q.notePass(ctx, pass, cell.Backlog && backlog))
}

// nextPass returns the pass to continue. A new one begins when the last is old,
// because messages may have been lost, and when the lane was closed since, because
// rows that were put back have been put aside again.
func (c Cell) nextPass(now time.Time) Pass {
	if now.Sub(c.Pass.Since) >= ReviewInterval || c.Pass.Since.Before(c.ClosedUntil) {
		return Pass{Since: now}
	}
	return c.Pass
}

const (
	// nextMinute is how much of the pace's time one run fills: a little more than a
	// minute, so that a run that comes late leaves no place unused.
	nextMinute = 75 * time.Second

	// leastReturns is how many rows are put back at least when it is not known how many
	// mails can go out: few enough that it does little harm if they are deferred again.
	leastReturns = 100
)

// nextMinute returns how many rows the next minute can use. If the day's mail ran out
// within the last day, that is what is left of the number sent the day before, or as
// many as were sent today.
func (q *Requeuer) nextMinute(ctx context.Context, cell Cell, now time.Time) (int, error) {
	most := int(math.Ceil(q.Pace.rate(cell, now, true) * nextMinute.Seconds()))
	if now.Sub(cell.ClosedUntil) > 24*time.Hour {
		return most, nil
	}
	today, err := q.Store.Spent(ctx, mailCounter(now))
	if err != nil {
		return 0, fmt.Errorf("read the count of mails: %w", err)
	}
	yesterday, err := q.Store.Spent(ctx, mailCounter(now.AddDate(0, 0, -1)))
	if err != nil {
		return 0, fmt.Errorf("read the count of mails: %w", err)
	}
	least := BatchSize
	if yesterday == 0 {
		least = leastReturns
	}
	return min(most, max(least, yesterday-today, today)), nil
}

// anyDue reports whether any invitation is due, put back or not.
func (q *Requeuer) anyDue(ctx context.Context, now time.Time) (bool, error) {
	due, err := q.Store.DueInvitations(ctx, now, Due{}, 1)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return false, fmt.Errorf("read what is due: %w", err)
	}
	return len(due) > 0, nil
}

// notePass writes down how far the requeuer has come.
func (q *Requeuer) notePass(ctx context.Context, pass Pass, backlog bool) error {
	err := q.Pace.change(ctx, func(c Cell, now time.Time) (Cell, bool) {
		if c.Pass == pass && c.Backlog == backlog || now.Before(c.ClosedUntil) {
			return c, false
		}
		c.Pass, c.Backlog = pass, backlog
		return c, true
	})
	if err != nil {
		return fmt.Errorf("note what was put back: %w", err)
	}
	return nil
}

// putBack sends due invitations and returns how many. Those of a paused request
// are taken out of the line instead: they wait for it to be resumed.
func (q *Requeuer) putBack(ctx context.Context, seen seenRequests, due []Invitation) (int, error) {
	var messages []Message
	for _, inv := range due {
		r, err := seen.read(ctx, q.Store, inv.RequestID)
		switch {
		case err != nil && !errors.Is(err, ErrNotFound):
			return 0, fmt.Errorf("read request %s: %w", inv.RequestID, err)
		case err != nil, r.Phase == Paused && !r.isPastClosing(time.Now()):
			if err := q.takeOut(ctx, r, inv); err != nil {
				return 0, err
			}
		default:
			messages = append(messages, r.Message(inv))
		}
	}
	if err := q.Queue.Send(ctx, messages, 0); err != nil {
		return 0, fmt.Errorf("put %d invitations back: %w", len(messages), err)
	}
	return len(messages), nil
}

// takeOut takes a row out of the line: it waits for its paused request to be resumed,
// or its request has expired and the row soon expires too. A conflict means that a
// worker has the row and sees the same.
func (q *Requeuer) takeOut(ctx context.Context, r Request, inv Invitation) error {
	was := inv
	inv.RetryAt, inv.DueAt, inv.UpdatedAt = time.Time{}, time.Time{}, time.Now()
	if r.Pause != nil {
		inv.Code, inv.Reason = r.Pause.Code, r.Pause.Reason
	}
	err := q.Store.Save(ctx, Write{Invitation: inv, Tally: Change(was, inv, r.Round)})
	if err != nil && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("take request %s row %d out of the line: %w", inv.RequestID, inv.Row, err)
	}
	return nil
}

// seenRequests are the requests that one run has read, each once.
type seenRequests map[string]Request

// read returns one request, from the store if it was not read before.
func (seen seenRequests) read(ctx context.Context, store Store, id string) (Request, error) {
	if r, ok := seen[id]; ok {
		return r, nil
	}
	r, err := store.Request(ctx, id)
	if err == nil {
		seen[id] = r
	}
	return r, err
}
