package onboard

import "time"

// Invitation is one row of a request on its way to an outcome. The queue
// carries its first half, the store keeps all of it.
type Invitation struct {
	RequestID string
	Row       int // the row's number as the caller counts; unique in its request

	Person

	// Round is the round of its request in which this invitation was last
	// settled: 1 for the first, one more for each retry. A settled invitation of
	// an earlier round than its request's may be open again: see [Invitation.Open].
	Round int

	State  State
	Code   Code
	Reason string

	// Attempts counts the calls to the pool that may have had an effect. A call
	// that was turned away does not count.
	Attempts int

	// Exists says that the address has a user whom this invitation did not make and
	// who is still to be mailed again. It spares the call that would find that out once
	// more: where the pace is slow, a worker has time for one call of a row, not two.
	Exists bool

	// EndsAs is the code that an administrator has an open row end with: [CodeCanceled],
	// [CodeErased] or "". No further attempt is begun; one that has an open trail is waited
	// out, and what it did is the outcome.
	EndsAs Code

	UserSub   string // the pool's own, fixed identifier of the user; "" when not known
	Joined    int    // how many of Groups the user of an open invitation is certainly in
	UpdatedAt time.Time

	// RetryAt is when a deferred invitation will be tried again; zero when it
	// waits for an administrator to resume its request.
	RetryAt time.Time

	// DueAt is the place of a deferred invitation in the line of those that are put
	// back on the queue ([Due]), and the earliest time for it. Zero when it waits for
	// an administrator to resume its request. Rows that wait for mail stand in line
	// by when their request was submitted: the oldest first, on each mail day.
	DueAt time.Time

	// Confirmed says that the pool made the user without a temporary password: none
	// expires, and the pool mails the user no second time.
	Confirmed bool

	// PasswordExpiresAt is when the mailed temporary password stops working; zero if
	// there is none.
	PasswordExpiresAt time.Time

	// Erased says that the person's data was erased: the row has its number, its outcome
	// and when it got it, and nothing of the person. A retry has it end as canceled.
	Erased bool

	ExpiresAt time.Time // when the store forgets it

	// Version pins a write to what was read; 0 when nothing is stored.
	Version int
}

// Open reports whether inv may still be attempted in the given round of its
// request: it has no outcome yet, or an administrator's retry has put its
// failure back into play.
func (inv Invitation) Open(round int) bool {
	return !inv.State.IsOutcome() || inv.reopened(round)
}

// reopened reports whether a retry has moved inv from failed to pending. The
// retry changes no stored row: a failure of an earlier round that another
// attempt could fix is pending.
func (inv Invitation) reopened(round int) bool {
	return inv.State == Failed && inv.Round < round && !inv.Code.RowAtFault()
}

// Shown returns inv as people should see it in the given round: a failure that
// waits for its retry is pending, and no longer says why it once failed.
func (inv Invitation) Shown(round int) Invitation {
	if inv.reopened(round) {
		inv.State, inv.Code, inv.Reason = Pending, "", ""
	}
	return inv
}

// waits reports whether inv is put aside, and not being attempted again: then its
// next place in the line is ahead.
func (inv Invitation) isWaiting(now time.Time) bool {
	return inv.State == Deferred && (inv.RetryAt.After(now) || !inv.DueAt.After(now))
}

// counted returns the state and code under which inv is counted in its request's
// tally for the given round; ok is false when it stands there only as pending.
func (inv Invitation) counted(round int) (s State, c Code, ok bool) {
	if inv.State == "" || inv.State == Pending || inv.reopened(round) {
		return "", "", false
	}
	return inv.State, inv.Code, true
}
