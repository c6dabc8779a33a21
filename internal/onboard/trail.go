package onboard

import "time"

// This file says what a row's calls may leave behind in the pool, and what looking
// the user up shows of it. See [Trail].

// nextTrail is what the next call may leave behind: until its end is known, a user
// who is created from now on may be the row's. So may a user whom an earlier
// attempt made shortly before and whom the look did not show, because the pool's
// reads lag behind its writes.
func (x *task) nextTrail(now time.Time) Trail {
	if x.onlyMails() {
		return x.mailTrail(now, now.Add(-clockSkew))
	}
	t := Trail{By: x.self(), From: now, To: now.Add(Lease + reach)}
	if x.trailIsOwn() && !x.earlier.From.IsZero() {
		t.From = laterOf(x.earlier.From, now.Add(-lagWait))
	}
	return t
}

// mailTrail is what a mail to a user whom the row has not made may leave behind: a
// change of the user after the given time shows that the mail went out.
func (x *task) mailTrail(now, after time.Time) Trail {
	return Trail{By: x.self(), To: now.Add(Lease + reach), ResentAfter: after}
}

// firstMailTrail is the same for a user whom the row has made.
func (x *task) firstMailTrail(now time.Time) Trail {
	t := x.earlier
	t.To, t.ResentAfter = now.Add(Lease+reach), x.user.ModifiedAt
	return t
}

// mailAfter is a time shortly before the trail's mail left, if one did; zero if none
// can have. A user's last change, by which a mail is recognized, may be days old.
func (t Trail) mailAfter() time.Time {
	switch {
	case t.Empty():
		return time.Time{}
	case !t.ResentAfter.IsZero():
		return laterOf(t.ResentAfter, t.To.Add(-(Lease + reach))) // when it was written down, or shortly before
	case t.Unmailed:
		return time.Time{}
	}
	return t.From
}

// begin counts an attempt and records what its call may leave behind, for the next
// write.
func (x *task) begin(t Trail) {
	x.inv.Attempts, x.claim.Trail, x.written = x.earlierAttempts+1, t, true
}

// shortenTrail moves the trail's end closer when the caller survived an unclear
// answer: it knows when the call left, and the call is over by the new end.
func (x *task) shortenTrail(now time.Time) {
	if end := now.Add(reach + 2*clockSkew); end.Before(x.claim.Trail.To) {
		x.claim.Trail.To = end
	}
}

// dropTrail records that the call made and mailed nobody. It counts as an attempt.
func (x *task) dropTrail() { x.claim.Trail, x.earlierAttempts = x.earlier, x.inv.Attempts }

// trailIsOwn reports whether earlier attempts left a trail and they were the row's.
func (x *task) trailIsOwn() bool { return !x.earlier.Empty() && x.earlier.By.Same(x.self()) }

// trailIsForeign reports whether they left a trail and were another invitation's.
func (x *task) trailIsForeign() bool { return !x.earlier.Empty() && !x.trailIsOwn() }

// trailIsOver reports whether earlier attempts can have no effect any more.
func (x *task) trailIsOver(now time.Time) bool { return !now.Before(x.earlier.To) }

// creates reports whether the latest call was to create a user, not to mail an
// existing one.
func (x *task) creates() bool { return x.claim.Trail.ResentAfter.IsZero() }

// wasMailAsked reports whether an earlier attempt may have mailed an existing user.
func (x *task) wasMailAsked() bool { return !x.earlier.ResentAfter.IsZero() }

// userIsOurs reports whether earlier attempts made the user: they were created in
// the time of those attempts, and no invitation has been credited with them. A
// credit without a sub is for a user whose creation the pool reported without one
// ([ErrNotMailed]); it says nothing about a user who was created later.
//
// Whether the person has signed in since does not matter: people may sign in with
// the password that our lost call mailed.
func (x *task) userIsOurs() bool {
	from, to := x.earlier.From.Add(-clockSkew), x.earlier.To.Add(clockSkew)
	return !x.claim.credits(x.user) && !x.earlier.From.IsZero() && !x.user.CreatedAt.Before(from) && !x.user.CreatedAt.After(to)
}

// wasMailed reports whether a user of ours has had the mail that the request asks
// for, or needs none.
func (x *task) wasMailed() bool {
	return x.isCredited() || !x.earlier.Unmailed || x.user.SignedIn && !x.isBornConfirmed() || x.request.Options.Mail == Suppress || x.hasChanged()
}

// isBornConfirmed reports whether the pool made the user without a temporary password.
// That they are SignedIn then says nothing about a mail. Who is SignedIn and was never
// changed did not become so.
func (x *task) isBornConfirmed() bool {
	return x.user.SignedIn && (x.request.Passwordless || !x.user.ModifiedAt.After(x.user.CreatedAt))
}

// hasChanged reports whether a mail whose answer was lost went out: the user has
// changed since it was asked for. Signing in is a change too, and hides whether
// there was another one before it.
func (x *task) hasChanged() bool {
	changed := x.user.ModifiedAt.After(x.user.CreatedAt) && !x.user.SignedIn
	return changed && x.wasMailAsked() && x.user.ModifiedAt.After(x.earlier.ResentAfter)
}

// isCredited reports whether the row has made and mailed its user, so that only the
// groups are missing and nothing has to be looked up.
func (x *task) isCredited() bool { return x.trailIsOwn() && x.inv.UserSub != "" }
