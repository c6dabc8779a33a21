package memory

import "usher.example/internal/onboard"

// The answers of the pool. Details are Cognito's error codes
// (Amazon Cognito API Reference, "AdminCreateUser", "AdminGetUser" and
// "AdminAddUserToGroup").

func answer(class error, code onboard.Code, cause onboard.Cause, detail string) error {
	return &onboard.PoolError{Class: class, Code: code, Cause: cause, Detail: detail}
}

func answerExists() error {
	return answer(onboard.ErrExists, onboard.CodeAlreadyExists, "", "UsernameExistsException")
}

func answerUserNotFound() error {
	return answer(onboard.ErrUserNotFound, onboard.CodeUserNotFound, "", "UserNotFoundException")
}

func answerThrottled() error {
	return answer(onboard.ErrThrottled, "", onboard.CauseTooManyCalls, "TooManyRequestsException")
}

// answerMailQuota has the code that Cognito gives at the day's limit though the
// operation does not document it.
func answerMailQuota() error {
	return answer(onboard.ErrMailQuota, onboard.CodeMailQuota, "", "LimitExceededException")
}

func answerNotMailed() error {
	return answer(onboard.ErrNotMailed, onboard.CodeMailNotDelivered, onboard.CauseUndeliverable, "CodeDeliveryFailureException")
}

func answerSignedIn() error {
	return answer(onboard.ErrSignedIn, onboard.CodeAlreadySignedIn, "", "UnsupportedUserStateException")
}

func answerGroupUnknown() error {
	return answer(onboard.ErrRefused, onboard.CodeGroupUnknown, "", "ResourceNotFoundException")
}

// answerInvalid is for an address or an attribute that the pool cannot take. Like
// Cognito it does not say which.
func answerInvalid() error {
	return answer(onboard.ErrRefused, onboard.CodeRefusedByPool, "", "InvalidParameterException")
}

func answerUnclear(detail string) error {
	return answer(onboard.ErrUnclear, "", onboard.CauseNoAnswer, detail)
}

// misconfigured are the causes of Cognito's error codes; a code that is not here
// has none.
var misconfigured = map[string]onboard.Cause{
	"ResourceNotFoundException":      onboard.CausePoolMissing,
	"NotAuthorizedException":         onboard.CauseNoRight,
	"AccessDeniedException":          onboard.CauseNoRight,
	"InvalidLambdaResponseException": onboard.CauseTriggerAnswer,
}

func answerMisconfigured(code string) error {
	return answer(onboard.ErrMisconfigured, onboard.CodeMisconfigured, misconfigured[code], code)
}
