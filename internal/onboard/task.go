package onboard

import (
	"context"
	"errors"
	"time"
)

// task is one delivery and the row that it is about: what is known of the row,
// and what the delivery changes of it until the next write.
type task struct {
	d       Delivery
	request Request
	began   time.Time // when this delivery did
	closes  *outcome  // the row's outcome if it must not be attempted any more; else nil

	stored Invitation // as the store has it
	inv    Invitation // with the changes of this delivery
	claim  Claim      // likewise
	held   bool       // this delivery holds the claim

	// earlier is the trail that earlier attempts had left when this one began, and
	// earlierAttempts how many there were: an attempt that did nothing goes back there.
	earlier         Trail
	earlierAttempts int
	owner           Invitation // whose trail it is, when it is another invitation's
	ownerRead       bool

	written      bool     // what the next call may leave behind is written down
	mailsOwnUser bool     // the next call mails a user whom the row has made
	asked        question // the latest call to the pool
	user         User     // as the pool has shown them last
	err          error    // the pool's answer, if it was not a user
	interrupted  bool     // err is only the end of the delivery's time
	existsSaid   bool     // the pool has said that the address has a user
	refused      error    // a refusal that may have come when the user was there
	hasMadeUser  bool     // the user is the row's own
	group        int      // the next of the row's groups
	notAdded     outcome  // a group that refused the user; zero: none
	throttled    bool     // the pool has turned a call away

	shared     chan place    // brings the first place in the pace, for rows that share a reservation
	hadShared  bool          // it has
	callAt     time.Time     // the place in the pace; zero: none, or it has been used
	calledAt   time.Time     // the place of the latest call
	noPlace    *step         // how the delivery ends, as there is no place
	mailClosed time.Time     // until when no mail goes out, as far as is known
	silent     bool          // the pool answers nobody, as far as is known
	storeTime  time.Duration // how long the slowest of the delivery's calls to the store took
	lost       int           // places that had passed when the call could leave
}

// question is what the pool was asked.
type question int

const (
	nobody question = iota
	looking
	inviting
	mailing
	joining
)

func newTask(d Delivery, r Request, inv Invitation, claim Claim) *task {
	x := &task{
		d: d, request: r, began: time.Now(), inv: inv, claim: claim,
		earlier: claim.Trail, earlierAttempts: inv.Attempts, group: min(inv.Joined, len(inv.Groups)),
	}
	if inv.Version > 0 {
		x.stored = inv
	}
	return x
}

// closesAs returns the outcome of a row that must not be attempted any more; nil
// if it may be.
func (x *task) closesAs(maxFailures int, groups GroupRule, now time.Time) *outcome {
	refused := groups.refuses(x.inv.Groups)
	switch r := x.request; {
	case x.inv.Erased || x.inv.EndsAs == CodeErased:
		return &erasedAlone
	case r.Phase == Stopped:
		return &canceledByAdministrator
	case x.inv.EndsAs == CodeCanceled:
		return &canceledAlone
	case r.isPastClosing(now):
		return &expiredBeforeMail
	case refused != nil:
		return refused
	case r.Phase != Paused && x.d.FailuresSoFar() >= maxFailures:
		return &attemptsExhausted
	}
	return nil
}

// learn records the pool's answer to a call.
func (x *task) learn(asked question, user User, err error) {
	x.asked, x.err = asked, err
	x.calledAt, x.callAt = x.callAt, time.Time{}
	if err == nil {
		x.user = user
	}
	x.throttled = x.throttled || errors.Is(err, ErrThrottled)
	switch asked {
	case looking:
		missing := errors.Is(err, ErrUserNotFound)
		x.earlier.Gone = missing && !x.existsSaid
		x.claim.Trail = x.earlier
		if missing {
			x.inv.Exists, x.inv.UserSub, x.inv.Joined = false, "", 0
		}
		if !x.silent { // to look needs no place
			x.callAt = x.calledAt
		}
	case inviting:
		x.written = false
		x.earlier.Gone = x.earlier.Gone && !errors.Is(err, ErrExists)
		x.existsSaid = x.existsSaid || errors.Is(err, ErrExists)
		if errors.Is(err, ErrRefused) && mayComeLate(err) {
			x.refused = err
		}
	case mailing:
		x.written = false
	case joining:
		x.learnGroup(err)
	}
}

