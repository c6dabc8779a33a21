package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"usher.example/internal/onboard"
)

// refusal is a write whose conditions did not all hold: nothing was written.
type refusal struct {
	actions []actionResult // one for each action of the write, in its order
}

// actionResult is the result of one action's condition.
type actionResult struct {
	failed bool
	stored *fields // what is there instead
}

func (r *refusal) Error() string { return "a condition did not hold" }

// failed reports whether any of the conditions did not hold.
func (r *refusal) failed() bool {
	return slices.ContainsFunc(r.actions, func(v actionResult) bool { return v.failed })
}

// refusalOf returns the refusal in a service's answer, if any.
func refusalOf(err error) (*refusal, bool) {
	var single *types.ConditionalCheckFailedException
	if errors.As(err, &single) {
		return &refusal{[]actionResult{{failed: true, stored: from(single.Item)}}}, true
	}
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) {
		return nil, false
	}
	r := &refusal{}
	for _, reason := range canceled.CancellationReasons {
		failed := aws.ToString(reason.Code) == "ConditionalCheckFailed"
		r.actions = append(r.actions, actionResult{failed, from(reason.Item)})
	}
	return r, r.failed()
}

// isTransient reports whether the call had no effect, would pass at another
// moment, and is not repeated by the SDK. The SDK repeats throttled calls, but
// neither a call that met a transaction nor a canceled transaction, for any
// reason (Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How
// it works").
func isTransient(err error) bool {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		return onlyTransient(canceled.CancellationReasons)
	}
	var met *types.TransactionConflictException
	var running *types.TransactionInProgressException
	return errors.As(err, &met) || errors.As(err, &running)
}

// onlyTransient reports whether every reason is transient.
func onlyTransient(reasons []types.CancellationReason) bool {
	transient := false
	for _, reason := range reasons {
		switch aws.ToString(reason.Code) {
		case "", "None":
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			transient = true
		default:
			return false
		}
	}
	return transient
}

// failure is the error of a call without a usable answer, or ctx.Err() if that
// is why. It has no class. Its text names the table and never an item: the
// service quotes what it was sent, so its words are kept only where they
// concern the table or our rights.
func (s *Store) failure(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("dynamostore: %s in table %s: %s", what, s.table, cause(err))
}

// malformed is the error of an item that this package did not write. It has the
// class [onboard.ErrDamaged].
func (s *Store) malformed(what string, err error) error {
	return fmt.Errorf("dynamostore: %s in table %s: %w: %w", what, s.table, onboard.ErrDamaged, err)
}

// cause is the part of an error's text that holds nothing of any item.
func cause(err error) string {
	var canceled *types.TransactionCanceledException
	if errors.As(err, &canceled) {
		return canceled.ErrorCode() + " " + reasonCodes(canceled.CancellationReasons)
	}
	var answer smithy.APIError
	if errors.As(err, &answer) {
		if aboutUs(answer.ErrorCode()) {
			return answer.ErrorCode() + ": " + answer.ErrorMessage()
		}
		return answer.ErrorCode()
	}
	var unread *smithy.DeserializationError
	if errors.As(err, &unread) {
		return "the answer cannot be read"
	}
	return err.Error() // of the network, the credentials or the SDK itself
}

// aboutUs reports whether a code's message concerns only the table or our
// rights and credentials.
func aboutUs(code string) bool {
	switch code {
	case "ResourceNotFoundException", "AccessDeniedException", "UnrecognizedClientException",
		"ExpiredTokenException", "InvalidSignatureException", "KMSAccessDeniedException":
		return true
	}
	return false
}

func reasonCodes(reasons []types.CancellationReason) string {
	codes := make([]string, len(reasons))
	for i, reason := range reasons {
		codes[i] = aws.ToString(reason.Code)
	}
	return "[" + strings.Join(codes, " ") + "]"
}
