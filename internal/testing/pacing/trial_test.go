package pacing_test

import (
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// quota is what the workers are configured with, in calls per second.
const quota = onboard.DefaultCreationQuota

// models are ways in which a pool may hold callers to a quota: AWS does not say
// which of them is Cognito's.
var models = []struct {
	name  string
	holds memory.Enforcement
}{
	{"bucket of 50", memory.TokenBucket(50)},
	{"bucket of 5", memory.TokenBucket(5)},
	{"fixed window", memory.FixedWindow()},
	{"sliding window", memory.SlidingWindow()},
}

// trial is one large request worked off under certain conditions.
type trial struct {
	name  string
	setup setup
	rows  int

	// change happens to the plant at the given time after the request was accepted.
	change func(p *plant)
	at     time.Duration

	// unclear is set where answers do not come back: then workers look, and hardly a
	// row may use up its attempts.
	unclear bool

	// search is for how long after acceptance a limit is searched for before the
	// share and the throttled calls are measured.
	search time.Duration

	target target
}

// target is what is asked of a trial; zero: nothing.
type target struct {
	share     float64       // of the true quota, at least
	throttled float64       // share of the calls to create, at most
	calls     float64       // that come to the pool, for each user, at most
	back      time.Duration // until 90 % of the quota is used again after the change, at most
}

// outcome is what a trial was measured to be.
type outcome struct {
	target     // as measured; back is -1 for never
	most   int // calls that left within any one second
	looks  int // AdminGetUser
	failed int // rows without an attempt left
}

// run works the trial's request off and measures it.
func (tr trial) run(tb testing.TB) (o outcome) {
	tb.Helper()
	inBubble(tb, func(t *testing.T) {
		p := newPlant(t, tr.setup)
		r := p.submit("someone", tr.rows)
		accepted := time.Since(p.log.began)
		if tr.change != nil {
			time.AfterFunc(tr.at, func() { tr.change(p) })
		}
		r, took := p.await(r.ID, 10*time.Hour)
		o = tr.measure(p, accepted, accepted+took)
		invited, failed := r.Tally.States[onboard.Invited], r.Tally.States[onboard.Failed]
		if invited+failed != tr.rows {
			t.Errorf("%s: of %d rows some were neither invited nor failed: %v", tr.name, tr.rows, r.Tally.States)
		}
		if mails := len(p.pool.Mailbox()); mails < invited || mails > tr.rows {
			t.Errorf("%s: %d mails for %d rows, of which %d say invited", tr.name, mails, tr.rows, invited)
		}
		o.failed = failed
	})
	return o
}

func (tr trial) measure(p *plant, accepted, finished time.Duration) (o outcome) {
	truth := tr.setup.pool.CreationRate
	if truth == 0 {
		truth = quota
	}
	from := accepted + tr.search
	taken, turned := since(p.log.taken, from), since(p.log.turnedAway, from)
	calls := p.pool.Calls()
	o.share = float64(taken) / (finished - from).Seconds() / truth
	o.throttled = float64(turned) / float64(taken+turned)
	o.calls = float64(calls.Invites+calls.Resends+calls.Looks) / float64(tr.rows)
	o.most, o.looks = most(p.log.departures), calls.Looks
	if tr.change != nil {
		at := accepted + tr.at
		if o.back = reaches(p.log.taken, at, kept, 0.9*quota); o.back >= 0 {
			o.back -= at
		}
	}
	return o
}

// kept is for how long a pace must be kept to count as reached.
const kept = 5 * time.Second

// hold reports where the outcome misses what is asked of the trial.
func (tr trial) hold(tb testing.TB, o outcome) {
	tb.Helper()
	want := tr.target
	if o.share < want.share {
		tb.Errorf("%s: %.4f of the quota was made use of, want %.2f", tr.name, o.share, want.share)
	}
	if want.throttled > 0 && o.throttled > want.throttled {
		tb.Errorf("%s: %.4f %% of the calls were throttled, want at most %.2f %%", tr.name, 100*o.throttled, 100*want.throttled)
	}
	if want.calls > 0 && o.calls > want.calls {
		tb.Errorf("%s: %.4f calls for each user, want at most %.3f", tr.name, o.calls, want.calls)
	}
	if want.back > 0 && (o.back < 0 || o.back > want.back) {
		tb.Errorf("%s: back at 90 %% of the quota after %s, want within %s", tr.name, backAfter(tr, o), want.back)
	}
	if o.most > quota {
		tb.Errorf("%s: %d calls left within one second, want at most %d", tr.name, o.most, quota)
	}
	switch {
	case !tr.unclear && (o.looks > 0 || o.failed > 0):
		tb.Errorf("%s: %d looks and %d failed rows, want none: no answer was lost", tr.name, o.looks, o.failed)
	case tr.unclear && o.looks == 0:
		tb.Errorf("%s: nobody was looked up: nothing was lost after all", tr.name)
	case o.failed > tr.rows/1000:
		tb.Errorf("%s: %d of %d rows used up their attempts, want one in a thousand at most", tr.name, o.failed, tr.rows)
	}
}

func backAfter(tr trial, o outcome) string {
	switch {
	case tr.change == nil:
		return "-"
	case o.back < 0:
		return "never"
	}
	return o.back.Round(100 * time.Millisecond).String()
}
