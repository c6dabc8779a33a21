package onboard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNotNow says that the request's state does not allow the action; see
// [NotNowError].
var ErrNotNow = errors.New("not possible in this state of the request")

// NotNowError says in a sentence why an action was refused. It wraps [ErrNotNow].
type NotNowError struct{ Reason string }

func (e *NotNowError) Error() string { return e.Reason }

// Unwrap gives the class to [errors.Is].
func (e *NotNowError) Unwrap() error { return ErrNotNow }

// Filter chooses the people of a resend.
type Filter string

// The filters of a resend.
const (
	Expired     Filter = "expired"       // the temporary password has expired
	NotSignedIn Filter = "not_signed_in" // all who have an account from this request, without those whom a scan saw signed in
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
// resumes. Errors: ErrNotFound, ErrNotNow, ErrPoolNotReady, ErrBusy, ErrNotQueued.
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
		return Request{}, &NotNowError{"The request was canceled. Submit its rows again."}
	case !r.Done(now):
		return Request{}, &NotNowError{"The request is still running. Retry it when it is done."}
	case !r.ErasedAt.IsZero():
		return Request{}, &NotNowError{"The request was erased. Nothing is left to be retried."}
	case r.isPastClosing(now):
		return Request{}, &NotNowError{"The request is too old to be retried. Submit its failed rows again."}
	}
	failures, err := a.invitations(ctx, id, func(inv Invitation) bool { return inv.reopened(r.Round + 1) })
	if err != nil {
		return Request{}, err
	}
	known := 0 // an erased one ends as canceled in the next round
	for _, inv := range failures {
		if !inv.Erased {
			known++
		}
	}
	if known == 0 {
		return Request{}, &NotNowError{"No row of this request failed in a way that another attempt could fix."}
	}
	if r.sendsMail() {
		if err := a.Submitter.mailObstacle(ctx); err != nil {
			return Request{}, err
		}
	}
	if r, err = a.Submitter.arm(ctx, r); err != nil {
		return Request{}, err
	}
	next := round{actions: []Action{{What: "retry", By: by, At: now, Rows: known}}}
	for _, inv := range failures {
		next.messages = append(next.messages, messageOf(inv, r.Round+1))
		next.delta = next.delta.Add(Change(inv, inv.Shown(r.Round+1), r.Round))
	}
	return a.Submitter.enqueue(ctx, r, next)
}

// Resume continues a paused request and puts the rows that wait for it back on the
// queue. The requeuer does it soon after for rows that a worker puts aside at this
// time, and for all rows if the call is cut off. It may be repeated. Errors:
// ErrNotFound, ErrNotNow, ErrPoolNotReady, ErrNotQueued.
func (a *Administration) Resume(ctx context.Context, id, by string) (Request, error) {
	noted, err := a.Store.NotedMails(ctx, id)
	if err != nil {
		return Request{}, err
	}
	waiting := func(inv Invitation) bool { return inv.State == Deferred && inv.RetryAt.IsZero() }
	return a.carryOut(ctx, id, phaseChange{"resume", by, waiting, func(r Request) (Request, error) {
		switch open := r.Tally.States[Deferred]; {
		case r.Phase == Paused:
		case r.Phase == Running && open > 0 && open == r.waitingForMail():
			return r, &NotNowError{"The request is not paused: it is running, and its rows that wait for mail continue on their own."}
		case r.State(time.Now()) == StateRunning && open == 0:
			return r, &NotNowError{"The request is not paused: it is running."}
		case open == 0:
			return r, &NotNowError{"The request is not paused."}
		}
		if r.Phase == Paused {
			if r.sendsMail() {
				if err := a.Submitter.mailObstacle(ctx); err != nil {
					return r, err
				}
			}
			if r.Pause.Code == CodeMailsBounce {
				r.CountFrom = r.mailCount(noted)
			}
			r.Phase, r.Pause = Running, nil
			r.PutBack = &PutBack{Rows: WaitingRows, At: time.Now().Add(resumeSettles)}
		}
		return r, nil
	}})
}

// Cancel stops a request: rows that were not attempted yet are canceled; what is done
// stays done. It may be repeated. Errors: ErrNotFound, ErrNotNow, ErrNotQueued.
func (a *Administration) Cancel(ctx context.Context, id, by string) (Request, error) {
	waiting := func(inv Invitation) bool { return inv.State == Deferred }
	return a.carryOut(ctx, id, phaseChange{"cancel", by, waiting, func(r Request) (Request, error) {
		switch {
		case r.Phase == Stopped:
		case r.Abandoned(time.Now()):
			return r, &NotNowError{"The submission was cut off and invited nobody. There is nothing to cancel."}
		case r.Phase == Accepting:
			return r, &NotNowError{"The request is still being accepted. Try again in a minute."}
		case r.Done(time.Now()):
			return r, &NotNowError{"The request is done. There is nothing left to cancel."}
		}
		if r.Phase != Stopped {
			r.PutBack = &PutBack{Rows: OpenRows, At: time.Now().Add(stillWhenClosing)}
		}
		r.Phase, r.Pause = Stopped, nil
		return r, nil
	}})
}

// phaseChange is an action that changes a request's phase.
type phaseChange struct {
	what, by string
	waiting  func(Invitation) bool // reports whether a row waits for the change
	change   func(Request) (Request, error)
}

