package onboard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// DefaultMaxOpen is how long a request is open unless configured otherwise. Rows that
// still wait for mail end then.
const DefaultMaxOpen = 90 * 24 * time.Hour

const (
	// stillFor is how long none of a running request's rows has changed before its open
	// rows count as lost and are sent again. It is many times what a row waits on the
	// queue, which is fair between requests.
	stillFor = time.Hour

	// stillWhenClosing is the same for a request whose rows only have to be settled:
	// they do not wait for the pace.
	stillWhenClosing = 10 * time.Minute

	// resumeSettles is how long after a resume a worker that read the request before
	// may still put a row aside: as long as a worker can live.
	resumeSettles = WorkerTimeout + 2*clockSkew

	// noticeTimeout is how long giving one notice may take.
	noticeTimeout = storeTimeout

	// openPage is how many open requests are read at a time.
	openPage = 50
)

// duty is what the requeuer has to do for one request.
type duty int

const (
	noDuty          duty = iota
	writeEnd             // write down that the request has ended
	askForOpenRows       // ask for its open rows to be put back, and do it
	carryOutPutBack      // put back the rows that were asked for
)

// duty returns what has to be done for an open request now. laneOpen says whether
// mail can go out.
func (r Request) duty(now time.Time, laneOpen bool) duty {
	switch {
	case r.Abandoned(now):
		return writeEnd
	case r.Round == 0, now.Before(r.AcceptedUntil):
		return noDuty // a round is being put on the queue
	case r.isSettled(now):
		return writeEnd
	case r.PutBack != nil && now.Before(r.PutBack.At):
		return noDuty
	case r.PutBack != nil:
		return carryOutPutBack
	case r.isStill(now, laneOpen):
		return askForOpenRows
	}
	return noDuty
}

// isStill reports whether rows of r that should have changed have not for long. Each
// time they were put back without effect, it takes twice as long.
func (r Request) isStill(now time.Time, laneOpen bool) bool {
	counts := r.Counts(now)
	waits, patience := counts[Pending] > 0 && r.Phase == Running && laneOpen, stillFor
	if r.isClosing(now) {
		waits, patience = counts[Pending]+counts[Deferred] > 0, stillWhenClosing
	}
	if r.isPastClosing(now) && r.PutBackDone.Before(r.ClosesAt) {
		return waits // they have not been put back for it yet
	}
	moved := r.movedAt()
	if r.PutBackDone.After(moved) {
		patience = max(patience, r.PutBackDone.Sub(moved))
		moved = r.PutBackDone
	}
	return waits && now.Sub(moved) >= patience
}

// movedAt returns when a row of r last changed or an administrator last acted.
func (r Request) movedAt() time.Time {
	moved := r.SubmittedAt
	if r.Tally.UpdatedAt.After(moved) {
		moved = r.Tally.UpdatedAt
	}
	if n := len(r.Audit); n > 0 && r.Audit[n-1].At.After(moved) {
		moved = r.Audit[n-1].At
	}
	return moved
}

// tendRequests carries out the duty for each open request and returns how many rows
// it put back.
func (q *Requeuer) tendRequests(ctx context.Context, cell Cell) (sent int, err error) {
	var faults []error
	run := tending{laneOpen: !time.Now().Before(cell.ClosedUntil), mute: q.Notices == nil}
	for after := ""; !outOfTime(ctx, time.Now(), requeueBudget); {
		page, err := q.Store.OpenRequests(ctx, after, openPage)
		if errors.Is(err, ErrDamaged) { // the page has all but those
			faults, err = append(faults, err), nil
		}
		if err != nil {
			return sent, errors.Join(append(faults, fmt.Errorf("read the open requests: %w", err))...)
		}
		for _, r := range page {
			n, err := q.tend(ctx, &run, r)
			sent += n
			if err != nil {
				faults = append(faults, fmt.Errorf("request %s: %w", r.ID, err)) // the other requests are tended still
			}
			after = r.ID
		}
		if len(page) < openPage {
			break
		}
	}
	return sent, errors.Join(faults...)
}

// tending is what one run knows beside the requests.
type tending struct {
	laneOpen bool // mail can go out
	mute     bool // no notice can be given: there is nobody to give it to, or an attempt of this run failed
}

