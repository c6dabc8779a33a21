package onboard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pursue takes one step after the other until the delivery has ended.
func (w *Worker) pursue(ctx context.Context, x *task) end {
	for {
		if w.Pace != nil {
			x.mailClosed, x.silent = w.Pace.ClosedUntil(), w.Pace.Silent()
		}
		s := x.next(time.Now())
		x.note(s, time.Now())
		if s.cut {
			w.slowDown(ctx, x)
		}
		if s.do >= settle {
			return w.conclude(ctx, x, s)
		}
		if e, ok := w.take(ctx, x, s); !ok {
			return e
		}
	}
}

// take carries out a step after which the delivery continues. With ok false the
// delivery has ended: the store or the time did not allow the step.
func (w *Worker) take(ctx context.Context, x *task, s step) (e end, ok bool) {
	switch s.do {
	case askOwner:
		return w.readOwner(ctx, x)
	case takePlace:
		w.takePlace(ctx, x)
	case takeGroupPlace:
		w.takeGroupPlace(ctx, x)
	case awaitPlace:
		if !sleepUntil(ctx, x.callAt) {
			x.noPlace = &step{do: putBack, left: x.unsent(), why: errors.New("interrupted before its call")}
		}
	case claim:
		return w.takeClaim(ctx, x, s.trail)
	case writeDown:
		return w.writeDown(ctx, x, s)
	default:
		w.call(ctx, x, s.do)
	}
	return end{}, true
}

// call makes one call to the pool and records its answer.
func (w *Worker) call(ctx context.Context, x *task, do action) {
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	defer func() { x.interrupted = x.err != nil && ctx.Err() != nil && errors.Is(x.err, ctx.Err()) }()
	switch do {
	case look:
		user, err := w.Pool.Look(call, x.inv.Email)
		if w.Pace != nil {
			w.Pace.HearLook(err)
		}
		x.learn(looking, user, err)
	case invite:
		user, err := w.Pool.Invite(call, Ask{
			Email: x.inv.Email, Attributes: x.inv.Attributes, SuppressMail: x.request.Options.Mail == Suppress,
		})
		w.Pace.Hear(err)
		if x.request.Options.Mail != Suppress {
			w.Pace.hearMail(x.callAt, err)
		}
		x.learn(inviting, user, err)
	case resend:
		user, err := w.Pool.Resend(call, x.inv.Email)
		w.Pace.Hear(err)
		w.Pace.hearMail(x.callAt, err)
		x.learn(mailing, user, err)
	case join:
		err := w.Pool.AddToGroup(call, x.inv.Email, x.inv.Groups[x.group])
		w.GroupPace.Hear(err)
		x.learn(joining, x.user, err)
	}
}

// readOwner reads the invitation whose attempts left the trail. If it is not stored,
// because its request has expired, the trail ends.
func (w *Worker) readOwner(ctx context.Context, x *task) (end, bool) {
	owner, _, err := w.Store.Load(ctx, x.earlier.By.RequestID, x.earlier.By.Row, "")
	if err != nil {
		return w.release(ctx, x, w.storeFailed("read the invitation that comes first", err)), false
	}
	x.owner, x.ownerRead = owner, true
	if owner.Version == 0 {
		x.earlier, x.claim.Trail = Trail{}, Trail{}
	}
	return end{}, true
}

// takeClaim takes the claim on the row's address. Where earlier attempts left no
// trail, the same write says what the first call may leave behind: the usual row
// needs no other write before its call.
func (w *Worker) takeClaim(ctx context.Context, x *task, trail Trail) (end, bool) {
	now := time.Now()
	if x.earlier.Empty() && x.closes == nil {
		x.begin(trail)
	}
	x.hold(w.token(), now)
	x.keepClaim(now.Add(w.Retention))
	err := w.save(ctx, x)
	switch {
	case errors.Is(err, ErrConflict):
		return later(time.Second, "another delivery took the claim on its address first"), false
	case err != nil:
		return w.storeFailed("claim the address", err), false
	}
	return end{}, true
}

// writeDown writes down what the next call may leave behind.
func (w *Worker) writeDown(ctx context.Context, x *task, s step) (end, bool) {
	if !x.trailIsOwn() {
		x.earlier = Trail{} // a look has shown that there is no user
	}
	x.begin(s.trail)
	x.mailsOwnUser = s.firstMail
	x.inv.Exists = !s.trail.ResentAfter.IsZero() && !s.firstMail && !x.request.Options.ResendOnly
	x.asked = nobody
	if err := w.save(ctx, x); err != nil {
		return w.release(ctx, x, w.storeFailed("write the attempt down", err)), false
	}
	return end{}, true
}

// conclude ends the delivery.
func (w *Worker) conclude(ctx context.Context, x *task, s step) end {
	switch s.do {
	case settle:
		return w.settle(ctx, x, s.outcome)
	case drop:
		return dropped(s.why.Error())
	case putBack:
		if s.jitter {
			s.wait += backoff(0, w.random)
		}
		return w.release(ctx, x, end{kind: again, wait: s.wait, err: s.why})
	case fail:
		e := end{kind: failure, wait: s.wait, err: s.why}
		if s.left == answerLost { // sooner it would only be put back
			e.wait = time.Until(x.claim.Trail.To)
		}
		return w.release(ctx, x, w.blame(ctx, x, e))
	case spare:
		return w.release(ctx, x, end{kind: trouble, err: fmt.Errorf("reserve a place in the pace: %w", s.why)})
	case putAside:
		return w.deferRow(ctx, x, s.deferral)
	case closeMail:
		if err := w.Pace.Close(ctx, s.deferral.retryAt); err != nil {
			w.Log.WarnContext(ctx, "the used-up mail quota could not be shared", "request_id", x.d.RequestID, "row", x.d.Row, "error", err)
		}
		return w.deferRow(ctx, x, s.deferral)
	case pause:
		return w.pause(ctx, x, s.why)
	}
	return end{kind: done}
}

// blame decides whether a failed call counts as the row's failure. It does if the
// pool has answered any call lately; otherwise the pool fails. A row that is alone
// looks the same, so after giveUpAfter without any answer failures count again.
func (w *Worker) blame(ctx context.Context, x *task, e end) end {
	lane := w.Pace
	if x.asked == joining {
		lane = w.GroupPace
	}
	if lane == nil {
		return e
	}
	if last, isLately := lane.Answers(ctx); !isLately && time.Since(laterOf(x.sentAt(), last)) < giveUpAfter {
		e.kind = trouble
	}
	return e
}

// giveUpAfter is how long failures do not count while the pool answers no call.
const giveUpAfter = 3 * time.Hour

// storeFailed ends a delivery after an error of the store. That says nothing about
// the row, unless the row's own record cannot be read: then the row would be put
// back for ever.
func (w *Worker) storeFailed(doing string, err error) end {
	kind := trouble
	if errors.Is(err, ErrDamaged) {
		kind = failure
	}
	return end{kind: kind, err: fmt.Errorf("%s: %w", doing, err)}
}

// slowDown reports to the lane of the row's latest call that it was turned away, or that
// its mail could not be sent.
func (w *Worker) slowDown(ctx context.Context, x *task) {
	report := w.Pace.Throttled
	switch {
	case errors.Is(x.err, ErrNotMailed):
		report = w.Pace.Unmailed
	case x.asked == joining:
		report = w.GroupPace.Throttled
	}
	if err := report(ctx, x.calledAt); err != nil {
		w.Log.WarnContext(ctx, "pace could not be cut", "request_id", x.d.RequestID, "row", x.d.Row, "error", err)
	}
}
