package memory_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

const ann = "ann@example.com"

func TestAnInvitationHoldsUsernameAndTemporaryPassword(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{CreationRate: -1})
		said := regexp.MustCompile(`^Your username is (\S+) and temporary password is (\S+)\.$`)
		seen := map[string]bool{}
		for i := range 200 {
			invite(t, p, fmt.Sprintf("person-%d@example.com", i), nil)
		}
		for i, m := range p.Mailbox() {
			parts := said.FindStringSubmatch(m.Body)
			if parts == nil {
				t.Fatalf("mail %d: body %q", i, m.Body)
			}
			if m.To != parts[1] || m.Subject == "" || !m.SentAt.Equal(time.Now()) {
				t.Errorf("mail %d: %+v", i, m)
			}
			if password := parts[2]; !meetsPolicy(password) || seen[password] {
				t.Errorf("mail %d: the password %q is seen twice or breaks the policy", i, password)
			}
			seen[parts[2]] = true
		}
	})
}

func TestAResendMakesANewPassword(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{})
		invite(t, p, ann, nil)
		resend(t, p, ann, nil)
		if mails := p.Mailbox(); len(mails) != 2 || mails[0].Body == mails[1].Body {
			t.Errorf("got mails %+v, want two with different passwords", mails)
		}
	})
}

