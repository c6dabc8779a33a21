package onboard

import (
	"errors"
	"fmt"
	"time"
)

// This file is the protocol: what a delivery does next with its row. [task.next]
// looks at what is known and names one step; [Worker.pursue] takes the step and
// asks again. Nothing here reads a clock, the store or the pool.
//
// What becomes of a row
//
//   - whose answer was lost: afterNo ends the delivery as a failure, and the trail says
//     until when the call may still have its effect. The next delivery waits for that
//     (arriving), takes the claim and looks. A user whom the row's attempts made is
//     credited to it (afterLook); if there is nobody, the user is created again;
//   - whose worker died: the claim is held until its lease ends, and the trail is what was
//     written down before the call. The next delivery waits for both; then as above;
//   - whose address another row holds: it is put back until the claim is free, and while
//     the other's attempts may still have an effect. Then the user is there, and is the
//     other row's: existing;
//   - whose request was canceled: if attempts of its own may have had an effect, they are
//     waited out and looked for, and closing gives the outcome; else it ends at once;
//   - whose mail could not be sent: it is put aside for some minutes. Then the look shows
//     a user of its own who was not mailed, and who is mailed now;
//   - whose user somebody made by hand: the call to create answers that the user exists,
//     and there is no trail, so that it cannot be the row's: existing.

// step is what a delivery does next.
type step struct {
	do   action
	left trace // before it: what the latest call has left behind, by its answer
	cut  bool  // before it: the pool turned the latest call away or could not mail, so its lane slows down

	outcome  outcome       // of settle
	deferral deferral      // of putAside and closeMail
	wait     time.Duration // of putBack and fail: at least
	jitter   bool          // of putBack: beside a wait at random
	why      error         // of steps that end without an outcome, and of pause

	trail     Trail  // of claim and writeDown: what the next call may leave behind
	firstMail bool   // of writeDown: the call is the first mail to a user whom the row has made
	sub       string // the user is the row's own, or was mailed for it
}

// action is the kind of a step.
type action int

// The steps. After those before settle the delivery continues; the others end it.
const (
	askOwner       action = iota // read the invitation whose attempts left the trail
	takePlace                    // get a place in the pace of creations and mails
	takeGroupPlace               // get a place in the pace of groups
	awaitPlace                   // wait for the place
	claim                        // take the claim of the address
	writeDown                    // write the next call down before it leaves
	look                         // read the user
	invite                       // create the user
	resend                       // mail the user again
	join                         // put the user into the next group

	settle    // write the outcome
	finish    // nothing is left to do
	drop      // the message belongs to no row
	putBack   // not the row's fault: send a copy that comes later
	fail      // a failure: the row's own if the pool answers other calls. The message comes again
	spare     // a failure that says nothing about the row. The message comes again
	putAside  // wait in the store
	closeMail // putAside, and stop mail for all rows
	pause     // putAside, and pause the request until somebody fixes the pool
)

// trace is what the latest call to the pool has left behind, as far as its answer
// says. [task.note] writes it into the trail, which outlives the delivery unless the row
// is settled.
type trace int

const (
	asWritten   trace = iota // the trail stays: there was no call, or it may have left all that was written down
	neverLeft                // nothing: it was turned away or did not leave, and does not count as an attempt
	nothing                  // nothing: it made and mailed nobody
	nobodyThere              // nothing, and the address has no user after all
	noMail                   // no mail, but it may have made a user
	refusedLate              // no mail, but it may have made a user, and has no effect from now on
	answerLost               // possibly all: no answer came. It has no effect after a while
)

// next returns the next step.
func (x *task) next(now time.Time) step {
	s := x.decide(now)
	if s.do == settle {
		s.outcome = s.outcome.besideGroups(x.inv.Groups)
	}
	return s
}

// decide judges the answer to the latest call, until another call takes its place.
func (x *task) decide(now time.Time) step {
	switch {
	case x.asked == looking:
		return x.afterLook(now)
	case x.asked == inviting:
		return x.afterInvite(now)
	case x.asked == mailing:
		return x.afterResend(now)
	case x.asked == joining:
		return x.afterJoin()
	case x.held:
		return x.holding(now)
	}
	return x.arriving(now)
}

