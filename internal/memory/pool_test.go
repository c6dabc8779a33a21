package memory_test

import (
	"fmt"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestPoolKeepsTheContract(t *testing.T) {
	const mails = 10
	onboardtest.Pool(t, bubble, func(t *testing.T) onboardtest.PoolHarness {
		p := memory.NewPool(memory.PoolConfig{
			Attributes: []memory.Attribute{{Name: onboardtest.CustomAttribute, MaxLength: onboardtest.CustomLength}},
			MailQuota:  mails,
		})
		return onboardtest.PoolHarness{
			Pool: p, Directory: p,
			AddUser: func(email string, signedIn bool) {
				if _, err := p.AddUser(email, signedIn); err != nil {
					t.Fatal(err)
				}
			},
			CreateGroup: p.CreateGroup,
			MailsTo:     p.MailsTo,
			User: func(email string) (map[string]string, []string) {
				u := userOf(t, p, email)
				return u.Attributes, u.Groups
			},
			Break: func(fault onboardtest.Fault) bool {
				if fault == onboardtest.MailUsedUp {
					useUpMail(t, p, mails)
					return true
				}
				return breakDown(p, fault)
			},
		}
	})
}

// breakDown makes p fail in one way; it reports whether it knows how.
func breakDown(p *memory.Pool, fault onboardtest.Fault) bool {
	refused := func(code onboard.Code, detail string) func(memory.Op, string) *onboard.PoolError {
		return func(memory.Op, string) *onboard.PoolError {
			return &onboard.PoolError{Class: onboard.ErrRefused, Code: code, Detail: detail}
		}
	}
	var faults memory.Faults
	var latency time.Duration
	switch fault {
	case onboardtest.Sound:
	case onboardtest.CallsThrottled:
		faults.Throttled = 1
	case onboardtest.MailFails:
		faults.NotMailed = 1
	case onboardtest.PoolUnfit:
		faults.Misconfigured = "NotAuthorizedException"
	case onboardtest.TriggerRefuses:
		faults.Answer = refused(onboard.CodeRefusedByTrigger, "UserLambdaValidationException")
	case onboardtest.PasswordRefused:
		faults.Answer = refused(onboard.CodePasswordPolicy, "InvalidPasswordException")
	case onboardtest.AnswersLost:
		faults.LostAnswers = 1
	case onboardtest.CallsLost:
		faults.LostCalls = 1
	case onboardtest.CallsSlow:
		latency = 3 * time.Second
	default:
		return false
	}
	p.SetFaults(faults)
	p.SetLatency(latency)
	return true
}

func useUpMail(t *testing.T, p *memory.Pool, mails int) {
	t.Helper()
	for i := range mails {
		if _, err := p.Invite(t.Context(), onboard.Ask{Email: fmt.Sprintf("mail-%d@example.com", i)}); err != nil {
			t.Fatal(err)
		}
	}
}

func userOf(t *testing.T, p *memory.Pool, email string) memory.PoolUser {
	t.Helper()
	for _, u := range p.Users() {
		if u.Email == email {
			return u
		}
	}
	t.Fatal("the pool has no such user")
	return memory.PoolUser{}
}
