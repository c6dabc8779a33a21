package sim_test

import (
	"context"
	"time"

	"usher.example/internal/onboard"
)

// queuePort is a queue as one actor reaches it. A send that fails may have put
// some of its messages on the queue, and one that does not may have put one
// there twice.
type queuePort struct {
	a     *actor
	queue queue
}

var _ onboard.Queue = queuePort{}

// sendSize is how many messages one call to the service carries: a larger send
// is several of them, and its sender may be killed between two.
const sendSize = 4

func (p queuePort) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	messages = outgoing(messages, time.Duration(p.a.w.slept.Load()))
	for len(messages) > 0 {
		n := min(sendSize, len(messages))
		if err := p.send(ctx, messages[:n], delay); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

func (p queuePort) send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	w, first := p.a.w, messages[0]
	return p.a.do(ctx, call{to: toQueue, op: "Send", at: first.RequestID, row: first.Row, late: lateQueue}, func(ctx context.Context) error {
		defer w.stir()
		w.sent = append(w.sent, messages...)
		if w.twins && w.mishaps.chance(0.05) {
			w.note(p.a.name, "Send", "puts one message there twice")
			_ = p.queue.Send(ctx, messages[w.rng.IntN(len(messages)):][:1], w.upTo(20*time.Second))
		}
		return p.queue.Send(ctx, messages, delay)
	})
}

func (p queuePort) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	w := p.a.w
	return p.a.do(ctx, call{to: toQueue, op: "Delay", at: d.RequestID, row: d.Row, late: lateQueue}, func(ctx context.Context) error {
		defer w.stir()
		return p.queue.Delay(ctx, d, wait)
	})
}
