package onboard

import (
	"fmt"
	"net/mail"
	"strings"
)

// The places in an invitation's text that Cognito fills in (Amazon Cognito Developer
// Guide, "Message templates").
const (
	usernamePlace = "{username}"
	passwordPlace = "{####}"
)

// What Cognito mails where a pool has no text of its own (AWS CDK reference,
// "UserInvitationConfig"). Without passwords it is documented in part only.
const (
	standardSubject  = "Your temporary password"
	standardBody     = "Your username is " + usernamePlace + " and temporary password is " + passwordPlace + "."
	passwordlessBody = "Your username is " + usernamePlace
)

// builtInFrom is whom mails of Cognito's own sender come from (Amazon Cognito
// Developer Guide, "Email settings for Amazon Cognito user pools").
const builtInFrom = "no-reply@verificationemail.com"

// Author says who writes the text of an invitation's mail.
type Author string

// The authors of a mail.
const (
	AuthorPool    Author = "pool"    // the pool's own text
	AuthorCognito Author = "cognito" // Cognito's standard text
	AuthorTrigger Author = "trigger" // a trigger of the pool, which usher cannot read
)

// MailPreview is the mail of an invitation, as far as the pool's settings say.
type MailPreview struct {
	Author  Author
	From    string // "" if not known
	Subject string // "" if not known
	Text    string // what people read, without markup; "" if not known
	Note    string // what is not certain of it; "" if nothing
}

// passwordShown is what a preview has in place of a password.
const passwordShown = "(temporary password)"

// PreviewMail returns the mail that a person with the given address gets.
func (p PoolSettings) PreviewMail(email string) MailPreview {
	preview := MailPreview{Author: AuthorPool, From: p.Sender, Subject: p.InviteSubject}
	if preview.From == "" {
		preview.From = builtInFrom
	}
	switch {
	case p.runs(TriggerSender):
		return MailPreview{Author: AuthorTrigger, Note: "A trigger of the pool (custom sender) sends this mail and decides what it says. Invite one person first, and look at the mail."}
	case p.runs(TriggerMessage):
		return MailPreview{
			Author: AuthorTrigger, From: preview.From,
			Note: "A trigger of the pool (custom message) decides what this mail says. Invite one person first, and look at the mail.",
		}
	}
	if preview.Subject == "" && !p.Passwordless {
		preview.Subject = standardSubject
	}
	body := p.InviteBody
	switch {
	case body == "" && p.Passwordless:
		preview.Author, body = AuthorCognito, passwordlessBody
		preview.Note = "Cognito writes this mail, without a password. Its exact words may differ."
	case body == "":
		preview.Author, body = AuthorCognito, standardBody
	case p.Passwordless:
		body = strings.ReplaceAll(body, passwordPlace, "")
		preview.Note = "People of this pool get no temporary password, so nothing may be in its place."
	case !strings.Contains(body, passwordPlace):
		preview.Note = "Cognito does not send this mail, because its text lacks " + passwordPlace + "."
	case p.sendsBuiltIn():
		preview.Note = "Cognito's own sender may send its standard text instead of this one."
	}
	fill := strings.NewReplacer(usernamePlace, email, passwordPlace, passwordShown)
	preview.Text = fill.Replace(plainText(body))
	return preview
}

// Mail is the mail that the first person of j gets; nil if nobody gets one or the pool
// is not known.
func (j Judged) Mail() *MailPreview {
	if j.pool == nil || j.Options.Mail == Suppress {
		return nil
	}
	for _, m := range j.Messages {
		if m.State == "" {
			preview := j.pool.PreviewMail(m.Email)
			return &preview
		}
	}
	return nil
}

// namelessGreeting is in the text that the template gives a new pool when it is not
// told the organization's name.
const namelessGreeting = "You are invited."

// findInTrust says what keeps people from trusting and using the mail: no link to
// where they sign in, no name of who invites them. organization is the name, "" if it
// is not known: then a sender with a name of its own or any text that is not a standard
// one counts as having it.
func findInTrust(s *PoolSettings, organization string) (list []Finding) {
	if s.Passwordless { // its own finding says that people need to hear of it otherwise
		return nil
	}
	body := s.InviteBody
	if body == "" {
		body = standardBody
	}
	text := plainText(body)
	if !hasLink(text) {
		list = append(list, Finding{
			"template_without_link", SeverityWarning,
			"The invitation's text has no link, so it does not say where to sign in.",
			putIntoText(s, "the address of the sign-in page", "InvitationLink"),
		})
	}
	if !isNamed(s, text, organization) {
		list = append(list, Finding{
			"template_without_name", SeverityWarning,
			"The invitation does not name your organization, so people may take it for a fraud and delete it.",
			putIntoText(s, "the name", "OrganizationName"),
		})
	}
	return list
}

func putIntoText(s *PoolSettings, what, parameter string) string {
	fix := fmt.Sprintf("ut %s into the pool's invitation text (%s or InvitationText of a new stack).", what, parameter)
	if s.sendsBuiltIn() {
		return "Let the pool mail through an Amazon SES identity, and p" + fix
	}
	return "P" + fix
}

// hasLink reports whether a text without markup has the address of a page.
func hasLink(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "https://") || strings.Contains(text, "http://") || strings.Contains(text, "www.")
}

// isNamed reports whether a mail names the organization.
func isNamed(s *PoolSettings, text, organization string) bool {
	sender := ""
	if from, err := mail.ParseAddress(s.Sender); err == nil {
		sender = from.Name
	}
	if organization != "" {
		said := strings.ToLower(strings.Join([]string{s.InviteSubject, text, sender}, "\n"))
		return strings.Contains(said, strings.ToLower(organization))
	}
	return sender != "" || s.InviteBody != "" && !strings.HasPrefix(text, namelessGreeting)
}