func TestAMailIsJSONInSnakeCase(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(memory.Mail{From: "usher@localhost", To: ann, Subject: "s", Body: "b", SentAt: time.Unix(0, 0).UTC()})
	want := `{"from":"usher@localhost","to":"ann@example.com","subject":"s","body":"b","sent_at":"1970-01-01T00:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, error %v; want %s", got, err, want)
	}
}

func TestATemplateWithoutAPlaceForThePasswordMailsNobody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{Invitation: memory.Template{Subject: "Welcome", Body: "Hello {username}"}})
		invite(t, p, ann, nil)
		if mails := p.Mailbox(); len(mails) != 0 {
			t.Errorf("got mails %+v, want none", mails)
		}
	})
}

func TestATemporaryPasswordExpires(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{TemporaryPasswordDays: 3})
		invite(t, p, ann, nil)
		time.Sleep(3*24*time.Hour + time.Second)
		if err := p.SignIn(ann); err == nil {
			t.Error("sign-in with an expired password: no error")
		}
		resend(t, p, ann, nil)
		if err := p.SignIn(ann); err != nil {
			t.Errorf("sign-in after a resend: %v", err)
		}
		resend(t, p, ann, onboard.ErrSignedIn)
	})
}

func TestTheMailQuotaBeginsAnewAtNineUTC(t *testing.T) {
	for name, left := range map[string]bool{"NoUserLeft": false, "UserLeft": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { // which begins at midnight UTC
				p := memory.NewPool(memory.PoolConfig{MailQuota: 2, UserAtMailQuota: left})
				invite(t, p, "one@example.com", nil)
				invite(t, p, "two@example.com", nil)
				invite(t, p, ann, onboard.ErrMailQuota)
				resend(t, p, "one@example.com", onboard.ErrMailQuota)
				if got := len(p.Users()) == 3; got != left {
					t.Errorf("user left behind: %v, want %v", got, left)
				}
				time.Sleep(9*time.Hour - time.Second)
				resend(t, p, "one@example.com", onboard.ErrMailQuota)
				time.Sleep(time.Second)
				if left {
					resend(t, p, ann, nil)
				} else {
					invite(t, p, ann, nil)
				}
				resend(t, p, "one@example.com", nil)
				resend(t, p, "two@example.com", onboard.ErrMailQuota)
				time.Sleep(24 * time.Hour)
				resend(t, p, "two@example.com", nil)
			})
		})
	}
}

func TestAnAnswerInPlaceOfAMailLeavesTheUser(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{})
		p.SetFaults(memory.Faults{MailAnswer: func(memory.Op, string) *onboard.PoolError {
			return &onboard.PoolError{Class: onboard.ErrRefused}
		}})
		invite(t, p, ann, onboard.ErrRefused)
		if len(p.Users()) != 1 || len(p.Mailbox()) != 0 {
			t.Errorf("%d users and %d mails, want one and none", len(p.Users()), len(p.Mailbox()))
		}
		resend(t, p, ann, onboard.ErrRefused)
		if _, err := p.Invite(t.Context(), onboard.Ask{Email: "silent@example.com", SuppressMail: true}); err != nil {
			t.Errorf("without a mail: %v", err)
		}
		p.SetFaults(memory.Faults{})
		resend(t, p, ann, nil)
	})
}

func TestEveryKindOfCallHasItsOwnRate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{CreationRate: 3, GroupRate: 2, ReadRate: 4, Groups: []string{"staff"}})
		if _, err := p.AddUser(ann, false); err != nil {
			t.Fatal(err)
		}
		invite(t, p, "one@example.com", nil)
		invite(t, p, "two@example.com", nil)
		resend(t, p, ann, nil) // counts as a creation
		invite(t, p, "three@example.com", onboard.ErrThrottled)
		resend(t, p, ann, onboard.ErrThrottled)
		for i, want := range []error{nil, nil, onboard.ErrThrottled} {
			if err := p.AddToGroup(t.Context(), ann, "staff"); !errors.Is(err, want) {
				t.Errorf("group add %d: error %v, want %v", i, err, want)
			}
		}
		for i, want := range []error{nil, nil, nil, nil, onboard.ErrThrottled} {
			if _, err := p.Look(t.Context(), ann); !errors.Is(err, want) {
				t.Errorf("look %d: error %v, want %v", i, err, want)
			}
		}
		want := memory.Calls{Invites: 3, Resends: 2, Looks: 5, GroupAdds: 3, Throttled: 4}
		if diff := cmp.Diff(want, p.Calls()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if n := len(p.Users()); n != 3 {
			t.Errorf("%d users, want 3", n)
		}
	})
}

func TestTheCreationRateCanBeChanged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{CreationRate: 50, Enforcement: memory.SlidingWindow()})
		created := func() int {
			before := len(p.Users())
			for i := range 100 {
				_, _ = p.Invite(t.Context(), onboard.Ask{Email: fmt.Sprintf("p-%d-%d@example.com", time.Now().Unix(), i)})
			}
			return len(p.Users()) - before
		}
		var got []int
		for _, rate := range []float64{50, 10, 0, 25} {
			time.Sleep(2 * time.Second)
			p.SetCreationRate(rate)
			got = append(got, created())
		}
		if diff := cmp.Diff([]int{50, 10, 100, 25}, got); diff != "" {
			t.Errorf("users created in a second at 50/s, 10/s, without limit, 25/s (-want +got):\n%s", diff)
		}
	})
}

func TestACallThatWasGivenUpHasItsEffectLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{Latency: 4 * time.Second})
		for _, patience := range []time.Duration{time.Second, 3 * time.Second} { // before the effect, after it
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			email := fmt.Sprintf("%s@example.com", patience)
			start := time.Now()
			if _, err := p.Invite(ctx, onboard.Ask{Email: email}); !errors.Is(err, onboard.ErrUnclear) {
				t.Errorf("given up after %s: error %v, want %v", patience, err, onboard.ErrUnclear)
			}
			cancel()
			if took := time.Since(start); took != patience {
				t.Errorf("returned after %s, want %s", took, patience)
			}
			time.Sleep(4 * time.Second)
			if at := userOf(t, p, email).CreatedAt; !at.Equal(start.Add(2 * time.Second)) {
				t.Errorf("created %s after the call left, want 2s", at.Sub(start))
			}
		}
	})
}

func TestANewUserIsFoundAfterTheReadLag(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{Faults: memory.Faults{ReadLag: time.Second}})
		invite(t, p, ann, nil)
		if _, err := p.Look(t.Context(), ann); !errors.Is(err, onboard.ErrUserNotFound) {
			t.Errorf("at once: error %v, want %v", err, onboard.ErrUserNotFound)
		}
		invite(t, p, ann, onboard.ErrExists) // though it cannot be found
		time.Sleep(time.Second)
		if _, err := p.Look(t.Context(), ann); err != nil {
			t.Errorf("after the lag: %v", err)
		}
	})
}

func TestThePoolTellsItsOwnTimeInMilliseconds(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{ClockAhead: 5 * time.Second})
		time.Sleep(1_234_567 * time.Nanosecond)
		u := invite(t, p, ann, nil)
		if want := time.Now().Add(5 * time.Second).Truncate(time.Millisecond); !u.CreatedAt.Equal(want) {
			t.Errorf("created at %s, want %s", u.CreatedAt, want)
		}
	})
}

func TestASubIsAUUID(t *testing.T) {
	bubble(t, func(t *testing.T) {
		form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
		p := memory.NewPool(memory.PoolConfig{})
		for i := range 20 {
			if u := invite(t, p, fmt.Sprintf("person-%d@example.com", i), nil); !form.MatchString(u.Sub) {
				t.Errorf("sub %q", u.Sub)
			}
		}
	})
}

func TestACaseSensitivePoolKeepsSpellingsApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{CaseSensitive: true})
		invite(t, p, ann, nil)
		invite(t, p, strings.ToUpper(ann), nil)
	})
}

func TestADeletedUserFreesTheAddress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := memory.NewPool(memory.PoolConfig{})
		first := invite(t, p, ann, nil)
		if err := p.DeleteUser(strings.ToUpper(ann)); err != nil {
			t.Fatal(err)
		}
		if err := p.DeleteUser(ann); !errors.Is(err, onboard.ErrUserNotFound) {
			t.Errorf("second delete: error %v, want %v", err, onboard.ErrUserNotFound)
		}
		if second := invite(t, p, ann, nil); second.Sub == first.Sub {
			t.Errorf("the new user has the old one's sub %s", second.Sub)
		}
	})
}

func TestFaultSharesHitTheirShareAndTheSameCallsForASeed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		const calls = 2000
		outcomes := func(seed uint64) (unclear, mailed int, trace string) {
			p := memory.NewPool(memory.PoolConfig{
				CreationRate: -1, Seed: seed,
				Faults: memory.Faults{LostAnswers: 0.05, LostCalls: 0.05, NotMailed: 0.1},
			})
			for i := range calls {
				_, err := p.Invite(t.Context(), onboard.Ask{Email: fmt.Sprintf("person-%d@example.com", i)})
				if errors.Is(err, onboard.ErrUnclear) {
					unclear++
				}
				trace += fmt.Sprintln(err)
			}
			return unclear, len(p.Mailbox()), trace
		}
		unclear, mailed, trace := outcomes(7)
		if unclear < calls*7/100 || unclear > calls*13/100 {
			t.Errorf("%d of %d answers unclear, want about a tenth", unclear, calls)
		}
		if mailed < calls*82/100 || mailed > calls*89/100 { // 0.95 x 0.9
			t.Errorf("%d of %d mailed, want about 855 in a thousand", mailed, calls)
		}
		if _, _, again := outcomes(7); again != trace {
			t.Error("the same seed gave other faults")
		}
		if _, _, other := outcomes(8); other == trace {
			t.Error("another seed gave the same faults")
		}
	})
}

// invite asks for an invitation and checks the class of the answer.
func invite(t *testing.T, p *memory.Pool, email string, want error) onboard.User {
	t.Helper()
	u, err := p.Invite(t.Context(), onboard.Ask{Email: email})
	if !errors.Is(err, want) {
		t.Errorf("invite: error %v, want %v", err, want)
	}
	return u
}

func resend(t *testing.T, p *memory.Pool, email string, want error) {
	t.Helper()
	if _, err := p.Resend(t.Context(), email); !errors.Is(err, want) {
		t.Errorf("resend: error %v, want %v", err, want)
	}
}

// meetsPolicy reports whether a password has eight characters and every kind.
func meetsPolicy(password string) bool {
	kinds := []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "!@#%+=?-_"}
	for _, kind := range kinds {
		if !strings.ContainsAny(password, kind) {
			return false
		}
	}
	return len(password) >= 8
}
