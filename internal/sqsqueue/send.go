package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"usher.example/internal/onboard"
)

// How often a batch is sent before it is given up, and the longest wait before
// the second round; the wait doubles each round. The waits are 1.5 s at most,
// so that the API can still answer its caller.
const (
	sendRounds = 5
	firstWait  = 100 * time.Millisecond
)

// Send implements [onboard.Queue]. It sends in batches, several at once.
// Unconfirmed messages of a batch are sent again after a random wait, for at
// most five rounds, unless SQS says that the fault is ours. So a message may be
// queued twice; receivers expect that. After one batch is given up, no other is
// begun.
//
// An error counts the messages that are not confirmed and names the first cause.
// A message over 1 MiB is refused before anything is sent. When ctx ends, Send
// returns an error that is also ctx.Err().
func (q *Queue) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	seconds, err := wholeSeconds(delay, onboard.MaxDelay)
	if err != nil {
		return fmt.Errorf("sqs send: delay: %w", err)
	}
	all, err := batches(messages, seconds)
	if err != nil {
		return fmt.Errorf("sqs send: %w", err)
	}
	confirmed, err := q.sendAll(ctx, all)
	if err != nil {
		return fmt.Errorf("sqs send: %d of %d messages are not confirmed to be on the queue: %w",
			len(messages)-confirmed, len(messages), err)
	}
	return nil
}

// sendAll returns how many messages are confirmed, and why the rest are not.
func (q *Queue) sendAll(ctx context.Context, all []batch) (int, error) {
	var confirmed atomic.Int64
	group, going := errgroup.WithContext(ctx)
	group.SetLimit(q.parallel)
	for _, b := range all {
		group.Go(func() error {
			if err := going.Err(); err != nil {
				return err
			}
			left, err := q.sendBatch(ctx, going, b)
			confirmed.Add(int64(len(b) - left))
			return err
		})
	}
	err := group.Wait()
	return int(confirmed.Load()), err
}

// sendBatch sends one batch until all of it is confirmed, and returns how many
// are not. It gives up between two rounds when going ends; a call under way may
// finish.
func (q *Queue) sendBatch(ctx, going context.Context, b batch) (left int, err error) {
	refused, wait := 0, firstWait
	var cause error
	for round := 1; ; round++ {
		answer := q.sendOnce(ctx, b)
		b, refused = answer.again, refused+answer.refused
		if cause == nil {
			cause = answer.cause
		}
		left = len(b) + refused
		switch {
		case left == 0:
			return 0, nil
		case len(b) == 0, answer.final, round == sendRounds:
			return left, cause
		}
		if !onboard.Sleep(going, rand.N(wait)) {
			return left, fmt.Errorf("%w, while waiting to send again after: %w", going.Err(), cause)
		}
		wait *= 2
	}
}

// answer is what one call did not achieve.
type answer struct {
	again   batch // not confirmed; may be sent again
	refused int   // not confirmed, for good
	final   bool  // sending again cannot help
	cause   error
}

// sendOnce makes one call. The SDK does not repeat it: an answer of 200 may
// refuse one entry of ten, so all repeating is done here, with one wait and one
// bound.
func (q *Queue) sendOnce(ctx context.Context, b batch) answer {
	if err := ctx.Err(); err != nil {
		return answer{again: b, final: true, cause: err}
	}
	call, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	out, err := q.client.SendMessageBatch(call, &sqs.SendMessageBatchInput{
		QueueUrl: aws.String(q.url),
		Entries:  b,
	}, quiet, once)
	switch {
	case err == nil:
		return sift(b, out)
	case ctx.Err() != nil:
		return answer{again: b, final: true, cause: ctx.Err()}
	default:
		return answer{again: b, final: ours(err), cause: blank(err)}
	}
}

// sift removes from a batch what SQS stored and what it refused for good. An
// entry that the answer does not mention is not confirmed.
func sift(b batch, out *sqs.SendMessageBatchOutput) answer {
	done := make(map[string]bool, len(b))
	for _, ok := range out.Successful {
		done[aws.ToString(ok.Id)] = true
	}
	var rest answer
	for _, failed := range out.Failed {
		if failed.SenderFault || rest.cause == nil {
			rest.cause = &codeError{code: aws.ToString(failed.Code)}
		}
		if failed.SenderFault {
			done[aws.ToString(failed.Id)] = true
			rest.refused++
		}
	}
	for _, e := range b {
		if !done[aws.ToString(e.Id)] {
			rest.again = append(rest.again, e)
		}
	}
	if rest.cause == nil {
		rest.cause = errors.New("SQS did not mention the message in its answer")
	}
	return rest
}

// once makes the SDK attempt a call once.
func once(o *sqs.Options) {
	o.Retryer = aws.NopRetryer{}
	o.RetryMaxAttempts = 0 // would wrap the retryer again
}