// arriving decides for a row whose address this delivery does not hold. A row that must
// not be attempted any more (x.closes: its request or it was canceled, its time or its
// attempts are used up, its groups are not allowed) ends at once if nothing of its own
// can be in the pool.
//
// x.earlier is the trail that this delivery found. Where there is one, it looks before it
// calls, so the claim keeps the trail as it is. Where there is none, the claim and what
// the next call may leave behind are one write, and the call follows without a look.
func (x *task) arriving(now time.Time) step {
	r := x.request
	switch {
	case !x.inv.Open(r.Round):
		return step{do: finish}
	case x.inv.Version == 0 && r.isSettled(now):
		return step{do: drop, why: errors.New("its request has its outcomes, and no such row")}
	case x.claim.Holder != Holder{} && now.Before(x.claim.Until): // perhaps a delivery of this row whose worker died
		return putBackIn(min(x.claim.Until.Sub(now), heldWait), "its address is being attempted")

	case x.closes != nil && !x.trailIsOwn():
		return settleAs(*x.closes)
	case x.closes == nil && r.Phase == Paused:
		return step{do: putAside, deferral: untilResumed(r.Pause.Code, r.Pause.Reason)}
	case !x.trailIsOver(now) && (x.closes != nil || !x.isCredited()): // a credited row that may continue has only groups to join
		return putBackIn(x.earlier.To.Sub(now), "an attempt whose answer was lost may still have its effect")
	case x.closes != nil:
		return step{do: claim, trail: x.claim.Trail}

	case x.onlyMails() && !x.trailIsOwn() && x.tooSoon(now) != nil:
		return settleAs(*x.tooSoon(now))
	case r.Options.Force && x.wantsResend() && !x.trailIsOwn() && now.Before(x.nextForcedMail()):
		return putBackIn(x.nextForcedMail().Sub(now), "its address was mailed a moment ago: if the answer to this mail were lost, the two mails could not be told apart")
	case x.trailIsForeign() && x.wantsResend() && !x.ownerRead: // the owner may wait for mail for days
		return step{do: askOwner}
	case x.trailIsForeign() && x.wantsResend() && x.owner.isWaiting(now):
		return step{do: putAside, deferral: behind(x.owner, now)}

	case x.earlier.Empty():
		return x.placed(now, step{do: claim, trail: x.nextTrail(now)})
	}
	return step{do: claim, trail: x.claim.Trail}
}

// holding decides for a row whose address this delivery holds, when no answer of
// the pool is left to judge.
func (x *task) holding(now time.Time) step {
	switch {
	case x.closes != nil:
		return step{do: look}
	case x.hasMadeUser: // in this delivery
		return x.nextGroup(now)
	case !x.written && x.isCredited(): // in an earlier one
		return x.nextGroup(now)
	case !x.written && x.earlier.Gone:
		return x.placed(now, step{do: writeDown, trail: x.nextTrail(now)})
	case !x.written && x.silent: // a pool that answers no call is called once a second
		return x.placed(now, step{do: look})
	case !x.written:
		return step{do: look}
	case x.claim.Trail.ResentAfter.IsZero():
		return x.placed(now, step{do: invite})
	}
	return x.placed(now, step{do: resend})
}

// afterLook decides by what the look showed. A user is ours if the row's attempts made
// them, by the time of their creation. Of a user who is ours, wasMailed says that their
// mail is not known to have failed. wasMailAsked says that a call for a mail to a user
// who was there has left and its end is not known; no such call is repeated.
func (x *task) afterLook(now time.Time) step {
	found, missing := x.err == nil, errors.Is(x.err, ErrUserNotFound)
	switch {
	case errors.Is(x.err, ErrThrottled):
		return step{do: putBack, jitter: true, why: x.err}
	case errors.Is(x.err, ErrMisconfigured):
		return step{do: pause, why: x.err}
	case !found && !missing:
		return step{do: fail, why: fmt.Errorf("look the user up: %w", x.err)}

	case x.refused != nil && found && x.userIsOurs():
		return step{do: settle, outcome: mailRefused(x.refused), sub: x.user.Sub}
	case x.refused != nil:
		return settleAs(x.refusal(x.refused))
	case x.closes != nil:
		return x.closing(found)

	case missing && x.existsSaid:
		return contradicted(asWritten)
	case missing && x.request.Options.ResendOnly:
		return settleAs(userNotFound)
	case missing:
		return x.placed(now, step{do: writeDown, trail: x.nextTrail(now)})
	case x.trailIsForeign() && !x.wantsResend():
		return settleAs(alreadyExists)
	case x.trailIsForeign():
		return putBackIn(ownerWait, "another invitation of its address has an attempt of unknown end")

	case x.userIsOurs() && x.wasMailed():
		return x.credit(now, x.user)
	case x.userIsOurs() && x.isBornConfirmed():
		return step{do: settle, outcome: notRepeatable, sub: x.user.Sub}
	case x.wasMailAsked() && x.wantsResend() && x.user.SignedIn:
		return settleAs(x.signedIn())
	case x.wasMailAsked() && x.wantsResend() && x.hasChanged():
		return step{do: settle, outcome: outcome{state: Resent}, sub: x.user.Sub}
	case x.wasMailAsked():
		return step{do: settle, outcome: mailUnclear, sub: x.user.Sub}
	case x.userIsOurs():
		return step{do: writeDown, trail: x.firstMailTrail(now), firstMail: true}
	}
	return x.existing(now, x.user.ModifiedAt)
}

