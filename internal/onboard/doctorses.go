package onboard

import (
	"fmt"
	"strings"
)

// CodeSESUnread marks what Amazon SES did not say of a pool's sender.
const CodeSESUnread Code = "ses_unreadable"

// findInAccount says what bears on invitations in the account that sends a pool's mails.
func (d *Doctor) findInAccount(s *PoolSettings) (list []Finding) {
	a := s.Mail
	if a.Unknown != "" {
		return []Finding{accountUnread(a.Unknown, d.MailQuota)}
	}
	if !a.Known {
		return nil
	}
	if a.Sandbox {
		list = append(list, Finding{
			"ses_sandbox", SeverityError,
			fmt.Sprintf("Amazon SES is in its sandbox in %s. Mail reaches only addresses and domains that are verified there, %s. Everyone else gets a user and no mail.", a.Region, a.limits()),
			fmt.Sprintf("Request production access (AWS console, Amazon SES in %s, Account dashboard). AWS answers within a day.", a.Region),
		})
	}
	if f, paused := s.senderPaused(); paused {
		list = append(list, f)
	} else if a.Enforcement == Probation {
		list = append(list, Finding{
			"ses_under_review", SeverityWarning,
			fmt.Sprintf("Amazon SES reviews the account in %s, because of bounces or complaints, and may pause its sending.", a.Region),
			"See which addresses bounced (AWS console, Amazon SES, Reputation metrics) before you invite more people.",
		})
	}
	if f, unverified := s.senderUnverified(); unverified {
		list = append(list, f)
	} else if a.Identity == "" {
		list = append(list, Finding{
			CodeSESUnread, SeverityWarning,
			fmt.Sprintf("usher could not read the identity %s in Amazon SES, so it is not known whether it is verified.", s.identityName()),
			"Give usher the right ses:GetEmailIdentity on it. If it has that, try again in a minute.",
		})
	}
	if !a.Sandbox && a.Rate > 0 && a.Rate < d.Quota {
		mails := d.Share * a.Rate
		list = append(list, Finding{
			"ses_rate_below_pace", SeverityWarning,
			fmt.Sprintf("Amazon SES sends %.4g mails a second in %s, so usher invites %.3g people a second instead of %.4g. 10,000 people take %s.", a.Rate, a.Region, mails, d.Share*d.Quota, minutes(10_000/mails)),
			"Request a higher sending rate (Service Quotas, Amazon SES) if that is too slow.",
		})
	}
	return list
}

// untilThen ends what to do about a sender that mails nobody.
const untilThen = " usher notices within a minute. Until then suppress the mail, and resend later."

// senderPaused is the finding of an account whose sending is paused.
func (p PoolSettings) senderPaused() (f Finding, paused bool) {
	switch a := p.Mail; {
	case !a.Known:
		return Finding{}, false
	case a.Enforcement == Shutdown:
		return Finding{
			"ses_paused", SeverityError,
			fmt.Sprintf("Amazon SES has paused the account's sending in %s, because of bounces or complaints. No mail goes out, so usher accepts only what mails nobody.", a.Region),
			"Correct what AWS's mail about it names, and ask for a review (AWS console, Amazon SES, Reputation metrics)." + untilThen,
		}, true
	case a.Paused:
		return Finding{
			"ses_paused", SeverityError,
			fmt.Sprintf("The account's sending is paused in Amazon SES in %s. No mail goes out, so usher accepts only what mails nobody.", a.Region),
			fmt.Sprintf("Find out why, and resume it (aws sesv2 put-account-sending-attributes --sending-enabled --region %s).", a.Region) + untilThen,
		}, true
	}
	return Finding{}, false
}

// senderUnverified is the finding of an identity that may not send.
func (p PoolSettings) senderUnverified() (f Finding, unverified bool) {
	if !p.Mail.Known || p.Mail.Identity != IdentityUnverified {
		return Finding{}, false
	}
	return Finding{
		"ses_identity_unverified", SeverityError,
		fmt.Sprintf("The pool mails as the identity %s, which is not verified in Amazon SES in %s. No mail goes out, so usher accepts only what mails nobody.", p.identityName(), p.Mail.Region),
		"Verify it (AWS console, Amazon SES, Identities), or let the pool mail through an identity that is verified." + untilThen,
	}, true
}

// limits says how much the account sends.
func (a MailAccount) limits() string {
	return fmt.Sprintf("%d a day and %.4g a second", a.DailyQuota, a.Rate)
}

// minutes rounds seconds up.
func minutes(seconds float64) string {
	return counted(int(seconds/60)+1, "minute", "minutes")
}

// identityName is the address or the domain that the pool mails as.
func (p PoolSettings) identityName() string {
	_, name, _ := strings.Cut(p.SenderIdentity, ":identity/")
	return name
}

// accountUnread says why the account is not known, and what forecasts use instead.
func accountUnread(why MailUnknown, quota int) Finding {
	uses := "Forecasts assume that all mails can be sent today."
	if quota > 0 {
		uses = fmt.Sprintf("Forecasts use the configured %s a day.", counted(quota, "mail", "mails"))
	}
	f := Finding{
		Code: CodeSESUnread, Severity: SeverityWarning,
		Effect: "Amazon SES did not answer, so its sandbox, quota and rate are not known. " + uses,
		Fix:    "Try again in a minute.",
	}
	switch why {
	case MailNoRight, MailNotAsked:
		f.Effect = "usher may not ask Amazon SES about the sender, so sandbox, quota and rate are not known. " + uses
		f.Fix = "Give usher the rights ses:GetAccount and ses:GetEmailIdentity."
	case MailElsewhere:
		f.Effect = "The pool mails through an identity of another AWS account, so its sandbox, quota and rate are not known. " + uses
		f.Fix = "Look at them in that account, and set MAIL_QUOTA (MailQuota of the stack) to its daily quota."
	}
	return f
}
