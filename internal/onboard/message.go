package onboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// MessageVersion is the version of the message's form. A worker refuses any
// other, so that an old worker never guesses at a new field.
const MessageVersion = 1

// Message is what the queue carries: one invitation.
type Message struct {
	Version   int    `json:"v"`
	RequestID string `json:"request_id"`
	Row       int    `json:"row"`
	Round     int    `json:"round"`

	Person

	// State is the outcome that was clear at submission (failed or duplicate),
	// with its code and reason; empty for a row to invite. It rides the queue
	// because ten thousand writes would outlast the call that submits them.
	State  State  `json:"state,omitempty"`
	Code   Code   `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`

	// Failures counts the failed deliveries of earlier copies. A delivery that
	// is no fault of the row (throttled, out of time) is acknowledged and sent
	// again as a new message, so that only real failures use up deliveries.
	Failures int `json:"failures,omitempty"`

	// Since is when the invitation was first put on the queue in this round, in
	// Unix seconds: what a fresh copy keeps of its first one's age. 0 on that one.
	Since int64 `json:"since,omitempty"`

	// Seal proves that usher wrote the message: see [Message.Sealed].
	Seal string `json:"seal,omitempty"`
}

// Invitation returns the invitation that m carries, not yet settled.
func (m Message) Invitation() Invitation {
	return Invitation{RequestID: m.RequestID, Row: m.Row, Person: m.Person, State: Pending}
}

// Message returns the message that puts inv on the queue in the request's round.
func (r Request) Message(inv Invitation) Message { return messageOf(inv, r.Round).Sealed(r.SealKey) }

// messageOf returns the message of inv in the given round, without a seal.
func messageOf(inv Invitation, round int) Message {
	return Message{Version: MessageVersion, RequestID: inv.RequestID, Row: inv.Row, Round: round, Person: inv.Person}
}

// Encode returns m as JSON, in characters that every queue carries: encoding/json
// writes two characters as they are that Amazon SQS refuses (API Reference,
// "SendMessage"), so they are escaped. It never fails: every field can be encoded.
func (m Message) Encode() []byte {
	b, _ := json.Marshal(m)
	for _, stray := range []rune{'\uFFFE', '\uFFFF'} {
		if raw := []byte(string(stray)); bytes.Contains(b, raw) {
			b = bytes.ReplaceAll(b, raw, fmt.Appendf(nil, `\u%04x`, stray))
		}
	}
	return b
}

// DecodeMessage reads what [Message.Encode] wrote. A body of another form, of
// another version or without an invitation in it is an error that says which.
func DecodeMessage(body []byte) (Message, error) {
	var m Message
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return Message{}, fmt.Errorf("message is not the JSON of an invitation: %w", scrubbed(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return Message{}, errors.New("message has data after its JSON")
	}
	switch {
	case m.Version != MessageVersion:
		return Message{}, fmt.Errorf("message has version %d; this worker reads version %d", m.Version, MessageVersion)
	case m.RequestID == "":
		return Message{}, errors.New("message names no request_id")
	case m.Row < 1:
		return Message{}, fmt.Errorf("message of request %s has row %d; rows count from 1", m.RequestID, m.Row)
	case m.Round < 1:
		return Message{}, fmt.Errorf("message of request %s row %d has round %d; rounds count from 1", m.RequestID, m.Row, m.Round)
	case m.State != "" && !(m.State.IsOutcome() && slices.Contains(States, m.State)):
		return Message{}, fmt.Errorf("message of request %s row %d carries a state that is no outcome", m.RequestID, m.Row)
	case m.Failures < 0:
		return Message{}, fmt.Errorf("message of request %s row %d counts %d failures", m.RequestID, m.Row, m.Failures)
	}
	return m, nil
}

// scrubbed keeps the kind and place of a JSON error and drops the quoted data,
// which may be somebody's address.
func scrubbed(err error) error {
	var typ *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &typ):
		field := strings.TrimPrefix(typ.Field, "Person.") // embedding does not show in the JSON
		return fmt.Errorf("field %s at byte %d has the wrong type", field, typ.Offset)
	case errors.As(err, &syntax):
		return fmt.Errorf("syntax error at byte %d", syntax.Offset)
	}
	return errors.New("unexpected end or unknown field")
}

// Delivery is one receipt of a message by a worker. A message may be delivered
// more than once, also when nothing went wrong.
type Delivery struct {
	Message

	// Handle names this receipt to the queue.
	Handle string

	// ID names the message in the batch it came with.
	ID string

	// Receives counts the receipts of this copy of the message, this one included.
	Receives int

	SentAt time.Time // when this copy was put on the queue
}

// FailuresSoFar counts the deliveries of this invitation's message that ended
// in a failure, over all copies, this one not included.
func (d Delivery) FailuresSoFar() int { return d.Failures + max(d.Receives-1, 0) }
