package onboard

import "errors"

// This file is the one table from codes to the sentences that people read beside
// them. A sentence has a capital letter and a full stop and says what to do next.
// It promises no action that the row's state refuses: a row with the same code may
// have failed, which can be retried, or be invited, which cannot.
//
// Sentences about what a row says, such as a misspelled address, have parameters:
// see reason_row.go.

// Cause is why a code was given, where the code alone does not say what to do
// about it. Adapters choose it; it selects the sentence.
type Cause string

// The causes.
const (
	// Of CodeMisconfigured.
	CausePoolMissing   Cause = "pool missing"
	CausePoolID        Cause = "pool id not accepted"
	CauseNoRight       Cause = "no right"
	CauseFirewall      Cause = "blocked by a firewall"
	CauseCredentials   Cause = "credentials not valid"
	CauseNotSent       Cause = "call not prepared"
	CauseTriggerAnswer Cause = "trigger answers wrongly"
	CauseMailSender    Cause = "no right to send mail"
	CauseTextSender    Cause = "no right to send text messages"
	CauseNotHere       Cause = "call not possible here"
	CausePlan          Cause = "not in the pool's plan"

	// Of CodeMailNotDelivered and CodeMailQuota.
	CauseUndeliverable   Cause = "mail could not be sent"
	CauseCreatedUnmailed Cause = "created and not mailed"
	CauseMailedLater     Cause = "mail is asked for again"

	// Of CodeAlreadySignedIn.
	CauseMustReset Cause = "password must be reset"

	// Of CodeCanceled.
	CauseOneRow Cause = "one row"

	// Of answers without a code, which settle no row: see ErrThrottled and ErrUnclear.
	CauseTooManyCalls  Cause = "too many calls"
	CauseUnreachable   Cause = "not reached"
	CauseNoAnswer      Cause = "no clear answer"
	CauseUnknownAnswer Cause = "unknown answer"
	CauseTriggerFailed Cause = "trigger failed"
	CausePrecondition  Cause = "precondition not met"
)

// reasonKey selects a sentence. With no cause it is the sentence for all causes
// of the code that have none of their own.
type reasonKey struct {
	code  Code
	cause Cause
}

