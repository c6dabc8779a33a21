package onboard

import (
	"context"
	"errors"
	"time"
)

// attempt claims the row's address, asks the pool once, and settles what came
// of it.
func (w *Worker) attempt(ctx context.Context, x *row) end {
	if x.turn != nil {
		if e, ok := x.awaitTurn(ctx); !ok {
			return e
		}
	}
	// At once, although its turn may be far off: a claim that is slow to write then
	// costs no place.
	if e, ok := w.claimAddress(ctx, x, (*row).begin); !ok {
		return e
	}
	if !sleepUntil(ctx, x.callAt) {
		x.takeBack()
		return w.release(ctx, x, later(0, "interrupted before its call"))
	}
	switch {
	case x.before.Empty():
		return w.ask(ctx, x)
	case x.credited():
		return w.credit(ctx, x, User{Sub: x.inv.UserSub})
	}
	return w.lookFirst(ctx, x)
}

// claimAddress takes the claim on the row's address. When nothing is open from
// earlier attempts, begin writes this attempt down in the same write: the clean
// path has no other.
func (w *Worker) claimAddress(ctx context.Context, x *row, begin func(*row, time.Time)) (end, bool) {
	now := time.Now()
	x.hold(w.token(), now)
	x.keepClaim(now.Add(w.Retention))
	if x.before.Empty() && begin != nil {
		begin(x, now)
	}
	err := w.save(ctx, x)
	switch {
	case errors.Is(err, ErrConflict):
		return later(time.Second, "another delivery of its address came first"), false
	case err != nil:
		return spared("claim the address: %w", err), false
	}
	return end{}, true
}

// ask makes the one call that the row is here for.
func (w *Worker) ask(ctx context.Context, x *row) end {
	if x.onlyMails() {
		return w.resend(ctx, x)
	}
	if e, ok := w.takeTurn(ctx, x, x.mails()); !ok {
		return e
	}
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	user, err := w.Pool.Invite(call, Ask{
		Email: x.inv.Email, Attributes: x.inv.Attributes, SuppressMail: x.request.Options.Mail == Suppress,
	})
	w.Pace.Hear(err)
	switch {
	case err == nil:
		return w.credit(ctx, x, user)
	case errors.Is(err, ErrExists):
		x.leftNothing()
		return w.judgeExists(ctx, x)
	}
	return w.judgeError(ctx, x, err)
}

// judgeError ends a call that brought nobody an invitation, as its class asks for.
func (w *Worker) judgeError(ctx context.Context, x *row, err error) end {
	switch {
	case errors.Is(err, ErrNotMailed):
		return w.settle(ctx, x, verdict{NotMailed, codeOf(err, CodeMailNotDelivered), reasonOf(err)})
	case errors.Is(err, ErrThrottled):
		x.takeBack()
		return w.turnedAway(ctx, x, err)
	case errors.Is(err, ErrMailQuota):
		return w.mailQuotaReached(ctx, x)
	case errors.Is(err, ErrRefused) && unmailed(err) && x.invites():
		return w.refusedUnmailed(ctx, x, err)
	case errors.Is(err, ErrRefused):
		x.leftNothing()
		return w.settle(ctx, x, refusal(err))
	case errors.Is(err, ErrMisconfigured) && unmailed(err):
		x.mailedNobody()
		return w.pause(ctx, x, err)
	case errors.Is(err, ErrMisconfigured):
		x.takeBack()
		return w.pause(ctx, x, err)
	case errors.Is(err, ErrUnclear):
		return w.unanswered(ctx, x, failed("attempt %d: %w", x.inv.Attempts, err))
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		x.takeBack() // by the port's contract nothing has left
		return w.release(ctx, x, later(0, "interrupted before its call left"))
	}
	return w.unanswered(ctx, x, failed("attempt %d: error of no known class: %w", x.inv.Attempts, err))
}

// unanswered ends a call that brought no clear answer. The row comes back when the
// call is certainly over: sooner it would only be sent away.
func (w *Worker) unanswered(ctx context.Context, x *row, e end) end {
	x.heard(time.Now())
	e.wait = time.Until(x.claim.Trail.To)
	return w.release(ctx, x, w.blame(ctx, w.Pace, x, e))
}

// blame decides whether a failed call counts as the row's failure. It does when
// the pool has answered somebody lately; else it is the pool that fails. A row
// that is alone, and whose every call fails, counts from giveUpAfter on.
func (w *Worker) blame(ctx context.Context, lane *Pace, x *row, e end) end {
	if time.Since(x.failingSince()) < giveUpAfter && !lane.Answers(ctx) {
		e.kind = trouble
	}
	return e
}

// giveUpAfter is for how long a row whose calls fail is spared while nobody else's
// succeed.
const giveUpAfter = 3 * time.Hour

// refusedUnmailed ends a call that was refused, perhaps only when the user was
// there and it came to the mail: one look tells.
func (w *Worker) refusedUnmailed(ctx context.Context, x *row, cause error) end {
	x.mailedNobody()
	x.heard(time.Now())
	x.before = x.claim.Trail
	user, err := w.look(ctx, x)
	switch {
	case err == nil && x.made(user):
		x.inv.UserSub = user.Sub
		return w.settle(ctx, x, mailRefused(cause))
	case err == nil, errors.Is(err, ErrUserNotFound):
		return w.settle(ctx, x, refusal(cause))
	}
	return w.lookFailed(ctx, x, err)
}

// turnedAway slows down for everybody and sends the row back; the call counts
// neither as an attempt nor as a failure.
func (w *Worker) turnedAway(ctx context.Context, x *row, cause error) end {
	x.throttled = true
	w.slowDown(ctx, x, w.Pace, x.callAt)
	return w.release(ctx, x, later(backoff(0, w.random), cause.Error()))
}

func (w *Worker) slowDown(ctx context.Context, x *row, lane *Pace, at time.Time) {
	if err := lane.Throttled(ctx, at); err != nil {
		w.Log.WarnContext(ctx, "pace could not be cut", "request_id", x.d.RequestID, "row", x.d.Row, "error", err)
	}
}

// sleepUntil reports whether t came before ctx ended.
func sleepUntil(ctx context.Context, t time.Time) bool {
	wait := time.Until(t)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
