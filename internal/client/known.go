package client

import (
	"time"

	"usher.example/internal/onboard"
)

// Known is who of a submission was invited from here before. Their addresses have a
// user, unless somebody deleted the user since.
type Known struct {
	Rows int `json:"rows"`

	// MailedRecently is how many of them were mailed less than 24 hours ago, and so
	// are not mailed again unless that is forced.
	MailedRecently int `json:"mailed_recently"`

	// Requests are those that invited them, the one with the most rows first. There
	// may be more.
	Requests []KnownRequest `json:"requests"`
}

// KnownRequest is a request that invited people before.
type KnownRequest struct {
	ID          string    `json:"request_id"`
	Label       string    `json:"label"`
	SubmittedAt time.Time `json:"submitted_at"` // zero if not known
	Rows        int       `json:"rows"`
}

// KnownRow is the invitation that made the user of a row's address.
type KnownRow struct {
	RequestID string    `json:"request_id"`
	Row       int       `json:"row"`
	At        time.Time `json:"at"`        // zero if not known
	MailedAt  time.Time `json:"mailed_at"` // zero if never
}

// ToInvite is how many rows would be invited who were not invited before.
func (c Check) ToInvite() int { return c.Counts[onboard.Pending] - c.AlreadyInvited() }

// AlreadyInvited is how many rows were invited before, as far as is known.
func (c Check) AlreadyInvited() int {
	if c.Known == nil {
		return 0
	}
	return c.Known.Rows
}