// closing is the outcome of a row that must not be attempted any more and whose own
// attempts are over; found says whether its address has a user.
func (x *task) closing(found bool) step {
	ours := found && x.userIsOurs()
	s := step{do: settle, sub: x.user.Sub}
	switch {
	case ours && !x.wasMailed() && x.isBornConfirmed():
		s.outcome = notRepeatable
	case ours && !x.wasMailed() && x.wasMailAsked():
		s.outcome = mailUnclear
	case ours && !x.wasMailed() && x.inv.Code == CodeMailQuota:
		s.outcome = cappedUnmailed
	case ours && !x.wasMailed():
		s.outcome = neverMailed
	case ours && len(x.inv.Groups) > 0: // after the last it would have had its outcome
		s.outcome = outcomeOf(x.invitedState(), CodeGroupNotAdded)
	case ours:
		s.outcome = outcome{state: x.invitedState()}
	case found && x.wasMailAsked() && x.user.SignedIn:
		return settleAs(x.signedIn())
	case found && x.wasMailAsked() && x.hasChanged():
		s.outcome = outcome{state: Resent}
	case found && x.wasMailAsked():
		s.outcome = mailUnclear
	default:
		return settleAs(*x.closes)
	}
	return s
}

// afterInvite decides by the answer to a call that creates the user.
func (x *task) afterInvite(now time.Time) step {
	switch {
	case x.err == nil:
		return x.credit(now, x.user)
	case errors.Is(x.err, ErrExists) && x.earlier.Empty(): // no attempt of ours can have made them
		return x.existing(now, now.Add(-clockSkew))
	case errors.Is(x.err, ErrExists):
		return step{do: look, left: nothing}
	}
	return x.afterNo(now)
}

// afterResend decides by the answer to a call that mails an existing user.
func (x *task) afterResend(now time.Time) step {
	switch {
	case x.mailsOwnUser && (x.err == nil || errors.Is(x.err, ErrSignedIn)):
		return x.credit(now, x.user)
	case x.mailsOwnUser && errors.Is(x.err, ErrRefused):
		return step{do: settle, outcome: mailRefused(x.err), sub: x.user.Sub}
	case x.err == nil:
		return step{do: settle, outcome: outcome{state: Resent}, sub: x.user.Sub}
	case errors.Is(x.err, ErrSignedIn):
		return step{do: settle, left: nothing, outcome: x.signedIn()}
	case errors.Is(x.err, ErrUserNotFound) && x.request.Options.ResendOnly:
		return step{do: settle, left: nothing, outcome: userNotFound}
	case errors.Is(x.err, ErrUserNotFound) && !x.mailsOwnUser:
		return contradicted(nobodyThere)
	}
	return x.afterNo(now)
}

// afterNo decides by the class of any other answer. The last line is for the lost one: the
// call may have had all its effect.
func (x *task) afterNo(now time.Time) step {
	late := mayComeLate(x.err)
	switch {
	case errors.Is(x.err, ErrNotMailed):
		return x.mailFailed(now)
	case errors.Is(x.err, ErrThrottled):
		return step{do: putBack, left: neverLeft, cut: true, jitter: true, why: x.err}
	case errors.Is(x.err, ErrNotTaken):
		return step{do: putBack, left: neverLeft, why: x.err}
	case errors.Is(x.err, ErrMailQuota):
		return x.mailUsedUp(now)
	case errors.Is(x.err, ErrRefused) && late && x.creates():
		return step{do: look, left: refusedLate}
	case errors.Is(x.err, ErrRefused):
		return step{do: settle, left: nothing, outcome: x.refusal(x.err)}
	case errors.Is(x.err, ErrMisconfigured) && late:
		return step{do: pause, left: noMail, why: x.err}
	case errors.Is(x.err, ErrMisconfigured):
		return step{do: pause, left: neverLeft, why: x.err}
	case x.interrupted && !errors.Is(x.err, ErrUnclear): // then nothing has left, by the port's contract
		return step{do: putBack, left: neverLeft, why: errors.New("interrupted before its call left")}
	}
	return step{do: fail, left: answerLost, why: fmt.Errorf("attempt %d: %w", x.inv.Attempts, x.err)}
}

