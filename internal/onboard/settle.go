package onboard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// settle writes the row's outcome, frees its claim and counts it, in one write.
func (w *Worker) settle(ctx context.Context, x *task, o outcome) end {
	now := time.Now()
	x.inv.State, x.inv.Code, x.inv.Reason = o.state, o.code, o.reason
	x.inv.Round, x.inv.UpdatedAt, x.inv.ExpiresAt = x.request.Round, now, x.request.ExpiresAt
	x.inv.RetryAt, x.inv.DueAt, x.inv.Joined, x.inv.Exists = time.Time{}, time.Time{}, 0, false
	x.inv.EndsAs = "" // a retry may attempt the row again
	x.settleClaim(o, now)
	x.inv.Confirmed = x.inv.Confirmed || o.code == CodeMailNotRepeatable
	if (o.state == Invited || o.state == Resent) && !x.inv.Confirmed {
		x.inv.PasswordExpiresAt = now.Add(w.PasswordLife)
	}
	return w.saveLast(ctx, x)
}

// settleClaim records on the claim what the outcome means for the address.
func (x *task) settleClaim(o outcome, now time.Time) {
	s := o.state
	x.free()
	x.claim.touch(x.touched(s == Invited || s == Resent || o.code == CodeMailUnclear, now))
	if x.claim.Trail.By.Same(x.self()) {
		x.claim.Trail = Trail{}
	}
	switch s {
	case Invited, Created, NotMailed:
		x.claim.CreditedTo, x.claim.UserSub, x.claim.CreditedAt = x.self(), x.inv.UserSub, now
	}
	if s == Invited || s == Resent {
		x.claim.MailedAt = now
	}
	if x.request.Options.Force && (s == Resent || o.code == CodeMailUnclear) {
		x.claim.countForced(now)
	}
}

// saveLast makes the last write of a delivery. It outlives ctx, because it records
// what the pool has done.
func (w *Worker) saveLast(ctx context.Context, x *task) end {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	err := w.save(ctx, x)
	for range settleTries - 1 {
		if err == nil || ctx.Err() != nil || errors.Is(err, ErrConflict) && !w.catchUp(ctx, x) {
			break
		}
		err = w.save(ctx, x)
	}
	switch {
	case errors.Is(err, ErrConflict) && !x.held: // without the claim, no call was made that could be lost
		return later(time.Second, "the row was changed by another process")
	case err != nil:
		return w.storeFailed(fmt.Sprintf("settle as %s", x.inv.State), err)
	}
	return end{kind: done, settled: x.inv, throttled: x.throttled}
}

// catchUp takes over the stored version of a row and reports whether the write can be
// tried again: nothing that matters has changed. The requeuer moves a deferred row's
// time without holding its claim, an administrator has it end, and a store may report a conflict with a write
// that then fails.
func (w *Worker) catchUp(ctx context.Context, x *task) bool {
	inv, claim, err := w.Store.Load(ctx, x.d.RequestID, x.d.Row, x.claim.Address)
	alone := inv.Version == x.inv.Version || x.held && inv.State == x.stored.State
	if err != nil || !alone || inv.Erased || x.held && claim.Version != x.claim.Version {
		return false
	}
	x.inv.Version = inv.Version
	if !x.inv.State.IsOutcome() {
		x.inv.EndsAs = inv.EndsAs
	}
	if inv.Version > 0 {
		x.stored = inv
	}
	return true
}

// settleTries is how often the last write of a delivery is tried. It is worth more
// than one try, as it records the result of a call to the pool.
const settleTries = 3

// settleJudged writes the outcome that a message carries since it was submitted.
func (w *Worker) settleJudged(ctx context.Context, d Delivery, r Request) end {
	inv, _, err := w.Store.Load(ctx, d.RequestID, d.Row, "")
	if err != nil {
		return w.storeFailed("read the invitation", err)
	}
	if inv.State.IsOutcome() {
		return end{kind: done}
	}
	if inv.Version == 0 {
		inv = d.Invitation()
	}
	x := newTask(d, r, inv, Claim{})
	return w.settle(ctx, x, outcome{d.State, d.Code, d.Reason})
}

