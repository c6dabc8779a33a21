package onboard

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Cancel has the rows of one person that still wait end as canceled, in whatever request
// they are, and returns their requests, each with the number of its rows. What a call in
// flight does stays done. It may be repeated. Errors: ErrNotNow if nothing waits, and
// ErrNotQueued.
func (p *People) Cancel(ctx context.Context, email, by string) (map[string]int, error) {
	found, err := p.recorded(ctx, email)
	if err != nil {
		return nil, err
	}
	canceled := map[string]int{}
	for _, row := range found.Rows {
		if !row.IsOpen(time.Now()) {
			continue
		}
		ends, err := endRow(ctx, p.Store, p.Administration.Submitter.Queue, row, CodeCanceled)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotQueued, err)
		}
		if ends {
			canceled[row.Request.ID]++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(canceled)) {
		p.note(ctx, id, Action{What: "cancel_person", By: by, At: time.Now(), Rows: canceled[id]})
	}
	switch {
	case len(canceled) > 0:
		return canceled, nil
	case !found.Complete:
		return nil, &NotNowError{"No row of this person was found waiting, but not all open requests could be searched in time. Try again in a minute, or cancel the request."}
	}
	return nil, &NotNowError{"Nothing waits for this person. What was sent cannot be taken back."}
}

// Resend submits a request of one row that mails the person a new temporary password.
// It is a request like any other, so that cooldown, pace and outcome are those of every
// mail. Errors are those of [Submitter.Submit].
func (p *People) Resend(ctx context.Context, email string, o Order) (sent Request, replayed bool, err error) {
	found, err := p.recorded(ctx, email)
	if err != nil {
		return Request{}, false, err
	}
	person := Person{Email: found.Email}
	if len(found.Rows) > 0 {
		person.Ref = found.Rows[0].Ref
	}
	o.Options.ResendOnly = true
	o.Submission = Submission{Label: "resend to one person", Rows: []Row{{Number: 1, Person: person}}}
	sent, replayed, err = p.Administration.Submitter.Submit(ctx, o)
	if err == nil && len(found.Rows) > 0 {
		p.Administration.noteResend(ctx, found.Rows[0].Request.ID, sent)
	}
	return sent, replayed, err
}

// endRow has an open row end with the given code, and reports whether it will: it may
// have got its outcome meanwhile. The row is not settled here but by a worker, which
// knows what an attempt of unknown end may have left: only one place decides that.
func endRow(ctx context.Context, store Store, queue Queue, row PersonRow, code Code) (ends bool, err error) {
	r := row.Request
	for range settleTries {
		inv, _, err := store.Load(ctx, r.ID, row.Row, "")
		if err != nil {
			return false, err
		}
		if inv.Version == 0 {
			inv = row.Invitation
		}
		if !inv.Open(r.Round) {
			return false, nil
		}
		was := inv
		inv.EndsAs, inv.UpdatedAt, inv.ExpiresAt = code, time.Now(), r.ExpiresAt
		if was.EndsAs != code {
			err = store.Save(ctx, Write{Invitation: inv, Tally: Change(was, inv, r.Round)})
		}
		if errors.Is(err, ErrConflict) { // a worker has just written the row
			continue
		}
		if err != nil || r.Round == 0 || time.Now().Before(r.AcceptedUntil) { // its message is on the way
			return err == nil, err
		}
		return true, queue.Send(ctx, []Message{r.Message(inv)}, 0)
	}
	return false, fmt.Errorf("request %s row %d changes again and again", r.ID, row.Row)
}

// note adds an action to those of a request. What was done is done: where the note
// cannot be written, that is logged and no error.
func (p *People) note(ctx context.Context, id string, action Action) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	err := ErrConflict
	for errors.Is(err, ErrConflict) && ctx.Err() == nil {
		var r Request
		if r, err = p.Store.Request(ctx, id); err != nil {
			break
		}
		r.Audit = r.remembering(action)
		err = p.Store.SaveRequest(ctx, r, Tally{})
	}
	if err != nil {
		p.Log.WarnContext(ctx, "an action for one person could not be noted in its request", "request_id", id, "error", err)
	}
}
