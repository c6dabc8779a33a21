package onboard

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestNextStep is the table of the protocol as one reads it: what is known of a
// row, and what its delivery does next.
func TestNextStep(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	in := func(d time.Duration) time.Time { return now.Add(d) }

	self, other := Holder{RequestID: "ours", Row: 1}, Holder{RequestID: "theirs", Row: 9}
	trailOf := func(by Holder) Trail { return Trail{By: by, From: ago(5 * time.Minute), To: ago(time.Minute)} }
	createdIn := User{Sub: "u", CreatedAt: ago(4 * time.Minute), ModifiedAt: ago(4 * time.Minute)}
	createdLong := User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(time.Hour)}

	// What the rows of the table are made of.
	type change = func(*task)
	trail := func(by Holder) change { return func(x *task) { x.earlier = trailOf(by); x.claim.Trail = x.earlier } }
	trailUntil := func(by Holder, to time.Time) change {
		return func(x *task) { x.earlier = trailOf(by); x.earlier.To = to; x.claim.Trail = x.earlier }
	}
	unmailed := func(x *task) { x.earlier.Unmailed = true; x.claim.Trail.Unmailed = true }
	gone := func(x *task) { x.earlier.Gone = true; x.claim.Trail.Gone = true }
	mailLost := func(by Holder, after time.Time) change {
		return func(x *task) {
			x.earlier = Trail{By: by, To: ago(time.Minute), ResentAfter: after}
			x.claim.Trail = x.earlier
		}
	}
	held := func(x *task) { x.held = true }
	written := func(x *task) {
		x.held, x.written = true, true
		x.claim.Trail = Trail{By: self, From: ago(time.Second), To: in(time.Minute)}
	}
	place := func(at time.Time) change { return func(x *task) { x.callAt = at } }
	asked := func(q question, u User, err error) change {
		return func(x *task) { x.held, x.asked, x.user, x.err = true, q, u, err }
	}
	mailing := func(ours bool, err error) change {
		return func(x *task) {
			x.held, x.asked, x.err, x.mailsOwnUser = true, mailing, err, ours
			x.claim.Trail = Trail{By: self, To: in(time.Minute), ResentAfter: ago(time.Second)}
		}
	}
	mailFailed := func(x *task) { x.inv.State, x.inv.Code = Deferred, CodeMailNotDelivered }
	resendExisting := func(x *task) { x.request.Options.OnExisting = Resend }
	resendOnly := func(x *task) { x.request.Options.ResendOnly = true }
	suppress := func(x *task) { x.request.Options.Mail = Suppress }
	force := func(x *task) { x.request.Options.Force = true }
	mailedAt := func(at time.Time) change { return func(x *task) { x.claim.MailedAt = at } }
	forced := func(n int, since time.Time) change {
		return func(x *task) { x.claim.Forced, x.claim.ForcedSince = n, since }
	}
	closes := func(v outcome) change { return func(x *task) { x.closes = &v } }
	groups := func(names ...string) change { return func(x *task) { x.inv.Groups = names } }
	notAllowed := *GroupRule{Administrators: "admins"}.refuses([]string{"admins"})
	late := &PoolError{Class: ErrRefused, Code: CodeRefusedByTrigger, Unmailed: true}

	for _, c := range []struct {
		story string
		known []change
		want  string
	}{
		// The clean path.
		{story: "a row that nobody has attempted", known: nil, want: "takePlace"},
		{story: "it has a place", known: []change{place(in(time.Second))}, want: "claim"},
		{story: "its place has passed", known: []change{place(ago(time.Second))}, want: "takePlace"},
		{story: "it holds its address, and its attempt is written down", known: []change{written, place(in(time.Second))}, want: "awaitPlace"},
		{story: "its place has come", known: []change{written, place(now)}, want: "invite"},
		{story: "the day's mail is used up meanwhile", known: []change{written, place(now), func(x *task) { x.mailClosed = in(time.Hour) }}, want: "putAside mail_quota_exhausted, left neverLeft"},
		{story: "the pool has created the user", known: []change{written, asked(inviting, createdIn, nil)}, want: "settle invited, credited"},
		{story: "and was asked for no mail", known: []change{suppress, written, asked(inviting, createdIn, nil)}, want: "settle created, credited"},
		{story: "and there are groups", known: []change{groups("a"), written, asked(inviting, createdIn, nil)}, want: "takeGroupPlace, credited"},
		{story: "the pool has somebody, and nobody of us can have made them", known: []change{written, asked(inviting, User{}, ErrExists)}, want: "settle existing already_exists, left nothing"},
		{story: "the same, and people who exist are mailed again", known: []change{resendExisting, written, asked(inviting, User{}, ErrExists)}, want: "writeDown a mail, left nothing"},
		{story: "the same, mailed an hour ago", known: []change{resendExisting, mailedAt(ago(time.Hour)), written, asked(inviting, User{}, ErrExists)}, want: "settle existing resent_recently, left nothing"},

		{story: "it is mailed again in its turn", known: []change{held, place(now), func(x *task) { x.written = true; x.claim.Trail.ResentAfter = ago(time.Second) }}, want: "resend"},

		// An answer was lost.
		{story: "the pool has somebody, but an attempt of ours may have made them", known: []change{trail(self), written, asked(inviting, User{}, ErrExists)}, want: "look, left nothing"},
		{story: "no answer came", known: []change{written, asked(inviting, User{}, ErrUnclear)}, want: "fail, left answerLost"},
		{story: "its row comes back while the call may still have its effect", known: []change{trailUntil(self, in(20*time.Second))}, want: "putBack in 20s"},
		{story: "once it cannot any more", known: []change{trail(self)}, want: "claim its trail"},
		{story: "then it looks", known: []change{trail(self), held}, want: "look"},
		{story: "and finds whom it has made", known: []change{trail(self), asked(looking, createdIn, nil)}, want: "settle invited, credited"},
		{story: "who has signed in since", known: []change{trail(self), asked(looking, User{Sub: "u", CreatedAt: ago(4 * time.Minute), ModifiedAt: now, SignedIn: true}, nil)}, want: "settle invited, credited"},
		{story: "too many looks", known: []change{trail(self), asked(looking, User{}, ErrThrottled)}, want: "putBack"},
		{story: "it may not look", known: []change{trail(self), asked(looking, User{}, ErrMisconfigured)}, want: "pause"},
		{story: "the look is not answered", known: []change{trail(self), asked(looking, User{}, ErrUnclear)}, want: "fail"},
		{story: "or nobody", known: []change{trail(self), asked(looking, User{}, ErrUserNotFound)}, want: "takePlace"},
		{story: "and has a place", known: []change{trail(self), asked(looking, User{}, ErrUserNotFound), place(in(time.Second))}, want: "writeDown a creation"},
		{story: "or got none, and comes back: it need not look again", known: []change{trail(self), gone, held}, want: "takePlace"},
		{story: "until it has one", known: []change{trail(self), gone, held, place(in(time.Second))}, want: "writeDown a creation"},
		{story: "or somebody from before", known: []change{trail(self), asked(looking, createdLong, nil)}, want: "settle existing already_exists, left nothing"},
		{story: "or somebody who came after", known: []change{trail(self), asked(looking, User{Sub: "u", CreatedAt: now, ModifiedAt: now}, nil)}, want: "settle existing already_exists, left nothing"},
		{story: "or somebody another invitation was credited with", known: []change{trail(self), func(x *task) { x.claim.CreditedTo, x.claim.UserSub = other, "u" }, asked(looking, createdIn, nil)}, want: "settle existing already_exists, left nothing"},
		{story: "or somebody after an earlier user without a name was deleted", known: []change{trail(self), func(x *task) { x.claim.CreditedTo, x.claim.CreditedAt = other, ago(time.Hour) }, asked(looking, createdIn, nil)}, want: "settle invited, credited"},
		{story: "the pool says that there is somebody and that there is nobody", known: []change{trail(self), func(x *task) { x.existsSaid = true }, asked(looking, User{}, ErrUserNotFound)}, want: "fail in 2m0s"},
		{story: "there is a user whose mail the pool never sent", known: []change{trail(self), unmailed, asked(looking, createdIn, nil)}, want: "writeDown a mail"},
		{story: "that mail's answer is lost too, and the user has changed", known: []change{trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, User{Sub: "u", CreatedAt: ago(4 * time.Minute), ModifiedAt: ago(time.Minute)}, nil)}, want: "settle invited, credited"},
		{story: "or has not changed", known: []change{trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, createdIn, nil)}, want: "settle not_mailed mail_unclear"},

		// Its worker died. What it wrote before it called is all there is.
		{story: "its address is held by the dead worker", known: []change{func(x *task) { x.claim.Holder, x.claim.Until = self, in(5*time.Second) }}, want: "putBack in 5s"},
		{story: "the lease is up, the call may still have its effect", known: []change{trailUntil(self, in(25*time.Second)), func(x *task) { x.claim.Holder, x.claim.Until = self, ago(time.Second) }}, want: "putBack in 25s"},
		{story: "the lease is up, and the call is over", known: []change{trail(self), func(x *task) { x.claim.Holder, x.claim.Until = self, ago(time.Second) }}, want: "claim its trail"},
		{story: "it died after it had written whom it has made", known: []change{groups("a"), trail(self), func(x *task) { x.inv.UserSub = "u" }, held}, want: "takeGroupPlace"},

		// Another request has its address.
		{story: "another delivery holds it", known: []change{func(x *task) { x.claim.Holder, x.claim.Until = other, in(time.Minute) }}, want: "putBack in 15s"},
		{story: "another's answer was lost, and may still have its effect", known: []change{trailUntil(other, in(10*time.Second))}, want: "putBack in 10s"},
		{story: "that is over, and people who exist are left alone", known: []change{trail(other)}, want: "claim its trail"},
		{story: "the look shows somebody: they are the other's", known: []change{trail(other), asked(looking, createdIn, nil)}, want: "settle existing already_exists"},
		{story: "the look shows nobody", known: []change{trail(other), asked(looking, User{}, ErrUserNotFound), place(in(time.Second))}, want: "writeDown a creation"},
		{story: "people who exist are mailed again: is the other one still at it?", known: []change{resendExisting, trail(other)}, want: "askOwner"},
		{story: "it waits for mail", known: []change{resendExisting, trail(other), func(x *task) {
			x.ownerRead, x.owner = true, Invitation{State: Deferred, Code: CodeMailQuota, RetryAt: in(time.Hour)}
		}}, want: "putAside mail_quota_exhausted"},
		{story: "it does not wait", known: []change{resendExisting, trail(other), func(x *task) { x.ownerRead = true }}, want: "claim its trail"},
		{story: "and has not learned yet whether the user is its own", known: []change{resendExisting, trail(other), func(x *task) { x.ownerRead = true }, asked(looking, createdIn, nil)}, want: "putBack in 1m0s"},

		// A mail for an existing user.
		{story: "its answer came", known: []change{resendOnly, mailing(false, nil)}, want: "settle resent"},
		{story: "there is nobody any more, and the address was to be created", known: []change{resendExisting, mailing(false, ErrUserNotFound)}, want: "fail in 2m0s, left nobodyThere"},
		{story: "its answer was lost", known: []change{resendOnly, mailing(false, ErrUnclear)}, want: "fail, left answerLost"},
		{story: "its answer was lost, and the person has signed in", known: []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(time.Minute), SignedIn: true}, nil)}, want: "settle existing already_signed_in"},
		{story: "it is no longer wanted", known: []change{resendOnly, mailing(false, ErrSignedIn)}, want: "settle existing already_signed_in, left nothing"},
		{story: "there is nobody", known: []change{resendOnly, mailing(false, ErrUserNotFound)}, want: "settle failed user_not_found, left nothing"},
		{story: "its answer was lost, and the user has changed", known: []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(2 * time.Minute)}, nil)}, want: "settle resent"},
		{story: "its answer was lost, and there is nobody any more", known: []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{}, ErrUserNotFound)}, want: "settle failed user_not_found"},
		{story: "its answer was lost, and nothing shows it", known: []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, createdLong, nil)}, want: "settle not_mailed mail_unclear"},
		{story: "it was mailed an hour ago", known: []change{resendOnly, mailedAt(ago(time.Hour))}, want: "settle existing resent_recently"},
		{story: "it was mailed with force twice today", known: []change{resendOnly, force, mailedAt(ago(time.Hour)), forced(2, ago(23*time.Hour))}, want: "takePlace"},
		{story: "it was mailed with force three times today", known: []change{resendOnly, force, mailedAt(ago(time.Hour)), forced(3, ago(23*time.Hour))}, want: "settle existing forced_too_often"},
		{story: "it was mailed with force three times yesterday", known: []change{resendOnly, force, mailedAt(ago(25 * time.Hour)), forced(3, ago(25*time.Hour))}, want: "takePlace"},
		{story: "the same three times, and that there is a user was found out just now", known: []change{resendExisting, force, forced(3, ago(time.Hour)), written, asked(inviting, User{}, ErrExists)}, want: "settle existing forced_too_often, left nothing"},
		{story: "it is mailed with force, a moment after the last", known: []change{resendOnly, force, mailedAt(ago(4 * time.Second))}, want: "putBack in 6s"},
		{story: "the first mail of a user of ours", known: []change{mailing(true, nil)}, want: "settle invited"},
		{story: "it is refused", known: []change{mailing(true, ErrRefused)}, want: "settle not_mailed mail_not_delivered"},

		// The pool says no.
		{story: "too many calls", known: []change{written, asked(inviting, User{}, ErrThrottled)}, want: "putBack and slow down, left neverLeft"},
		{story: "no mail left today", known: []change{written, asked(inviting, User{}, ErrMailQuota)}, want: "closeMail mail_quota_exhausted, left noMail"},
		{story: "no mail left today, and none was asked for", known: []change{suppress, written, asked(inviting, User{}, ErrMailQuota)}, want: "putAside mail_quota_exhausted"},
		{story: "not this row", known: []change{written, asked(inviting, User{}, ErrRefused)}, want: "settle failed refused_by_pool, left nothing"},
		{story: "not this row, perhaps after it was created", known: []change{written, asked(inviting, User{}, late)}, want: "look, left refusedLate"},
		{story: "it was not", known: []change{trail(self), func(x *task) { x.refused = late }, asked(looking, User{}, ErrUserNotFound)}, want: "settle failed refused_by_trigger"},
		{story: "it was", known: []change{trail(self), func(x *task) { x.refused = late }, asked(looking, createdIn, nil)}, want: "settle not_mailed refused_by_trigger"},
		{story: "created, not mailed", known: []change{written, asked(inviting, User{}, ErrNotMailed)}, want: "putAside mail_not_delivered and slow down, left noMail"},
		{story: "its mail is asked for once more", known: []change{mailFailed, trail(self), unmailed, asked(looking, createdIn, nil)}, want: "writeDown a mail"},
		{story: "and could not be sent again", known: []change{mailFailed, mailing(true, ErrNotMailed)}, want: "settle not_mailed mail_not_delivered and slow down"},
		{story: "or its answer was lost", known: []change{mailFailed, trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, createdIn, nil)}, want: "settle not_mailed mail_unclear"},
		{story: "or the user is gone", known: []change{mailFailed, trail(self), unmailed, asked(looking, User{}, ErrUserNotFound)}, want: "takePlace"},
		{story: "the mail to a user of before could not be sent", known: []change{mailing(false, ErrNotMailed)}, want: "putAside mail_not_delivered and slow down, left noMail"},
		{story: "nor the second", known: []change{mailFailed, mailing(false, ErrNotMailed)}, want: "settle not_mailed mail_not_delivered and slow down"},
		{story: "no other mail can follow", known: []change{func(x *task) { x.request.Passwordless = true }, written, asked(inviting, User{}, ErrNotMailed)}, want: "settle not_mailed mail_not_repeatable and slow down"},
		{story: "it was canceled before that", known: []change{mailFailed, closes(canceledByAdministrator), trail(self), unmailed, asked(looking, createdIn, nil)}, want: "settle not_mailed mail_not_delivered"},
		{story: "no row can pass", known: []change{written, asked(inviting, User{}, ErrMisconfigured)}, want: "pause, left neverLeft"},
		{story: "no row can pass, perhaps after this one was created", known: []change{written, asked(inviting, User{}, &PoolError{Class: ErrMisconfigured, Unmailed: true})}, want: "pause, left noMail"},
		{story: "the worker was stopped before the call left", known: []change{written, asked(inviting, User{}, errors.New("stopped")), func(x *task) { x.interrupted = true }}, want: "putBack, left neverLeft"},
		{story: "a pool that answers nobody is asked in turns", known: []change{trail(self), held, func(x *task) { x.silent = true }}, want: "takePlace"},

		// Groups.
		{story: "a group in its turn", known: []change{groups("a"), held, place(now), func(x *task) { x.hasMadeUser = true }}, want: "join"},
		{story: "after the last", known: []change{groups("a"), held, func(x *task) { x.hasMadeUser, x.group = true, 1 }}, want: "settle invited"},
		{story: "a group that would not have them", known: []change{groups("a"), held, func(x *task) { x.hasMadeUser, x.group, x.notAdded = true, 1, outcome{code: CodeGroupNotAdded} }}, want: "settle invited group_not_added"},
		{story: "too many groups at once", known: []change{groups("a"), asked(joining, createdIn, ErrThrottled)}, want: "takeGroupPlace and slow down"},
		{story: "usher may not add to groups", known: []change{groups("a"), asked(joining, createdIn, ErrMisconfigured)}, want: "pause"},
		{story: "the delivery has no place left for it", known: []change{groups("a"), held, func(x *task) { x.hasMadeUser, x.noPlace = true, &step{do: putBack} }}, want: "putBack"},
		{story: "no answer for a group", known: []change{groups("a"), asked(joining, createdIn, ErrUnclear)}, want: "fail"},

		{story: "a group that no row may name", known: []change{groups("admins"), closes(notAllowed)}, want: "settle failed group_not_allowed"},
		{story: "the same, and a call of before may still have its effect", known: []change{groups("admins"), closes(notAllowed), trailUntil(self, in(10*time.Second))}, want: "putBack in 10s"},
		{story: "its user is there, who joins no group any more", known: []change{groups("admins"), closes(notAllowed), trail(self), asked(looking, createdIn, nil)}, want: "settle invited group_not_added, credited"},
		{story: "somebody who was there before is put into no group", known: []change{groups("a"), written, asked(inviting, User{}, ErrExists)}, want: "settle existing groups_unchanged, left nothing"},
		{story: "nor when mailed again", known: []change{groups("a"), resendExisting, mailing(false, nil)}, want: "settle resent groups_unchanged"},
		{story: "nor when they have signed in, which is said first", known: []change{groups("a"), resendExisting, mailing(false, ErrSignedIn)}, want: "settle existing already_signed_in, left nothing"},

		// Rows that are not attempted any more.
		{story: "its request has its outcomes, and does not know it", known: []change{func(x *task) { x.inv.Version, x.request.Total = 0, 0 }}, want: "drop"},
		{story: "it has its outcome", known: []change{func(x *task) { x.inv.State = Invited }}, want: "finish"},
		{story: "its request is paused", known: []change{func(x *task) { x.request.Phase, x.request.Pause = Paused, &Pause{Code: CodeMisconfigured} }}, want: "putAside pool_misconfigured"},
		{story: "it was canceled", known: []change{closes(canceledByAdministrator)}, want: "settle canceled canceled"},
		{story: "it was canceled after an answer was lost, which may still have its effect", known: []change{closes(canceledByAdministrator), trailUntil(self, in(10*time.Second))}, want: "putBack in 10s"},
		{story: "once it cannot", known: []change{closes(canceledByAdministrator), trail(self)}, want: "claim its trail"},
		{story: "and the user is there", known: []change{closes(canceledByAdministrator), trail(self), asked(looking, createdIn, nil)}, want: "settle invited, credited"},
		{story: "or is not", known: []change{closes(canceledByAdministrator), trail(self), asked(looking, User{}, ErrUserNotFound)}, want: "settle canceled canceled"},
		{story: "its attempts are used up, and the mail never went out", known: []change{closes(attemptsExhausted), trail(self), unmailed, asked(looking, createdIn, nil)}, want: "settle not_mailed mail_not_delivered"},
		{story: "its attempts are used up, and it is in no group yet", known: []change{closes(attemptsExhausted), groups("a"), trail(self), asked(looking, createdIn, nil)}, want: "settle invited group_not_added, credited"},
		{story: "the same, and the day's mail was used up", known: []change{closes(expiredBeforeMail), trail(self), unmailed, func(x *task) { x.inv.Code = CodeMailQuota }, asked(looking, createdIn, nil)}, want: "settle not_mailed mail_quota_exhausted"},
		{story: "the same, and whether it went out is not known", known: []change{closes(attemptsExhausted), trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, createdIn, nil)}, want: "settle not_mailed mail_unclear"},
		{story: "it was to be mailed again, and was", known: []change{closes(attemptsExhausted), resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(2 * time.Minute)}, nil)}, want: "settle resent"},
		{story: "or has signed in", known: []change{closes(attemptsExhausted), resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(time.Minute), SignedIn: true}, nil)}, want: "settle existing already_signed_in"},
		{story: "or nothing shows it", known: []change{closes(attemptsExhausted), resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, createdLong, nil)}, want: "settle not_mailed mail_unclear"},
		{story: "to close it takes a look", known: []change{closes(attemptsExhausted), trail(self), held}, want: "look"},
	} {
		t.Run(c.story, func(t *testing.T) {
			x := &task{
				d:       Delivery{Message: Message{RequestID: self.RequestID, Row: self.Row}},
				request: Request{Round: 1, Phase: Running, Total: 1},
				inv:     Invitation{RequestID: self.RequestID, Row: self.Row, State: Pending, Version: 1},
			}
			for _, change := range c.known {
				change(x)
			}
			if got := inWords(x.next(now), now); got != c.want {
				t.Errorf("next step: %s; want %s", got, c.want)
			}
		})
	}
}

