package onboard

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNotNow says that the action makes no sense for the request as it stands; see
// [NotNowError].
var ErrNotNow = errors.New("not possible as the request stands")

// NotNowError says why an action was refused. It wraps [ErrNotNow].
type NotNowError struct{ Reason string }

func (e *NotNowError) Error() string { return e.Reason }

// Unwrap gives the class to [errors.Is].
func (e *NotNowError) Unwrap() error { return ErrNotNow }

// Filter chooses whom a resend is for.
type Filter string

// The filters of a resend.
const (
	Expired     Filter = "expired"       // the temporary password has expired
	NotSignedIn Filter = "not_signed_in" // everybody who was mailed; who has signed in since is left alone
	Unmailed    Filter = "not_mailed"    // the user exists, the mail did not go out
)

// Administration is what administrators can do with a request. Its fields are
// set once, before use; it is then safe for concurrent use.
type Administration struct {
	Submitter *Submitter
	Store     Store
}

// Retry puts the failed invitations of a finished request back on the queue;
// those whose row itself is at fault stay as they are. On a paused request it
// resumes. Errors: ErrNotFound, ErrNotNow, ErrBusy, ErrNotQueued.
func (a *Administration) Retry(ctx context.Context, id, by string) (Request, error) {
	r, err := a.Store.Request(ctx, id)
	if err != nil {
		return Request{}, err
	}
	now := time.Now()
	switch {
	case r.Phase == Paused:
		return a.Resume(ctx, id, by)
	case now.Before(r.AcceptedUntil):
		return Request{}, ErrBusy
	case r.Phase == Stopped || r.Abandoned(now):
		return Request{}, &NotNowError{"the request was canceled; submit its rows anew"}
	case !r.Done(now):
		return Request{}, &NotNowError{"the request is still running; retry it when it is done"}
	case r.isPastClosing(now):
		return Request{}, &NotNowError{"The request is too old to be retried. Submit its failed rows again."}
	}
	failures, err := a.invitations(ctx, id, func(inv Invitation) bool { return inv.reopened(r.Round + 1) })
	if err != nil {
		return Request{}, err
	}
	if len(failures) == 0 {
		return Request{}, &NotNowError{"no invitation of this request failed in a way that another attempt could fix"}
	}
	if r, err = a.Submitter.arm(ctx, r); err != nil {
		return Request{}, err
	}
	next := round{acts: []Act{{What: "retry", By: by, At: now, Rows: len(failures)}}}
	for _, inv := range failures {
		next.messages = append(next.messages, messageOf(inv, r.Round+1))
		next.delta = next.delta.Add(Change(inv, inv.Shown(r.Round+1), r.Round))
	}
	return a.Submitter.enqueue(ctx, r, next)
}

// Resume goes on with a paused request, and puts back at once what waits for
// it. What a worker puts aside at this moment, and everything should the call be
// cut off, the requeuer puts back soon after. It may be repeated. Errors:
// ErrNotFound, ErrNotNow, ErrNotQueued.
func (a *Administration) Resume(ctx context.Context, id, by string) (Request, error) {
	waiting := func(inv Invitation) bool { return inv.State == Deferred && inv.RetryAt.IsZero() }
	return a.turn(ctx, id, "resume", by, waiting, func(r Request) (Request, error) {
		if r.Phase != Paused && r.Tally.States[Deferred] == 0 {
			return r, &NotNowError{"the request is not paused"}
		}
		if r.Phase == Paused {
			r.Phase, r.Pause = Running, nil
			r.PutBack = &PutBack{Rows: WaitingRows, At: time.Now().Add(resumeSettles)}
		}
		return r, nil
	})
}

// Cancel stops a request: rows that were not attempted yet are canceled, what
// is done stays done. It may be repeated. Errors: ErrNotFound, ErrNotNow, ErrNotQueued.
func (a *Administration) Cancel(ctx context.Context, id, by string) (Request, error) {
	waiting := func(inv Invitation) bool { return inv.State == Deferred }
	return a.turn(ctx, id, "cancel", by, waiting, func(r Request) (Request, error) {
		switch {
		case r.Phase == Stopped:
		case r.Abandoned(time.Now()):
			return r, &NotNowError{"the submission was cut off and invited nobody; there is nothing to cancel"}
		case r.Phase == Accepting:
			return r, &NotNowError{"the request is still being accepted; cancel it when that is done"}
		case r.Done(time.Now()):
			return r, &NotNowError{"the request is done; nothing is left to cancel"}
		}
		if r.Phase != Stopped {
			r.PutBack = &PutBack{Rows: OpenRows, At: time.Now().Add(stillWhenClosing)}
		}
		r.Phase, r.Pause = Stopped, nil
		return r, nil
	})
}

