package httpapi

import (
	"fmt"
	"slices"
	"strings"

	"usher.example/internal/onboard"
)

// The severities of a finding: an error stops or spoils invitations, a warning
// may.
const (
	severityError   = "error"
	severityWarning = "warning"
)

// finding is one thing about the pool that people should know before they
// invite many: what it will cause, and how to fix it.
type finding struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Effect   string `json:"effect"`
	Fix      string `json:"fix"`
}

// fewDays is under how many days people are likely to come back from a weekend
// or a short holiday to a password that has expired.
const fewDays = 3

// examine lists what is wrong with a pool, errors first.
func (a *api) examine(s *onboard.PoolSettings) []finding {
	list := slices.Concat(examineUsers(s), examineMail(s, a.mailQuota(s)), examinePasswords(s, int(a.PasswordLife/day)), examineRest(s, a.AdminGroup))
	slices.SortStableFunc(list, func(a, b finding) int { return strings.Compare(a.Severity, b.Severity) })
	return list
}

func examineUsers(s *onboard.PoolSettings) (list []finding) {
	if !s.EmailAsUsername {
		list = append(list, finding{
			"email_not_username", severityError,
			"the pool does not take an e-mail address as user name, so every invitation is refused",
			"use a pool with UsernameAttributes email; it cannot be changed in a pool that exists",
		})
	}
	if s.CaseSensitive {
		list = append(list, finding{
			"case_sensitive", severityWarning,
			"the pool takes Ann@example.org and ann@example.org for two people, so one person can have two users",
			"use a pool with CaseSensitive false; it cannot be changed in a pool that exists",
		})
	}
	if !s.AdminOnly {
		list = append(list, finding{
			"self_sign_up_open", severityWarning,
			"anybody can sign up by themselves, so people without an invitation get in",
			"set AllowAdminCreateUserOnly in the pool",
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
func requiredAttribute(a onboard.AttributeSetting) finding {
	if a.Mutable {
		return finding{
			"attribute_required", severityWarning,
			fmt.Sprintf("the pool requires %s; people whose row lacks it must give it at their first sign-in", a.Name),
			fmt.Sprintf("give every row %s, or be sure that the sign-in page asks for it", a.Name),
		}
	}
	return finding{
		"attribute_required", severityError,
		fmt.Sprintf("the pool requires %s and never lets it change, so every row without it is refused", a.Name),
		fmt.Sprintf("give every row %s", a.Name),
	}
}

func examineMail(s *onboard.PoolSettings, quota int) (list []finding) {
	if !s.OwnSender {
		list = append(list, builtInSender(quota))
	}
	if s.InviteBody == "" {
		return list
	}
	if !s.OwnSender {
		list = append(list, finding{
			"template_not_used", severityWarning,
			"Cognito documents a text of one's own for an SES sender only; with its own sender people may get its standard text",
			"let the pool mail through an Amazon SES identity, or take the text out",
		})
	}
	if !s.Passwordless && !strings.Contains(s.InviteBody, "{####}") {
		list = append(list, finding{
			"template_without_password", severityError,
			"the invitation's text lacks {####}, so Cognito creates the users and mails nobody",
			"put {####} where the temporary password belongs, and resend to those who were not mailed",
		})
	}
	if !strings.Contains(s.InviteBody, "{username}") {
		list = append(list, finding{
			"template_without_username", severityError,
			"the invitation's text lacks {username}, which Cognito wants in it; people do not learn what to sign in with",
			"put {username} where the user name belongs",
		})
	}
	return list
}

// builtInSender names the quota that forecasts go by. One that is larger than
// Cognito's is not ours to lower, but it is to be doubted.
func builtInSender(quota int) finding {
	allowed := counted(quota, "mail", "mails") + " a day"
	if quota > builtInMails {
		allowed = fmt.Sprintf("usher is told of %s, where AWS documents %d", allowed, builtInMails)
	}
	return finding{
		"builtin_sender", severityWarning,
		fmt.Sprintf("the pool mails through Cognito's own sender: %s for the whole account, password resets included; what is over waits for 09:00 UTC", allowed),
		"let the pool mail through an Amazon SES identity that is out of the sandbox",
	}
}

func examinePasswords(s *onboard.PoolSettings, passwordDays int) (list []finding) {
	if s.Passwordless {
		list = append(list, finding{
			"passwordless", severityError,
			"people can sign in with a code, so Cognito makes no temporary password: the invited count as confirmed at once, and a resend is refused",
			"take e-mail and SMS codes out of the pool's first factors while inviting, or tell people by other means how to sign in",
		})
	}
	if s.TemporaryPasswordDays < fewDays {
		list = append(list, finding{
			"temporary_password_short", severityWarning,
			fmt.Sprintf("a temporary password is good for %s; whoever does not sign in by then needs a resend", counted(s.TemporaryPasswordDays, "day", "days")),
			"set TemporaryPasswordValidityDays to 7 or more",
		})
	}
	if passwordDays != s.TemporaryPasswordDays {
		list = append(list, finding{
			"password_days_differ", severityWarning,
			fmt.Sprintf("usher is told that a temporary password is good for %s, the pool says %d: expiry times shown, and the filter expired, are wrong", counted(passwordDays, "day", "days"), s.TemporaryPasswordDays),
			"set TEMPORARY_PASSWORD_DAYS (TemporaryPasswordDays of the stack) to what the pool says",
		})
	}
	return list
}

func examineRest(s *onboard.PoolSettings, adminGroup string) (list []finding) {
	if adminGroup != "" && !slices.Contains(s.Groups, adminGroup) {
		list = append(list, finding{
			"admin_group_missing", severityWarning,
			fmt.Sprintf("the pool has no group %s, so nobody new can become an administrator", adminGroup),
			fmt.Sprintf("create the group %s and put the administrators into it", adminGroup),
		})
	}
	if !s.DeletionProtection {
		list = append(list, finding{
			"deletion_protection_off", severityWarning,
			"the pool, and with it every user, can be deleted with one call",
			"set DeletionProtection ACTIVE",
		})
	}
	if len(s.Triggers) > 0 {
		list = append(list, finding{
			"triggers_present", severityWarning,
			fmt.Sprintf("each invitation runs the pool's triggers %s: they may refuse people, change the mail, or not keep up", strings.Join(s.Triggers, ", ")),
			"invite a few people first, and look at the triggers' logs",
		})
	}
	return list
}
