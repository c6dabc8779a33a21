package pacing_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// mailTrial is one large request into a pool whose sender takes fewer mails a second
// than the pool creates users, or not.
type mailTrial struct {
	rate   float64 // mails a second that the sender takes
	known  bool    // usher has read it
	silent bool    // a mail too many is lost without an error
	burst  int     // mails that the sender takes at once after a pause; 0: its default
	rows   int
	setup  setup
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
	m.setup.pool.Sender, m.setup.schedule = memory.Sender{Rate: m.rate, Burst: m.burst, Silent: m.silent}, true
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

// mailRates are senders, and how much of what a sender and the pace allow goes out at
// least. The time in which an unknown rate is found counts.
var mailRates = []struct {
	rate  float64
	known bool
	rows  int
}{
	{rate: 1, rows: 6000}, {rate: 1, known: true, rows: 1000},
	{rate: 14, rows: 1000}, {rate: 14, known: true, rows: 3000},
	{rate: 50, rows: 3000}, {rate: 50, known: true, rows: 3000},
	{rate: 200, rows: 3000}, {rate: 200, known: true, rows: 3000},
}

// mailShare is what is asked of each.
const mailShare = 0.94

func TestMailsKeepToTheSendersRate(t *testing.T) {
	t.Parallel()
	for _, sender := range mailRates {
		m := mailTrial{rate: sender.rate, known: sender.known, rows: sender.rows, setup: setup{seed: 1}}
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			o := m.run(t)
			t.Logf("%+v", o)
			if o.notMailed > 0 || o.invited != m.rows {
				t.Errorf("of %d rows %d were invited and %d not mailed", m.rows, o.invited, o.notMailed)
			}
			if o.share < mailShare {
				t.Errorf("%.3f of what can go out went out, want %.2f", o.share, mailShare)
			}
			if m.known && o.refused > 0 {
				t.Errorf("the sender did not take %d mails, though its rate is known", o.refused)
			}
		})
	}
}

// A sender that loses what it does not take, without an error, is only safe if its rate
// is known.
func TestNoMailIsLostWhereTheRateIsKnown(t *testing.T) {
	t.Parallel()
	m := mailTrial{rate: 14, known: true, rows: 1000, setup: setup{seed: 1}}
	m.silent = true
	if o := m.run(t); o.refused > 0 || o.invited != m.rows {
		t.Errorf("%+v", o)
	}
}

// Addresses that can never be mailed do not slow the others down.
func TestAddressesThatCannotBeMailedCostLittle(t *testing.T) {
	t.Parallel()
	m := mailTrial{rate: 1000, rows: 3000, setup: setup{seed: 1, pool: memory.PoolConfig{Faults: memory.Faults{
		NotMailedTo: func(email string) bool {
			return strings.HasSuffix(email, "7@example.org") && email[len(email)-14] < '3'
		},
	}}}}
	o := m.run(t)
	t.Logf("%+v", o)
	if bad := m.rows - o.invited; bad != o.notMailed || bad < 50 || bad > 150 {
		t.Errorf("%d invited and %d not mailed of %d", o.invited, o.notMailed, m.rows)
	}
	if o.share < 0.9 {
		t.Errorf("%.3f of the pace went out", o.share)
	}
}
