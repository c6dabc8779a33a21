package cognitopool

import (
	"slices"
	"strings"

	"usher.example/internal/onboard"
)

// operation is what the pool was asked for. As a set of bits it says where an
// answer of the table holds.
type operation uint8

const (
	invite operation = 1 << iota
	resend
	look
	addToGroup
	inspect

	mails     = invite | resend
	everybody = invite | resend | look | addToGroup | inspect
)

// meaning is what error codes stand for in some operations.
type meaning struct {
	on     operation
	codes  []string
	class  error
	code   onboard.Code
	reason string // for administrators: what it is, and what to do about it
}

// mailStage are the codes that may come from where the pool mails: from the
// trigger that words the mail, or the sender that it goes through. The user may be
// there by then; no page says whether. The pre sign-up trigger, which is asked
// before, answers with the same codes.
var mailStage = []string{
	"UserLambdaValidationException", "InvalidLambdaResponseException", "InvalidEmailRoleAccessPolicyException",
	"InvalidSmsRoleAccessPolicyException", "InvalidSmsRoleTrustRelationshipException",
	"InvalidSmsRoleAccessPolicy", "InvalidSmsRoleTrustRelationship",
}

// answerTo translates one error code, the only place where that is done. Codes
// that the table does not know are unclear: the call may have had its effect.
// Message texts are never read; they change, and they may quote the address.
func answerTo(op operation, code string) error {
	for _, m := range meanings {
		if m.on&op != 0 && slices.Contains(m.codes, code) {
			return &onboard.PoolError{Class: m.class, Code: m.code, Reason: m.reason, Cause: code, Unmailed: slices.Contains(mailStage, code)}
		}
	}
	return unclear(plainCode(code), "The user pool answered with an error that has no known meaning here; it is looked up and tried again.")
}

// maxCodeLength bounds what an unknown code may put into a log, in bytes.
const maxCodeLength = 64

// plainCode returns a code that looks like one. What comes from somewhere between
// us and the service may be anything.
func plainCode(code string) string {
	stray := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	if code == "" || len(code) > maxCodeLength || strings.ContainsFunc(code, stray) {
		return "an error without a readable code"
	}
	return code
}

