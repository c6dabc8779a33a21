package memory_test

import (
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

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
