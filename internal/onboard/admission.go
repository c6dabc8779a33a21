package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// The codes of a submission that is not admitted.
const (
	CodeDailyLimit       Code = "daily_limit"
	CodeRequestsInFlight Code = "requests_in_flight"
	CodeMailTakesTooLong Code = "mail_takes_too_long"
)

const (
	day = 24 * time.Hour

	// shareKept is for how long after its day's end a share is kept: longer than
	// any two clocks differ.
	shareKept = time.Hour

	// giveBackTimeout bounds a write that outlives its call.
	giveBackTimeout = 5 * time.Second
)

// ErrNotAdmitted says that the submission is over a limit; see [NotAdmittedError].
var ErrNotAdmitted = errors.New("not admitted")

// NotAdmittedError says which limit a submission is over, and what would be
// accepted. It wraps [ErrNotAdmitted].
type NotAdmittedError struct {
	Code   Code
	Reason string

	// RetryAfter is when the same may be admitted; 0: waiting does not help.
	RetryAfter time.Duration
}

func (e *NotAdmittedError) Error() string { return e.Reason }

// Unwrap gives the class to [errors.Is].
func (e *NotAdmittedError) Unwrap() error { return ErrNotAdmitted }

// Admission decides whether a submission may begin: its mails must go out while
// its request is open, not too many requests may be open at once, and its people
// come out of the day's share of the person who submits. It is safe for
// concurrent use.
type Admission struct {
	store      Requests
	past       *Past
	forecaster *Forecaster
	gate       *gate
	daily      int  // people a day and administrator; 0 or less: no limit
	together   bool // that is for all administrators together
	log        *slog.Logger
}

// DefaultDailyInvitations is how many people one administrator may have invited in a
// day if nothing else is said: a large school, and not everybody whose address a
// stolen token's holder can find.
const DefaultDailyInvitations = 20_000

// everyone owns the share of all administrators together. Where rows may make
// administrators there is only that one: else one of them could make others, and use
// their shares too.
const everyone = "*"

// share is what a submission took from a day's share of one administrator.
type share struct {
	owner  string
	date   time.Time // midnight UTC
	people int
}

func (s share) counter() string {
	return "invitations " + s.date.Format(time.DateOnly) + " " + s.owner
}

// ends is when the day of the share is over.
func (s share) ends() time.Time { return s.date.Add(day) }

// admit returns what was taken from the day's share, or a [NotAdmittedError].
func (a *Admission) admit(ctx context.Context, j Judged) (share, error) {
	if err := a.mailsInTime(ctx, j); err != nil {
		return share{}, err
	}
	if err := a.gate.pass(ctx, opening{by: j.By, small: len(j.Messages) <= SmallRequest}); err != nil {
		return share{}, err
	}
	if a.daily <= 0 {
		return share{}, nil
	}
	return a.take(ctx, j)
}

// mailsInTime refuses people whose mails take longer than a request may be open:
// the last of them would never be invited.
func (a *Admission) mailsInTime(ctx context.Context, j Judged) error {
	quota := mailQuota(a.forecaster.MailQuota, j.pool)
	if quota == 0 || j.mails() <= quota {
		return nil
	}
	mail := a.forecaster.mail(ctx, j.mails(), j.pool)
	if mail.takesTooLong() { // as in a dry run, those who were invited before get no mail
		j.Known, _ = a.past.Of(ctx, j)
		mail = a.forecaster.mail(ctx, j.mails(), j.pool)
	}
	if !mail.takesTooLong() {
		return nil
	}
	return &NotAdmittedError{Code: CodeMailTakesTooLong, Reason: mail.tooMany()}
}

// take takes the people of j from the day's share.
func (a *Admission) take(ctx context.Context, j Judged) (share, error) {
	owner := j.shareOwner()
	if a.together {
		owner = everyone
	}
	s := share{owner: owner, date: time.Now().UTC().Truncate(day), people: j.People}
	err := a.store.Spend(ctx, s.counter(), s.people, a.daily, s.ends().Add(shareKept))
	switch {
	case err == nil:
		return s, nil
	case !errors.Is(err, ErrConflict):
		return share{}, err
	}
	used, err := a.store.Spent(ctx, s.counter())
	if err != nil {
		return share{}, err
	}
	return share{}, &NotAdmittedError{
		Code: CodeDailyLimit, Reason: a.overShare(used, j.People), RetryAfter: time.Until(s.ends()),
	}
}

// overShare says that a submission is over the day's share, and what would not be.
func (a *Admission) overShare(used, people int) string {
	who, limit := "One administrator", a.daily
	if a.together {
		who = "All administrators together"
	}
	left := max(0, limit-used)
	next := fmt.Sprintf("Send at most %d today.", left)
	switch {
	case left > 0 && people <= limit:
		next = fmt.Sprintf("Send at most %d, or wait for the next day.", left)
	case people <= limit:
		next = "Wait for the next day."
	case left == 0:
		next = fmt.Sprintf("Wait for the next day, and send at most %d then.", limit)
	}
	return fmt.Sprintf("%s may have %s invited a day (UTC). %d are used, and this would be %d more. %s",
		who, counted(limit, "person", "people"), used, people, next)
}

// settle gives the share of a submission that failed back, unless the submission
// may have been accepted, or its key lets it be continued without asking again.
func (a *Admission) settle(ctx context.Context, s share, o Order, cause error) {
	continues := o.KeyID != "" && errors.Is(cause, ErrNotQueued)
	if s.people == 0 || cause == nil || errors.Is(cause, ErrInDoubt) || continues {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
	defer cancel()
	err := a.store.Spend(ctx, s.counter(), -s.people, a.daily, s.ends().Add(shareKept))
	if err != nil {
		a.log.Warn("an administrator's share of the day could not be given back", "by", o.By, "rows", s.people, "error", err)
	}
}
