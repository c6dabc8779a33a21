package onboard

import (
	"context"
	"errors"
	"time"
)

// lookFirst goes on where attempts of unknown end left off. They are over, so
// one look tells what became of them; only if they made no user is the pool asked
// again.
func (w *Worker) lookFirst(ctx context.Context, x *row) end {
	if w.Pace.Silent() { // then looks take turns with calls: one of them a second
		if e, ok := w.takeTurn(ctx, x, false); !ok {
			return e
		}
		x.callAt = time.Time{}
	}
	user, err := w.look(ctx, x)
	switch {
	case err == nil:
		return w.judgeFound(ctx, x, user)
	case !errors.Is(err, ErrUserNotFound):
		return w.lookFailed(ctx, x, err)
	}
	if !x.own() {
		x.before = Trail{}
	}
	x.begin(time.Now())
	if err := w.save(ctx, x); err != nil {
		return w.release(ctx, x, spared("write the attempt down: %w", err))
	}
	return w.ask(ctx, x)
}

// over reports whether none of the attempts of unknown end can have its effect
// any more.
func (x *row) over(now time.Time) bool { return !now.Before(x.before.To) }

// awaitEnd sends the row back until the attempts of unknown end are over.
func (x *row) awaitEnd() end {
	return later(time.Until(x.before.To), "an attempt whose answer was lost may still have its effect")
}

// judgeExists judges the pool's answer that the address has a user. With no
// earlier attempt of unknown end the user cannot be ours, and need not be
// looked up.
func (w *Worker) judgeExists(ctx context.Context, x *row) end {
	if x.before.Empty() {
		return w.existing(ctx, x, time.Now().Add(-clockSkew))
	}
	user, err := w.look(ctx, x)
	switch {
	case err == nil:
		return w.judgeFound(ctx, x, user)
	case errors.Is(err, ErrUserNotFound):
		return w.release(ctx, x, contradicted())
	}
	return w.lookFailed(ctx, x, err)
}

// contradicted ends an attempt to which the pool said both that the user exists
// and that it does not. It is a failure, for some such users are never found; but
// most are a matter of waiting, so it waits for longer than others.
func contradicted() end {
	e := failed("the pool says that the user exists and that it does not; it will be asked again")
	e.wait = lagWait
	return e
}

// lagWait gives a pool whose reads lag behind its writes time to catch up: with
// the failures that a row may have, eight minutes and more.
const lagWait = 2 * time.Minute

func (w *Worker) look(ctx context.Context, x *row) (User, error) {
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	return w.Pool.Look(call, x.inv.Email)
}

// lookFailed ends an attempt that could not even look. A look changes nothing,
// so to be turned away is no failure of the row.
func (w *Worker) lookFailed(ctx context.Context, x *row, err error) end {
	switch {
	case errors.Is(err, ErrThrottled):
		return w.release(ctx, x, later(backoff(0, w.random), err.Error()))
	case errors.Is(err, ErrMisconfigured):
		return w.pause(ctx, x, err)
	}
	return w.release(ctx, x, w.blame(ctx, w.Pace, x, failed("look the user up: %w", err)))
}

// judgeFound judges a user who is there while the end of earlier attempts is
// not known.
func (w *Worker) judgeFound(ctx context.Context, x *row, user User) end {
	switch {
	case !x.own():
		return w.leaveToOwner(ctx, x)
	case x.made(user) && x.mailed(user):
		return w.credit(ctx, x, user)
	case x.wantsResend() && !x.before.ResentAfter.IsZero() && user.SignedIn:
		return w.settle(ctx, x, alreadySignedIn)
	case x.wantsResend() && x.resentSince(user):
		x.inv.UserSub = user.Sub
		return w.settle(ctx, x, verdict{state: Resent})
	case x.made(user):
		return w.mailLeftBehind(ctx, x, user)
	}
	return w.existing(ctx, x, user.ModifiedAt)
}

// leaveToOwner ends a row whose user may have been made, or mailed, by attempts
// of another invitation that do not know it yet. That one comes back for them. A
// row that would mail the user again waits until it has.
func (w *Worker) leaveToOwner(ctx context.Context, x *row) end {
	if !x.wantsResend() {
		return w.settle(ctx, x, alreadyExists)
	}
	owner, _, err := w.Store.Load(ctx, x.before.By.RequestID, x.before.By.Row, "")
	if now := time.Now(); err == nil && owner.waits(now) {
		return w.deferRow(ctx, x, behind(owner, now))
	}
	return w.release(ctx, x, later(ownerWait, "another invitation of its address has an attempt of unknown end"))
}

// ownerWait is how long a row waits before it asks again whether another
// invitation has learned what became of its attempts.
const ownerWait = time.Minute

// behind is the deferral of a row that waits for another one which waits itself.
// To ask again sooner would only have the pool looked at each time.
func behind(owner Invitation, now time.Time) deferral {
	until := owner.RetryAt
	if until.IsZero() {
		until = now.Add(ReviewInterval)
	}
	return deferral{owner.Code, "another invitation of this address comes first, and it waits: " + owner.Reason, until}
}

// made reports whether the user is one that earlier attempts made: created in
// their time, and no invitation has been told so yet. A user without a name on
// the claim is one whose creation the pool told us without it: see ErrNotMailed.
//
// Whether the person has signed in since does not matter: whoever signs in with
// the password that our lost call mailed is still ours.
func (x *row) made(user User) bool {
	from, to := x.before.From.Add(-clockSkew), x.before.To.Add(clockSkew)
	known := x.claim.CreditedTo != Holder{} && (x.claim.UserSub == user.Sub || x.claim.UserSub == "")
	return !known && !x.before.From.IsZero() && !user.CreatedAt.Before(from) && !user.CreatedAt.After(to)
}