var sentences = map[reasonKey]string{
	// The row as it was sent. What is known of it makes a better sentence: reason_row.go.
	{CodeEmailMissing, ""}:      "The row has no address. Add one, or remove the row.",
	{CodeEmailInvalid, ""}:      "The address is invalid. Correct it.",
	{CodeEmailTooLong, ""}:      "The address is longer than a user name can be. Use a shorter one.",
	{CodeAttributeInvalid, ""}:  "The pool cannot store the value of an attribute. Correct the value.",
	{CodeAttributeUnknown, ""}:  "The pool lacks an attribute of this row. Leave it out, or add it to the pool first.",
	{CodeGroupInvalid, ""}:      "A group has a name that no group can have. Correct it.",
	{CodeGroupUnknown, ""}:      "The pool has no such group. Create it, then add the person to it by hand.",
	{CodeGroupNotAllowed, ""}:   "A group of this row is not one that usher may put people into. Leave the group out, or list it in AllowedGroups.",
	{CodeAttributeRequired, ""}: "The pool requires an attribute that the row lacks. Give the row a value.",
	{CodePoolNotReady, ""}:      "The pool refuses every address as a user name. Use another pool.",
	{CodeSenderNotReady, ""}:    "The pool's sender mails nobody at present. Suppress the mail, or try again when it does.",
	{CodeRowInvalid, ""}:        "The row could not be read. Correct it and submit it again.",
	{CodeDuplicate, ""}:         "The same address appears earlier in this request. It is invited once.",

	// The address in the pool.
	{CodeAlreadyExists, ""}:               "This address already has an account. Nothing was done.",
	{CodeAlreadySignedIn, ""}:             "Cognito mails no new temporary password to this account: the person has a password of their own, signs in with a code, or must reset a password. Nothing was sent. A forgotten password can be reset when they sign in.",
	{CodeAlreadySignedIn, CauseMustReset}: "This person must choose a new password: an administrator or an import has reset it. Cognito mails no temporary password to them, and nothing was sent. They choose one with “Forgot password” when they sign in.",
	{CodeResentRecently, ""}:              "This address was mailed less than 24 hours ago. To mail it again now, send this again with force.",
	{CodeForcedTooOften, ""}:              "This address was mailed 3 times with force within 24 hours, which is the most. Mail it again tomorrow.",
	{CodeGroupsUnchanged, ""}:             "This address already has an account, which was not put into the groups of this row. Add the person to them by hand.",
	{CodeUserNotFound, ""}:                "This address has no account. To invite the person, submit the address.",

	// What the pool refuses.
	{CodeRefusedByTrigger, ""}: "A Lambda trigger of the pool (pre sign-up or custom message) refused this person. The trigger's log says why.",
	{CodeRefusedByPool, ""}:    "The pool refused the address or an attribute of this row. Check that each attribute exists in the pool. If a value does not fit, correct the row and submit it again.",
	{CodePasswordPolicy, ""}:   "The pool's own temporary password did not meet its password policy. Correct the policy.",

	// People who have an account, and something is missing.
	{CodeMailNotDelivered, ""}:                 "The account was created, but no mail was sent. To mail the person, resend with filter not_mailed.",
	{CodeMailNotDelivered, CauseUndeliverable}: "The account exists, but the pool could not send the mail. Check the address and the pool's sender, then resend with filter not_mailed.",
	{CodeMailNotDelivered, CauseMailedLater}:   "The account exists, but the pool could not send the mail. usher asks for it once more in a few minutes.",
	{CodeMailNotRepeatable, ""}:                "The account was created, but no mail was sent. The pool makes no temporary passwords, so Cognito cannot mail the person again. Tell them by other means that they have an account and sign in with a code.",
	{CodeMailUnclear, ""}:                      "Cognito's answer was lost, so the mail may or may not have gone out. To be sure that the person gets one, resend with filter not_mailed.",
	{CodeMailQuota, CauseCreatedUnmailed}:      "The account was created, but the pool's mail for the day was used up. To mail the person, resend with filter not_mailed.",
	{CodeGroupNotAdded, ""}:                    "The person was invited, but not added to every group. Add them to the group by hand.",

	// The request as a whole.
	{CodeMailQuota, ""}:         "The pool's mail for the day is used up. This row continues by itself when mail can be sent again. To send more a day, let the pool send through Amazon SES.",
	{CodeAttemptsExhausted, ""}: "No attempt got a clear answer from Cognito. When it answers again, retry the request; if it was canceled or is too old, submit the row again.",
	{CodeExpired, ""}:           "The request was open for as long as a request can be, and this row was still waiting. Submit the row again.",
	{CodeCanceled, ""}:          "An administrator canceled the request before this row was attempted. To invite the person after all, submit the row again.",
	{CodeCanceled, CauseOneRow}: "An administrator canceled this row before it was attempted. To invite the person after all, submit the row again.",
	{CodeErased, ""}:            "An administrator had the data of this person erased. The row keeps its number and its outcome, so that the counts stay right.",
	{CodeNotAccepted, ""}:       "The submission was cut off before it was accepted, and nobody was invited. Submit it again.",

	// How many and where: mailsBounce.
	{CodeMailsBounce, ""}: "Too many mails of the request bounced. Look at the rows that bounced first.",

	// The pool's setup. What shows a pause says how to resume.
	{CodeMisconfigured, ""}:                 "The pool accepts no call for any row. Check the pool's setup and the rights of the service.",
	{CodeMisconfigured, CausePoolMissing}:   "The user pool, or something it refers to, does not exist. Check the pool's id, its Region and its triggers.",
	{CodeMisconfigured, CausePoolID}:        "The pool's id is not accepted. Check it.",
	{CodeMisconfigured, CauseNoRight}:       "The service has no right to make this call on the pool. Give its role the cognito-idp actions of the template on this pool.",
	{CodeMisconfigured, CauseFirewall}:      "A web ACL (AWS WAF) in front of the pool blocks the service. Allow its calls.",
	{CodeMisconfigured, CauseCredentials}:   "The credentials of the service are not valid or have expired, or its clock is wrong. Renew the credentials.",
	{CodeMisconfigured, CauseNotSent}:       "The call to the user pool could not be prepared. Check the Region and the credentials of the service.",
	{CodeMisconfigured, CauseTriggerAnswer}: "A Lambda trigger of the pool gives an answer that Cognito does not accept. Fix the trigger (a custom message needs {username} and {####}).",
	{CodeMisconfigured, CauseMailSender}:    "Cognito may not send with the pool's Amazon SES identity. Give cognito-idp the right to.",
	{CodeMisconfigured, CauseTextSender}:    "Cognito cannot use the role with which the pool sends text messages. Fix its policy and its trust.",
	{CodeMisconfigured, CauseNotHere}:       "This call is not possible here: the pool is a secondary replica, or the endpoint is not Cognito's. Use the pool's primary Region.",
	{CodeMisconfigured, CausePlan}:          "The pool's plan or setup does not allow this call. Correct it in Cognito.",

	// Answers without a code: a pool doctor shows them.
	{"", CauseTooManyCalls}:  "The pool gets too many calls at the moment. Try again in a minute.",
	{"", CauseUnreachable}:   "The user pool could not be reached. Check the Region and the network.",
	{"", CauseNoAnswer}:      "The user pool gave no clear answer. Try again in a minute.",
	{"", CauseUnknownAnswer}: "The user pool answered with an error that usher does not know. The log names it.",
	{"", CauseTriggerFailed}: "A Lambda trigger of the pool failed. If it fails again, the trigger's log says why.",
	{"", CausePrecondition}:  "The pool says that a precondition is not met, but not which. If it says so again, check the pool's mail settings.",
}

// groupsUnchanged is said beside another sentence, where a code says more than that
// the row's groups were left alone.
const groupsUnchanged = "The person was put into none of the groups of this row."

// sentence returns the sentence for a code and its cause, "" if there is none.
func sentence(code Code, cause Cause) string {
	if s, ok := sentences[reasonKey{code, cause}]; ok {
		return s
	}
	return sentences[reasonKey{code, ""}]
}

// Reason is what the answer means for people and how to fix it; "" where that is
// not known. It is safe to show.
func (e *PoolError) Reason() string { return sentence(e.Code, e.Cause) }

// codeOf returns the code that err carries, or the given one.
func codeOf(err error, otherwise Code) Code {
	var p *PoolError
	if errors.As(err, &p) && p.Code != "" {
		return p.Code
	}
	return otherwise
}

// reasonOf returns the sentence for the code and the cause that err carries, or
// for the given code.
func reasonOf(err error, otherwise Code) string {
	var cause Cause
	var p *PoolError
	if errors.As(err, &p) {
		cause = p.Cause
	}
	return sentence(codeOf(err, otherwise), cause)
}
