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
	MailQuota    int     // mails a day; 0: not known
	Quota        float64 // creations a second that the account allows
	Share        float64 // the part of it that usher takes, and of what its sender allows
	PasswordLife time.Duration
	AdminGroup   string // whose members may use usher; "" is not looked for
	Typeable     bool   // temporary passwords that can be typed are asked for
	Organization string // whose name the invitation should have; "": not known
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
		findInUsers(s), d.findInMail(s), findInPasswords(s, int(d.PasswordLife/day)), findInRest(s, d.AdminGroup), findInSafety(s))
	if d.Typeable {
		found = append(found, findInTypeable(s)...)
	}
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
	switch {
	case s.refusesAddresses():
		list = append(list, addressesRefused(*s))
	case s.hasPlainNames():
		list = append(list, Finding{
			"plain_user_names", SeverityWarning,
			"User names of this pool are plain text. usher gives people their address as user name, so people who have a user under another name get a second one.",
			"Invite only people who have no user yet, or use a pool with UsernameAttributes email. It cannot be changed in an existing pool.",
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
		if a.isForRow() {
			list = append(list, requiredAttribute(a, s.demands(a)))
		}
	}
	if len(s.Providers) > 0 {
		list = append(list, Finding{
			"federated_users", SeverityWarning,
			fmt.Sprintf("People can sign in through %s. They are users of their own: to invite somebody who signs in that way makes a second user with the same address.", someNames(s.Providers)),
			"Invite only people who do not sign in that way.",
		})
	}
	return list
}

// mostNames is how many names a finding lists.
const mostNames = 5

// someNames lists the first of many names.
func someNames(names []string) string {
	if more := len(names) - mostNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), more)
	}
	return strings.Join(names, ", ")
}

// addressesRefused is the finding of a pool whose user names cannot be addresses.
func addressesRefused(s PoolSettings) Finding {
	f := Finding{
		"email_not_username", SeverityError,
		"The pool has e-mail as an alias, so it refuses an address as a user name, and every invitation with it.",
		"Use a pool with UsernameAttributes email. It cannot be changed in an existing pool.",
	}
	if s.PhoneAsUsername {
		f.Effect = "User names of this pool are phone numbers, so it refuses an address as a user name, and every invitation with it."
	}
	return f
}

// requiredAttribute says what becomes of rows without an attribute that the pool
// requires: see [PoolSettings.demands].
func requiredAttribute(a AttributeSetting, demanded bool) Finding {
	if demanded {
		return Finding{
			"attribute_required", SeverityWarning,
			fmt.Sprintf("The pool requires %s and makes no user without it, so usher refuses each row that lacks it.", a.Name),
			fmt.Sprintf("Give every row %s.", a.Name),
		}
	}
	return Finding{
		"attribute_required", SeverityWarning,
		fmt.Sprintf("The pool requires %s. By its documentation people whose row lacks it must give it at their first sign-in; Cognito may also refuse the row.", a.Name),
		fmt.Sprintf("Give every row %s, or be sure that the sign-in page asks for it.", a.Name),
	}
}
