package onboard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// claimWithout returns the claim of an address as it is once a row is erased; nil if
// nothing has to be written. With ok false it cannot be said yet: the address is being
// attempted.
//
// If no other row has the address, only what keeps people from mailing it too often is
// left, for as long as that matters.
func (e *Eraser) claimWithout(ctx context.Context, c Claim, row Holder) (after *Claim, ok bool, err error) {
	now := time.Now()
	switch {
	case c.Version == 0:
		return nil, true, nil
	case c.Holder != Holder{} && now.Before(c.Until):
		return nil, false, nil
	}
	used, err := e.isUsed(ctx, c, row)
	switch {
	case err != nil:
		return nil, false, err
	case used:
		was := len(c.History)
		c.History = slices.DeleteFunc(slices.Clone(c.History), func(t Touch) bool { return t.RequestID == row.RequestID && t.Row == row.Row })
		if c.CreditedTo.Same(row) && c.Trail.Empty() {
			c.CreditedTo, c.UserSub, c.CreditedAt, was = Holder{}, "", time.Time{}, -1
		}
		if was == len(c.History) {
			return nil, true, nil
		}
		return &c, true, nil
	case !c.Trail.Empty() && now.Before(c.Trail.To):
		return nil, false, nil
	}
	rest := c.emptied(now)
	return &rest, true, nil
}

// isUsed reports whether a row other than the given one has the claim's address: one
// that is stored and not erased.
func (e *Eraser) isUsed(ctx context.Context, c Claim, but Holder) (bool, error) {
	for _, at := range c.places() {
		if at.Same(but) {
			continue
		}
		inv, _, err := e.Store.Load(ctx, at.RequestID, at.Row, "")
		if err != nil {
			return false, fmt.Errorf("read request %s row %d: %w", at.RequestID, at.Row, err)
		}
		if inv.Version > 0 && !inv.Erased {
			return true, nil
		}
	}
	return false, nil
}

// emptied returns c with nothing but what the limits on mails need. It expires when
// they do not need it any more.
func (c Claim) emptied(now time.Time) Claim {
	rest := Claim{Address: c.Address, MailedAt: c.MailedAt, Forced: c.Forced, ForcedSince: c.ForcedSince, Version: c.Version, ExpiresAt: now}
	for _, since := range []time.Time{c.MailedAt, c.ForcedSince} {
		if !since.IsZero() {
			rest.ExpiresAt = laterOf(rest.ExpiresAt, since.Add(ResendCooldown))
		}
	}
	return rest
}

// eraseClaim ends the erasure of a person whose rows are erased: the address itself
// goes when nothing needs it any more. If the person was invited again, it stays with
// that invitation.
func (e *Eraser) eraseClaim(ctx context.Context, x *Erasure) (finished bool, err error) {
	claims, err := e.Store.Claims(ctx, []string{x.Email})
	if err != nil {
		return false, fmt.Errorf("read the claim: %w", err)
	}
	c, found := claims[x.Email]
	if !found { // what has expired may still lie there
		err = e.Store.DropClaim(ctx, Claim{Address: x.Email})
		return err == nil, unlessConflict(err)
	}
	now := time.Now()
	used, err := e.isUsed(ctx, c, Holder{})
	switch {
	case err != nil:
		return false, err
	case used:
		return true, nil
	case c.Holder != Holder{} && now.Before(c.Until), now.Before(c.Trail.To):
		return false, nil
	}
	if x.KeptUntil = c.emptied(now).ExpiresAt; now.Before(x.KeptUntil) {
		return false, nil
	}
	err = e.Store.DropClaim(ctx, c)
	return err == nil, unlessConflict(err)
}

// Erase asks that all that usher keeps of a person be erased, in every request that was
// submitted by now, and has what still waits for them end at once. It may be repeated.
// The pool's user stays. Errors: ErrNotNow.
func (p *People) Erase(ctx context.Context, email, by string) (Erasure, []PersonRow, error) {
	asked, err := p.Eraser.ask(ctx, Erasure{Email: FoldAddress(email), By: by})
	if err != nil {
		return Erasure{}, nil, err
	}
	found, err := p.recorded(ctx, email)
	for _, row := range found.Rows {
		if err != nil {
			break
		}
		if row.IsOpen(time.Now()) {
			_, err = endRow(ctx, p.Store, p.Eraser.Queue, row, CodeErased)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) { // the erasure does the same in a minute
		p.Log.WarnContext(ctx, "rows of a person who is erased could not be ended at once", "error", err)
	}
	return asked, found.Rows, nil
}
