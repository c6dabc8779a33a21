package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// end is how a delivery ended.
type end struct {
	kind      endKind
	wait      time.Duration // for again; for failure, if longer than its own
	err       error         // for failure, and for the log
	settled   Invitation    // for done, when this delivery wrote it
	throttled bool
	dropped   bool // the message is of no request, or not usher's
	keep      bool // the message stays on the queue
}

type endKind int

const (
	done    endKind = iota // nothing is left to do: take the message off the queue
	again                  // no fault of the row: take it off and put a fresh copy on
	failure                // leave it, to be delivered once more after a back-off
	trouble                // a failure that is not the row's: as again, and said aloud
)

func failed(format string, args ...any) end {
	return end{kind: failure, err: fmt.Errorf(format, args...)}
}

// dropped takes a message off the queue that is not to be attempted, ever.
func dropped(why string) end {
	return end{kind: done, err: errors.New("dropped: " + why), dropped: true}
}

func later(wait time.Duration, why string) end {
	return end{kind: again, wait: wait, err: errors.New(why)}
}

// interrupted turns the failure of a delivery whose time was up, before anything
// had left, into what it is: no failure.
func interrupted(ctx context.Context, e end) end {
	if (e.kind == failure || e.kind == trouble) && ctx.Err() != nil && errors.Is(e.err, ctx.Err()) && !errors.Is(e.err, ErrUnclear) {
		return later(0, "interrupted: "+e.err.Error())
	}
	return e
}

// finish does what the delivery's end asks for and reports whether the message
// stays on the queue.
func (w *Worker) finish(ctx context.Context, d Delivery, e end) (keep bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	w.observe(ctx, d, e)
	switch e.kind {
	case again, trouble:
		if e.kind == trouble {
			e.wait = max(e.wait, w.troubleWait(d))
		}
		if w.sendAgain(ctx, d, e.wait) {
			return false
		}
		w.delay(ctx, d, e.wait)
		return true
	case failure:
		w.delay(ctx, d, max(e.wait, w.failureWait(d.FailuresSoFar())))
		return true
	}
	return false
}

// failureWait is how long a row waits after a failure, given the number of those
// before. After the last there is nothing to outlast: the row is only settled.
func (w *Worker) failureWait(before int) time.Duration {
	wait := backoff(before, w.random)
	if before+1 < w.MaxFailures {
		wait += patience(before)
	}
	return wait
}

// troubleWait is how long a row waits when its delivery failed and the row is
// not to blame: a little longer the longer that goes on, but never so long that it
// matters when the trouble is over.
func (w *Worker) troubleWait(d Delivery) time.Duration {
	wait := time.Second
	if d.Since != 0 {
		wait += time.Since(time.Unix(d.Since, 0)) / 10
	}
	return min(wait, mostTroubleWait) + backoff(0, w.random)
}

const mostTroubleWait = 10 * time.Second

// sendAgain puts a fresh copy of the message on the queue, which carries the
// failures so far and its first copy's age, and reports whether that was done. On the dead-letter queue
// it is not: messages do not run out of deliveries there.
func (w *Worker) sendAgain(ctx context.Context, d Delivery, wait time.Duration) bool {
	if w.MaxFailures == 0 {
		return false
	}
	fresh := d.Message
	fresh.Failures = d.FailuresSoFar()
	if fresh.Since == 0 && !d.SentAt.IsZero() {
		fresh.Since = d.SentAt.Unix()
	}
	return w.Queue.Send(ctx, []Message{fresh}, clampDelay(wait)) == nil
}

// delay hides the message for a while. Should that fail, it comes back by
// itself when the queue's own visibility timeout ends.
func (w *Worker) delay(ctx context.Context, d Delivery, wait time.Duration) {
	if err := w.Queue.Delay(ctx, d, wait); err != nil {
		w.Log.WarnContext(ctx, "message could not be delayed", "request_id", d.RequestID, "row", d.Row, "error", err)
	}
}

// MaxDelay is the longest that a new message can be delayed (Amazon SQS API
// Reference, "SendMessage": DelaySeconds).
const MaxDelay = 15 * time.Minute

// clampDelay rounds up to whole seconds, the queue's unit.
func clampDelay(wait time.Duration) time.Duration {
	return min(max(wait+time.Second-1, 0).Truncate(time.Second), MaxDelay)
}

// observe tells log and metrics how the delivery ended. Only a failure and a
// message that is not usher's are worth a warning.
func (w *Worker) observe(ctx context.Context, d Delivery, e end) {
	if e.err != nil {
		level := slog.LevelInfo
		if e.kind == failure || e.kind == trouble || e.dropped {
			level = slog.LevelWarn
		}
		w.Log.Log(ctx, level, "delivery did not settle its invitation",
			"request_id", d.RequestID, "row", d.Row, "failures", d.FailuresSoFar(), "error", e.err)
	}
	if w.Observe == nil {
		return
	}
	o := Observation{
		RequestID: d.RequestID, Row: d.Row, State: e.settled.State, Code: e.settled.Code,
		Attempts: e.settled.Attempts, Throttled: e.throttled, Dropped: e.dropped, Age: time.Since(d.SentAt),
	}
	if e.kind == failure || e.kind == trouble {
		o.Err = e.err
	}
	w.Observe(o)
}