// carryOut changes a request's phase and puts the rows that waited for the change
// back on the queue. If the second half is cut off, the requeuer does it: the
// request says so.
func (a *Administration) carryOut(ctx context.Context, id string, p phaseChange) (Request, error) {
	r, err := a.Store.Request(ctx, id)
	if err != nil {
		return Request{}, err
	}
	before := r.Phase
	if r, err = p.change(r); err != nil {
		return Request{}, err
	}
	rows, err := a.invitations(ctx, id, p.waiting)
	if err != nil {
		return Request{}, err
	}
	if r.Phase != before {
		r.Audit = r.remembering(Action{What: p.what, By: p.by, At: time.Now(), Rows: len(rows)})
		err = a.Store.SaveRequest(ctx, r, Tally{})
		if errors.Is(err, ErrConflict) {
			return a.carryOut(ctx, id, p)
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

// ResendCount returns how many people of a request the filter chooses. Some may have
// been mailed too recently to be mailed again without force. Errors: ErrNotFound,
// ErrPoolNotReady.
func (a *Administration) ResendCount(ctx context.Context, id string, filter Filter) (int, error) {
	if _, err := a.Store.Request(ctx, id); err != nil {
		return 0, err
	}
	chosen, err := a.chosen(ctx, id, filter)
	if err == nil && len(chosen) > 0 {
		err = a.Submitter.mailObstacle(ctx)
	}
	return len(chosen), err
}

// chosen returns the rows of a request that the filter chooses, by what the latest scan
// found and what is known of the mails.
func (a *Administration) chosen(ctx context.Context, id string, filter Filter) ([]Invitation, error) {
	signIns, err := ReadSignIns(ctx, a.Store, id)
	if err != nil {
		return nil, err
	}
	noted, err := a.Store.NotedMails(ctx, id)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return a.invitations(ctx, id, func(inv Invitation) bool {
		return noted[inv.Row] != MailBounced && filter.chooses(inv, signIns, now) // another mail to the address would bounce too
	})
}

// ResendTo submits a new request that mails new temporary passwords to the people of
// an earlier one whom the filter chooses. Replayed is as in [Submitter.Submit].
// Errors: ErrNotFound, ErrNotNow, and those of [Submitter.Submit].
func (a *Administration) ResendTo(ctx context.Context, id string, filter Filter, o Order) (sent Request, replayed bool, err error) {
	r, err := a.Store.Request(ctx, id)
	if err != nil {
		return Request{}, false, err
	}
	chosen, err := a.chosen(ctx, id, filter)
	if err != nil {
		return Request{}, false, err
	}
	if len(chosen) == 0 {
		return Request{}, false, &NotNowError{filter.nobody(r)}
	}
	o.Options.ResendOnly = true
	o.Submission = Submission{Label: o.Submission.Label, CSV: r.FromCSV(), Columns: r.Columns, Separator: r.Separator}
	if o.Submission.Label == "" {
		o.Submission.Label = "resend of " + id
	}
	for _, inv := range chosen {
		person := inv.Person
		person.Groups, person.Attributes = nil, nil // a resend changes neither
		o.Submission.Rows = append(o.Submission.Rows, Row{Number: inv.Row, Person: person})
	}
	sent, replayed, err = a.Submitter.Submit(ctx, o)
	if err != nil {
		return sent, replayed, err
	}
	a.noteResend(ctx, id, sent)
	return sent, replayed, nil
}

// noteResend adds a resend to the actions of the request whose people it mails, once.
// The resend itself is accepted, and its own request and the audit's log say the
// same: where the note cannot be written, that is logged and no error.
func (a *Administration) noteResend(ctx context.Context, source string, sent Request) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	note := Action{What: "resend", By: sent.SubmittedBy, At: sent.SubmittedAt, Rows: sent.Total, Request: sent.ID}
	err := ErrConflict
	for errors.Is(err, ErrConflict) && ctx.Err() == nil {
		var r Request
		if r, err = a.Store.Request(ctx, source); err != nil {
			break
		}
		if slices.ContainsFunc(r.Audit, func(was Action) bool { return was.Request == sent.ID }) {
			return
		}
		r.Audit = r.remembering(note)
		err = a.Store.SaveRequest(ctx, r, Tally{})
	}
	if err != nil {
		a.Submitter.Admission.log.WarnContext(ctx, "a resend could not be noted in the request whose people it mails",
			"request_id", source, "sent_as", sent.ID, "error", err)
	}
}

// chooses reports whether the filter chooses inv, by what the latest scan found.
func (f Filter) chooses(inv Invitation, signIns SignIns, now time.Time) bool {
	mailed := inv.State == Invited || inv.State == Resent
	switch {
	case inv.Confirmed, inv.Erased: // the pool would refuse it, or nobody is known
		return false
	case f != Unmailed && signIns.Of(inv) == SignedInYes:
		return false
	case f == Expired:
		return mailed && !inv.PasswordExpiresAt.IsZero() && now.After(inv.PasswordExpiresAt)
	case f == NotSignedIn:
		return mailed || inv.State == Created
	case f == Unmailed:
		return inv.State == NotMailed
	}
	return false
}

// nobody says in a sentence that the filter chooses no row of a request.
func (f Filter) nobody(r Request) string {
	if r.Passwordless {
		return "This request has nobody whom the pool would mail again: it makes no temporary passwords, so Cognito mails people once."
	}
	switch f {
	case Expired:
		return "No password that this request mailed has expired."
	case NotSignedIn:
		return "This request has neither mailed nor created anybody."
	case Unmailed:
		return "This request left nobody without their mail."
	}
	return fmt.Sprintf("There is no resend filter %q.", f)
}

// listPage is how many invitations are read at a time.
const listPage = 1000

// invitations returns those of a request for which chosen is true.
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
