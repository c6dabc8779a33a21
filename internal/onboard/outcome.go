package onboard

import "errors"

// outcome is what an invitation is settled with.
type outcome struct {
	state  State
	code   Code
	reason string
}

var (
	alreadyExists = outcome{Existing, CodeAlreadyExists,
		"the pool has a user with this address; nothing was done"}
	alreadySignedIn = outcome{Existing, CodeAlreadySignedIn,
		"this person has signed in and has a password of their own; nothing was sent"}
	resentRecently = outcome{Existing, CodeResentRecently,
		"This address was mailed less than 24 hours ago. To mail it all the same, send this again with force."}
	userNotFound = outcome{Failed, CodeUserNotFound,
		"the pool has no user with this address any more; submit the address to invite it"}
	canceledByAdministrator = outcome{Canceled, CodeCanceled,
		"an administrator canceled the request before this row's turn"}
	attemptsExhausted = outcome{Failed, CodeAttemptsExhausted,
		"No attempt got a clear answer from Cognito. When it answers again, retry the request; if it was canceled or is too old, submit the row again."}
	notAccepted = outcome{Canceled, CodeNotAccepted,
		"The submission was cut off before it was accepted, and nobody was invited. Submit it again."}
	expiredBeforeMail = outcome{Failed, CodeExpired,
		"The request was open for as long as requests may be, and this row's turn did not come. Submit the row again."}
	neverMailed = outcome{NotMailed, CodeMailNotDelivered,
		"the user was created and has had no mail; resend with filter not_mailed"}
	mailUnclear = outcome{NotMailed, CodeMailUnclear,
		"The pool's answer was lost, and whether the mail went out is not known. To be sure that the person has one, resend with filter not_mailed."}
	cappedUnmailed = outcome{NotMailed, CodeMailQuota,
		"the user was created, but the day's mail was used up; resend with filter not_mailed"}
)

// refusal is the outcome of a row that the pool refused.
func refusal(err error) outcome {
	return outcome{Failed, codeOf(err, CodeRefusedByPool), reasonOf(err)}
}

// mailRefused is the outcome of a row whose user was made before the pool refused
// the mail.
func mailRefused(err error) outcome {
	return outcome{NotMailed, codeOf(err, CodeMailNotDelivered), "the user was created and has had no mail: " + reasonOf(err)}
}

// mayComeLate reports whether err may come from where the pool mails: then the user
// may be there, unmailed.
func mayComeLate(err error) bool {
	var p *PoolError
	return errors.As(err, &p) && p.Unmailed
}

// codeOf returns the code that err carries, or the given one.
func codeOf(err error, otherwise Code) Code {
	var p *PoolError
	if errors.As(err, &p) && p.Code != "" {
		return p.Code
	}
	return otherwise
}

// reasonOf returns the sentence for people that err carries, or its class.
func reasonOf(err error) string {
	var p *PoolError
	if errors.As(err, &p) && p.Reason != "" {
		return p.Reason
	}
	return err.Error()
}
