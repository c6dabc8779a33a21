package memory

import (
	"maps"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// The copies keep callers and the store from sharing slices, maps or pointers.

func copyRequest(r onboard.Request) onboard.Request {
	r.Columns = slices.Clone(r.Columns)
	r.Said.Columns, r.Said.Groups = maps.Clone(r.Said.Columns), slices.Clone(r.Said.Groups)
	r.Tally = copyTally(r.Tally)
	r.SubmittedAt, r.AcceptedUntil, r.ExpiresAt = plain(r.SubmittedAt), plain(r.AcceptedUntil), plain(r.ExpiresAt)
	r.ClosesAt, r.EndedAt, r.PutBackDone = plain(r.ClosesAt), plain(r.EndedAt), plain(r.PutBackDone)
	r.SealKey = slices.Clone(r.SealKey)
	if r.PutBack != nil {
		order := *r.PutBack
		order.At = plain(order.At)
		r.PutBack = &order
	}
	if r.Pause != nil {
		pause := *r.Pause
		pause.Since = plain(pause.Since)
		r.Pause = &pause
	}
	r.Noticed = maps.Clone(r.Noticed)
	r.Audit = slices.Clone(r.Audit)
	for i := range r.Audit {
		r.Audit[i].At = plain(r.Audit[i].At)
	}
	return r
}

func copyTally(t onboard.Tally) onboard.Tally {
	return onboard.Tally{States: maps.Clone(t.States), Codes: maps.Clone(t.Codes), UpdatedAt: plain(t.UpdatedAt)}
}

func copyInvitation(inv onboard.Invitation) onboard.Invitation {
	inv.Person = inv.Person.Clone()
	inv.UpdatedAt, inv.RetryAt, inv.DueAt = plain(inv.UpdatedAt), plain(inv.RetryAt), plain(inv.DueAt)
	inv.PasswordExpiresAt, inv.ExpiresAt = plain(inv.PasswordExpiresAt), plain(inv.ExpiresAt)
	return inv
}

func copyClaim(c onboard.Claim) onboard.Claim {
	c.CreditedAt = plain(c.CreditedAt)
	c.Until, c.MailedAt, c.ExpiresAt = plain(c.Until), plain(c.MailedAt), plain(c.ExpiresAt)
	c.Trail.From, c.Trail.To = plain(c.Trail.From), plain(c.Trail.To)
	c.Trail.ResentAfter = plain(c.Trail.ResentAfter)
	c.History = slices.Clone(c.History)
	for i := range c.History {
		c.History[i].At, c.History[i].MailAfter = plain(c.History[i].At), plain(c.History[i].MailAfter)
	}
	return c
}

// plain returns t as a store outside the process would give it back: in UTC and
// without the process's monotonic clock.
func plain(t time.Time) time.Time { return t.Round(0).UTC() }
