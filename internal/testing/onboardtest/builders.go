package onboardtest

import (
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// RequestID returns the n-th of a series of request ids: ULIDs, so that later
// ones sort after earlier ones.
func RequestID(n int) string { return fmt.Sprintf("01J%023d", n) }

// Address returns the address that [Invitation] and [Message] give a row.
func Address(row int) string { return fmt.Sprintf("person-%d@example.com", row) }

// Now returns the time with the precision that every store keeps for a record:
// microseconds, in UTC.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// Expiry returns a time in the future at which records may be forgotten: whole
// seconds, since DynamoDB's time to live knows no smaller ones.
func Expiry() time.Time { return Now().Truncate(time.Second).Add(24 * time.Hour) }

// Request returns an accepted, running request of so many rows, with every edit
// applied.
func Request(id string, total int, edits ...func(*onboard.Request)) onboard.Request {
	r := onboard.Request{
		ID: id, Phase: onboard.Running, Round: 1, Total: total,
		Options:     onboard.Options{OnExisting: onboard.Skip, Mail: onboard.Send},
		SubmittedBy: "administrator", SubmittedAt: Now(),
		AcceptedUntil: Now().Add(onboard.AcceptWindow), ExpiresAt: Expiry(),
		Audit: []onboard.Action{{What: "submit", By: "administrator", At: Now(), Rows: total}},
	}
	for _, edit := range edits {
		edit(&r)
	}
	return r
}

// Invitation returns a pending invitation of a request, with every edit applied.
func Invitation(requestID string, row int, edits ...func(*onboard.Invitation)) onboard.Invitation {
	inv := onboard.Invitation{
		RequestID: requestID, Row: row, Person: onboard.Person{Email: Address(row)}, Round: 1,
		State: onboard.Pending, UpdatedAt: Now(), ExpiresAt: Expiry(),
	}
	for _, edit := range edits {
		edit(&inv)
	}
	return inv
}

// Message returns the message of an invitation in the first round, with every
// edit applied.
func Message(requestID string, row int, edits ...func(*onboard.Message)) onboard.Message {
	m := onboard.Message{
		Version: onboard.MessageVersion, RequestID: requestID, Row: row, Round: 1, Person: onboard.Person{Email: Address(row)},
	}
	for _, edit := range edits {
		edit(&m)
	}
	return m
}
