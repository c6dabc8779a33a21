package sqsqueue

import (
	"errors"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// codeError is a refusal by its code. The service's sentence is left out,
// because it may repeat what was sent.
type codeError struct {
	code string
	err  error // the SDK's; nil for an entry of a batch
}

func (e *codeError) Error() string { return "SQS answered " + e.code }

func (e *codeError) Unwrap() error { return e.err }

// blank returns an error of the SDK without anything of the call.
func blank(err error) error {
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return &codeError{code: refusal.ErrorCode(), err: err}
	}
	return err
}

// slowDown lists throttling codes that the SDK does not know (Amazon SQS API
// Reference, "SendMessageBatch": KmsThrottled).
var slowDown = []string{"KmsThrottled", "KMS.ThrottlingException"}

// ours reports whether the fault is the caller's, so that the same call would be
// refused again: no such queue, no rights. Everything else may succeed later: no
// answer, a broken one, a wrong checksum, too many calls, a fault of the service.
func ours(err error) bool {
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return false
	}
	if slices.Contains(slowDown, refusal.ErrorCode()) || refusal.ErrorFault() == smithy.FaultServer {
		return false
	}
	throttled := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	if throttled.IsErrorThrottle(err) == aws.TrueTernary {
		return false
	}
	var response *smithyhttp.ResponseError
	return errors.As(err, &response) && response.HTTPStatusCode() < http.StatusInternalServerError
}