// mailed reports whether a user of ours has had the mail that the request asks
// for, or has no more need of it.
func (x *row) mailed(user User) bool {
	return !x.before.Unmailed || user.SignedIn || x.request.Options.Mail == Suppress || x.resentSince(user)
}

// resentSince reports whether a mail whose answer was lost did go out. A user
// who has not changed since their creation was never mailed again; signing in is
// a change too, and hides whether there was another before it.
func (x *row) resentSince(user User) bool {
	changed := user.ModifiedAt.After(user.CreatedAt) && !user.SignedIn
	return changed && !x.before.ResentAfter.IsZero() && user.ModifiedAt.After(x.before.ResentAfter)
}

// mailLeftBehind mails a user whom a call made that then met the mail quota:
// the pool said that no mail went out, so this is their first.
func (w *Worker) mailLeftBehind(ctx context.Context, x *row, user User) end {
	x.beginResend(time.Now(), user.ModifiedAt)
	if err := w.save(ctx, x); err != nil {
		return w.release(ctx, x, spared("write the attempt down: %w", err))
	}
	if e, ok := w.takeTurn(ctx, x, true); !ok {
		return e
	}
	mailed, err := w.callResend(ctx, x)
	switch {
	case err == nil:
		return w.credit(ctx, x, mailed)
	case errors.Is(err, ErrSignedIn):
		return w.credit(ctx, x, user)
	case errors.Is(err, ErrRefused):
		x.inv.UserSub = user.Sub
		return w.settle(ctx, x, mailRefused(err))
	}
	return w.judgeError(ctx, x, err)
}

// existing ends a row whose user was not made by it: it is left alone, or
// mailed again if the request says so. A change of the user after the given
// moment will show that the mail went out.
func (w *Worker) existing(ctx context.Context, x *row, after time.Time) end {
	x.leftNothing()
	switch {
	case !x.wantsResend():
		return w.settle(ctx, x, alreadyExists)
	case x.cooling(time.Now()):
		return w.settle(ctx, x, resentRecently)
	}
	x.callAt = time.Time{} // the call that found the user has used it
	if e, ok := w.takeTurn(ctx, x, true); !ok {
		return e
	}
	x.beginResend(time.Now(), after)
	if err := w.save(ctx, x); err != nil {
		return w.release(ctx, x, spared("write the attempt down: %w", err))
	}
	return w.resend(ctx, x)
}

// resend mails a new temporary password, as an administrator asked.
func (w *Worker) resend(ctx context.Context, x *row) end {
	if e, ok := w.takeTurn(ctx, x, true); !ok {
		return e
	}
	user, err := w.callResend(ctx, x)
	switch {
	case err == nil:
		x.inv.UserSub = user.Sub
		return w.settle(ctx, x, verdict{state: Resent})
	case errors.Is(err, ErrSignedIn):
		x.leftNothing()
		return w.settle(ctx, x, alreadySignedIn)
	case errors.Is(err, ErrUserNotFound) && x.request.Options.ResendOnly:
		x.leftNothing()
		return w.settle(ctx, x, userNotFound)
	case errors.Is(err, ErrUserNotFound):
		x.leftNothing()
		return w.release(ctx, x, contradicted())
	}
	return w.judgeError(ctx, x, err)
}

func (w *Worker) callResend(ctx context.Context, x *row) (User, error) {
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	user, err := w.Pool.Resend(call, x.inv.Email)
	w.Pace.Hear(err)
	return user, err
}

// closeRow ends a row that is not to be attempted any more. Its own attempts whose
// end nobody knows are given their time, and their user, if there is one, is its.
func (w *Worker) closeRow(ctx context.Context, x *row, v verdict) end {
	if !x.own() {
		return w.settle(ctx, x, v)
	}
	if !x.over(time.Now()) {
		return x.awaitEnd()
	}
	if e, ok := w.claimAddress(ctx, x, nil); !ok {
		return e
	}
	user, err := w.look(ctx, x)
	switch {
	case errors.Is(err, ErrUserNotFound):
		return w.settle(ctx, x, v)
	case err != nil:
		return w.lookFailed(ctx, x, err)
	}
	return w.closeFound(ctx, x, user, v)
}

// closeFound ends a row that is not to be attempted any more and whose address
// has a user.
func (w *Worker) closeFound(ctx context.Context, x *row, user User, v verdict) end {
	x.inv.UserSub = user.Sub
	switch ours := x.made(user); {
	case ours && !x.mailed(user) && x.inv.Code == CodeMailQuota:
		return w.settle(ctx, x, cappedUnmailed)
	case ours && !x.mailed(user):
		return w.settle(ctx, x, neverMailed)
	case ours && len(x.inv.Groups) > 0:
		return w.settle(ctx, x, verdict{x.invitedState(), CodeGroupNotAdded, "invited, but not added to any group; add the person by hand"})
	case ours:
		return w.settle(ctx, x, verdict{state: x.invitedState()})
	case x.wantsResend() && x.resentSince(user):
		return w.settle(ctx, x, verdict{state: Resent})
	case x.wantsResend() && !x.before.ResentAfter.IsZero() && user.SignedIn:
		return w.settle(ctx, x, alreadySignedIn)
	}
	x.inv.UserSub = ""
	return w.settle(ctx, x, v)
}
