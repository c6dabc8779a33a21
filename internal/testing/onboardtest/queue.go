package onboardtest

import (
	"context"
	"testing"
	"time"

	"usher.example/internal/onboard"
)

// QueueHarness is a queue under test and its receiving side.
type QueueHarness struct {
	Queue onboard.Queue

	// Receive returns up to most messages and hides them for Visibility. When
	// there are none it waits for one, up to wait.
	Receive func(ctx context.Context, most int, wait time.Duration) ([]onboard.Delivery, error)

	// Delete takes a received message off the queue for good.
	Delete func(handle string) error

	// Visibility is the queue's visibility timeout in whole seconds. On a peer
	// that runs in real time 4 s is a good choice: cases wait for it, but have to
	// look before it is over, on a busy machine too.
	Visibility time.Duration

	Differences Differences
}

// Queue checks a queue against the contract of [onboard.Queue]. newQueue returns an
// empty one each time.
func Queue(t *testing.T, in In, newQueue func(*testing.T) QueueHarness) {
	hold(t, in, queueCases, func(t *testing.T) (QueueHarness, Differences) {
		h := newQueue(t)
		return h, h.Differences
	})
}

// grain is how far a peer's times may be off: SQS counts whole seconds.
const grain = time.Second

// delay is how long cases hide a message: as long as is said of
// [QueueHarness.Visibility], and for the same reason.
const delay = 4 * time.Second

var queueCases = []contract[QueueHarness]{
	{"AMessageComesBackWithEveryField", func(c *caseT, h QueueHarness) {
		want := fullMessage(RequestID(1), 7)
		c.send(h, 0, want)
		c.same("message", c.one(h).Message, want)
	}},

	{"AMessageOfOnlyTheNecessaryComesBack", func(c *caseT, h QueueHarness) {
		want := Message(RequestID(1), 1)
		c.send(h, 0, want)
		c.same("message", c.one(h).Message, want)
	}},

	{"ADeliverySaysWhatReceiptItIs", func(c *caseT, h QueueHarness) {
		before := time.Now()
		c.send(h, 0, Message(RequestID(1), 1))
		d := c.one(h)
		if d.Handle == "" || d.ID == "" || d.Receives != 1 {
			c.Errorf("got handle %q, id %q, receives %d; want both, and 1", d.Handle, d.ID, d.Receives)
		}
		if off := d.SentAt.Sub(before); off < -grain || off > patience {
			c.Errorf("sent at %s, %s from when it was sent", d.SentAt, off)
		}
	}},

	{"ManyMessagesInOneSendAllArrive", func(c *caseT, h QueueHarness) {
		const n = 25
		var batch []onboard.Message
		for row := 1; row <= n; row++ {
			batch = append(batch, Message(RequestID(1), row))
		}
		c.send(h, 0, batch...)
		for row, d := range c.collect(h, n) {
			c.same("message", d.Message, batch[row-1])
		}
	}},

	{"MessagesOfManyRequestsAllArrive", func(c *caseT, h QueueHarness) {
		var batch []onboard.Message
		for row := 1; row <= 12; row++ {
			batch = append(batch, Message(RequestID(row%3), row))
		}
		c.send(h, 0, batch...)
		for row, d := range c.collect(h, len(batch)) {
			c.same("message", d.Message, batch[row-1])
		}
	}},

	{"SendingNothingIsNoError", func(c *caseT, h QueueHarness) {
		c.send(h, 0)
		c.none(h, "after sending nothing")
	}},

	{"TheSameMessageSentAgainIsAnother", func(c *caseT, h QueueHarness) {
		m := Message(RequestID(1), 1)
		c.send(h, 0, m)
		first := c.one(h)
		c.send(h, 0, m)
		second := c.one(h)
		if first.ID == second.ID || first.Handle == second.Handle {
			c.Errorf("both have id %q and handle %q", first.ID, first.Handle)
		}
		c.same("receives", second.Receives, 1)
	}},

	{"ACanceledSendSendsNothing", func(c *caseT, h QueueHarness) {
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		c.is("send", h.Queue.Send(ctx, []onboard.Message{Message(RequestID(1), 1)}, 0), context.Canceled)
		c.none(h, "after the canceled send")
	}},

	{"ADelayedMessageIsHiddenUntilItsTime", func(c *caseT, h QueueHarness) {
		sent := time.Now()
		c.send(h, delay, Message(RequestID(1), 1))
		c.none(h, "during the delay")
		d := c.one(h)
		c.notBefore("arrival", sent.Add(delay))
		c.same("receives", d.Receives, 1)
	}},

	{"ADelayOutOfRangeSendsNothing", func(c *caseT, h QueueHarness) {
		for _, delay := range []time.Duration{-time.Second, 15*time.Minute + time.Second} {
			if err := h.Queue.Send(c.Context(), []onboard.Message{Message(RequestID(1), 1)}, delay); err == nil {
				c.Errorf("send with delay %s: no error", delay)
			}
		}
		c.none(h, "after refused sends")
	}},

	{"AReceivedMessageComesAgainAfterTheVisibilityTimeout", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		first := c.one(h)
		received := time.Now()
		c.none(h, "while in flight")
		second := c.one(h)
		c.notBefore("second receipt", received.Add(h.Visibility))
		c.again(first, second)
	}},

	{"DelayHidesADeliveryForLonger", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		first := c.one(h)
		wait := 2 * h.Visibility
		delayed := time.Now()
		c.must(h.Queue.Delay(c.Context(), first, wait))
		second := c.one(h)
		c.notBefore("second receipt", delayed.Add(wait))
		c.again(first, second)
	}},

	{"DelayByZeroBringsADeliveryBackAtOnce", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		first := c.one(h)
		c.must(h.Queue.Delay(c.Context(), first, 0))
		back, err := h.Receive(c.Context(), 10, 0)
		c.must(err)
		if len(back) != 1 {
			c.Fatalf("got %d deliveries, want 1", len(back))
		}
		c.again(first, back[0])
	}},

	{"DelayWorksAfterTheVisibilityTimeout", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		first := c.one(h)
		time.Sleep(h.Visibility + grain/10)
		delayed := time.Now()
		c.must(h.Queue.Delay(c.Context(), first, delay))
		c.none(h, "during the delay")
		second := c.one(h)
		c.notBefore("second receipt", delayed.Add(delay))
		c.again(first, second)
	}},

	{"ADelayOfADeliveryOutOfRangeIsAnError", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		d := c.one(h)
		for _, wait := range []time.Duration{-time.Second, 12*time.Hour + time.Second} {
			if err := h.Queue.Delay(c.Context(), d, wait); err == nil {
				c.Errorf("delay by %s: no error", wait)
			}
		}
		c.none(h, "after refused delays")
	}},

	{"DelayOfAnUnknownReceiptIsAnError", func(c *caseT, h QueueHarness) {
		d := onboard.Delivery{Message: Message(RequestID(1), 1), Handle: "unknown", ID: "unknown", Receives: 1}
		if err := h.Queue.Delay(c.Context(), d, time.Second); err == nil {
			c.Errorf("no error")
		}
	}},

	{"DelayOfAMessageThatIsGoneIsNoError", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		d := c.one(h)
		c.must(h.Delete(d.Handle))
		c.must(h.Queue.Delay(c.Context(), d, 0))
		c.none(h, "after the message was deleted")
	}},

	{"DelayByAnEarlierReceiptIsNoError", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		first := c.one(h)
		c.again(first, c.one(h))
		c.must(h.Queue.Delay(c.Context(), first, time.Second))
	}},

	{"ACanceledDelayChangesNothing", func(c *caseT, h QueueHarness) {
		c.send(h, 0, Message(RequestID(1), 1))
		d := c.one(h)
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		c.is("delay", h.Queue.Delay(ctx, d, 0), context.Canceled)
		c.none(h, "after the canceled delay")
	}},

	{"MessagesGivenAreKeptAsCopies", func(c *caseT, h QueueHarness) {
		given, want := fullMessage(RequestID(1), 7), fullMessage(RequestID(1), 7)
		c.send(h, 0, given)
		given.Groups[0], given.Cells[0] = "spoiled", "spoiled"
		given.Attributes["given_name"] = "spoiled"
		c.same("message", c.one(h).Message, want)
	}},
}

