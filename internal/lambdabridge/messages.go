package lambdabridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"time"

	"usher.example/internal/onboard"
)

// Messages hands the messages of an SQS event to a worker and answers Lambda with
// those that stay on the queue. The event source mapping must have
// FunctionResponseTypes ReportBatchItemFailures, or Lambda deletes them all.
// It serves a dead-letter queue just as well. Its fields are set once, before
// use; it is then safe for concurrent use.
type Messages struct {
	// Deliver judges a batch and returns the IDs of what stays on the queue:
	// [onboard.Worker].Deliver.
	Deliver func(ctx context.Context, batch []onboard.Delivery) (kept []string)

	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// queueEvent is what is used of an event (AWS Lambda Developer Guide, "Using
// Lambda with Amazon SQS").
type queueEvent struct {
	Records []queueRecord `json:"Records"`
}

type queueRecord struct {
	MessageID     string            `json:"messageId"`
	ReceiptHandle string            `json:"receiptHandle"`
	Body          string            `json:"body"`
	Attributes    map[string]string `json:"attributes"`
	EventSource   string            `json:"eventSource"`
}

// queueAnswer names what stays on the queue. The list is never null.
type queueAnswer struct {
	BatchItemFailures []itemFailure `json:"batchItemFailures"`
}

type itemFailure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// Invoke implements lambda.Handler. An error means that the event was not one
// of SQS, or that a message has no id to name it by: Lambda then keeps the whole
// batch on the queue.
//
// A message that is no invitation stays on the queue, and so comes into the
// dead-letter queue, where people can look at it.
func (m *Messages) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e queueEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of an SQS queue: %w", scrubbed(err))
	}
	if e.Records == nil {
		return nil, errors.New("read the event of an SQS queue: it has no Records")
	}
	batch := make([]onboard.Delivery, 0, len(e.Records))
	keep := map[string]bool{}
	for i, record := range e.Records {
		if record.MessageID == "" || record.EventSource != "" && record.EventSource != "aws:sqs" {
			return nil, fmt.Errorf("read record %d of the event of an SQS queue: it lacks a messageId or comes from elsewhere", i)
		}
		d, err := record.delivery()
		if err != nil {
			keep[record.MessageID] = true
			logger(m.Log).Error("message is no invitation and stays on the queue",
				"message_id", record.MessageID, "receives", d.Receives, "error", err)
			continue
		}
		batch = append(batch, d)
	}
	if len(batch) > 0 {
		for _, id := range m.deliver(ctx, batch) {
			keep[id] = true
		}
	}
	return json.Marshal(answerOf(e.Records, keep))
}

// deliver keeps the whole batch should the worker panic.
func (m *Messages) deliver(ctx context.Context, batch []onboard.Delivery) (kept []string) {
	defer func() {
		if p := recover(); p != nil {
			logger(m.Log).Error("panic in a worker", "stack", string(debug.Stack()))
			kept = nil
			for _, d := range batch {
				kept = append(kept, d.ID)
			}
		}
	}()
	return m.Deliver(ctx, batch)
}

// answerOf lists what is kept, in the event's order and each once.
func answerOf(records []queueRecord, keep map[string]bool) queueAnswer {
	answer := queueAnswer{BatchItemFailures: []itemFailure{}}
	for _, record := range records {
		if keep[record.MessageID] {
			answer.BatchItemFailures = append(answer.BatchItemFailures, itemFailure{record.MessageID})
			delete(keep, record.MessageID)
		}
	}
	return answer
}

// delivery reads the record's message. Attributes that are missing or broken,
// which SQS never sends, count as a first receipt of a message sent just now.
func (r queueRecord) delivery() (onboard.Delivery, error) {
	d := onboard.Delivery{Handle: r.ReceiptHandle, ID: r.MessageID, Receives: 1, SentAt: time.Now()}
	if n, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"]); err == nil && n > 0 {
		d.Receives = n
	}
	if ms, err := strconv.ParseInt(r.Attributes["SentTimestamp"], 10, 64); err == nil && ms > 0 {
		d.SentAt = time.UnixMilli(ms)
	}
	var err error
	d.Message, err = onboard.DecodeMessage([]byte(r.Body))
	return d, err
}
