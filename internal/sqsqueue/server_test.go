package sqsqueue_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// server is as much of a standard queue as the contract is about: messages hidden
// by delay and receipt, handles that stop being valid (Amazon SQS Developer
// Guide, "Amazon SQS visibility timeout").
type server struct {
	visibility time.Duration

	mu       sync.Mutex
	messages []*kept
	receipts map[string]*kept // every handle ever given
}

type kept struct {
	id, body  string
	sentAt    time.Time
	visibleAt time.Time
	receives  int
	handle    string // of the latest receipt
	deleted   bool
}

func newServer(visibility time.Duration) *server {
	return &server{visibility: visibility, receipts: map[string]*kept{}}
}

// answer answers one call of the SDK.
func (s *server) answer(call awsstub.Call) awsstub.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch call.Operation {
	case "SendMessageBatch":
		return s.send(sendOf(call))
	case "ChangeMessageVisibility":
		return s.hide(call)
	}
	return awsstub.QueryRefusal(400, "InvalidAction", "Sender")
}

func (s *server) send(batch sent) awsstub.Answer {
	good := []any{}
	for _, e := range batch.Entries {
		now := time.Now()
		s.messages = append(s.messages, &kept{
			id: fmt.Sprintf("m-%d", len(s.messages)), body: e.MessageBody, sentAt: now,
			visibleAt: now.Add(time.Duration(e.DelaySeconds) * time.Second),
		})
		good = append(good, stored(e))
	}
	return awsstub.OK(map[string]any{"Successful": good})
}

func (s *server) hide(call awsstub.Call) awsstub.Answer {
	var in struct {
		ReceiptHandle     string
		VisibilityTimeout int
	}
	call.Decode(&in)
	m := s.receipts[in.ReceiptHandle]
	switch {
	case m == nil:
		return awsstub.QueryRefusal(400, "ReceiptHandleIsInvalid", "Sender")
	case m.handle != in.ReceiptHandle, m.deleted:
		return awsstub.QueryRefusal(400, "InvalidParameterValue", "Sender")
	}
	m.visibleAt = time.Now().Add(time.Duration(in.VisibilityTimeout) * time.Second)
	return awsstub.OK(nil)
}

// receive is the receiving side, which on AWS belongs to Lambda.
func (s *server) receive(ctx context.Context, most int, wait time.Duration) ([]onboard.Delivery, error) {
	return poll(ctx, wait, func() ([]onboard.Delivery, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		var got []onboard.Delivery
		for _, m := range s.messages {
			if len(got) == most || m.deleted || m.visibleAt.After(time.Now()) {
				continue
			}
			message, err := onboard.DecodeMessage([]byte(m.body))
			if err != nil {
				return nil, err
			}
			m.receives++
			m.handle = fmt.Sprintf("%s/%d", m.id, m.receives)
			m.visibleAt = time.Now().Add(s.visibility)
			s.receipts[m.handle] = m
			got = append(got, onboard.Delivery{Message: message, Handle: m.handle, ID: m.id, Receives: m.receives, SentAt: m.sentAt})
		}
		return got, nil
	})
}

func (s *server) delete(handle string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.receipts[handle]
	if m == nil {
		return fmt.Errorf("%q is no receipt of this queue", handle)
	}
	m.deleted = true
	return nil
}

// poll looks for messages until there are some, or for so long.
func poll(ctx context.Context, wait time.Duration, look func() ([]onboard.Delivery, error)) ([]onboard.Delivery, error) {
	for until := time.Now().Add(wait); ; {
		got, err := look()
		if err != nil || len(got) > 0 || !time.Now().Before(until) {
			return got, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