// learnGroup records whether the user has joined the next group.
func (x *task) learnGroup(err error) {
	switch {
	case err == nil && x.notAdded.code == "":
		x.inv.Joined = x.group + 1
	case err == nil:
	case errors.Is(err, ErrRefused):
		x.notAdded = outcome{code: CodeGroupNotAdded, reason: notAddedTo(x.inv.Groups[x.group], reasonOf(err, CodeGroupUnknown))}
	case errors.Is(err, ErrUserNotFound):
		x.inv.UserSub, x.inv.Joined = "", 0 // to be looked up: see [task.isCredited]
		return
	default:
		return
	}
	x.group++
	x.asked = nobody
}

// note records what a step says of the latest call and of the user.
func (x *task) note(s step, now time.Time) {
	switch s.left {
	case neverLeft:
		x.inv.Attempts, x.claim.Trail = x.earlierAttempts, x.earlier
	case nothing, nobodyThere:
		x.dropTrail()
		x.inv.Exists = x.inv.Exists && s.left != nobodyThere
	case noMail:
		if x.creates() {
			x.claim.Trail.Unmailed = true
		} else {
			x.dropTrail()
		}
	case refusedLate:
		x.claim.Trail.Unmailed = true
		x.shortenTrail(now)
		x.earlier = x.claim.Trail
	case answerLost:
		x.shortenTrail(now)
	}
	if s.sub == "" {
		return
	}
	if x.inv.UserSub != s.sub {
		x.inv.UserSub, x.inv.Joined, x.group = s.sub, 0, 0
	}
	if x.user.Sub == s.sub {
		x.inv.Confirmed = x.isBornConfirmed()
	}
	x.hasMadeUser = x.hasMadeUser || s.do < settle
}

// unsent is the trace of a call that gets no place in the pace. While groups are
// joined, the user exists whatever happens to the groups.
func (x *task) unsent() trace {
	if x.hasMadeUser {
		return asWritten
	}
	return neverLeft
}

// hold makes this delivery the claim's holder for one Lease from now. A deferred
// row is being attempted again, so it is not put back on the queue beside its
// message for one ReviewInterval. After that it is: this may be the second delivery
// of a message that the first has taken off the queue.
func (x *task) hold(token string, now time.Time) {
	if x.inv.State == Deferred {
		x.inv.DueAt = now.Add(ReviewInterval)
	}
	x.held = true
	x.claim.Holder = Holder{RequestID: x.d.RequestID, Row: x.d.Row, Token: token}
	x.claim.Until = now.Add(Lease)
	x.inv.UpdatedAt, x.inv.ExpiresAt = now, x.request.ExpiresAt
}

// keepClaim keeps the claim until the given time, and at least as long as its row:
// a row that waits for mail must find what its attempts may have left.
func (x *task) keepClaim(until time.Time) {
	for _, t := range []time.Time{until, x.request.ExpiresAt} {
		if t.After(x.claim.ExpiresAt) {
			x.claim.ExpiresAt = t
		}
	}
}

// self names the row's invitation.
func (x *task) self() Holder { return Holder{RequestID: x.d.RequestID, Row: x.d.Row} }

// invitedState is the outcome of a row whose user this request has made.
func (x *task) invitedState() State {
	if x.request.Options.Mail == Suppress {
		return Created
	}
	return Invited
}

// onlyMails reports whether the row's next call mails an existing user instead of
// creating one.
func (x *task) onlyMails() bool { return x.request.Options.ResendOnly || x.inv.Exists }