// deferral is why and until when a row waits.
type deferral struct {
	code    Code
	reason  string
	retryAt time.Time // zero: until an administrator resumes the request
	dueAt   time.Time // its place in the line of rows that are put back; see [Invitation]
}

// untilResumed is the deferral of a row whose request is paused.
func untilResumed(code Code, reason string) deferral { return deferral{code: code, reason: reason} }

// ReviewInterval is how long after a row was put back on the queue it is put back
// again, unless it has changed by then.
const ReviewInterval = 15 * time.Minute

// deferRow puts a row aside. Its message is taken off the queue: the requeuer puts
// the row back when it is due. A row that waits for the same reason already, and was
// put back only to wait again, costs no write.
func (w *Worker) deferRow(ctx context.Context, x *task, why deferral) end {
	if !x.held && x.stored.waitsFor(why) {
		return end{kind: done, err: errors.New("it waits on: " + why.reason), throttled: x.throttled}
	}
	now := time.Now()
	x.inv.State, x.inv.Code, x.inv.Reason = Deferred, why.code, why.reason
	x.inv.RetryAt, x.inv.DueAt = why.retryAt, why.dueAt
	x.inv.UpdatedAt, x.inv.ExpiresAt = now, x.request.ExpiresAt
	x.free()
	x.claim.touch(x.touched(false, now))
	return w.saveLast(ctx, x)
}

// waitsFor reports whether inv is put aside for the given reason already, at the same
// place in the line. One that is to come later must be written, though it waits for the
// same: it would else stay at the head of the line, and where few mails are left it would
// keep the row that it waits for from ever being sent.
func (inv Invitation) waitsFor(why deferral) bool {
	return inv.State == Deferred && inv.Code == why.code && inv.RetryAt.IsZero() == why.retryAt.IsZero() && inv.DueAt.Equal(why.dueAt)
}

// mailQuota is the deferral of a row that waits for mail. Its place in the line is
// the time at which its request was submitted.
func (x *task) mailQuota(until time.Time) deferral {
	return deferral{CodeMailQuota, sentence(CodeMailQuota, ""), until, x.request.SubmittedAt}
}

// mailedLaterBy is when a mail that could not be sent is asked for again: long enough
// for a sender that was called too fast to take mails again, and for the pace of mails
// to have found out how fast.
const mailedLaterBy = 3 * time.Minute

// mailedLater is the deferral of a row whose mail the pool could not send.
func mailedLater(now time.Time) deferral {
	until := now.Add(mailedLaterBy)
	return deferral{CodeMailNotDelivered, sentence(CodeMailNotDelivered, CauseMailedLater), until, until}
}

// behind is the deferral of a row that waits for another one which is deferred
// itself: until then there is nothing to ask.
func behind(owner Invitation, now time.Time) deferral {
	until := owner.RetryAt
	if !until.After(now) {
		until = now.Add(ReviewInterval)
	}
	return deferral{owner.Code, waitsBehind(owner.Reason), until, until}
}

// pause pauses the row's request until an administrator has fixed the cause, and puts
// the row aside.
func (w *Worker) pause(ctx context.Context, x *task, cause error) end {
	why := Pause{Code: codeOf(cause, CodeMisconfigured), Reason: reasonOf(cause, CodeMisconfigured), Since: time.Now()}
	if err := w.pauseRequest(ctx, x.d.RequestID, why); err != nil {
		return w.release(ctx, x, w.storeFailed("pause the request", err))
	}
	return w.deferRow(ctx, x, untilResumed(why.Code, why.Reason))
}

// pauseRequest pauses a request that is running.
func (w *Worker) pauseRequest(ctx context.Context, id string, why Pause) error {
	for {
		r, err := w.Store.Request(ctx, id)
		if err != nil || r.Phase != Running {
			return err
		}
		r.Phase, r.Pause = Paused, &why
		err = w.Store.SaveRequest(ctx, r, Tally{})
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}
