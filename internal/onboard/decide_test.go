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
	resendExisting := func(x *task) { x.request.Options.OnExisting = Resend }
	resendOnly := func(x *task) { x.request.Options.ResendOnly = true }
	suppress := func(x *task) { x.request.Options.Mail = Suppress }
	force := func(x *task) { x.request.Options.Force = true }
	mailedAt := func(at time.Time) change { return func(x *task) { x.claim.MailedAt = at } }
	closes := func(v outcome) change { return func(x *task) { x.closes = &v } }
	groups := func(names ...string) change { return func(x *task) { x.inv.Groups = names } }
	late := &PoolError{Class: ErrRefused, Code: CodeRefusedByTrigger, Unmailed: true}

	for _, c := range []struct {
		story string
		known []change
		want  string
	}{
		// The clean path.
		{"a row that nobody has attempted", nil, "takePlace"},
		{"it has a place", []change{place(in(time.Second))}, "claim"},
		{"its place has passed", []change{place(ago(time.Second))}, "takePlace"},
		{"it holds its address, and its attempt is written down", []change{written, place(in(time.Second))}, "awaitPlace"},
		{"its place has come", []change{written, place(now)}, "invite"},
		{"the day's mail is used up meanwhile", []change{written, place(now), func(x *task) { x.mailClosed = in(time.Hour) }}, "putAside mail_quota_exhausted, left neverLeft"},
		{"the pool has created the user", []change{written, asked(inviting, createdIn, nil)}, "settle invited, credited"},
		{"and was asked for no mail", []change{suppress, written, asked(inviting, createdIn, nil)}, "settle created, credited"},
		{"and there are groups", []change{groups("a"), written, asked(inviting, createdIn, nil)}, "takeGroupPlace, credited"},
		{"the pool has somebody, and nobody of us can have made them", []change{written, asked(inviting, User{}, ErrExists)}, "settle existing already_exists, left nothing"},
		{"the same, and people who exist are mailed again", []change{resendExisting, written, asked(inviting, User{}, ErrExists)}, "writeDown a mail, left nothing"},
		{"the same, mailed an hour ago", []change{resendExisting, mailedAt(ago(time.Hour)), written, asked(inviting, User{}, ErrExists)}, "settle existing resent_recently, left nothing"},

		{"it is mailed again in its turn", []change{held, place(now), func(x *task) { x.written = true; x.claim.Trail.ResentAfter = ago(time.Second) }}, "resend"},

		// An answer was lost.
		{"the pool has somebody, but an attempt of ours may have made them", []change{trail(self), written, asked(inviting, User{}, ErrExists)}, "look, left nothing"},
		{"no answer came", []change{written, asked(inviting, User{}, ErrUnclear)}, "fail, left overSoon"},
		{"its row comes back while the call may still have its effect", []change{trailUntil(self, in(20*time.Second))}, "putBack in 20s"},
		{"once it cannot any more", []change{trail(self)}, "claim its trail"},
		{"then it looks", []change{trail(self), held}, "look"},
		{"and finds whom it has made", []change{trail(self), asked(looking, createdIn, nil)}, "settle invited, credited"},
		{"who has signed in since", []change{trail(self), asked(looking, User{Sub: "u", CreatedAt: ago(4 * time.Minute), ModifiedAt: now, SignedIn: true}, nil)}, "settle invited, credited"},
		{"too many looks", []change{trail(self), asked(looking, User{}, ErrThrottled)}, "putBack"},
		{"it may not look", []change{trail(self), asked(looking, User{}, ErrMisconfigured)}, "pause"},
		{"the look is not answered", []change{trail(self), asked(looking, User{}, ErrUnclear)}, "fail"},
		{"or nobody", []change{trail(self), asked(looking, User{}, ErrUserNotFound)}, "takePlace"},
		{"and has a place", []change{trail(self), asked(looking, User{}, ErrUserNotFound), place(in(time.Second))}, "writeDown a creation"},
		{"or got none, and comes back: it need not look again", []change{trail(self), gone, held}, "takePlace"},
		{"until it has one", []change{trail(self), gone, held, place(in(time.Second))}, "writeDown a creation"},
		{"or somebody from before", []change{trail(self), asked(looking, createdLong, nil)}, "settle existing already_exists, left nothing"},
		{"or somebody who came after", []change{trail(self), asked(looking, User{Sub: "u", CreatedAt: now, ModifiedAt: now}, nil)}, "settle existing already_exists, left nothing"},
		{"or somebody another invitation was credited with", []change{trail(self), func(x *task) { x.claim.CreditedTo, x.claim.UserSub = other, "u" }, asked(looking, createdIn, nil)}, "settle existing already_exists, left nothing"},
		{"or somebody after an earlier user without a name was deleted", []change{trail(self), func(x *task) { x.claim.CreditedTo, x.claim.CreditedAt = other, ago(time.Hour) }, asked(looking, createdIn, nil)}, "settle invited, credited"},
		{"the pool says that there is somebody and that there is nobody", []change{trail(self), func(x *task) { x.existsSaid = true }, asked(looking, User{}, ErrUserNotFound)}, "fail in 2m0s"},
		{"there is a user whose mail the pool never sent", []change{trail(self), unmailed, asked(looking, createdIn, nil)}, "writeDown a mail"},
		{"that mail's answer is lost too, and the user has changed", []change{trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, User{Sub: "u", CreatedAt: ago(4 * time.Minute), ModifiedAt: ago(time.Minute)}, nil)}, "settle invited, credited"},
		{"or has not changed", []change{trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, createdIn, nil)}, "settle not_mailed mail_unclear"},

		// Its worker died. What it wrote before it called is all there is.
		{"its address is held by the dead worker", []change{func(x *task) { x.claim.Holder, x.claim.Until = self, in(5*time.Second) }}, "putBack in 5s"},
		{"the lease is up, the call may still have its effect", []change{trailUntil(self, in(25*time.Second)), func(x *task) { x.claim.Holder, x.claim.Until = self, ago(time.Second) }}, "putBack in 25s"},
		{"the lease is up, and the call is over", []change{trail(self), func(x *task) { x.claim.Holder, x.claim.Until = self, ago(time.Second) }}, "claim its trail"},
		{"it died after it had written whom it has made", []change{groups("a"), trail(self), func(x *task) { x.inv.UserSub = "u" }, held}, "takeGroupPlace"},

		// Another request has its address.
		{"another delivery holds it", []change{func(x *task) { x.claim.Holder, x.claim.Until = other, in(time.Minute) }}, "putBack in 15s"},
		{"another's answer was lost, and may still have its effect", []change{trailUntil(other, in(10*time.Second))}, "putBack in 10s"},
		{"that is over, and people who exist are left alone", []change{trail(other)}, "claim its trail"},
		{"the look shows somebody: they are the other's", []change{trail(other), asked(looking, createdIn, nil)}, "settle existing already_exists"},
		{"the look shows nobody", []change{trail(other), asked(looking, User{}, ErrUserNotFound), place(in(time.Second))}, "writeDown a creation"},
		{"people who exist are mailed again: is the other one still at it?", []change{resendExisting, trail(other)}, "askOwner"},
		{"it waits for mail", []change{resendExisting, trail(other), func(x *task) {
			x.ownerRead, x.owner = true, Invitation{State: Deferred, Code: CodeMailQuota, RetryAt: in(time.Hour)}
		}}, "putAside mail_quota_exhausted"},
		{"it does not wait", []change{resendExisting, trail(other), func(x *task) { x.ownerRead = true }}, "claim its trail"},
		{"and has not learned yet whether the user is its own", []change{resendExisting, trail(other), func(x *task) { x.ownerRead = true }, asked(looking, createdIn, nil)}, "putBack in 1m0s"},

		// A mail for an existing user.
		{"its answer came", []change{resendOnly, mailing(false, nil)}, "settle resent"},
		{"there is nobody any more, and the address was to be created", []change{resendExisting, mailing(false, ErrUserNotFound)}, "fail in 2m0s, left nobodyThere"},
		{"its answer was lost", []change{resendOnly, mailing(false, ErrUnclear)}, "fail, left overSoon"},
		{"its answer was lost, and the person has signed in", []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(time.Minute), SignedIn: true}, nil)}, "settle existing already_signed_in"},
		{"it is no longer wanted", []change{resendOnly, mailing(false, ErrSignedIn)}, "settle existing already_signed_in, left nothing"},
		{"there is nobody", []change{resendOnly, mailing(false, ErrUserNotFound)}, "settle failed user_not_found, left nothing"},
		{"its answer was lost, and the user has changed", []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(2 * time.Minute)}, nil)}, "settle resent"},
		{"its answer was lost, and there is nobody any more", []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{}, ErrUserNotFound)}, "settle failed user_not_found"},
		{"its answer was lost, and nothing shows it", []change{resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, createdLong, nil)}, "settle not_mailed mail_unclear"},
		{"it was mailed an hour ago", []change{resendOnly, mailedAt(ago(time.Hour))}, "settle existing resent_recently"},
		{"it is mailed with force, a moment after the last", []change{resendOnly, force, mailedAt(ago(4 * time.Second))}, "putBack in 6s"},
		{"the first mail of a user of ours", []change{mailing(true, nil)}, "settle invited"},
		{"it is refused", []change{mailing(true, ErrRefused)}, "settle not_mailed mail_not_delivered"},

		// The pool says no.
		{"too many calls", []change{written, asked(inviting, User{}, ErrThrottled)}, "putBack and slow down, left neverLeft"},
		{"no mail left today", []change{written, asked(inviting, User{}, ErrMailQuota)}, "closeMail mail_quota_exhausted, left noMail"},
		{"no mail left today, and none was asked for", []change{suppress, written, asked(inviting, User{}, ErrMailQuota)}, "putAside mail_quota_exhausted"},
		{"not this row", []change{written, asked(inviting, User{}, ErrRefused)}, "settle failed refused_by_pool, left nothing"},
		{"not this row, perhaps after it was created", []change{written, asked(inviting, User{}, late)}, "look, left refusedLate"},
		{"it was not", []change{trail(self), func(x *task) { x.refused = late }, asked(looking, User{}, ErrUserNotFound)}, "settle failed refused_by_trigger"},
		{"it was", []change{trail(self), func(x *task) { x.refused = late }, asked(looking, createdIn, nil)}, "settle not_mailed refused_by_trigger"},
		{"created, not mailed", []change{written, asked(inviting, User{}, ErrNotMailed)}, "settle not_mailed mail_not_delivered"},
		{"no row can pass", []change{written, asked(inviting, User{}, ErrMisconfigured)}, "pause, left neverLeft"},
		{"no row can pass, perhaps after this one was created", []change{written, asked(inviting, User{}, &PoolError{Class: ErrMisconfigured, Unmailed: true})}, "pause, left noMail"},
		{"the worker was stopped before the call left", []change{written, asked(inviting, User{}, errors.New("stopped")), func(x *task) { x.interrupted = true }}, "putBack, left neverLeft"},
		{"a pool that answers nobody is asked in turns", []change{trail(self), held, func(x *task) { x.silent = true }}, "takePlace"},

		// Groups.
		{"a group in its turn", []change{groups("a"), held, place(now), func(x *task) { x.hasMadeUser = true }}, "join"},
		{"after the last", []change{groups("a"), held, func(x *task) { x.hasMadeUser, x.group = true, 1 }}, "settle invited"},
		{"a group that would not have them", []change{groups("a"), held, func(x *task) { x.hasMadeUser, x.group, x.notAdded = true, 1, outcome{code: CodeGroupNotAdded} }}, "settle invited group_not_added"},
		{"too many groups at once", []change{groups("a"), asked(joining, createdIn, ErrThrottled)}, "takeGroupPlace and slow down"},
		{"usher may not add to groups", []change{groups("a"), asked(joining, createdIn, ErrMisconfigured)}, "pause"},
		{"the delivery has no place left for it", []change{groups("a"), held, func(x *task) { x.hasMadeUser, x.noPlace = true, &step{do: putBack} }}, "putBack"},
		{"no answer for a group", []change{groups("a"), asked(joining, createdIn, ErrUnclear)}, "fail"},

		// Rows that are not attempted any more.
		{"its request has its outcomes, and does not know it", []change{func(x *task) { x.inv.Version, x.request.Total = 0, 0 }}, "drop"},
		{"it has its outcome", []change{func(x *task) { x.inv.State = Invited }}, "finish"},
		{"its request is paused", []change{func(x *task) { x.request.Phase, x.request.Pause = Paused, &Pause{Code: CodeMisconfigured} }}, "putAside pool_misconfigured"},
		{"it was canceled", []change{closes(canceledByAdministrator)}, "settle canceled canceled"},
		{"it was canceled after an answer was lost, which may still have its effect", []change{closes(canceledByAdministrator), trailUntil(self, in(10*time.Second))}, "putBack in 10s"},
		{"once it cannot", []change{closes(canceledByAdministrator), trail(self)}, "claim its trail"},
		{"and the user is there", []change{closes(canceledByAdministrator), trail(self), asked(looking, createdIn, nil)}, "settle invited, credited"},
		{"or is not", []change{closes(canceledByAdministrator), trail(self), asked(looking, User{}, ErrUserNotFound)}, "settle canceled canceled"},
		{"its attempts are used up, and the mail never went out", []change{closes(attemptsExhausted), trail(self), unmailed, asked(looking, createdIn, nil)}, "settle not_mailed mail_not_delivered"},
		{"its attempts are used up, and it is in no group yet", []change{closes(attemptsExhausted), groups("a"), trail(self), asked(looking, createdIn, nil)}, "settle invited group_not_added, credited"},
		{"the same, and the day's mail was used up", []change{closes(expiredBeforeMail), trail(self), unmailed, func(x *task) { x.inv.Code = CodeMailQuota }, asked(looking, createdIn, nil)}, "settle not_mailed mail_quota_exhausted"},
		{"the same, and whether it went out is not known", []change{closes(attemptsExhausted), trail(self), unmailed, func(x *task) { x.earlier.ResentAfter = ago(3 * time.Minute) }, asked(looking, createdIn, nil)}, "settle not_mailed mail_unclear"},
		{"it was to be mailed again, and was", []change{closes(attemptsExhausted), resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(2 * time.Minute)}, nil)}, "settle resent"},
		{"or has signed in", []change{closes(attemptsExhausted), resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, User{Sub: "u", CreatedAt: ago(time.Hour), ModifiedAt: ago(time.Minute), SignedIn: true}, nil)}, "settle existing already_signed_in"},
		{"or nothing shows it", []change{closes(attemptsExhausted), resendOnly, mailLost(self, ago(5*time.Minute)), asked(looking, createdLong, nil)}, "settle not_mailed mail_unclear"},
		{"to close it takes a look", []change{closes(attemptsExhausted), trail(self), held}, "look"},
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
		neverLeft: "neverLeft", nothing: "nothing", nobodyThere: "nobodyThere", noMail: "noMail", refusedLate: "refusedLate", overSoon: "overSoon",
	}[s.left])
	add(s.sub != "" && s.do != writeDown && s.outcome.state != NotMailed && s.outcome.state != Resent, ", credited")
	return b.String()
}
