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

// nextMailDay returns when the next mail day after now begins.
func nextMailDay(now time.Time) time.Time {
	now = now.UTC()
	next := time.Date(now.Year(), now.Month(), now.Day(), mailDayStarts, 0, 0, 0, time.UTC)
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	return next
}

// mailAgain returns when to try mail again after the pool has said, at now, that the
// day's is used up. By our clock the next day may have just begun while by the pool's
// it has not.
func mailAgain(now time.Time) time.Time {
	renewed := nextMailDay(now.Add(-clockSkew))
	if soon := now.Add(clockSkew); renewed.Before(soon) {
		return soon
	}
	return renewed
}

// MailDay is what is known of the mail of one mail day, which runs from 09:00 UTC to
// 09:00 UTC. The pool does not report how much it has sent.
type MailDay struct {
	// Sent is how many mails the workers know to have gone out, counted on the day on
	// which they learned it. It lacks mails that others have the same sender send, such
	// as password resets, and mails whose count was lost: more may have gone out.
	Sent int

	// UsedUp is set once the pool has said that there is no mail left.
	UsedUp bool
}

// MailToday returns what is known of the current day's mail. Its errors are those of
// the store.
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

// mailCounter names the counter of the current mail day, by the date on which the day
// began.
func mailCounter(now time.Time) string {
	return "mails " + nextMailDay(now).AddDate(0, 0, -1).Format(time.DateOnly)
}

const (
	// unlimited means no limit on a counter: the pool has its own.
	unlimited = math.MaxInt32

	// mailCountKept is how long a count is kept after the end of its day: longer than
	// clocks differ.
	mailCountKept = 24 * time.Hour
)

// mailsOf counts the deliveries that settled a row whose person was mailed. With mail
// suppressed no row ends this way unless a resend was requested.
func mailsOf(ends []end) int {
	n := 0
	for _, e := range ends {
		if s := e.settled.State; s == Invited || s == Resent {
			n++
		}
	}
	return n
}

// countMails adds n mails to the day's count, in one write for a batch. The count is
// only for forecasts: if it fails, or there is no time for it, the mails go
// uncounted and the deliveries keep their ends.
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
