package onboard

import (
	"context"
	"math"
	"runtime/debug"
	"time"
)

// mailDayStarts is the hour in UTC at which the pool's daily mail is renewed
// (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito").
const mailDayStarts = 9

// nextMailDay returns when the day's mail is renewed next after now.
func nextMailDay(now time.Time) time.Time {
	now = now.UTC()
	next := time.Date(now.Year(), now.Month(), now.Day(), mailDayStarts, 0, 0, 0, time.UTC)
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	return next
}

// mailAgain returns when to ask for mail again after the pool has said, at now,
// that the day's is used up. By our clock the next day may have begun a moment
// ago while by the pool's it has not.
func mailAgain(now time.Time) time.Time {
	renewed := nextMailDay(now.Add(-clockSkew))
	if soon := now.Add(clockSkew); renewed.Before(soon) {
		return soon
	}
	return renewed
}

// MailDay is what is known of the mail of one mail day, which runs from 09:00
// UTC to 09:00 UTC. The pool itself tells nobody how much it has sent.
type MailDay struct {
	// Sent is how many mails the workers know to have gone out, counted on the day
	// on which they learned it. What others have the same sender send, such as new
	// passwords, is not in it, nor a mail whose count was lost: more may be gone.
	Sent int

	// UsedUp is set once the pool has said that there is no mail left.
	UsedUp bool
}

// MailToday returns what is known of the mail of the day that now lies in. Its
// errors are those of the store.
func MailToday(ctx context.Context, store Store, now time.Time) (MailDay, error) {
	sent, err := store.Spent(ctx, mailCounter(now))
	if err != nil {
		return MailDay{}, err
	}
	cell, err := store.Cell(ctx, LaneCreate)
	if err != nil {
		return MailDay{}, err
	}
	return MailDay{Sent: sent, UsedUp: now.Before(cell.ClosedUntil)}, nil
}

// mailCounter names the counter of the mail day that now lies in, by the date
// on which the day began.
func mailCounter(now time.Time) string {
	return "mails " + nextMailDay(now).AddDate(0, 0, -1).Format(time.DateOnly)
}

const (
	// unlimited stands for no limit on a counter: the pool has its own.
	unlimited = math.MaxInt32

	// mailCountKept is for how long after its day's end a count is kept: longer
	// than any two clocks differ.
	mailCountKept = 24 * time.Hour
)

// mailsOf counts the deliveries that settled a row which has had a mail. Where
// mail is suppressed no row is settled so, unless one was asked for all the same.
func mailsOf(ends []end) int {
	n := 0
	for _, e := range ends {
		if s := e.settled.State; s == Invited || s == Resent {
			n++
		}
	}
	return n
}

// countMails adds n mails to the day's count, in one write for a batch. The
// count serves forecasts only: when it fails, or there is no time for it, the
// mails go uncounted and the deliveries have ended as they have.
func (w *Worker) countMails(ctx context.Context, n int) {
	if n == 0 {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "panic in counting mails", "mails", n, "stack", string(debug.Stack()))
		}
	}()
	now := time.Now()
	if outOfTime(ctx, now, storeTimeout) {
		w.Log.WarnContext(ctx, "mails were not counted: no time left", "mails", n)
		return
	}
	call, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	err := w.Store.Spend(call, mailCounter(now), n, unlimited, nextMailDay(now).Add(mailCountKept))
	if err != nil {
		w.Log.WarnContext(ctx, "mails were not counted", "mails", n, "error", err)
	}
}
