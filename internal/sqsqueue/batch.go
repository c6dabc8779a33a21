package sqsqueue

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"usher.example/internal/onboard"
)

// Limits of one SendMessageBatch (Amazon SQS API Reference, "SendMessageBatch":
// ten entries; one message and the sum of all at most 1 MiB).
const (
	maxEntries = 10
	maxBytes   = 1 << 20
)

// batch is the entries of one call that are not yet known to be stored.
type batch []types.SendMessageBatchRequestEntry

// batches encodes messages and packs them, in order, into as few calls as the
// limits allow.
func batches(messages []onboard.Message, delaySeconds int32) ([]batch, error) {
	all := make([]batch, 0, len(messages)/maxEntries+1)
	var open batch
	size := 0
	for _, m := range messages {
		body := m.Encode()
		if len(body) > maxBytes {
			return nil, fmt.Errorf("the message of request %s row %d has %d bytes; the queue takes %d: shorten the row",
				m.RequestID, m.Row, len(body), maxBytes)
		}
		if len(open) == maxEntries || size+len(body) > maxBytes {
			all = append(all, open)
			open, size = nil, 0
		}
		open = append(open, entry(len(open), m.RequestID, body, delaySeconds))
		size += len(body)
	}
	if len(open) > 0 {
		all = append(all, open)
	}
	return all, nil
}

// entry sets the request as the message's group: on a standard queue that makes
// it a fair one (Amazon SQS Developer Guide, "Amazon SQS fair queues").
func entry(place int, requestID string, body []byte, delaySeconds int32) types.SendMessageBatchRequestEntry {
	return types.SendMessageBatchRequestEntry{
		Id:             aws.String(strconv.Itoa(place)),
		MessageBody:    aws.String(string(body)),
		MessageGroupId: aws.String(requestID),
		DelaySeconds:   delaySeconds,
	}
}
