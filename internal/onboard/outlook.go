package onboard

import (
	"context"
	"math"
	"time"
)

// Lanes is what is known now of how fast rows can go and of the mail that is left. What
// could not be read is zero.
type Lanes struct {
	Rate, GroupRate float64 // calls a second allowed now
	MailRate        float64 // of those, calls that have mail sent; 0: as many as Rate

	// MailQuota is how many mails a day can be sent, and MailLeft how many of them are
	// left today, at most.
	MailQuota, MailLeft int

	ClosedUntil time.Time // no mail goes out before
}

// Outlook is what can be said of the rest of a running request.
type Outlook struct {
	// Rate is how many rows a second it can expect while rows do not wait; 0: not known.
	Rate float64

	// Left is how long it takes at most until the last row has its outcome, rows that
	// wait for mail included. It says nothing unless LeftKnown is set.
	Left      time.Duration
	LeftKnown bool

	Wait *Wait // nil: no row waits for mail
}

// Wait says why rows of a running request wait, and until when.
type Wait struct {
	Code  Code
	Rows  int
	Until time.Time // zero: they continue now, as the pace and the mail allow
}

// waitingForMail counts the rows that wait for mail.
func (r Request) waitingForMail() int {
	return min(r.Tally.Codes[CodeMailQuota], r.Tally.States[Deferred])
}

// Outlook returns what can be said of the rest of r, which is running.
func (r Request) Outlook(l Lanes, now time.Time) Outlook {
	counts := r.Counts(now)
	open := counts[Pending] + counts[Deferred]
	out := Outlook{Rate: l.rateOf(r, now)}
	closed := l.ClosedUntil.After(now)
	if waiting := r.waitingForMail(); waiting > 0 {
		out.Wait = &Wait{Code: CodeMailQuota, Rows: waiting}
		if closed {
			out.Wait.Until = l.ClosedUntil
		}
	}
	if out.Rate <= 0 || open == 0 {
		return out
	}
	begins, last, known := now, open, true
	if r.sendsMail() {
		begins, last, known = l.mailed(open, out.Wait != nil, now)
	}
	if known {
		out.LeftKnown = true
		out.Left = begins.Sub(now) + time.Duration(float64(last)/out.Rate*float64(time.Second))
		if !r.ClosesAt.IsZero() {
			out.Left = max(min(out.Left, r.ClosesAt.Sub(now)), 0)
		}
	}
	return out
}

// sendsMail reports whether rows of r have the pool send mail.
func (r Request) sendsMail() bool { return r.Options.sendsMail() }

func (o Options) sendsMail() bool { return o.Mail != Suppress || o.ResendOnly }

// mailed returns when the last day's share of so many mails begins to go out, and how
// many it is; known is false if nothing says how long the mails take.
func (l Lanes) mailed(mails int, waits bool, now time.Time) (begins time.Time, last int, known bool) {
	closed := l.ClosedUntil.After(now)
	left, next := l.MailLeft, nextMailDay(now)
	if closed {
		left, next = 0, l.ClosedUntil
	}
	switch {
	case l.MailQuota == 0:
		return now, mails, !closed && !waits
	case mails <= left:
		return now, mails, true
	}
	days := (mails - left + l.MailQuota - 1) / l.MailQuota
	return next.AddDate(0, 0, days-1), mails - left - (days-1)*l.MailQuota, true
}

// rateOf is how many rows a second r can expect: as [RateOf] says, or less if the rows'
// groups take longer.
func (l Lanes) rateOf(r Request, now time.Time) float64 {
	rate := l.Rate
	if r.sendsMail() && l.MailRate > 0 {
		rate = l.MailRate
	}
	rate = RateOf(r, rate, now)
	if r.Memberships == 0 || l.GroupRate <= 0 {
		return rate
	}
	people := r.Total - r.Tally.States[Duplicate]
	for code, n := range r.Tally.Codes {
		if code.RowAtFault() {
			people -= n
		}
	}
	return min(rate, l.GroupRate*float64(max(people, 1))/float64(r.Memberships))
}

// takes is how many seconds so many rows and memberships take at these rates, with
// nothing else on the way: as long as the slower of the two.
func (l Lanes) takes(rows, memberships int) int {
	if l.Rate <= 0 {
		return 0
	}
	seconds := float64(rows) / l.Rate
	if memberships > 0 && l.GroupRate > 0 {
		seconds = max(seconds, float64(memberships)/l.GroupRate)
	}
	return int(math.Ceil(seconds))
}

// Lanes reads what an [Outlook] needs; of the groups' pace only if groups is set.
func (f *Forecaster) Lanes(ctx context.Context, groups bool) Lanes {
	now := time.Now()
	var l Lanes
	rates, closedUntil := f.pace(ctx, f.Pace)
	l.Rate, l.MailRate, l.ClosedUntil = rates.Calls, rates.Mails, closedUntil
	if groups {
		rates, _ = f.pace(ctx, f.GroupPace)
		l.GroupRate = rates.Calls
	}
	closed := l.ClosedUntil.After(now)
	if l.MailQuota = f.MailQuota; l.MailQuota == 0 && closed && f.Pool != nil {
		l.MailQuota = mailQuota(0, f.Pool.Settings(ctx))
	}
	if l.MailQuota > 0 && !closed {
		l.MailLeft = max(0, l.MailQuota-f.sentToday(ctx, now))
	}
	return l
}

// sentToday counts the day's mails; 0 if the count cannot be read.
func (f *Forecaster) sentToday(ctx context.Context, now time.Time) int {
	sent, err := f.Store.Spent(ctx, mailCounter(now))
	if err != nil {
		f.Log.Warn("the day's count of mails could not be read; the forecast assumes that none were sent", "error", err)
		return 0
	}
	return sent
}
