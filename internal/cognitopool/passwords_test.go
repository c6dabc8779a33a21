package cognitopool_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/cognitopool"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// typeablePool answers for a pool with a policy, and remembers the passwords in calls.
type typeablePool struct {
	policy    map[string]any
	refuses   map[string]string // by message action: what a call with a password gets
	unread    bool              // the policy cannot be read
	slow      time.Duration     // reading it takes so long
	readings  int
	passwords []string // of each creation and resend, "" for none
}

func (p *typeablePool) answer(call awsstub.Call) awsstub.Answer {
	if call.Operation == "DescribeUserPool" {
		p.readings++
		if p.unread {
			return awsstub.Refusal(400, "AccessDeniedException", "no")
		}
		return awsstub.OK(map[string]any{"UserPool": map[string]any{"Id": poolID, "Policies": p.policy}}).In(p.slow)
	}
	var in struct{ TemporaryPassword, MessageAction string }
	call.Decode(&in)
	p.passwords = append(p.passwords, in.TemporaryPassword)
	if code := p.refuses[in.MessageAction]; code != "" && in.TemporaryPassword != "" {
		return awsstub.Refusal(400, code, "about "+in.TemporaryPassword)
	}
	return awsstub.OK(createdUser("sub-1", canary, "FORCE_CHANGE_PASSWORD"))
}

func (p *typeablePool) over(t *testing.T) *cognitopool.Pool {
	t.Helper()
	return over(t, awsstub.New(p.answer)).WithTypeablePasswords()
}

// carried says of each call whether it carried a password.
func (p *typeablePool) carried() string {
	var said []string
	for _, password := range p.passwords {
		said = append(said, map[bool]string{true: "none", false: "one"}[password == ""])
	}
	return strings.Join(said, " ")
}

func policyOf(length int) map[string]any {
	return map[string]any{"PasswordPolicy": map[string]any{"MinimumLength": length, "RequireSymbols": true}}
}

func TestCallsCarryAPasswordThatCanBeTyped(t *testing.T) {
	t.Parallel()
	passwordless := map[string]any{"SignInPolicy": map[string]any{"AllowedFirstAuthFactors": []string{"PASSWORD", "EMAIL_OTP"}}}
	for name, test := range map[string]struct {
		pool typeablePool
		want string // of an invitation, one without mail, and a resend
	}{
		"a policy that it satisfies":   {pool: typeablePool{policy: policyOf(17)}, want: "one none one"},
		"no policy":                    {pool: typeablePool{}, want: "one none one"},
		"a policy of longer passwords": {pool: typeablePool{policy: policyOf(18)}, want: "none none none"},
		"no passwords":                 {pool: typeablePool{policy: passwordless}, want: "none none none"},
		"a policy that cannot be read": {pool: typeablePool{unread: true}, want: "none none none"},
		"a policy that takes too long": {pool: typeablePool{slow: 2 * time.Second}, want: "none none none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pool := test.pool.over(t)
				_, err := pool.Invite(t.Context(), onboard.Ask{Email: canary})
				_, suppressed := pool.Invite(t.Context(), onboard.Ask{Email: canary, SuppressMail: true})
				_, again := pool.Resend(t.Context(), canary)
				if err := errors.Join(err, suppressed, again); err != nil {
					t.Error(err)
				}
				if got := test.pool.carried(); got != test.want || test.pool.readings != 1 {
					t.Errorf("the calls carried %s after %d readings, want %s after one", got, test.pool.readings, test.want)
				}
			})
		})
	}
	var without typeablePool
	if _, err := over(t, awsstub.New(without.answer)).Invite(t.Context(), onboard.Ask{Email: canary}); err != nil || without.carried() != "none" || without.readings != 0 {
		t.Errorf("unasked: carried %s after %d readings, %v", without.carried(), without.readings, err)
	}
}

// Whatever a pool says to a password, the next call without one is made as always.
func TestAPoolThatTakesNoPasswordOfOurs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refuses         map[string]string
		invited, resent string // calls until ten minutes are over, and one after
	}{
		"takes both":                       {invited: "one one", resent: "one one"},
		"refuses it with a resend":         {refuses: map[string]string{"RESEND": "InvalidParameterException"}, invited: "one one", resent: "one none one"},
		"has another policy since":         {refuses: map[string]string{"": "InvalidPasswordException", "RESEND": "InvalidPasswordException"}, invited: "one none one", resent: "one none one"},
		"refuses a row for another reason": {refuses: map[string]string{"": "InvalidParameterException"}, invited: "one one", resent: "one one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, action := range []string{"", "RESEND"} {
				synctest.Test(t, func(t *testing.T) {
					p := &typeablePool{refuses: test.refuses}
					pool := p.over(t)
					run := func() error {
						if action == "" {
							return failure(pool.Invite(t.Context(), onboard.Ask{Email: canary}))
						}
						return failure(pool.Resend(t.Context(), canary))
					}
					err := run()
					if errors.Is(err, onboard.ErrNotTaken) {
						if text := fmt.Sprintf("%v %#v", err, err); strings.Contains(text, p.passwords[0]) {
							t.Errorf("the error shows the password: %s", text)
						}
						if err := run(); err != nil {
							t.Errorf("the call without a password: %v", err)
						}
					} else if (err != nil) != (action == "" && test.refuses[""] == "InvalidParameterException") {
						t.Errorf("%q: %v", action, err)
					}
					time.Sleep(10 * time.Minute)
					_ = run()
					if want := map[string]string{"": test.invited, "RESEND": test.resent}[action]; p.carried() != want {
						t.Errorf("%q carried %s, want %s", action, p.carried(), want)
					}
					seen := map[string]bool{}
					for _, password := range p.passwords {
						if password != "" && seen[password] {
							t.Error("a password is used twice")
						}
						seen[password] = true
					}
				})
			}
		})
	}
}

// Many calls at once read the policy once.
func TestThePolicyIsReadOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls, readings int
		guard := make(chan struct{}, 1)
		pool := over(t, awsstub.New(func(call awsstub.Call) awsstub.Answer {
			guard <- struct{}{}
			defer func() { <-guard }()
			if call.Operation == "DescribeUserPool" {
				readings++
				return awsstub.OK(map[string]any{"UserPool": map[string]any{"Id": poolID}}).In(200 * time.Millisecond)
			}
			calls++
			return awsstub.OK(createdUser("sub-1", canary, "FORCE_CHANGE_PASSWORD"))
		})).WithTypeablePasswords()
		for range 10 {
			go func() { _, _ = pool.Invite(t.Context(), onboard.Ask{Email: canary}) }()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if calls != 10 || readings != 1 {
			t.Errorf("%d calls after %d readings, want 10 after one", calls, readings)
		}
		time.Sleep(5 * time.Minute)
		if _, err := pool.Resend(t.Context(), canary); err != nil || readings != 2 {
			t.Errorf("%d readings after five minutes, want two; %v", readings, err)
		}
	})
}
