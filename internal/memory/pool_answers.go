package memory

import "usher.example/internal/onboard"

// The answers of the pool. Causes are Cognito's error codes
// (Amazon Cognito API Reference, "AdminCreateUser", "AdminGetUser" and
// "AdminAddUserToGroup").

const invalidParameter = "InvalidParameterException"

func answer(class error, code onboard.Code, cause, reason string) error {
	return &onboard.PoolError{Class: class, Code: code, Reason: reason, Cause: cause}
}

func answerExists() error {
	return answer(onboard.ErrExists, onboard.CodeAlreadyExists, "UsernameExistsException",
		"The address has an account already; ask for a resend if the person never signed in.")
}

func answerUserNotFound() error {
	return answer(onboard.ErrUserNotFound, onboard.CodeUserNotFound, "UserNotFoundException",
		"The address has no account; submit it to invite the person.")
}

func answerThrottled() error {
	return answer(onboard.ErrThrottled, "", "TooManyRequestsException",
		"The user pool takes no more calls this second; the invitation is tried again by itself.")
}

// answerMailQuota has the code that Cognito gives at the day's limit though the
// operation does not document it.
func answerMailQuota() error {
	return answer(onboard.ErrMailQuota, onboard.CodeMailQuota, "LimitExceededException",
		"The user pool has sent all the mail it may send today; it goes on at 09:00 UTC. Set up Amazon SES in the pool to send more.")
}

func answerNotMailed() error {
	return answer(onboard.ErrNotMailed, onboard.CodeMailNotDelivered, "CodeDeliveryFailureException",
		"The account exists but its invitation could not be mailed; check the address and ask for a resend.")
}

func answerSignedIn() error {
	return answer(onboard.ErrSignedIn, onboard.CodeAlreadySignedIn, "UnsupportedUserStateException",
		"The person has a password of their own; who forgot it resets it at the sign-in page.")
}

func answerGroupUnknown() error {
	return answer(onboard.ErrRefused, onboard.CodeGroupUnknown, "ResourceNotFoundException",
		"The user pool has no group of this name; create it or correct the row.")
}

func answerRefused(code onboard.Code, reason string) error {
	return answer(onboard.ErrRefused, code, invalidParameter, reason)
}

func answerUnclear(cause string) error {
	return answer(onboard.ErrUnclear, "", cause,
		"No answer came from the user pool; the invitation is looked up before it is tried again.")
}

func answerMisconfigured(cause string) error {
	reason := "The user pool refuses every call; its settings must be fixed before the request is resumed."
	switch cause {
	case "ResourceNotFoundException":
		reason = "The user pool or one of its triggers does not exist; correct the pool's id or the trigger, then resume the request."
	case "NotAuthorizedException", "AccessDeniedException":
		reason = "The worker has no right to create users in this pool; correct its role, then resume the request."
	case "InvalidLambdaResponseException":
		reason = "A trigger of the user pool gives answers that the pool cannot use; fix the trigger, then resume the request."
	}
	return answer(onboard.ErrMisconfigured, onboard.CodeMisconfigured, cause, reason)
}
