package sim_test

import (
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// A bubble has one clock, and the domain reads it. That a process's clock is
// ahead is played at its ports: every time it writes is moved on, every time it
// reads moved back, so that it sees the world as it would with such a clock.

func moved(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(by)
}

func movedRequest(r onboard.Request, by time.Duration) onboard.Request {
	if by == 0 {
		return r
	}
	r.SubmittedAt, r.AcceptedUntil, r.ExpiresAt = moved(r.SubmittedAt, by), moved(r.AcceptedUntil, by), moved(r.ExpiresAt, by)
	r.ClosesAt, r.EndedAt, r.PutBackDone = moved(r.ClosesAt, by), moved(r.EndedAt, by), moved(r.PutBackDone, by)
	r.Tally = movedTally(r.Tally, by)
	if r.PutBack != nil {
		order := *r.PutBack
		order.At = moved(order.At, by)
		r.PutBack = &order
	}
	if r.Pause != nil {
		pause := *r.Pause
		pause.Since = moved(pause.Since, by)
		r.Pause = &pause
	}
	return r
}

func movedTally(t onboard.Tally, by time.Duration) onboard.Tally {
	t.UpdatedAt = moved(t.UpdatedAt, by)
	return t
}

func movedInvitation(inv onboard.Invitation, by time.Duration) onboard.Invitation {
	inv.UpdatedAt, inv.RetryAt, inv.DueAt = moved(inv.UpdatedAt, by), moved(inv.RetryAt, by), moved(inv.DueAt, by)
	inv.PasswordExpiresAt, inv.ExpiresAt = moved(inv.PasswordExpiresAt, by), moved(inv.ExpiresAt, by)
	return inv
}

func movedInvitations(list []onboard.Invitation, by time.Duration) []onboard.Invitation {
	for i := range list {
		list[i] = movedInvitation(list[i], by)
	}
	return list
}

func movedClaim(c onboard.Claim, by time.Duration) onboard.Claim {
	c.CreditedAt = moved(c.CreditedAt, by)
	c.Until, c.MailedAt, c.ExpiresAt, c.ForcedSince = moved(c.Until, by), moved(c.MailedAt, by), moved(c.ExpiresAt, by), moved(c.ForcedSince, by)
	c.Trail.From, c.Trail.To = moved(c.Trail.From, by), moved(c.Trail.To, by)
	c.Trail.ResentAfter = moved(c.Trail.ResentAfter, by)
	c.History = slices.Clone(c.History)
	for i, t := range c.History {
		c.History[i].At, c.History[i].MailAfter = moved(t.At, by), moved(t.MailAfter, by)
	}
	return c
}

func movedWrite(w onboard.Write, by time.Duration) onboard.Write {
	w.Invitation, w.Tally = movedInvitation(w.Invitation, by), movedTally(w.Tally, by)
	if w.Claim != nil {
		claim := movedClaim(*w.Claim, by)
		w.Claim = &claim
	}
	return w
}

func movedCell(c onboard.Cell, by time.Duration) onboard.Cell {
	c.Pass.Since, c.Pass.After.At = moved(c.Pass.Since, by), moved(c.Pass.After.At, by)
	c.Reserved, c.ClearAt = moved(c.Reserved, by), moved(c.ClearAt, by)
	c.Cut.At, c.MailCut.At, c.ClosedUntil = moved(c.Cut.At, by), moved(c.MailCut.At, by), moved(c.ClosedUntil, by)
	return c
}
