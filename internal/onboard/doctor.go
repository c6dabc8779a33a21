package onboard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Severity says how bad a finding is.
type Severity string

// The severities of a finding: an error stops or spoils invitations, a warning
// may.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Finding is one thing that people should know before they invite many: what it
// will cause, and how to fix it.
type Finding struct {
	Code     Code
	Severity Severity
	Effect   string
	Fix      string
}

// Doctor says what would stop or spoil a large invitation. It is safe for
// concurrent use.
type Doctor struct {
	Pool         *KnownPool
	MailQuota    int // mails a day; 0: not known
	PasswordLife time.Duration
	AdminGroup   string // whose members may use usher; "" is not looked for
}

// Diagnosis is what a [Doctor] has found.
type Diagnosis struct {
	Settings *PoolSettings // nil: they could not be read
	Findings []Finding     // errors first
}

// Ready reports whether nothing stops or spoils invitations.
func (d Diagnosis) Ready() bool {
	return !slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Severity == SeverityError })
}

// Examine reads the pool's settings, unless they were read a moment ago, and says
// what is wrong with them.
func (d *Doctor) Examine(ctx context.Context) Diagnosis {
	return d.diagnose(d.Pool.read(ctx, freshAge))
}

// Recall is Examine by what is remembered of the pool.
func (d *Doctor) Recall(ctx context.Context) Diagnosis {
	return d.diagnose(d.Pool.read(ctx, settingsAge))
}

func (d *Doctor) diagnose(s *PoolSettings, err error) Diagnosis {
	out := Diagnosis{Settings: s}
	switch {
	case err != nil:
		out.Findings = append(out.Findings, unreadable(err))
	case s == nil:
		out.Findings = append(out.Findings, Finding{
			"pool_not_inspected", SeverityWarning,
			"usher does not read the pool, so rows are not checked against what it can store before they are accepted. The pool judges each one when it is asked.",
			"Give usher the right to read the pool.",
		})
	}
	if s == nil {
		return out
	}
	found := slices.Concat(
		findInUsers(s), findInMail(s, mailQuota(d.MailQuota, s)), findInPasswords(s, int(d.PasswordLife/day)), findInRest(s, d.AdminGroup), findInSafety(s))
	slices.SortStableFunc(found, func(a, b Finding) int { return strings.Compare(string(a.Severity), string(b.Severity)) })
	out.Findings = append(out.Findings, found...)
	return out
}

func unreadable(err error) Finding {
	f := Finding{
		Code: CodePoolUnread, Severity: SeverityError,
		Effect: "The pool could not be read, so invitations may fail, and rows are not checked against what it can store.",
		Fix:    "Try again in a minute. If it happens again, check the pool's id and the function's rights.",
	}
	var pe *PoolError
	if errors.As(err, &pe) && pe.Reason() != "" {
		f.Fix = pe.Reason()
	}
	if errors.Is(err, ErrThrottled) {
		f.Severity = SeverityWarning
	}
	return f
}

func findInUsers(s *PoolSettings) (list []Finding) {
	if !s.EmailAsUsername {
		list = append(list, Finding{
			"email_not_username", SeverityError,
			"The pool does not take an e-mail address as user name, so every invitation is refused.",
			"Use a pool with UsernameAttributes email. It cannot be changed in an existing pool.",
		})
	}
	if s.CaseSensitive {
		list = append(list, Finding{
			"case_sensitive", SeverityWarning,
			"The pool takes Ann@example.org and ann@example.org for two people, so one person can have two users.",
			"Use a pool with CaseSensitive false. It cannot be changed in an existing pool.",
		})
	}
	if !s.AdminOnly {
		list = append(list, Finding{
			"self_sign_up_open", SeverityWarning,
			"People can sign up by themselves, so people without an invitation get in.",
			"Set AllowAdminCreateUserOnly in the pool.",
		})
	}
	for _, a := range s.Attributes {
		if a.Required && a.Name != "email" && a.Name != "sub" {
			list = append(list, requiredAttribute(a))
		}
	}
	return list
}

// requiredAttribute: the pool lets an administrator leave a required attribute
// out if the person can add it at the first sign-in (Amazon Cognito Developer
// Guide, "Creating user accounts as administrator").
func requiredAttribute(a AttributeSetting) Finding {
	if a.Mutable {
		return Finding{
			"attribute_required", SeverityWarning,
			fmt.Sprintf("The pool requires %s. People whose row lacks it must give it at their first sign-in.", a.Name),
			fmt.Sprintf("Give every row %s, or be sure that the sign-in page asks for it.", a.Name),
		}
	}
	return Finding{
		"attribute_required", SeverityError,
		fmt.Sprintf("The pool requires %s and never lets it change, so every row without it is refused.", a.Name),
		fmt.Sprintf("Give every row %s.", a.Name),
	}
}
