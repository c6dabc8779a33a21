package eventsource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// Limits of one receive (Amazon SQS API Reference, "ReceiveMessage"). Every queue
// keeps them, so that what works with one works with SQS.
const (
	MaxBatch = 10
	MaxWait  = 20 * time.Second
)

// Queue is the receiving side of a queue.
type Queue interface {
	// ReceiveRaw returns up to most (1 to MaxBatch) messages and hides them for the
	// queue's visibility timeout. If there are none it waits for one, up to wait (0
	// to MaxWait), and then returns none.
	ReceiveRaw(ctx context.Context, most int, wait time.Duration) ([]RawDelivery, error)

	// DeleteBatch takes received messages off the queue for good. To delete one
	// again is no error; a handle whose message has been received again since
	// deletes nothing. After an error some may be deleted; the others come again.
	DeleteBatch(handles []string) error
}

// RawDelivery is one receipt of a message before its body is read.
type RawDelivery struct {
	ID       string // of the message: the same in every receipt
	Handle   string // of this receipt
	Body     []byte
	Receives int // receipts so far, this one included
	SentAt   time.Time
}

// Delivery reads the body. A body that is no message is an error.
func (d RawDelivery) Delivery() (onboard.Delivery, error) {
	m, err := onboard.DecodeMessage(d.Body)
	if err != nil {
		return onboard.Delivery{}, fmt.Errorf("message %s: %w", d.ID, err)
	}
	return onboard.Delivery{Message: m, Handle: d.Handle, ID: d.ID, Receives: d.Receives, SentAt: d.SentAt}, nil
}

// Read reads the bodies of a batch. Those that are no message are an error beside
// the deliveries that could be read.
func Read(batch []RawDelivery) ([]onboard.Delivery, error) {
	var faults []error
	deliveries := make([]onboard.Delivery, 0, len(batch))
	for _, raw := range batch {
		d, err := raw.Delivery()
		if err != nil {
			faults = append(faults, err)
			continue
		}
		deliveries = append(deliveries, d)
	}
	return deliveries, errors.Join(faults...)
}
