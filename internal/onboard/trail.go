package onboard

import "time"

// This file says what a row's calls may leave behind in the pool, and what a look
// at the user shows of it. See [Trail].

// nextTrail is what the next call may leave behind: from here until its end is
// known, a user who appears may be the row's. So may one whom an earlier attempt
// made and whom the look did not show, as the pool's reads lag behind its writes;
// but nobody who came long after it.
func (x *row) nextTrail(now time.Time) Trail {
	if x.onlyMails() {
		return x.mailTrail(now, now.Add(-clockSkew))
	}
	t := Trail{By: x.self(), From: now, To: now.Add(Lease + reach)}
	if x.own() && !x.before.From.IsZero() {
		t.From = laterOf(x.before.From, now.Add(-lagWait))
	}
	return t
}

// mailTrail is what a mail to somebody whom the row has not made may leave behind:
// a change of the user after the given moment will show that it went out.
func (x *row) mailTrail(now, after time.Time) Trail {
	return Trail{By: x.self(), To: now.Add(Lease + reach), ResentAfter: after}
}

// firstMailTrail is the same for a user of the row's own, who stays one.
func (x *row) firstMailTrail(now time.Time) Trail {
	t := x.before
	t.To, t.ResentAfter = now.Add(Lease+reach), x.user.ModifiedAt
	return t
}

// begin says of the next write that a call follows which may leave this behind.
func (x *row) begin(t Trail) {
	x.inv.Attempts, x.claim.Trail, x.written = x.attempts+1, t, true
}

// shortenTrail moves the trail's end closer when the caller survived an unclear
// answer: the call has left, and is over by then.
func (x *row) shortenTrail(now time.Time) {
	if end := now.Add(reach + 2*clockSkew); end.Before(x.claim.Trail.To) {
		x.claim.Trail.To = end
	}
}

// leftNothing ends a call that made and mailed nobody. It counts as an attempt.
func (x *row) leftNothing() { x.claim.Trail, x.attempts = x.before, x.inv.Attempts }

// own reports whether the attempts of unknown end, if there are any, are the row's.
func (x *row) own() bool { return !x.before.Empty() && x.before.By.Same(x.self()) }

// foreign reports whether they are another invitation's.
func (x *row) foreign() bool { return !x.before.Empty() && !x.own() }

// over reports whether none of the attempts of unknown end can have its effect
// any more.
func (x *row) over(now time.Time) bool { return !now.Before(x.before.To) }

// creates reports whether the latest call was one to create the user, not to mail
// one who is there.
func (x *row) creates() bool { return x.claim.Trail.ResentAfter.IsZero() }

// mailAsked reports whether an earlier attempt may have mailed a user who was there.
func (x *row) mailAsked() bool { return !x.before.ResentAfter.IsZero() }

// madeBefore reports whether the user is one that earlier attempts made: created
// in their time, and no invitation has been credited with them. A credit without a
// name is for a user whose creation the pool told us without it ([ErrNotMailed]); it
// says nothing of a user who was created later.
//
// Whether the person has signed in since does not matter: people who sign in with
// the password that our lost call mailed are still ours.
func (x *row) madeBefore() bool {
	from, to := x.before.From.Add(-clockSkew), x.before.To.Add(clockSkew)
	return !x.claim.credits(x.user) && !x.before.From.IsZero() && !x.user.CreatedAt.Before(from) && !x.user.CreatedAt.After(to)
}

// mailedBefore reports whether a user of ours has had the mail that the request
// asks for, or has no more need of it.
func (x *row) mailedBefore() bool {
	return x.credited() || !x.before.Unmailed || x.user.SignedIn || x.request.Options.Mail == Suppress || x.changedSince()
}

// changedSince reports whether a mail whose answer was lost did go out: the user
// has changed since. Signing in is a change too, and hides whether there was
// another before it.
func (x *row) changedSince() bool {
	changed := x.user.ModifiedAt.After(x.user.CreatedAt) && !x.user.SignedIn
	return changed && x.mailAsked() && x.user.ModifiedAt.After(x.before.ResentAfter)
}

// credited reports whether the row has made and mailed its user, and only the
// groups are missing: then nothing has to be looked up.
func (x *row) credited() bool { return x.own() && x.inv.UserSub != "" }
