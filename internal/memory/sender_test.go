package memory_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestASenderTakesItsRateAndAShortBurst(t *testing.T) {
	for _, tt := range []struct {
		name   string
		sender memory.Sender
		gap    time.Duration // from one mail to the next
		mails  int
		taken  int
	}{
		{name: "no limit", sender: memory.Sender{}, gap: 0, mails: 200, taken: 200},
		{name: "a burst of two seconds' mails", sender: memory.Sender{Rate: 14}, gap: 0, mails: 50, taken: 28},
		{name: "a burst of its own", sender: memory.Sender{Rate: 14, Burst: 3}, gap: 0, mails: 50, taken: 3},
		{name: "as fast as the rate", sender: memory.Sender{Rate: 10}, gap: 100 * time.Millisecond, mails: 300, taken: 300},
		{name: "twice as fast for ten seconds", sender: memory.Sender{Rate: 10}, gap: 50 * time.Millisecond, mails: 200, taken: 119},
		{name: "the mails of any 24 hours", sender: memory.Sender{DailyQuota: 20}, gap: time.Hour, mails: 48, taken: 40},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				p := memory.NewPool(memory.PoolConfig{CreationRate: -1, Sender: tt.sender})
				for i := range tt.mails {
					_, err := p.Invite(t.Context(), onboard.Ask{Email: fmt.Sprintf("p%d@example.com", i)})
					if err != nil && !errors.Is(err, onboard.ErrNotMailed) {
						t.Fatal(err)
					}
					time.Sleep(tt.gap)
				}
				if got := len(p.Mailbox()); got != tt.taken {
					t.Errorf("%d of %d mails went out, want %d", got, tt.mails, tt.taken)
				}
				if got := len(p.Users()); got != tt.mails {
					t.Errorf("%d users, want %d: a mail that fails leaves the user", got, tt.mails)
				}
			})
		})
	}
}

func TestAMailBeyondTheLimitFailsOrIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		loud := memory.NewPool(memory.PoolConfig{Sender: memory.Sender{Rate: 1, Burst: 1}})
		silent := memory.NewPool(memory.PoolConfig{Sender: memory.Sender{Rate: 1, Burst: 1, Silent: true}})
		for _, p := range []*memory.Pool{loud, silent} {
			invite(t, p, ann, nil)
		}
		_, err := loud.Resend(t.Context(), ann)
		if !errors.Is(err, onboard.ErrNotMailed) || loud.MailsTo(ann) != 1 {
			t.Errorf("a mail too many: error %v and %d mails, want %v and 1", err, loud.MailsTo(ann), onboard.ErrNotMailed)
		}
		resend(t, silent, ann, nil)
		if silent.MailsTo(ann) != 1 || silent.MailsOverLimit() != 1 {
			t.Errorf("silently: %d mails and %d beyond the limit, want one each", silent.MailsTo(ann), silent.MailsOverLimit())
		}
		time.Sleep(time.Second)
		resend(t, loud, ann, nil)
		loud.SetSender(memory.Sender{})
		resend(t, loud, ann, nil)
		if loud.MailsTo(ann) != 3 {
			t.Errorf("%d mails once the sender takes them, want 3", loud.MailsTo(ann))
		}
	})
}

func TestSenderContract(t *testing.T) {
	t.Parallel()
	onboardtest.Sender(t, bubble, func(*testing.T) onboardtest.SenderHarness {
		p := memory.NewPool(memory.PoolConfig{})
		return onboardtest.SenderHarness{
			Sender: p,
			Be:     func(a onboard.MailAccount) { p.SetSender(memory.SenderOf(a)) },
			Refuse: func(class error) { p.SetFaults(memory.Faults{Sender: &onboard.PoolError{Class: class}}) },
		}
	})
}

func TestAnAccountThatSendsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for _, test := range []struct {
			name   string
			sender memory.Sender
			mailed bool
		}{
			{name: "sound", mailed: true},
			{name: "sandbox", sender: memory.Sender{Sandbox: true}},
			{name: "sandbox, the address is verified", sender: memory.Sender{Sandbox: true, Verified: []string{ann}}, mailed: true},
			{name: "sandbox, the domain is verified", sender: memory.Sender{Sandbox: true, Verified: []string{"example.com"}}, mailed: true},
			{name: "paused", sender: memory.Sender{Paused: true}},
			{name: "not verified", sender: memory.Sender{Unverified: true}},
		} {
			p := memory.NewPool(memory.PoolConfig{Sender: test.sender})
			_, err := p.Invite(t.Context(), onboard.Ask{Email: ann})
			if (err == nil) != test.mailed || len(p.Users()) != 1 {
				t.Errorf("%s: %v, %d users", test.name, err, len(p.Users()))
			}
			got, _ := p.InspectSender(t.Context(), memory.SenderIdentity)
			if want := map[bool]int{true: 1}[test.mailed]; got.SentToday != want {
				t.Errorf("%s: %d mails sent today, want %d", test.name, got.SentToday, want)
			}
		}
	})
}