// meanings is the table, first match first. A reason names no action of usher that
// depends on what becomes of the row: the same answer may leave it failed, which
// can be retried, or invited, which cannot; and what was looked at for a pool
// doctor cannot be resumed. Whoever shows a pause says how to resume.
//
// The codes are those of Amazon Cognito API Reference, "AdminCreateUser",
// "AdminGetUser", "AdminAddUserToGroup", "DescribeUserPool", "ListGroups" and
// "Common Errors", and some that no page lists for these calls:
//
//   - LimitExceededException has been seen at the day's limit of mails (public
//     issue rahulpsd18/cognito-backup-restore#46).
//   - AliasExistsException is named by the description of ForceAliasCreation only.
//   - OperationNotEnabledException is in the SDK's model of the service.
var meanings = []meaning{
	// About one address.
	{invite, []string{"UsernameExistsException"}, onboard.ErrExists, onboard.CodeAlreadyExists,
		"The address already has a user in the pool."},
	{invite, []string{"AliasExistsException"}, onboard.ErrExists, onboard.CodeAlreadyExists,
		"The address already belongs to another user of the pool."},
	{resend | look | addToGroup, []string{"UserNotFoundException"}, onboard.ErrUserNotFound, onboard.CodeUserNotFound,
		"The address has no user in the pool; invite it first."},
	{resend, []string{"UnsupportedUserStateException"}, onboard.ErrSignedIn, onboard.CodeAlreadySignedIn,
		"The person has a password of their own already; they can have it reset with \"forgot password\"."},
	{mails, []string{"CodeDeliveryFailureException"}, onboard.ErrNotMailed, onboard.CodeMailNotDelivered,
		"The user exists, but the pool could not send the mail; check the address and the pool's sender, then resend with filter not_mailed."},
	{mails, []string{"InvalidPasswordException"}, onboard.ErrRefused, onboard.CodePasswordPolicy,
		"The pool's own temporary password did not meet its password policy; correct the policy."},
	{mails, []string{"UserLambdaValidationException"}, onboard.ErrRefused, onboard.CodeRefusedByTrigger,
		"A Lambda trigger of the pool (pre sign-up or custom message) refused this person; the trigger's log says why."},
	{mails, []string{"InvalidParameterException", "ValidationException", "ValidationError", "RequestEntityTooLargeException"},
		onboard.ErrRefused, onboard.CodeRefusedByPool,
		"The pool refused the address or an attribute of this row; check that each attribute exists in the pool. If a value does not fit, correct the row and submit it again."},
	{addToGroup, []string{"ResourceNotFoundException", "InvalidParameterException", "ValidationException", "ValidationError"},
		onboard.ErrRefused, onboard.CodeGroupUnknown,
		"The pool has no such group; create it, and add the person to it by hand."},

	// About everybody, for a while.
	{mails, []string{"LimitExceededException"}, onboard.ErrMailQuota, onboard.CodeMailQuota,
		"The day's mails are used up (50 for an account with Cognito's own sender); it goes on after 09:00 UTC. For more, let the pool send through Amazon SES."},
	{everybody, []string{"TooManyRequestsException", "ThrottlingException", "ThrottledException", "Throttling",
		"RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"},
		onboard.ErrThrottled, "", "The pool takes fewer calls a second just now; it is tried again more slowly."},

	// Until somebody fixes it.
	{invite | resend | look | inspect, []string{"ResourceNotFoundException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"The user pool, or something it refers to, does not exist; check the pool's id, its Region and its triggers."},
	{inspect, []string{"InvalidParameterException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"The pool's id is not accepted; check it."},
	{everybody, []string{"NotAuthorizedException", "NotAuthorized", "AccessDeniedException", "AccessDenied", "UnauthorizedException", "OptInRequired"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"The service has no right to make this call on the pool; give its role the cognito-idp actions of the template on this pool."},
	{everybody, []string{"ForbiddenException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"A web ACL (AWS WAF) before the pool blocks the service; allow its calls."},
	{everybody, []string{"UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
		"ExpiredTokenException", "ExpiredToken", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"The credentials of the service are not valid or have expired, or its clock is wrong; renew them."},
	{mails, []string{"InvalidLambdaResponseException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"A Lambda trigger of the pool gives an answer that Cognito does not accept; fix the trigger (a custom message needs {username} and {####})."},
	{mails, []string{"InvalidEmailRoleAccessPolicyException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"Cognito may not send with the pool's Amazon SES identity; give cognito-idp the right to."},
	{mails, []string{"InvalidSmsRoleAccessPolicyException", "InvalidSmsRoleTrustRelationshipException",
		"InvalidSmsRoleAccessPolicy", "InvalidSmsRoleTrustRelationship"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"The role with which the pool sends text messages is not usable; fix its policy and trust."},
	{everybody, []string{"OperationNotEnabledException", "UnknownOperationException", "InvalidAction"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"This call is not possible here: the pool is a secondary replica, or the endpoint is not Cognito's; use the pool's primary Region."},
	{everybody, []string{"FeatureUnavailableInTierException", "UserPoolAddOnNotEnabledException", "InvalidUserPoolConfigurationException"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured,
		"The pool's plan or setup does not allow this; correct it in Cognito."},

	// Nobody knows.
	{mails, []string{"UnexpectedLambdaException"}, onboard.ErrUnclear, "",
		"A Lambda trigger of the pool failed; it is tried again. If that goes on, the trigger's log says why."},
	{mails, []string{"PreconditionNotMetException"}, onboard.ErrUnclear, "",
		"The pool says that a precondition is not met, without saying which; it is tried again. If that goes on, check the pool's mail settings."},
	{everybody, []string{"InternalErrorException", "InternalFailure", "InternalServerError", "InternalServerException",
		"ServiceUnavailable", "ServiceUnavailableException", "ServiceUnavailableError",
		"RequestTimeout", "RequestTimeoutException", "RequestAbortedException", "ConcurrentModificationException"},
		onboard.ErrUnclear, "", reasonUnclear},
}
