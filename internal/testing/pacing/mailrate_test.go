package pacing_test

import (
	"fmt"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// mailTrial is one large request into a pool whose sender takes fewer mails a second
// than the pool creates users, or not.
type mailTrial struct {
	rate  float64 // mails a second that the sender takes
	known bool    // usher has read it
	burst int     // mails that the sender takes at once after a pause; 0: its default
	rows  int
	setup setup
}

// mailed is what came of it.
type mailed struct {
	invited, notMailed int
	refused            int           // mails that the sender did not take
	share              float64       // of the sender's rate, or of the pace if that is less, while first mails go out
	took               time.Duration // from acceptance to the last outcome
	looks              int
}

func (m mailTrial) run(tb testing.TB) (o mailed) {
	tb.Helper()
	m.setup.pool.Sender, m.setup.schedule = memory.Sender{Rate: m.rate, Burst: m.burst}, true
	inBubble(tb, func(t *testing.T) {
		p := newPlant(t, m.setup)
		if m.known {
			if err := onboard.NewPace(p.store, onboard.LaneCreate, quota, onboard.DefaultShare).SetMailRate(t.Context(), m.rate); err != nil {
				t.Fatal(err)
			}
		}
		r := p.submit("someone", m.rows)
		accepted := time.Now()
		r, o.took = p.await(r.ID, 100*time.Hour)
		o.invited, o.notMailed = r.Tally.States[onboard.Invited], r.Tally.States[onboard.NotMailed]
		o.refused, o.looks = p.pool.MailsOverLimit(), p.pool.Calls().Looks
		if users := len(p.pool.Users()); users != m.rows {
			t.Errorf("%d users for %d rows", users, m.rows)
		}
		seen := map[string]int{}
		for _, mail := range p.pool.Mailbox() {
			seen[mail.To]++
			if seen[mail.To] > 1 {
				t.Errorf("%s was mailed twice", mail.To)
			}
		}
		o.share = m.share(p, accepted)
	})
	return o
}

// share is which part of what the sender and the pace allow went out, until the last
// user was made: afterwards only mails that failed are sent again.
func (m mailTrial) share(p *plant, accepted time.Time) float64 {
	users := p.pool.Users()
	last := users[len(users)-1].CreatedAt
	n := 0
	for _, mail := range p.pool.Mailbox() {
		if !mail.SentAt.After(last) {
			n++
		}
	}
	return float64(n) / last.Sub(accepted).Seconds() / min(m.rate, m.setup.paced())
}

func (m mailTrial) String() string {
	known := "unknown"
	if m.known {
		known = "known"
	}
	return fmt.Sprintf("%v mails a second, %s", m.rate, known)
}

func TestMailsKeepToTheSendersRate(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{1, 14, 30, 50, 200} {
		for _, known := range []bool{false, true} {
			m := mailTrial{rate: rate, known: known, rows: 1000, setup: setup{seed: 1}}
			t.Run(m.String(), func(t *testing.T) {
				t.Parallel()
				o := m.run(t)
				t.Logf("%+v", o)
				if o.notMailed > 0 || o.invited != m.rows {
					t.Errorf("of %d rows %d were invited and %d not mailed", m.rows, o.invited, o.notMailed)
				}
			})
		}
	}
}
