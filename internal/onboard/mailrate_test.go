package onboard_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// rates are the calls a second of the lane of creations: of those that have mail sent,
// and of the others.
func rates(t *testing.T, p *onboard.Pace) onboard.Rates {
	t.Helper()
	_, r, err := p.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestACallThatMailsTakesAsMuchOfTheLineAsTheSenderAllows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		sender float64 // mails a second
		mails  bool
		want   time.Duration
	}{
		{sender: 0, mails: true, want: time.Second * 100 / 4750},
		{sender: 14, mails: true, want: time.Second * 100 / 1330},
		{sender: 14, mails: false, want: time.Second * 100 / 4750},
		{sender: 200, mails: true, want: time.Second * 100 / 4750},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := memory.NewStore()
				if err := newPace(store).SetMailRate(t.Context(), tt.sender); err != nil {
					t.Fatal(err)
				}
				p := newPace(store) // of a process that has read nothing yet
				d := demand(3)
				d.Mail = tt.mails
				var times []time.Time
				for len(times) < 3 {
					b, err := p.Reserve(t.Context(), d)
					if err != nil {
						t.Fatal(err)
					}
					times = times[:0]
					for i := range b.Len() {
						times = append(times, b.At(i))
					}
				}
				for i := range 2 {
					if got := times[i+1].Sub(times[i]); (got - tt.want).Abs() > time.Microsecond {
						t.Errorf("%s from one call to the next, want %s", got, tt.want)
					}
				}
			})
		})
	}
}

// heard has a process hear of mails, the newest last: x failed.
func heard(t *testing.T, p *onboard.Pace, mails string) {
	t.Helper()
	for _, m := range mails {
		var err error
		if m == 'x' {
			err = onboard.ErrNotMailed
		}
		now := time.Now().Add(-500 * time.Microsecond) // the call's place
		onboard.HearMail(p, now, err)
		if err != nil {
			if err := p.Unmailed(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Millisecond)
	}
}

func TestABurstOfFailedMailsSlowsMailsDown(t *testing.T) {
	t.Parallel()
	const again = 29.6 // a second and a half after the pace was halved
	for _, tt := range []struct {
		name  string
		mails []string // a second and a half after one another
		want  float64  // mails a second
	}{
		{name: "four of ten", mails: []string{".x.x.x.x.."}, want: most},
		{name: "five of ten", mails: []string{".x.x.x.x.x"}, want: most / 2},
		{name: "four failed long ago", mails: []string{"xxxx..........x"}, want: most},
		{name: "all, and none has ever gone out", mails: []string{"xxxxxxxxxx"}, want: most},
		{name: "two bursts in a row", mails: []string{".xxxxx", "xxxxx"}, want: again / 2},
		{name: "a few after a burst", mails: []string{".xxxxx", "xx"}, want: again / 2},
		{name: "one after a burst", mails: []string{".xxxxx", "x"}, want: again},
		{name: "a few, again and again: not below half of what the burst left", mails: []string{".xxxxx", "........xx", "........xx", "........xx", "........xx", "........xx"}, want: most / 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPace(memory.NewStore())
				got := rates(t, p)
				for _, mails := range tt.mails {
					heard(t, p, mails)
					got = rates(t, p)
					time.Sleep(1500 * time.Millisecond)
				}
				if math.Abs(got.Mails-tt.want)/most > 0.01 {
					t.Errorf("%.2f mails a second, want about %.2f", got.Mails, tt.want)
				}
				if got.Calls != most {
					t.Errorf("%.2f other calls a second, want %.2f", got.Calls, most)
				}
			})
		})
	}
}

func TestThePaceOfMailsRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(memory.NewStore())
		heard(t, p, ".xxxxx")
		time.Sleep(50 * time.Minute)
		if got := rates(t, p).Mails; !almost(got, 0.97*most) {
			t.Errorf("%.2f mails a second while it is level, want %.2f", got, 0.97*most)
		}
		time.Sleep(12 * time.Minute)
		if got := rates(t, p).Mails; got != most {
			t.Errorf("%.2f mails a second after an hour, want %.2f", got, most)
		}
	})
}

// What the sender's account says is shared once, and again when it has changed.
func TestTheSendersRateIsSharedWithTheWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Sender: memory.Sender{Rate: 14}})
		b.system.Inspector, b.system.Sender = b.pool, b.pool
		submitter := b.system.Submitter()
		wantRate := func(want float64, version int) {
			t.Helper()
			submitter.Judge(t.Context(), order(onboard.Options{}, "ann@example.org"))
			cell, err := b.store.Cell(t.Context(), onboard.LaneCreate)
			if err != nil || cell.MailRate != want || cell.Version != version {
				t.Errorf("cell %+v, error %v, want a mail rate of %v and version %d", cell, err, want, version)
			}
		}
		wantRate(14, 1)
		time.Sleep(10 * time.Minute)
		wantRate(14, 1)
		b.pool.SetSender(memory.Sender{Rate: 200})
		time.Sleep(10 * time.Minute)
		wantRate(200, 2)
		j, forecast := b.checked(onboard.Options{}, people(100)...)
		if forecast.Rate != most || j.People != 100 {
			t.Errorf("forecast %+v of %d people, want %v a second", forecast, j.People, most)
		}
	})
}
