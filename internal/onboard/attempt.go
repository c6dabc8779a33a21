package onboard

import (
	"context"
	"errors"
	"time"
)

// attempt claims the row's address, asks the pool once, and settles what came
// of it.
func (w *Worker) attempt(ctx context.Context, x *row) end {
	if !sleepUntil(ctx, x.callAt.Add(-claimLead)) {
		return later(0, "interrupted before its turn")
	}
	if e, ok := w.claimAddress(ctx, x, (*row).begin); !ok {
		return e
	}
	if !sleepUntil(ctx, x.callAt) {
		x.takeBack()
		return w.release(ctx, x, later(0, "interrupted before its call"))
	}
	if x.before.Empty() {
		return w.ask(ctx, x)
	}
	return w.lookFirst(ctx, x)
}

// lateness is how long after its time a call may still leave. It is what
// DefaultShare leaves of a second: calls that were held up any longer, and went
// out with those whose time has come since, could be more than the quota.
const lateness = 50 * time.Millisecond

// takeTurn makes sure that the row has a place in the pace that has not passed:
// a write that took long costs the row its place.
func (w *Worker) takeTurn(ctx context.Context, x *row) (end, bool) {
	for time.Since(x.callAt) > lateness {
		block, err := w.Pace.Reserve(ctx, 1)
		switch {
		case err != nil:
			x.takeBack()
			return w.release(ctx, x, failed("reserve a place in the pace: %w", err)), false
		case time.Now().Before(block.ClosedUntil) && x.request.Options.Mail != Suppress:
			x.takeBack()
			return w.deferRow(ctx, x, x.mailQuota(block.ClosedUntil)), false
		case outOfTime(ctx, block.Start, callBudget), !sleepUntil(ctx, block.Start):
			x.takeBack()
			return w.release(ctx, x, later(time.Until(block.Start), "its turn comes after this worker's time is up")), false
		}
		x.callAt = block.Start
	}
	return end{}, true
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
		return failed("claim the address: %w", err), false
	}
	return end{}, true
}

// ask makes the one call that the row is here for.
func (w *Worker) ask(ctx context.Context, x *row) end {
	if x.request.Options.ResendOnly {
		return w.resend(ctx, x)
	}
	if e, ok := w.takeTurn(ctx, x); !ok {
		return e
	}
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	user, err := w.Pool.Invite(call, Ask{
		Email: x.inv.Email, Attributes: x.inv.Attributes, SuppressMail: x.request.Options.Mail == Suppress,
	})
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
		x.heard(time.Now())
		return w.release(ctx, x, failed("attempt %d: %w", x.inv.Attempts, err))
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		x.takeBack() // by the port's contract nothing has left
		return w.release(ctx, x, later(0, "interrupted before its call left"))
	}
	x.heard(time.Now())
	return w.release(ctx, x, failed("attempt %d: error of no known class: %w", x.inv.Attempts, err))
}

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
	w.slowDown(ctx, x, w.Pace)
	return w.release(ctx, x, later(backoff(0, w.random), cause.Error()))
}

func (w *Worker) slowDown(ctx context.Context, x *row, lane *Pace) {
	if err := lane.Throttled(ctx); err != nil {
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