// wantsResend reports whether an existing user should be mailed again.
func (x *task) wantsResend() bool {
	return x.request.Options.ResendOnly || x.request.Options.OnExisting == Resend
}

// isMailedLater reports whether the pool could not send the row's mail, so that it is
// asked for once more.
func (x *task) isMailedLater() bool { return x.inv.Code == CodeMailNotDelivered }

// isLastMail reports whether no other mail follows if the pool cannot send this one: it
// is the second, or the pool mails such users only once.
func (x *task) isLastMail() bool {
	return x.isMailedLater() || x.request.Passwordless && x.creates()
}

// ResendCooldown is the least time between two mails to one address, unless an
// administrator forces it: each mail invalidates the password in the one before it,
// and people open the first they find.
const ResendCooldown = 24 * time.Hour

// MostForcedMails is how often administrators can have one address mailed again
// within one ResendCooldown by force. It is enough for a person on the telephone who
// cannot find the mail, and too little to harass anybody.
const MostForcedMails = 3

// tooSoon is the outcome of a row whose address was mailed too recently, or by force
// too often, to be mailed again; nil if it may be.
func (x *task) tooSoon(now time.Time) *outcome {
	c, force := x.claim, x.request.Options.Force
	switch {
	case force && c.Forced >= MostForcedMails && now.Sub(c.ForcedSince) < ResendCooldown:
		return &forcedTooOften
	case !force && !c.MailedAt.IsZero() && now.Sub(c.MailedAt) < ResendCooldown:
		return &resentRecently
	}
	return nil
}

// countForced notes a mail by force that went out, or may have.
func (c *Claim) countForced(now time.Time) {
	if now.Sub(c.ForcedSince) >= ResendCooldown {
		c.ForcedSince, c.Forced = now, 0
	}
	c.Forced++
}

// nextForcedMail returns the earliest time at which two mails to the address can
// be told apart by the pool's clock.
func (x *task) nextForcedMail() time.Time { return x.claim.MailedAt.Add(2 * clockSkew) }

// save writes the row as it is now, with the claim if this delivery holds it, and
// with the change to the request's counts. If the answer is lost, it reads whether
// the write has happened.
func (w *Worker) save(ctx context.Context, x *task) error {
	write := Write{Invitation: x.inv, Tally: Change(x.stored, x.inv, x.request.Round)}
	if x.held {
		claim := x.claim
		write.Claim = &claim
	}
	began := time.Now()
	err := w.Store.Save(ctx, write)
	x.storeTime = max(x.storeTime, time.Since(began))
	if err != nil && !errors.Is(err, ErrConflict) && w.landed(ctx, x) {
		err = nil
	}
	if err != nil {
		return err
	}
	x.inv.Version++
	x.claim.Version++
	x.stored = x.inv
	return nil
}

// landed reports whether a write whose answer was lost has had its effect.
func (w *Worker) landed(ctx context.Context, x *task) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	inv, claim, err := w.Store.Load(ctx, x.d.RequestID, x.d.Row, x.claim.Address)
	if err != nil || inv.Version != x.inv.Version+1 || inv.State != x.inv.State || inv.Code != x.inv.Code {
		return false
	}
	return !x.held || claim.Version == x.claim.Version+1 && claim.Holder == x.claim.Holder
}

// release gives the claim back without settling the invitation. The trail of its
// attempts stays on the claim. If the write fails, the claim is free when its lease
// ends.
func (w *Worker) release(ctx context.Context, x *task, e end) end {
	e.throttled = x.throttled
	if !x.held {
		return e
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	x.free()
	if err := w.save(ctx, x); err != nil {
		w.Log.WarnContext(ctx, "claim could not be given back", "request_id", x.d.RequestID, "row", x.d.Row, "error", err)
	}
	return e
}

// free gives the claim up, from the next write on.
func (x *task) free() {
	x.claim.Holder, x.claim.Until = Holder{}, time.Time{}
}
