package onboard

import (
	"context"
	"errors"
	"time"
)

// row is one delivery on its way through an attempt: what is stored, and what
// the attempt makes of it until the next write.
type row struct {
	d       Delivery
	request Request
	began   time.Time // when this delivery did

	turn    chan time.Time // brings its place in the pace; closed when it gets none
	refused func() end     // then: ends its delivery
	callAt  time.Time      // its place in the pace

	storeTime time.Duration // what the slower of the delivery's two reads took
	lost      int           // places that had passed when the call could leave

	stored Invitation // as the store has it
	inv    Invitation // with the changes of this delivery
	claim  Claim      // likewise
	held   bool       // this delivery holds the claim

	throttled bool // the pool has turned a call away

	// before is what was not known of earlier attempts when this one began, and
	// attempts how many there were: an attempt that did nothing goes back there.
	before   Trail
	attempts int
}

func newRow(d Delivery, r Request, inv Invitation, claim Claim) *row {
	x := &row{d: d, request: r, inv: inv, claim: claim, before: claim.Trail, attempts: inv.Attempts, began: time.Now()}
	if inv.Version > 0 {
		x.stored = inv
	}
	return x
}

// hold makes this delivery the claim's holder, from now for one Lease. A row that
// was deferred is on its way again and is not put back on the queue beside the
// message that it has, unless nothing is heard of that one for a while: it may be
// a second delivery of a message that the first has taken off the queue.
func (x *row) hold(token string, now time.Time) {
	if x.inv.State == Deferred {
		x.inv.DueAt = now.Add(ReviewInterval)
	}
	x.held = true
	x.claim.Holder = Holder{RequestID: x.d.RequestID, Row: x.d.Row, Token: token}
	x.claim.Until = now.Add(Lease)
	x.inv.UpdatedAt, x.inv.ExpiresAt = now, x.request.ExpiresAt
}

// keepClaim has the claim kept until the given time, and for as long as its row: a
// row that waits for mail must find what its attempts may have left.
func (x *row) keepClaim(until time.Time) {
	for _, t := range []time.Time{until, x.request.ExpiresAt} {
		if t.After(x.claim.ExpiresAt) {
			x.claim.ExpiresAt = t
		}
	}
}

// begin writes an attempt down: from here until its end is known, a user who
// appears may be ours.
func (x *row) begin(now time.Time) {
	if x.onlyMails() {
		x.beginResend(now, now.Add(-clockSkew))
		return
	}
	x.inv.Attempts = x.attempts + 1
	x.claim.Trail = Trail{By: x.self(), From: now, To: now.Add(Lease + reach)}
	if x.own() && !x.before.From.IsZero() {
		x.claim.Trail.From = x.before.From
	}
}

// beginResend writes down that a mail is asked for: a change of the user after
// the given moment will show that it went out.
func (x *row) beginResend(now, after time.Time) {
	x.inv.Attempts = x.attempts + 1
	x.claim.Trail = Trail{By: x.self()}
	if x.own() {
		x.claim.Trail = x.before
	}
	x.claim.Trail.To, x.claim.Trail.ResentAfter = now.Add(Lease+reach), after
}

// heard brings the end of an attempt forward whose caller has lived to see that
// no clear answer came: the call has left, and is over by then.
func (x *row) heard(now time.Time) {
	if end := now.Add(reach + 2*clockSkew); end.Before(x.claim.Trail.To) {
		x.claim.Trail.To = end
	}
}

// self names the row's invitation.
func (x *row) self() Holder { return Holder{RequestID: x.d.RequestID, Row: x.d.Row} }

// own reports whether the attempts of unknown end, if there are any, are the row's.
func (x *row) own() bool { return !x.before.Empty() && x.before.By.Same(x.self()) }

// takeBack undoes begin: the call was turned away, or never left.
func (x *row) takeBack() {
	x.inv.Attempts = x.attempts
	x.claim.Trail = x.before
}

// leftNothing ends an attempt whose answer says that it made and mailed nobody.
// It counts as an attempt all the same.
func (x *row) leftNothing() {
	x.claim.Trail = x.before
	x.attempts = x.inv.Attempts
}

// mailedNobody ends an attempt whose answer says that it mailed nobody. It does
// not say whether it made a user.
func (x *row) mailedNobody() {
	if x.invites() {
		x.claim.Trail.Unmailed = true
	} else {
		x.leftNothing()
	}
}

// invites reports whether the attempt is one to create the user, not to mail one
// who is there.
func (x *row) invites() bool { return x.claim.Trail.ResentAfter.IsZero() }

// onlyMails reports whether the row's next call mails a user who is there, rather
// than create one.
func (x *row) onlyMails() bool { return x.request.Options.ResendOnly || x.inv.Exists }

// wantsResend reports whether an existing user is to be mailed again.
func (x *row) wantsResend() bool {
	return x.request.Options.ResendOnly || x.request.Options.OnExisting == Resend
}

// ResendCooldown is the least time between two mails to one address, unless an
// administrator forces it: each mail makes the password of the one before it
// useless, and people open the first they find.
const ResendCooldown = 24 * time.Hour

// cooling reports whether the address was mailed too recently to be mailed again.
func (x *row) cooling(now time.Time) bool {
	return !x.request.Options.Force && !x.claim.MailedAt.IsZero() && now.Sub(x.claim.MailedAt) < ResendCooldown
}

// apart returns when the pool's clock certainly shows a mail to the address as
// later than the one before it.
func (x *row) apart() time.Time { return x.claim.MailedAt.Add(2 * clockSkew) }

// save writes the row as it is now, with the claim if this delivery holds it
// and with what changes in the request's counts. An answer that was lost on the
// way is made up for by reading.
func (w *Worker) save(ctx context.Context, x *row) error {
	write := Write{Invitation: x.inv, Tally: Change(x.stored, x.inv, x.request.Round)}
	if x.held {
		claim := x.claim
		write.Claim = &claim
	}
	err := w.Store.Save(ctx, write)
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
func (w *Worker) landed(ctx context.Context, x *row) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	inv, claim, err := w.Store.Load(ctx, x.d.RequestID, x.d.Row, x.claim.Address)
	if err != nil || inv.Version != x.inv.Version+1 || inv.State != x.inv.State || inv.Code != x.inv.Code {
		return false
	}
	return !x.held || claim.Version == x.claim.Version+1 && claim.Holder == x.claim.Holder
}

// release gives the claim back, the invitation not settled. What is not known
// of its attempts stays on the claim. Should the write fail, the claim frees
// itself when its lease is up.
func (w *Worker) release(ctx context.Context, x *row, e end) end {
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

func (x *row) free() {
	x.claim.Holder, x.claim.Until = Holder{}, time.Time{}
}
