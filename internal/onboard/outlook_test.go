package onboard_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// running returns a request of 100 rows with the given counts of settled and deferred
// rows, all deferred ones waiting for mail.
func running(settled, deferred int) onboard.Request {
	return onboard.Request{
		Phase: onboard.Running, Round: 1, Total: 100, SubmittedAt: midday,
		Tally: onboard.Tally{
			States: map[onboard.State]int{onboard.Invited: settled, onboard.Deferred: deferred},
			Codes:  map[onboard.Code]int{onboard.CodeMailQuota: deferred},
		},
	}
}

var midday = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func TestOutlookCountsRowsThatWait(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tomorrow := midday.Add(21 * time.Hour) // 09:00 UTC
	with := func(r onboard.Request, change func(*onboard.Request)) onboard.Request {
		change(&r)
		return r
	}
	wait := func(rows int, until time.Time) *onboard.Wait {
		return &onboard.Wait{Code: onboard.CodeMailQuota, Rows: rows, Until: until}
	}
	for _, test := range []struct {
		name  string
		r     onboard.Request
		lanes onboard.Lanes
		want  onboard.Outlook
	}{
		{"nothing is known", running(0, 0), onboard.Lanes{}, onboard.Outlook{}},
		{"only the pace counts", running(50, 0), onboard.Lanes{Rate: 10}, onboard.Outlook{Rate: 10, Left: 5 * time.Second, LeftKnown: true}},
		{"mail for all", running(50, 0), onboard.Lanes{Rate: 10, MailQuota: 60, MailLeft: 50}, onboard.Outlook{Rate: 10, Left: 5 * time.Second, LeftKnown: true}},
		{"one mail too few", running(50, 0), onboard.Lanes{Rate: 10, MailQuota: 60, MailLeft: 49}, onboard.Outlook{Rate: 10, Left: 21*time.Hour + 100*time.Millisecond, LeftKnown: true}},
		{"all wait", running(10, 90), onboard.Lanes{Rate: 10, MailQuota: 40, ClosedUntil: tomorrow},
			onboard.Outlook{Rate: 10, Left: 21*time.Hour + 2*day + time.Second, LeftKnown: true, Wait: wait(90, tomorrow)}},
		{"a whole last day", running(20, 80), onboard.Lanes{Rate: 10, MailQuota: 40, ClosedUntil: tomorrow},
			onboard.Outlook{Rate: 10, Left: 21*time.Hour + day + 4*time.Second, LeftKnown: true, Wait: wait(80, tomorrow)}},
		{"the quota is not known", running(10, 90), onboard.Lanes{Rate: 10, ClosedUntil: tomorrow}, onboard.Outlook{Rate: 10, Wait: wait(90, tomorrow)}},
		{"closed, and no row has found out", running(10, 0), onboard.Lanes{Rate: 10, ClosedUntil: tomorrow}, onboard.Outlook{Rate: 10}},
		{"the lane is open again", running(10, 90), onboard.Lanes{Rate: 10, MailQuota: 40, MailLeft: 40},
			onboard.Outlook{Rate: 10, Left: 21*time.Hour + day + time.Second, LeftKnown: true, Wait: wait(90, time.Time{})}},
		{"an open lane of an unknown quota", running(10, 90), onboard.Lanes{Rate: 10}, onboard.Outlook{Rate: 10, Wait: wait(90, time.Time{})}},
		{"no mail is needed", with(running(50, 0), func(r *onboard.Request) { r.Options.Mail = onboard.Suppress }), onboard.Lanes{Rate: 10, MailQuota: 1, ClosedUntil: tomorrow},
			onboard.Outlook{Rate: 10, Left: 5 * time.Second, LeftKnown: true}},
		{"a resend mails whatever it says", with(running(50, 0), func(r *onboard.Request) { r.Options = onboard.Options{Mail: onboard.Suppress, ResendOnly: true} }),
			onboard.Lanes{Rate: 10, ClosedUntil: tomorrow}, onboard.Outlook{Rate: 10}},
		{"it ends before its mail", with(running(10, 90), func(r *onboard.Request) { r.ClosesAt = midday.Add(day) }), onboard.Lanes{Rate: 10, MailQuota: 1, ClosedUntil: tomorrow},
			onboard.Outlook{Rate: 10, Left: day, LeftKnown: true, Wait: wait(90, tomorrow)}},
		{"the groups are slower", with(running(0, 0), func(r *onboard.Request) { r.Memberships = 100 }), onboard.Lanes{Rate: 10, GroupRate: 5},
			onboard.Outlook{Rate: 5, Left: 20 * time.Second, LeftKnown: true}},
		{"a quarter has a group", with(running(0, 0), func(r *onboard.Request) { r.Memberships = 25 }), onboard.Lanes{Rate: 10, GroupRate: 5},
			onboard.Outlook{Rate: 10, Left: 10 * time.Second, LeftKnown: true}},
		{"rows at fault get no group", with(running(0, 0), func(r *onboard.Request) {
			r.Memberships, r.Tally.States, r.Tally.Codes = 50, map[onboard.State]int{onboard.Failed: 40, onboard.Duplicate: 10}, map[onboard.Code]int{onboard.CodeEmailInvalid: 40, onboard.CodeDuplicate: 10}
		}), onboard.Lanes{Rate: 10, GroupRate: 5}, onboard.Outlook{Rate: 5, Left: 10 * time.Second, LeftKnown: true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.r.Outlook(test.lanes, midday)); diff != "" {
				t.Errorf("outlook (-want +got):\n%s", diff)
			}
		})
	}
}