// fullMessage returns a message in which every field is set, with characters
// that a queue may stumble over.
func fullMessage(requestID string, row int) onboard.Message {
	return Message(requestID, row, func(m *onboard.Message) {
		m.Round = 2
		m.Groups = []string{"staff", "Zürich"}
		m.Attributes = map[string]string{"given_name": "Ānn \"A\" O'Neil \U0001F331", "custom:note": "a\x0bb\x00\n\u2028<&>"}
		m.Ref = "ref\u007f\uFFFE\uFFFF-1"
		m.Cells = []string{"", "=1+1", "x,\ty"}
		m.State = onboard.Failed
		m.Code = onboard.CodeEmailInvalid
		m.Reason = "the address has no @"
		m.Failures = 3
	})
}

func (c *caseT) send(h QueueHarness, delay time.Duration, messages ...onboard.Message) {
	c.Helper()
	c.must(h.Queue.Send(c.Context(), messages, delay))
}

// one waits for the one message that is on the queue.
func (c *caseT) one(h QueueHarness) onboard.Delivery {
	c.Helper()
	for until := time.Now().Add(2*h.Visibility + patience); time.Now().Before(until); {
		got, err := h.Receive(c.Context(), 10, time.Second)
		c.must(err)
		switch len(got) {
		case 0:
			continue
		case 1:
			return got[0]
		}
		c.Fatalf("got %d deliveries, want 1", len(got))
	}
	c.Fatalf("no delivery within %s", 2*h.Visibility+patience)
	return onboard.Delivery{}
}

// none checks that nothing can be received now.
func (c *caseT) none(h QueueHarness, when string) {
	c.Helper()
	got, err := h.Receive(c.Context(), 10, 0)
	c.must(err)
	if len(got) != 0 {
		c.Errorf("%s: got %d deliveries, want none", when, len(got))
	}
}

// collect waits for n messages with different rows and returns them by row.
func (c *caseT) collect(h QueueHarness, n int) map[int]onboard.Delivery {
	c.Helper()
	got := map[int]onboard.Delivery{}
	for until := time.Now().Add(patience); len(got) < n && time.Now().Before(until); {
		batch, err := h.Receive(c.Context(), 10, time.Second)
		c.must(err)
		for _, d := range batch {
			got[d.Row] = d
		}
	}
	if len(got) != n {
		c.Fatalf("got %d messages within %s, want %d", len(got), patience, n)
	}
	return got
}

// notBefore checks that it is not earlier than a time, give or take the grain.
func (c *caseT) notBefore(what string, at time.Time) {
	c.Helper()
	if early := time.Until(at); early > grain {
		c.Errorf("%s came %s too early", what, early)
	}
}

// again checks that second is the next receipt of first's message.
func (c *caseT) again(first, second onboard.Delivery) {
	c.Helper()
	c.same("message", second.Message, first.Message)
	c.same("id", second.ID, first.ID)
	c.same("receives", second.Receives, first.Receives+1)
	if second.Handle == first.Handle {
		c.Errorf("both receipts have the handle %q", first.Handle)
	}
}
