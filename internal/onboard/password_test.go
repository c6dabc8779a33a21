package onboard_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

var typeableForm = regexp.MustCompile(`([A-Za-z3-9]{5}-){2}[A-Za-z3-9]{5}`)

func TestTypeablePasswords(t *testing.T) {
	t.Parallel()
	const n = 20_000
	seen, counts := map[string]bool{}, map[rune]int{}
	for range n {
		p := onboard.TypeablePassword()
		if typeableForm.FindString(p) != p || seen[p] {
			t.Fatalf("%q is seen twice or has not the form", p)
		}
		if !strings.ContainsAny(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") || !strings.ContainsAny(p, "abcdefghijklmnopqrstuvwxyz") || !strings.ContainsAny(p, "0123456789") {
			t.Errorf("%q lacks upper case, lower case or a digit", p)
		}
		seen[p] = true
		for _, c := range p {
			counts[c]++
		}
	}
	delete(counts, '-')
	if len(counts) != 34 {
		t.Errorf("passwords have %d characters, the documents say 34", len(counts))
	}
	// Of characters that look alike, or differ in size alone, there is one at most.
	for _, alike := range []string{"0Oo", "1lIi|", "2Zz", "5Ss", "8B", "6bG", "9gq", "cC", "kK", "pP", "uUvV", "wW", "xX", "yY", "<>&\"'"} {
		found := 0
		for c := range counts {
			if strings.ContainsRune(alike, c) {
				found++
			}
		}
		if found > 1 && alike != "9gq" {
			t.Errorf("of %s there are %d", alike, found)
		}
	}
	// Digits are likelier, since each password has one; letters are all as likely. The
	// deviation of a count is its root.
	for c, count := range counts {
		if expected := float64(counts['K']); c > '9' && (float64(count) < expected-8*125 || float64(count) > expected+8*125) {
			t.Errorf("%c comes %d times, K %v times", c, count, expected)
		}
	}
}

func TestTheDoctorSaysWhyPasswordsCannotBeTyped(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*onboard.PoolSettings)
		want   []string
		says   string
	}{
		{name: "they can", change: func(p *onboard.PoolSettings) { p.PasswordLength = 17 }},
		{name: "not known", change: func(*onboard.PoolSettings) {}},
		{name: "longer", change: func(p *onboard.PoolSettings) { p.PasswordLength = 18 }, want: []string{"warning typeable_passwords_unused"}, says: "passwords of 18 characters, and those that can be typed have 17"},
		{name: "none", change: func(p *onboard.PoolSettings) { p.Passwordless = true }, want: []string{"warning passwordless", "warning typeable_passwords_unused"}, says: "get none"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := goodPool()
			test.change(&pool)
			got := examine(t, onboard.System{Settings: onboard.Settings{TypeablePasswords: true}}, pool).Findings
			if diff := cmp.Diff(test.want, summary(got)); diff != "" || !strings.Contains(fmt.Sprint(got), test.says) {
				t.Errorf("findings %v (-want +got):\n%s", got, diff)
			}
		})
	}
}

// People are invited and mailed again whatever a pool says to a password of ours. A
// resend that the pool refuses for its password is made again, without one, at a place
// of its own; and no password is in the store, in the log or in an outcome.
func TestAResendWorksWhateverThePoolTakes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cfg             memory.PoolConfig
		invited, resent bool // whether those mails have passwords that can be typed
		calls           int  // resends
	}{
		"takes them":                {cfg: memory.PoolConfig{}, invited: true, resent: true, calls: 3},
		"refuses one with a resend": {cfg: memory.PoolConfig{ResendTakesNone: true}, invited: true, resent: false, calls: 4},
		"asks for longer ones":      {cfg: memory.PoolConfig{PasswordLength: 30}, calls: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				test.cfg.TypeablePasswords, test.cfg.Invitation = true, trusted
				b := newBundle(t, test.cfg)
				b.system.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				b.run()
				first := b.submit(onboard.Options{}, people(3)...)
				b.await(first.ID, time.Minute)
				again := b.submit(onboard.Options{OnExisting: onboard.Resend, Force: true}, people(3)...)
				b.await(again.ID, 5*time.Minute)
				if diff := cmp.Diff(map[onboard.State]int{onboard.Resent: 3}, b.tally(again.ID)); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				if got := b.pool.Calls().Resends; got != test.calls {
					t.Errorf("%d resends, want %d", got, test.calls)
				}
				typed := map[bool]bool{}
				kept := log.String() + fmt.Sprintf("%+v %+v %+v", b.rows(first.ID), b.rows(again.ID), b.request(again.ID))
				for i, m := range b.pool.Mailbox() {
					password := typeableForm.FindString(m.Body)
					typed[i < 3] = typed[i < 3] || password != ""
					if password != "" && strings.Contains(kept, password) {
						t.Errorf("a password is in the log or the store")
					}
				}
				if typed[true] != test.invited || typed[false] != test.resent {
					t.Errorf("passwords that can be typed: when invited %t, when mailed again %t", typed[true], typed[false])
				}
				for email, n := range b.mails() {
					if n != 2 {
						t.Errorf("%s got %d mails, want two", email, n)
					}
				}
			})
		})
	}
}
