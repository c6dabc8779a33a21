package lambdabridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"usher.example/internal/onboard"
)

// MailEvents hands what messages of a queue say about mails to a listener. The event
// source mapping must have FunctionResponseTypes ReportBatchItemFailures. Its fields
// are set once, before use; it is then safe for concurrent use.
type MailEvents struct {
	// Read reads the body of a message. An error keeps it on the queue, and so brings it
	// into the dead-letter queue, where people can look at it.
	Read func(body []byte) ([]onboard.MailEvent, error)

	// Listen takes what a whole batch says: [onboard.MailListener].Listen. After an error
	// all of the batch comes again.
	Listen func(ctx context.Context, events []onboard.MailEvent) (noted int, err error)

	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// Invoke implements lambda.Handler. With an error Lambda keeps the whole batch.
func (m *MailEvents) Invoke(ctx context.Context, payload []byte) (out []byte, err error) {
	var e queueEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of an SQS queue: %w", scrubbed(err))
	}
	if e.Records == nil {
		return nil, errors.New("read the event of an SQS queue: it has no Records")
	}
	defer func() {
		if p := recover(); p != nil {
			logger(m.Log).Error("panic while mail events were read", "stack", string(debug.Stack()))
			out, err = nil, errors.New("panic while mail events were read; its stack is in the log")
		}
	}()
	var events []onboard.MailEvent
	keep := map[string]bool{}
	for i, record := range e.Records {
		if record.MessageID == "" || record.EventSource != "" && record.EventSource != "aws:sqs" {
			return nil, fmt.Errorf("read record %d of the event of an SQS queue: it lacks a messageId or comes from elsewhere", i)
		}
		found, err := m.Read([]byte(record.Body))
		if err != nil {
			keep[record.MessageID] = true
			logger(m.Log).Error("message is no mail event and stays on the queue", "message_id", record.MessageID, "error", err)
		}
		events = append(events, found...)
	}
	noted, err := m.Listen(ctx, events)
	if err != nil {
		return nil, fmt.Errorf("note what became of mails: %w", err)
	}
	logger(m.Log).Info("mail events", "messages", len(e.Records), "noted", noted)
	return json.Marshal(answerOf(e.Records, keep))
}
