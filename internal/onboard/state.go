package onboard

// State is how far one invitation has come.
type State string

// The states of an invitation. Pending and Deferred are open; the others are
// outcomes, and final unless an administrator asks for a retry.
const (
	Pending  State = "pending"  // on the queue or being attempted
	Deferred State = "deferred" // waits for a time, or for its request to be resumed

	Invited   State = "invited"    // this request created the user, and the pool mailed the invitation
	Created   State = "created"    // created, the mail suppressed as the administrator asked
	Resent    State = "resent"     // the user existed, never signed in, and got a new temporary password
	Existing  State = "existing"   // the user existed; nothing was done
	Duplicate State = "duplicate"  // the same address appears earlier in the same request
	NotMailed State = "not_mailed" // the user exists, the pool could not mail it; a resend fixes it
	Failed    State = "failed"     // refused, or every attempt used up; the code says which
	Canceled  State = "canceled"   // an administrator canceled the request first
)

// States lists every state in the order in which counts are shown.
var States = []State{Pending, Deferred, Invited, Created, Resent, Existing, Duplicate, NotMailed, Failed, Canceled}

// IsOutcome reports whether s is an outcome.
func (s State) IsOutcome() bool { return s != Pending && s != Deferred && s != "" }

// Code is the stable word, for programs, for why an invitation, a request or a
// submission is in its state. A code's meaning never changes; the sentence beside
// it, a reason, may.
type Code string

// The codes an invitation can carry.
const (
	CodeEmailMissing      Code = "email_missing"
	CodeEmailInvalid      Code = "email_invalid"
	CodeEmailTooLong      Code = "email_too_long"
	CodeAttributeInvalid  Code = "attribute_invalid"
	CodeAttributeUnknown  Code = "attribute_unknown"
	CodeAttributeRequired Code = "attribute_required"
	CodeGroupInvalid      Code = "group_invalid"
	CodeGroupUnknown      Code = "group_unknown"
	CodeGroupNotAllowed   Code = "group_not_allowed" // usher may put nobody into a group of the row: see [GroupRule]
	CodePoolNotReady      Code = "pool_not_ready"    // the pool refuses every address; only in a dry run and in a refusal
	CodeSenderNotReady    Code = "sender_not_ready"  // the pool's sender mails nobody; only in a dry run and in a refusal
	CodeRowInvalid        Code = "row_invalid"       // the row could not be read at all: wrong type, broken quoting

	CodeDuplicate         Code = "duplicate_in_request"
	CodeAlreadyExists     Code = "already_exists"
	CodeAlreadySignedIn   Code = "already_signed_in"   // a resend was asked for, and Cognito mails no new password to the account: it is confirmed, or its password must be reset
	CodeResentRecently    Code = "resent_recently"     // a resend was asked for within the cooldown of the last mail
	CodeForcedTooOften    Code = "forced_too_often"    // a forced resend was asked for, and the address had the day's most
	CodeGroupsUnchanged   Code = "groups_unchanged"    // the user existed, and was put into none of the row's groups
	CodeRefusedByTrigger  Code = "refused_by_trigger"  // a trigger of the pool said no
	CodeRefusedByPool     Code = "refused_by_pool"     // the pool said no for a reason without a code of its own
	CodePasswordPolicy    Code = "password_policy"     // the generated password did not meet the pool's policy
	CodeMailNotDelivered  Code = "mail_not_delivered"  // the user was created, the mail was not sent
	CodeMailNotRepeatable Code = "mail_not_repeatable" // created without a password and not mailed; Cognito does not mail such users again
	CodeMailUnclear       Code = "mail_unclear"        // the answer to a mail was lost, and nothing shows whether the mail went out
	CodeGroupNotAdded     Code = "group_not_added"     // the person is invited
	CodeMailQuota         Code = "mail_quota_exhausted"
	CodeMisconfigured     Code = "pool_misconfigured"
	CodeMailsBounce       Code = "mails_bounce" // so many of the request's mails bounced that it paused
	CodeAttemptsExhausted Code = "attempts_exhausted"
	CodeExpired           Code = "expired_before_mail" // the request was open for as long as it may be, and the row still waited
	CodeCanceled          Code = "canceled"
	CodeErased            Code = "erased"         // the data of the person was erased before the row was attempted
	CodeNotAccepted       Code = "not_accepted"   // the submission was cut off before it was answered; nobody was invited
	CodeUserNotFound      Code = "user_not_found" // a resend was asked for an address that has no user
)

// RowAtFault reports whether the code blames the row as it was sent: another attempt
// cannot succeed, and the row must be corrected and submitted again.
func (c Code) RowAtFault() bool {
	switch c {
	case CodeEmailMissing, CodeEmailInvalid, CodeEmailTooLong, CodeAttributeInvalid, CodeAttributeUnknown,
		CodeAttributeRequired, CodePoolNotReady, CodeGroupInvalid, CodeGroupUnknown, CodeGroupNotAllowed, CodeRowInvalid:
		return true
	}
	return false
}