// mailUsedUp puts a row aside whose call met the mail quota. The answer says that the
// call mailed nobody; whether it made a user is documented nowhere. Where mail was
// suppressed, the answer says nothing about the mails of other rows.
func (x *task) mailUsedUp(now time.Time) step {
	until := mailAgain(now)
	why := x.mailQuota(until)
	if x.request.Options.Mail == Suppress && x.creates() {
		why.dueAt = until // the lane stays open: it must not be put back sooner
		return step{do: putAside, deferral: why}
	}
	return step{do: closeMail, left: noMail, deferral: why}
}

// mailFailed puts a row aside whose mail the pool could not send: most likely too many
// were sent at once, so it is asked for once more. The answer says that the call mailed
// nobody, and the user exists.
func (x *task) mailFailed(now time.Time) step {
	if x.isLastMail() {
		return step{do: settle, cut: true, outcome: x.notDelivered(x.err), sub: x.user.Sub}
	}
	return step{do: putAside, left: noMail, cut: true, deferral: mailedLater(now)}
}

// existing decides for a row whose user it did not make: the user is left alone, or
// mailed again if the request says so. A change of the user after the given time
// shows that the mail went out.
func (x *task) existing(now, after time.Time) step {
	switch {
	case !x.wantsResend():
		return step{do: settle, left: nothing, outcome: alreadyExists}
	case x.tooSoon(now) != nil:
		return step{do: settle, left: nothing, outcome: *x.tooSoon(now)}
	}
	return step{do: writeDown, left: nothing, trail: x.mailTrail(now, after)}
}

// credit decides for a row whose own user is there and was mailed, and joins the groups
// now.
func (x *task) credit(now time.Time, user User) step {
	s := x.nextGroup(now)
	s.sub = user.Sub
	return s
}

// nextGroup is the next of a row's groups, or its outcome after the last.
func (x *task) nextGroup(now time.Time) step {
	if x.group < len(x.inv.Groups) {
		return x.placed(now, step{do: join})
	}
	outcome := x.notAdded
	outcome.state = x.invitedState()
	return settleAs(outcome)
}

// afterJoin decides by the error that kept a user out of a group. A row that cannot
// continue goes back with its attempt still open. It keeps the user's sub and how
// many groups the user is in, so it needs no look, and each delivery brings it
// further, however slow groups are.
func (x *task) afterJoin() step {
	switch {
	case errors.Is(x.err, ErrThrottled):
		return step{do: takeGroupPlace, cut: true}
	case errors.Is(x.err, ErrMisconfigured):
		return step{do: pause, why: x.err}
	}
	return step{do: fail, why: fmt.Errorf("add to group: %w", x.err)}
}

// placed returns the call, or the step that has to come first for the call to leave
// at a place in the pace. A call that has mail sent does not leave once this process
// knows that the day's mail is used up.
func (x *task) placed(now time.Time, call step) step {
	mails, take := x.sendsMail(), takePlace
	switch call.do {
	case resend:
		mails = true
	case look:
		mails = false
	case join:
		mails, take = false, takeGroupPlace
	}
	switch {
	case x.noPlace != nil:
		return *x.noPlace
	case mails && now.Before(x.mailClosed):
		return step{do: putAside, left: neverLeft, deferral: x.mailQuota(x.mailClosed)}
	case x.callAt.IsZero(), now.Sub(x.callAt) > lateness:
		return step{do: take}
	case x.callAt.After(now) && call.do != claim && call.do != writeDown: // written at once, so that a slow store costs no place
		return step{do: awaitPlace}
	}
	return call
}

// The common ends.

func settleAs(outcome outcome) step { return step{do: settle, outcome: outcome} }

func putBackIn(wait time.Duration, why string) step {
	return step{do: putBack, wait: wait, why: errors.New(why)}
}

// contradicted ends an attempt to which the pool answered both that the user exists
// and that there is none. It is a failure, because some such users are never found;
// most appear after a while, so it waits for longer than other failures.
func contradicted(left trace) step {
	return step{do: fail, left: left, wait: lagWait, why: errors.New("the pool says both that the user exists and that there is none; it will be asked again")}
}

const (
	// lagWait gives a pool whose reads lag behind its writes time to catch up.
	lagWait = 2 * time.Minute

	// heldWait is the longest that a row waits before it tries again to claim an
	// address that another delivery holds.
	heldWait = 15 * time.Second

	// ownerWait is how long a row waits before it asks again whether another
	// invitation knows how its attempts ended.
	ownerWait = time.Minute
)