// What a mail may leave behind is a change of its user, who is nobody's own for it;
// and a look that has shown nobody says nothing of what comes after.
func TestTrailsSayWhatACallMayLeave(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	self := Holder{RequestID: "ours", Row: 1}
	x := &task{d: Delivery{Message: Message{RequestID: "ours", Row: 1}}, request: Request{Round: 1}}
	x.earlier = Trail{By: self, From: now.Add(-9 * time.Hour), To: now.Add(-8 * time.Hour), Unmailed: true, Gone: true}
	to := now.Add(Lease + reach)

	if got, want := x.mailTrail(now, now), (Trail{By: self, To: to, ResentAfter: now}); got != want {
		t.Errorf("a mail to another invitation's user: %+v, want %+v", got, want)
	}
	// An administrator may have made a user in the night between.
	if got, want := x.nextTrail(now), (Trail{By: self, From: now.Add(-lagWait), To: to}); got != want {
		t.Errorf("a creation after a look that showed nobody: %+v, want %+v", got, want)
	}
	x.earlier.Gone, x.user.ModifiedAt = false, now.Add(-8*time.Hour)
	want := Trail{By: self, From: x.earlier.From, To: to, Unmailed: true, ResentAfter: x.user.ModifiedAt}
	if got := x.firstMailTrail(now); got != want {
		t.Errorf("the first mail of the row's own user: %+v, want %+v", got, want)
	}
}

