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
	wait      time.Duration // of again; of failure, if longer than its own
	err       error         // of failure, and for the log
	settled   Invitation    // of done, if this delivery wrote it
	throttled bool
	dropped   bool // the message belongs to no request, or is not usher's
	keep      bool // the message stays on the queue
}

type endKind int

const (
	done    endKind = iota // nothing is left to do: take the message off the queue
	again                  // not the row's fault: take it off and send a new copy
	failure                // leave it on the queue, to be delivered again after a back-off
	trouble                // a failure that is not the row's: as again, with a warning
)

func failed(format string, args ...any) end {
	return end{kind: failure, err: fmt.Errorf(format, args...)}
}

// dropped takes a message off the queue that must never be attempted.
func dropped(why string) end {
	return end{kind: done, err: errors.New("dropped: " + why), dropped: true}
}

func later(wait time.Duration, why string) end {
	return end{kind: again, wait: wait, err: errors.New(why)}
}

// interrupted makes the failure of a delivery whose time was up before its call left
// into what it is: no failure.
func interrupted(ctx context.Context, e end) end {
	if (e.kind == failure || e.kind == trouble) && ctx.Err() != nil && errors.Is(e.err, ctx.Err()) && !errors.Is(e.err, ErrUnclear) {
		return later(0, "interrupted: "+e.err.Error())
	}
	return e
}

// finish carries out the delivery's end and reports whether the message stays on the
// queue.
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

// failureWait is how long a row waits after a failure, given the number of earlier
// ones. After the last failure it waits less: the row is only settled.
func (w *Worker) failureWait(earlier int) time.Duration {
	wait := backoff(earlier, w.random)
	if earlier+1 < w.MaxFailures {
		wait += patience(earlier)
	}
	return wait
}

// troubleWait is how long a row waits when its delivery failed through no fault of
// the row: longer the longer the trouble lasts, but never so long that it delays the
// row much when the trouble is over.
func (w *Worker) troubleWait(d Delivery) time.Duration {
	wait := time.Second
	if d.Since != 0 {
		wait += time.Since(time.Unix(d.Since, 0)) / 10
	}
	return min(wait, mostTroubleWait) + backoff(0, w.random)
}

// mostTroubleWait is the longest of these waits, without the jitter.
const mostTroubleWait = 10 * time.Second

// sendAgain puts a new copy of the message on the queue, with the failures so far
// and the age of the first copy, and reports whether it did. On the dead-letter queue
// it does not: messages do not run out of deliveries there.
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

// delay hides the message for a while. If that fails, the message comes back when
// the queue's own visibility timeout ends.
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

// observe reports to log and metrics how the delivery ended. It warns of failures and
// of messages that are not usher's.
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
	if made := e.settled.State == Invited || e.settled.State == Created; made {
		o.Administrator = w.Groups.makesAdministrator(e.settled.Groups)
	}
	if e.kind == failure || e.kind == trouble {
		o.Err = e.err
	}
	w.Observe(o)
}