// turn changes what is ordered for a request, and puts the invitations that
// waited for the change back on the queue. Should the second half be cut off,
// the requeuer finds the order in the request.
func (a *Administration) turn(ctx context.Context, id, what, by string, waiting func(Invitation) bool,
	change func(Request) (Request, error)) (Request, error) {
	r, err := a.Store.Request(ctx, id)
	if err != nil {
		return Request{}, err
	}
	before := r.Phase
	if r, err = change(r); err != nil {
		return Request{}, err
	}
	rows, err := a.invitations(ctx, id, waiting)
	if err != nil {
		return Request{}, err
	}
	if r.Phase != before {
		r.Audit = r.remembering(Act{What: what, By: by, At: time.Now(), Rows: len(rows)})
		err = a.Store.SaveRequest(ctx, r, Tally{})
		if errors.Is(err, ErrConflict) {
			return a.turn(ctx, id, what, by, waiting, change)
		}
		if err != nil {
			return Request{}, fmt.Errorf("%w: store the request: %w", ErrNotQueued, err)
		}
		r.Version++
	}
	messages := make([]Message, len(rows))
	for i, inv := range rows {
		messages[i] = r.Message(inv)
	}
	if err := a.Submitter.Queue.Send(ctx, messages, 0); err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrNotQueued, err)
	}
	return r, nil
}

// ResendTo submits a new request that mails new temporary passwords to those of
// an earlier one whom the filter chooses. Replayed is that of [Submitter.Submit].
// Errors: ErrNotFound, ErrNotNow, and those of [Submitter.Submit].
func (a *Administration) ResendTo(ctx context.Context, id string, filter Filter, o Order) (sent Request, replayed bool, err error) {
	r, err := a.Store.Request(ctx, id)
	if err != nil {
		return Request{}, false, err
	}
	now := time.Now()
	chosen, err := a.invitations(ctx, id, func(inv Invitation) bool { return filter.chooses(inv, now) })
	if err != nil {
		return Request{}, false, err
	}
	if len(chosen) == 0 {
		return Request{}, false, &NotNowError{filter.nobody()}
	}
	o.Options.ResendOnly = true
	o.Submission = Submission{Label: o.Submission.Label, Columns: r.Columns}
	if o.Submission.Label == "" {
		o.Submission.Label = "resend of " + id
	}
	for _, inv := range chosen {
		person := inv.Person
		person.Groups, person.Attributes = nil, nil // a resend changes neither
		o.Submission.Rows = append(o.Submission.Rows, Row{Number: inv.Row, Person: person})
	}
	return a.Submitter.Submit(ctx, o)
}

// chooses reports whether a resend with this filter is for inv.
func (f Filter) chooses(inv Invitation, now time.Time) bool {
	mailed := inv.State == Invited || inv.State == Resent
	switch f {
	case Expired:
		return mailed && now.After(inv.PasswordExpiresAt)
	case NotSignedIn:
		return mailed || inv.State == Created
	case Unmailed:
		return inv.State == NotMailed
	}
	return false
}

// nobody says in a sentence that the filter chooses none of a request.
func (f Filter) nobody() string {
	switch f {
	case Expired:
		return "no password that this request mailed has expired"
	case NotSignedIn:
		return "this request has neither mailed nor created anybody"
	case Unmailed:
		return "this request left nobody without their mail"
	}
	return fmt.Sprintf("no resend knows the filter %q", f)
}

// listPage is how many invitations are read at a time.
const listPage = 1000

// invitations returns those of a request that chosen picks.
func (a *Administration) invitations(ctx context.Context, id string, chosen func(Invitation) bool) ([]Invitation, error) {
	var all []Invitation
	after := 0
	for {
		page, err := a.Store.ListInvitations(ctx, id, after, listPage)
		if err != nil {
			return nil, fmt.Errorf("read the request's invitations: %w", err)
		}
		for _, inv := range page {
			if chosen(inv) {
				all = append(all, inv)
			}
		}
		if len(page) < listPage {
			return all, nil
		}
		after = page[len(page)-1].Row
	}
}