// inWords says a step as the table above does.
func inWords(s step, now time.Time) string {
	var b strings.Builder
	b.WriteString(map[action]string{
		askOwner: "askOwner", takePlace: "takePlace", takeGroupPlace: "takeGroupPlace", awaitPlace: "awaitPlace", claim: "claim",
		writeDown: "writeDown", look: "look", invite: "invite", resend: "resend", join: "join", settle: "settle",
		finish: "finish", drop: "drop", putBack: "putBack", fail: "fail", spare: "spare", putAside: "putAside",
		closeMail: "closeMail", pause: "pause",
	}[s.do])
	add := func(when bool, format string, args ...any) {
		if when {
			fmt.Fprintf(&b, format, args...)
		}
	}
	add(s.do == settle, " %s", s.outcome.state)
	add(s.do == settle && s.outcome.code != "", " %s", s.outcome.code)
	add(s.do == putAside || s.do == closeMail, " %s", s.deferral.code)
	add(s.do == claim && !s.trail.To.After(now) && !s.trail.Empty(), " its trail")
	add(s.do == writeDown && s.trail.ResentAfter.IsZero(), " a creation")
	add(s.do == writeDown && !s.trail.ResentAfter.IsZero(), " a mail")
	add(s.wait > 0, " in %s", s.wait)
	add(s.cut, " and slow down")
	add(s.left != asWritten, ", left %s", map[trace]string{
		neverLeft: "neverLeft", nothing: "nothing", nobodyThere: "nobodyThere", noMail: "noMail", refusedLate: "refusedLate", answerLost: "answerLost",
	}[s.left])
	add(s.sub != "" && s.do != writeDown && s.outcome.state != NotMailed && s.outcome.state != Resent, ", credited")
	return b.String()
}