// tend gives the notice that is due of one open request and carries out the duty for it.
func (q *Requeuer) tend(ctx context.Context, run *tending, r Request) (int, error) {
	r, given, err := q.give(ctx, run, r)
	sent, dutyErr := q.carryOutDuty(ctx, run, r, given)
	return sent, errors.Join(err, dutyErr)
}

// give gives the notice of r that is due, if there is one. Given says that r has a mark
// for it, which is to be stored. If it is not stored, the notice is given again.
func (q *Requeuer) give(ctx context.Context, run *tending, r Request) (marked Request, given bool, err error) {
	n, due := r.dueNotice(time.Now())
	if run.mute || !due {
		return r, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	if err := q.Notices.Notify(ctx, n); err != nil {
		run.mute = true // the others would wait as long for the same
		return r, false, fmt.Errorf("give notice %s: %w", n.ID, err)
	}
	return r.noticed(n), true, nil
}

// holdsEnd reports whether the end of r is not stored yet, so that the next run finds
// it again: its notice could not be given.
func (q *Requeuer) holdsEnd(r Request, now time.Time) bool {
	n, due := r.dueNotice(now)
	return q.Notices != nil && due && n.Kind == NoticeEnded && now.Sub(n.At) < noticePatience
}

// carryOutDuty carries out the duty for one open request. If the request is changed, it
// is stored.
func (q *Requeuer) carryOutDuty(ctx context.Context, run *tending, r Request, changed bool) (int, error) {
	now := time.Now()
	switch r.duty(now, run.laneOpen) {
	case writeEnd:
		if q.holdsEnd(r, now) {
			return 0, nil
		}
		r.EndedAt = r.FinishedAt(now)
		if r.EndedAt.IsZero() { // no row says when it ended
			r.EndedAt = now
		}
		return 0, q.save(ctx, r)
	case askForOpenRows:
		q.Log.WarnContext(ctx, "open rows of a request are put back on the queue: none has changed for long",
			"request_id", r.ID, "pending", r.Counts(now)[Pending], "deferred", r.Counts(now)[Deferred])
		r.PutBack = &PutBack{Rows: OpenRows, At: now}
		if err := q.Store.SaveRequest(ctx, r, Tally{}); err != nil {
			return 0, unlessConflict(err)
		}
		r.Version++
	case noDuty:
		if changed {
			return 0, q.save(ctx, r)
		}
		return 0, nil
	}
	return q.carryOut(ctx, r)
}

// save writes a request that the requeuer has changed.
func (q *Requeuer) save(ctx context.Context, r Request) error {
	return unlessConflict(q.Store.SaveRequest(ctx, r, Tally{}))
}

// unlessConflict drops a conflict: the request has changed, and the next run looks
// again.
func unlessConflict(err error) error {
	if errors.Is(err, ErrConflict) {
		return nil
	}
	return err
}

// carryOut puts back the rows that were asked for, as many as there is time for, and
// writes down how far it came.
func (q *Requeuer) carryOut(ctx context.Context, r Request) (sent int, err error) {
	asked := *r.PutBack
	rows := NewRowReader(q.Store, r, asked.After, requeueBatch)
	for more := true; more; {
		if outOfTime(ctx, time.Now(), requeueBudget) {
			r.PutBack = &asked
			return sent, q.save(ctx, r)
		}
		var batch []Message
		for n := 0; more && n < requeueBatch; n++ {
			var row AcceptedRow
			if row, more, err = rows.Next(ctx); err != nil {
				return sent, err
			}
			if more && r.putsBack(asked.Rows, row.Invitation, time.Now()) {
				batch = append(batch, row.message(r))
			}
			asked.After = max(asked.After, row.Row)
		}
		if err := q.Queue.Send(ctx, batch, 0); err != nil {
			return sent, fmt.Errorf("put %d rows back: %w", len(batch), err)
		}
		sent += len(batch)
	}
	r.PutBack, r.PutBackDone = nil, time.Now()
	return sent, q.save(ctx, r)
}

// putsBack reports whether inv is among the given rows of r. Rows that wait for mail
// are put back when the lane opens, unless the request is closing.
func (r Request) putsBack(which PutBackRows, inv Invitation, now time.Time) bool {
	switch {
	case !inv.Open(r.Round):
		return false
	case r.isClosing(now):
		return true
	case inv.State == Deferred:
		return inv.RetryAt.IsZero() && r.Phase != Paused
	}
	return which == OpenRows
}
