package cognitopool

import (
	"slices"
	"strings"

	"usher.example/internal/onboard"
)

// operation is a call on the pool. As a set of bits it says for which calls a row of
// the table holds.
type operation uint8

const (
	invite operation = 1 << iota
	resend
	look
	addToGroup
	inspect
	find

	mails = invite | resend
	every = invite | resend | look | addToGroup | inspect | find
)

// meaning is what error codes mean in some operations.
type meaning struct {
	on    operation
	codes []string
	class error
	code  onboard.Code
	cause onboard.Cause // what the code alone does not say
}

// mailStage are the codes that may come from the pool's mailing: from the trigger that
// writes the mail, or from its sender. The user may exist by then; no page says. The
// pre sign-up trigger, which runs before the user is created, gives the same codes.
var mailStage = []string{
	"UserLambdaValidationException", "InvalidLambdaResponseException", "InvalidEmailRoleAccessPolicyException",
	"InvalidSmsRoleAccessPolicyException", "InvalidSmsRoleTrustRelationshipException",
	"InvalidSmsRoleAccessPolicy", "InvalidSmsRoleTrustRelationship",
}

// answerTo translates one error code; it is done nowhere else. Codes that are not in
// the table are unclear: the call may have had its effect. Message texts are never
// read: they change, and they may quote the address.
func answerTo(op operation, code string) error {
	for _, m := range meanings {
		if m.on&op != 0 && slices.Contains(m.codes, code) {
			return &onboard.PoolError{Class: m.class, Code: m.code, Cause: m.cause, Detail: code, Unmailed: slices.Contains(mailStage, code)}
		}
	}
	return unclear(plainCode(code), onboard.CauseUnknownAnswer)
}

// maxCodeLength bounds what an unknown code may put into a log, in bytes.
const maxCodeLength = 64

// plainCode returns the code if it looks like one. A proxy between usher and the
// service may send anything.
func plainCode(code string) string {
	stray := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	}
	if code == "" || len(code) > maxCodeLength || strings.ContainsFunc(code, stray) {
		return "an error without a readable code"
	}
	return code
}

// meanings is the table, first match first. It is all that has to be changed for
// another error code; the sentences for people are [onboard.PoolError.Reason]'s.
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
	{invite, []string{"UsernameExistsException", "AliasExistsException"}, onboard.ErrExists, onboard.CodeAlreadyExists, ""},
	{resend | look | addToGroup, []string{"UserNotFoundException"}, onboard.ErrUserNotFound, onboard.CodeUserNotFound, ""},
	{resend, []string{"UnsupportedUserStateException"}, onboard.ErrSignedIn, onboard.CodeAlreadySignedIn, ""},
	{mails, []string{"CodeDeliveryFailureException"}, onboard.ErrNotMailed, onboard.CodeMailNotDelivered, onboard.CauseUndeliverable},
	{mails, []string{"InvalidPasswordException"}, onboard.ErrRefused, onboard.CodePasswordPolicy, ""},
	{mails, []string{"UserLambdaValidationException"}, onboard.ErrRefused, onboard.CodeRefusedByTrigger, ""},
	{mails, []string{"InvalidParameterException", "ValidationException", "ValidationError", "RequestEntityTooLargeException"},
		onboard.ErrRefused, onboard.CodeRefusedByPool, ""},
	{addToGroup, []string{"ResourceNotFoundException", "InvalidParameterException", "ValidationException", "ValidationError"},
		onboard.ErrRefused, onboard.CodeGroupUnknown, ""},

	// About every address, for a while.
	{mails, []string{"LimitExceededException"}, onboard.ErrMailQuota, onboard.CodeMailQuota, ""},
	{every, []string{"TooManyRequestsException", "ThrottlingException", "ThrottledException", "Throttling",
		"RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"},
		onboard.ErrThrottled, "", onboard.CauseTooManyCalls},

	// About every address, until somebody fixes it.
	{invite | resend | look | inspect | find, []string{"ResourceNotFoundException"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CausePoolMissing},
	{inspect | find, []string{"InvalidParameterException", "InvalidToken"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CausePoolID},
	{every, []string{"NotAuthorizedException", "NotAuthorized", "AccessDeniedException", "AccessDenied", "UnauthorizedException", "OptInRequired"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseNoRight},
	{every, []string{"ForbiddenException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseFirewall},
	{every, []string{"UnrecognizedClientException", "InvalidClientTokenId", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
		"ExpiredTokenException", "ExpiredToken", "RequestExpired", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "IncompleteSignatureException"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseCredentials},
	{mails, []string{"InvalidLambdaResponseException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseTriggerAnswer},
	{mails, []string{"InvalidEmailRoleAccessPolicyException"}, onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseMailSender},
	{mails, []string{"InvalidSmsRoleAccessPolicyException", "InvalidSmsRoleTrustRelationshipException",
		"InvalidSmsRoleAccessPolicy", "InvalidSmsRoleTrustRelationship"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseTextSender},
	{every, []string{"OperationNotEnabledException", "UnknownOperationException", "InvalidAction"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CauseNotHere},
	{every, []string{"FeatureUnavailableInTierException", "UserPoolAddOnNotEnabledException", "InvalidUserPoolConfigurationException"},
		onboard.ErrMisconfigured, onboard.CodeMisconfigured, onboard.CausePlan},

	// Unclear: the call may have had its effect.
	{mails, []string{"UnexpectedLambdaException"}, onboard.ErrUnclear, "", onboard.CauseTriggerFailed},
	{mails, []string{"PreconditionNotMetException"}, onboard.ErrUnclear, "", onboard.CausePrecondition},
	{every, []string{"InternalErrorException", "InternalFailure", "InternalServerError", "InternalServerException",
		"ServiceUnavailable", "ServiceUnavailableException", "ServiceUnavailableError",
		"RequestTimeout", "RequestTimeoutException", "RequestAbortedException", "ConcurrentModificationException"},
		onboard.ErrUnclear, "", onboard.CauseNoAnswer},
}
