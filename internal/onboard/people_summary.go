package onboard

import (
	"fmt"
	"strings"
	"time"
)

// Summary says in one sentence what became of the person's latest row and how the
// account stands: "Invited on 24 Nov by eve in autumn term; not signed in; password good
// until Friday." Days are in UTC.
func (f PersonFound) Summary(now time.Time) string {
	parts := []string{"Not in any request that usher remembers"}
	if len(f.Rows) > 0 {
		parts = []string{f.Rows[0].story(now)}
	}
	if len(f.Rows) > 0 && f.Rows[0].Delivery != "" {
		parts = append(parts, string(f.Rows[0].Delivery))
	}
	if f.PoolRead {
		parts = append(parts, f.standing())
	}
	if password := f.password(now); password != "" {
		parts = append(parts, password)
	}
	if !f.Complete {
		parts = append(parts, "not all open requests could be searched in time")
	}
	return strings.Join(parts, "; ") + "."
}

// story says what became of a row.
func (r PersonRow) story(now time.Time) string {
	by := " by " + r.Request.SubmittedBy
	if r.Request.Label != "" {
		by += " in " + r.Request.Label
	}
	on := ""
	if !r.UpdatedAt.IsZero() {
		on = " on " + dayOf(r.UpdatedAt, now)
	}
	switch r.State {
	case Invited:
		return "Invited" + on + by
	case Created:
		return "Account created without a mail" + on + by
	case Resent:
		return "Mailed again" + on + by
	case Existing:
		return "Had an account already" + on + ", submitted" + by
	case Duplicate:
		return "A duplicate of another row, submitted" + by
	case NotMailed:
		return "Account created" + on + by + ", but no mail is known to have left"
	case Failed:
		return "Not invited" + on + ", submitted" + by
	case Canceled:
		return "Canceled" + on + ", submitted" + by
	case Deferred:
		return "Waits to be continued, submitted on " + dayOf(r.Request.SubmittedAt, now) + by
	}
	return "Waits to be invited, submitted on " + dayOf(r.Request.SubmittedAt, now) + by
}

// standing says how far the person has come in the pool.
func (f PersonFound) standing() string {
	switch {
	case len(f.Users) == 0:
		return "no account in the pool"
	case len(f.Users) > 1:
		return fmt.Sprintf("%d accounts in the pool", len(f.Users))
	case !f.Users[0].Enabled:
		return "the account is disabled"
	}
	switch f.Users[0].Standing {
	case StandingWaiting:
		return "not signed in"
	case StandingReset:
		return "must choose a new password"
	}
	return "signed in"
}

// password says until when the temporary password works, for a person who needs it.
func (f PersonFound) password(now time.Time) string {
	if f.PoolRead && (len(f.Users) != 1 || f.Users[0].Standing != StandingWaiting) {
		return ""
	}
	for _, row := range f.Rows {
		switch until := row.PasswordExpiresAt; {
		case until.IsZero():
			continue
		case now.After(until):
			return "password expired on " + dayOf(until, now)
		case until.Sub(now) < 6*24*time.Hour: // later, a weekday could be the one after
			return "password good until " + until.UTC().Weekday().String()
		default:
			return "password good until " + dayOf(until, now)
		}
	}
	return ""
}

// dayOf writes a day as people say it; the year only if it is another one.
func dayOf(t, now time.Time) string {
	if t.UTC().Year() == now.UTC().Year() {
		return t.UTC().Format("2 Jan")
	}
	return t.UTC().Format("2 Jan 2006")
}

// Summary says how far the erasure is, and what it does not touch.
func (x Erasure) Summary() string {
	const stays = " The user in the pool stays: delete it there. Backups and the pool's own logs are not touched."
	switch {
	case x.RequestID != "":
		return "The request is being erased." + stays
	case x.KeptUntil.IsZero():
		return "All that usher keeps of this person is being erased. It takes some minutes." + stays
	}
	return "All rows of this person are erased. The address alone is kept until " + x.KeptUntil.UTC().Format("2 Jan, 15:04 UTC") + ", so that it is not mailed too often." + stays
}
