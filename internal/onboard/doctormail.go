package onboard

import (
	"fmt"
	"slices"
	"strings"
)

// fewDays is under how many days people are likely to come back from a weekend
// or a short holiday to a password that has expired.
const fewDays = 3

func (d *Doctor) findInMail(s *PoolSettings) []Finding {
	switch {
	case s.runs(TriggerSender):
		return []Finding{{
			"custom_sender", SeverityWarning,
			"The pool's custom sender trigger sends the mails. Cognito's daily limit and the invitation's text do not apply. Cognito does not learn whether a mail goes out, so invited means that the trigger was called.",
			"Invite one person first. The trigger's log says which mails failed.",
		}}
	case s.runs(TriggerMessage):
		return append(d.findInSender(s), Finding{
			"custom_message", SeverityWarning,
			"The pool's custom message trigger writes the mails. Where its answer lacks {username} or {####}, Cognito sends the pool's own text instead and says nothing.",
			"Invite one person first, and look at the mail.",
		})
	}
	return slices.Concat(d.findInSender(s), findInTemplate(s), findInTrust(s, d.Organization))
}

func (d *Doctor) findInSender(s *PoolSettings) []Finding {
	if s.sendsBuiltIn() {
		return []Finding{builtInSender(mailQuota(d.MailQuota, s))}
	}
	return d.findInAccount(s)
}

func findInTemplate(s *PoolSettings) (list []Finding) {
	if s.InviteBody == "" {
		return nil
	}
	if !s.OwnSender {
		list = append(list, Finding{
			"template_not_used", SeverityWarning,
			"Cognito documents custom invitation texts for an SES sender only. With its own sender people may get its standard text.",
			"Let the pool mail through an Amazon SES identity, or remove the text.",
		})
	}
	if !s.Passwordless && !strings.Contains(s.InviteBody, passwordPlace) {
		list = append(list, Finding{
			"template_without_password", SeverityError,
			"The invitation's text lacks {####}, so Cognito creates the users and mails nobody.",
			"Put {####} where the temporary password belongs, and resend to those who were not mailed.",
		})
	}
	if !strings.Contains(s.InviteBody, usernamePlace) {
		list = append(list, Finding{
			"template_without_username", SeverityError,
			"The invitation's text lacks {username}, which Cognito requires. People do not learn what to sign in with.",
			"Put {username} where the user name belongs.",
		})
	}
	return list
}

// builtInSender names the quota that forecasts use. We do not override a larger
// configured quota, but we flag it.
func builtInSender(quota int) Finding {
	allowed := counted(quota, "mail", "mails") + " a day"
	if quota > builtInMails {
		allowed = fmt.Sprintf("usher is configured for %s, where AWS documents %d", allowed, builtInMails)
	}
	return Finding{
		"builtin_sender", SeverityWarning,
		fmt.Sprintf("The pool mails through Cognito's own sender: %s for the whole account, password resets included. Further mails wait until 09:00 UTC.", allowed),
		"Let the pool mail through an Amazon SES identity that is out of the sandbox.",
	}
}

func findInPasswords(s *PoolSettings, configuredDays int) (list []Finding) {
	if s.Passwordless {
		return []Finding{{
			"passwordless", SeverityWarning,
			"People can sign in with a code, so Cognito makes no temporary password. It mails people their user name once and confirms them at once. A mail that is lost cannot be sent again, and a row needs every attribute that the pool requires.",
			"Tell people by other means, too, that they have an account and how they sign in.",
		}}
	}
	if s.TemporaryPasswordDays < fewDays {
		list = append(list, Finding{
			"temporary_password_short", SeverityWarning,
			fmt.Sprintf("A temporary password works for %s. People who do not sign in by then need a resend.", counted(s.TemporaryPasswordDays, "day", "days")),
			fmt.Sprintf("Set TemporaryPasswordValidityDays to %d or more.", int(DefaultPasswordLife/day)),
		})
	}
	if configuredDays != s.TemporaryPasswordDays {
		list = append(list, Finding{
			"password_days_differ", SeverityWarning,
			fmt.Sprintf("usher is configured for temporary passwords that work for %s, the pool says %d. Expiry times shown, and the filter expired, are wrong.", counted(configuredDays, "day", "days"), s.TemporaryPasswordDays),
			"Set TEMPORARY_PASSWORD_DAYS (TemporaryPasswordDays of the stack) to what the pool says.",
		})
	}
	return list
}

func findInRest(s *PoolSettings, adminGroup string) (list []Finding) {
	if adminGroup != "" && !slices.Contains(s.Groups, adminGroup) {
		list = append(list, Finding{
			"admin_group_missing", SeverityWarning,
			fmt.Sprintf("The pool has no group %s, so nobody new can become an administrator.", adminGroup),
			fmt.Sprintf("Create the group %s and put the administrators into it.", adminGroup),
		})
	}
	if !s.DeletionProtection {
		list = append(list, Finding{
			"deletion_protection_off", SeverityWarning,
			"The pool, and with it every user, can be deleted with one call.",
			"Set DeletionProtection ACTIVE.",
		})
	}
	if len(s.Triggers) > 0 {
		list = append(list, Finding{
			"triggers_present", SeverityWarning,
			fmt.Sprintf("Each invitation runs the pool's triggers %s. They may refuse people, change the mail, or be too slow.", strings.Join(s.Triggers, ", ")),
			"Invite a few people first, and look at the triggers' logs.",
		})
	}
	return list
}
