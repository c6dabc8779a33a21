package onboard

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"time"
)

// Forecast is what the people of an order take at most: addresses that have a
// user already cost only a call, and only the pool knows which those are. Those that
// were invited from here before ([Judged.Known]) are taken to have one.
type Forecast struct {
	People, Memberships int

	// Administrators is how many of the people will be able to invite others.
	Administrators int

	// NewPeople is how many of People were not invited from here before.
	NewPeople int

	// Rate and GroupRate are the calls per second allowed now in the two lanes; 0
	// where that is not known, and GroupRate also where there are no memberships.
	Rate, GroupRate float64

	// Seconds is how long the people take at these rates, with nothing else on the
	// way. It says nothing where Rate is 0.
	Seconds int

	Mail MailForecast
}

// Forecaster says how long things take. A forecast is never worth failing a call
// for: what cannot be read is missing in it. It is safe for concurrent use.
type Forecaster struct {
	Store           Store
	Pace, GroupPace *Pace
	Pool            *KnownPool // whose sender tells the quota where MailQuota does not; nil: not known
	MailQuota       int        // mails a day; 0: not known
	MaxOpen         time.Duration
	Log             *slog.Logger
}

// Forecast says what the rows of j that are to be invited take.
func (f *Forecaster) Forecast(ctx context.Context, j Judged) Forecast {
	out := Forecast{
		People: j.People, NewPeople: j.newPeople(), Memberships: j.newMemberships(), Administrators: j.Administrators,
		Mail: f.mail(ctx, j.mails(), j.pool),
	}
	rates, _ := f.pace(ctx, f.Pace)
	if out.Rate = rates.Calls; j.Options.sendsMail() {
		out.Rate = rates.Mails
	}
	if out.Rate > 0 && out.Memberships > 0 {
		groups, _ := f.pace(ctx, f.GroupPace)
		out.GroupRate = groups.Calls
	}
	out.Seconds = Lanes{Rate: out.Rate, GroupRate: out.GroupRate}.takes(out.People, out.Memberships)
	return out
}

// pace returns the calls per second that a lane allows now, 0 if that is not known, and
// until when it is closed for mail.
func (f *Forecaster) pace(ctx context.Context, pace *Pace) (rates Rates, closedUntil time.Time) {
	defer func() {
		if p := recover(); p != nil {
			f.Log.Error("panic in reading the pace", "panic", fmt.Sprintf("%T", p))
			rates, closedUntil = Rates{}, time.Time{}
		}
	}()
	cell, rates, err := pace.Now(ctx)
	if err != nil {
		f.Log.Warn("the pace could not be read; no forecast is given", "error", err)
		return Rates{}, time.Time{}
	}
	return rates, cell.ClosedUntil
}

// observedAfter is how long a request must run before the rate that it really had
// says more than the pace allowed now.
const observedAfter = 30 * time.Second

// RateOf is how many rows a second r can expect: the pace allowed now, or less if
// it really had less, because others share the pace or its people get groups. A
// request that was stopped or retried has no rate of its own.
func RateOf(r Request, pace float64, now time.Time) float64 {
	running := now.Sub(r.SubmittedAt)
	if running < observedAfter || len(r.Audit) > 1 {
		return pace
	}
	settled := r.settledRows(now)
	if settled == 0 {
		return pace
	}
	return min(pace, float64(settled)/running.Seconds())
}

// MostUnfinished is the largest percentage that is shown while anything is left
// to do.
const MostUnfinished = 99.9

// PercentDone is the share of rows with an outcome, to one decimal. It is 100 only
// when all is done.
func (r Request) PercentDone(now time.Time) float64 {
	if r.Done(now) || r.Total == 0 {
		return 100
	}
	return min(math.Round(1000*float64(r.settledRows(now))/float64(r.Total))/10, MostUnfinished)
}

// settledRows counts the rows that have an outcome.
func (r Request) settledRows(now time.Time) int {
	n := r.Counts(now)
	return r.Total - n[Pending] - n[Deferred]
}
