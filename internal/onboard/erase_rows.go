package onboard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// This file erases rows: each first in the store, where counts need its outcome, and
// then in the manifest, by which it is found. So an erasure that was cut off finds what
// is left.

// covers reports whether a row is part of the erasure.
func (x *Erasure) covers(m Message) bool {
	return x.Email == "" || FoldAddress(m.Email) == x.Email
}

// isErased reports whether a row of a manifest has nothing of a person.
func (m Message) isErased() bool { return m.Code == CodeErased && m.Email == "" }

// erased returns a row of a manifest without anything of the person. Should it reach a
// worker, it ends as canceled.
func (m Message) erased() Message {
	return Message{
		Version: m.Version, RequestID: m.RequestID, Row: m.Row, Round: m.Round,
		State: erasedAlone.state, Code: erasedAlone.code, Reason: erasedAlone.reason,
	}
}

// erased returns inv without anything of the person.
func (inv Invitation) erased() Invitation {
	inv.Person, inv.UserSub, inv.Reason = Person{}, "", sentence(CodeErased, "")
	inv.PasswordExpiresAt, inv.EndsAs, inv.Exists, inv.Joined = time.Time{}, "", false, 0
	inv.Erased = true
	return inv
}

// eraseIn erases in one request what the erasure covers, and reports whether that was
// all: rows without an outcome have to end first.
func (e *Eraser) eraseIn(ctx context.Context, x *Erasure, r Request, until time.Time) (whole bool, err error) {
	if r.isBeingAccepted(time.Now()) {
		return false, nil
	}
	whole = true
	after := x.AfterRow
	for {
		part, err := e.Store.ManifestPart(ctx, r.ID, after)
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return false, fmt.Errorf("read the manifest of request %s: %w", r.ID, err)
		}
		erased, err := e.erasePart(ctx, x, r, part, until)
		if err != nil {
			return false, err
		}
		whole = whole && erased
		if e.isOutOfTime(ctx, until) && !whole {
			return false, nil
		}
		if after = part.Last; x.RequestID != "" && whole {
			x.AfterRow = after
		}
	}
	if after > 0 {
		return whole, nil
	}
	// A request of an earlier version of usher has no manifest.
	for {
		page, err := e.Store.ListInvitations(ctx, r.ID, after, listPage)
		if err != nil {
			return false, fmt.Errorf("read the rows of request %s: %w", r.ID, err)
		}
		for _, inv := range page {
			after = inv.Row
			if m := messageOf(inv, r.Round); !inv.Erased && x.covers(m) {
				erased, err := e.eraseRow(ctx, x, r, m)
				if err != nil {
					return false, err
				}
				whole = whole && erased
				if e.isOutOfTime(ctx, until) {
					return false, nil
				}
			}
		}
		if len(page) < listPage {
			return whole, nil
		}
	}
}

// erasePart erases rows of one part of a manifest, and reports whether it has none left.
func (e *Eraser) erasePart(ctx context.Context, x *Erasure, r Request, part ManifestPart, until time.Time) (whole bool, err error) {
	messages, err := part.messages(r.ID, max(r.Round, 1))
	if err != nil {
		return false, err
	}
	whole = true
	changed := false
	var text []byte
	for _, m := range messages {
		if x.covers(m) && !m.isErased() {
			if e.isOutOfTime(ctx, until) {
				return false, nil
			}
			erased, err := e.eraseRow(ctx, x, r, m)
			if err != nil {
				return false, err
			}
			if whole = whole && erased; erased {
				m, changed = m.erased(), true
			}
		}
		text = append(append(text, m.unaddressed().Encode()...), '\n')
	}
	if !changed {
		return whole, nil
	}
	err = e.Store.ReplaceManifestPart(ctx, r.ID, part, deflated(text))
	if errors.Is(err, ErrConflict) { // another erasure was faster
		return false, nil
	}
	return whole, err
}

// eraseRow erases a row that has its outcome, and has others end. It reports whether
// the row is erased.
func (e *Eraser) eraseRow(ctx context.Context, x *Erasure, r Request, m Message) (erased bool, err error) {
	for range settleTries {
		inv, claim, err := e.Store.Load(ctx, r.ID, m.Row, FoldAddress(m.Email))
		if err != nil {
			return false, fmt.Errorf("read request %s row %d: %w", r.ID, m.Row, err)
		}
		was := inv
		switch {
		case inv.Erased, r.Round == 0 && inv.Version == 0:
			return true, nil
		case r.Round == 0: // it was cut off, and no worker will settle a row whose person was canceled before
		case inv.Version == 0 && m.State != "": // judged when it was submitted, and its message is on the way
			inv = m.Invitation()
			inv.State, inv.Code, inv.Round = m.State, m.Code, r.Round
			inv.UpdatedAt, inv.ExpiresAt = time.Now(), r.ExpiresAt
		case inv.Version == 0:
			inv = m.Invitation()
			fallthrough
		case inv.Open(r.Round):
			return false, e.endRow(ctx, x, r, inv)
		}
		if err := e.note(ctx, x, r); err != nil {
			return false, err
		}
		after, ok, err := e.claimWithout(ctx, claim, Holder{RequestID: r.ID, Row: m.Row})
		if err != nil || !ok {
			return false, err
		}
		now := inv.erased()
		err = e.Store.Save(ctx, Write{Invitation: now, Claim: after, Tally: Change(was, now, r.Round)})
		switch {
		case errors.Is(err, ErrConflict): // a worker has just written the row, or the answer was lost
			continue
		case err != nil:
			return false, fmt.Errorf("erase request %s row %d: %w", r.ID, m.Row, err)
		}
		x.Rows++
		if after != nil && !time.Now().Before(after.ExpiresAt) {
			after.Version++
			return true, unlessConflict(e.Store.DropClaim(ctx, *after))
		}
		return true, nil
	}
	return false, nil // the next run looks again
}

// endRow has a row without an outcome end. A worker settles it, which knows what an
// attempt of unknown end may have left.
func (e *Eraser) endRow(ctx context.Context, x *Erasure, r Request, inv Invitation) error {
	if x.RequestID != "" {
		return nil // the request is stopped
	}
	_, err := endRow(ctx, e.Store, e.Queue, PersonRow{Request: r, Invitation: inv}, CodeErased)
	return unlessConflict(err)
}

// note adds the erasure of a person to the actions of a request, once.
func (e *Eraser) note(ctx context.Context, x *Erasure, r Request) error {
	if x.RequestID != "" {
		return nil // noted when it was stopped
	}
	for range settleTries {
		r, err := e.Store.Request(ctx, r.ID)
		if err != nil {
			return fmt.Errorf("read request %s: %w", r.ID, err)
		}
		for _, a := range r.Audit {
			if a.What == "erase_person" && a.At.Equal(x.AskedAt) {
				return nil
			}
		}
		r.Audit = r.remembering(Action{What: "erase_person", By: x.By, At: x.AskedAt})
		if err := e.Store.SaveRequest(ctx, r, Tally{}); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return nil // it says who erased, not whether: the erasure continues without it
}
