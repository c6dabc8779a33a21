package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"usher.example/internal/onboard"
)

// maxWait is the longest that a received message can be hidden (Amazon SQS API
// Reference, "ChangeMessageVisibility"). SQS counts it from the receipt, so
// what is left is somewhat less.
const maxWait = 12 * time.Hour

// gone lists the answers to a receipt that no longer holds its message: it was
// deleted, or another worker has it. Amazon SQS API Reference,
// "ChangeMessageVisibility", names MessageNotInflight; SQS actually says
// InvalidParameterValue (public issue aws/aws-sdk-java#1628). The only other
// cause is that the twelve hours are used up, and then there is nothing left to
// hide either. A handle that was never one of this queue,
// ReceiptHandleIsInvalid, is a mistake and stays an error.
var gone = []string{
	"MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight",
	"InvalidParameterValue",
}

// Delay implements [onboard.Queue]. A receipt that no longer holds its message is
// not an error: the message is deleted or reaches a worker anyway, and hiding it
// would have saved one delivery at most. The SDK makes up to three attempts; a
// repeated one only counts wait from a little later.
func (q *Queue) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	seconds, err := wholeSeconds(wait, maxWait)
	if err != nil {
		return fmt.Errorf("sqs delay: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = q.client.ChangeMessageVisibility(call, &sqs.ChangeMessageVisibilityInput{
		QueueUrl:          aws.String(q.url),
		ReceiptHandle:     aws.String(d.Handle),
		VisibilityTimeout: seconds,
	}, quiet, func(o *sqs.Options) { o.Retryer, o.RetryMaxAttempts = q.patient, 0 })
	switch {
	case err == nil, isGone(err):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("sqs delay: request %s row %d stays hidden for the queue's default time only: %w", d.RequestID, d.Row, blank(err))
	}
}

func isGone(err error) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && slices.Contains(gone, refusal.ErrorCode())
}