// A day has no more mails than its quota, and the last row is no later than the mails
// ask for: an outlook that is walked day by day ends when it said.
func TestOutlookIsWhatTheDaysAddUpTo(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		quota, rate := 1+random.IntN(60), 1+random.Float64()*50
		l := onboard.Lanes{Rate: rate, MailQuota: quota, MailLeft: random.IntN(quota + 1)}
		if random.IntN(2) == 0 {
			l.MailLeft, l.ClosedUntil = 0, midday.Add(21*time.Hour)
		}
		r := running(random.IntN(50), random.IntN(50))
		counts := r.Counts(midday)
		open := counts[onboard.Pending] + counts[onboard.Deferred]
		got := r.Outlook(l, midday)
		begins, mails := midday, l.MailLeft
		for open > mails {
			open -= mails
			if begins.Equal(midday) {
				begins = midday.Add(21 * time.Hour)
			} else {
				begins = begins.Add(24 * time.Hour)
			}
			mails = quota
		}
		want := begins.Add(time.Duration(float64(open) / rate * float64(time.Second)))
		if off := got.Left - want.Sub(midday); !got.LeftKnown || off.Abs() > time.Millisecond {
			t.Fatalf("%+v with %v: %s left, want %s", l, counts, got.Left, want.Sub(midday))
		}
	}
}

// What the forecaster reads is what the workers and the pool left behind.
func TestLanesOfARequestThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC
		b := newBundle(t, memory.PoolConfig{MailQuota: 3})
		b.system.MailQuota = 3
		forecaster := b.system.Submitter().Forecaster
		r := b.submit(onboard.Options{}, people(8)...)
		out := b.request(r.ID).Outlook(forecaster.Lanes(t.Context(), false), time.Now())
		if out.Wait != nil || out.Left < 33*time.Hour || out.Left > 33*time.Hour+time.Minute {
			t.Errorf("before: %+v, want the third day's mail, from 09:00", out)
		}
		time.Sleep(10 * time.Second)
		for range 20 {
			b.deliver(b.queue, b.worker, time.Minute)
			time.Sleep(time.Second)
		}
		out = b.request(r.ID).Outlook(forecaster.Lanes(t.Context(), false), time.Now())
		want := time.Date(2000, 1, 1, 9, 0, 0, 0, time.UTC)
		if out.Wait == nil || out.Wait.Rows != 5 || !out.Wait.Until.Equal(want) {
			t.Fatalf("waiting: %+v, want 5 until %s", out.Wait, want)
		}
		if end := time.Now().Add(out.Left).UTC(); end.Before(want.AddDate(0, 0, 1)) || end.After(want.AddDate(0, 0, 1).Add(time.Minute)) {
			t.Errorf("the last one is done at %s, want the day after, from 09:00", end)
		}
	})
}
