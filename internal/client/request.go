package client

import (
	"encoding/json"
	"time"

	"usher.example/internal/onboard"
)

// Request is a request as the API shows it. Marshalled to JSON it is what the API
// sent, including fields that this version of the client does not know.
type Request struct {
	ID          string               `json:"request_id"`
	State       onboard.RequestState `json:"state"`
	Done        bool                 `json:"done"`
	Label       string               `json:"label"`
	SubmittedBy string               `json:"submitted_by"`
	SubmittedAt time.Time            `json:"submitted_at"`
	FinishedAt  time.Time            `json:"finished_at"` // zero while it runs
	ErasedAt    time.Time            `json:"erased_at"`   // zero if it was not erased
	Counts      Counts               `json:"counts"`
	Codes       map[onboard.Code]int `json:"codes"`

	// Deliveries are what became of the mails; nil if nothing is known of them. A list of
	// requests does not have them.
	Deliveries map[onboard.MailDelivery]int `json:"deliveries"`

	Percent     float64   `json:"percent_done"`
	Rate        float64   `json:"rate_per_second"` // 0 if not known
	SecondsLeft *int      `json:"seconds_left"`    // until the last row is done, at most; nil if not known
	Pause       *Pause    `json:"pause"`           // nil if it is not paused
	Wait        *Wait     `json:"wait"`            // nil if no row waits for a time
	Options     Options   `json:"options"`
	SignIns     *SignIns  `json:"sign_ins"` // nil if nobody asked who has signed in
	Warnings    []Warning `json:"warnings"` // only in the answer to a submission

	raw document
}

// SignIns are who has signed in, as of the latest scan.
type SignIns struct {
	AsOf     time.Time `json:"as_of"` // zero: the first scan has not ended
	Yes      int       `json:"yes"`
	No       int       `json:"no"`
	Unknown  int       `json:"unknown"`
	Expired  int       `json:"expired"` // of No
	Scanning bool      `json:"scanning"`
}

// Counts are the rows in each state. They add up to the total.
type Counts map[onboard.State]int

// UnmarshalJSON reads the counts without their total.
func (c *Counts) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, (*map[onboard.State]int)(c)); err != nil {
		return err
	}
	delete(*c, "total")
	return nil
}

// Total is the number of rows.
func (c Counts) Total() (n int) {
	for _, rows := range c {
		n += rows
	}
	return n
}

// Settled is how many rows have an outcome.
func (c Counts) Settled() int { return c.Total() - c[onboard.Pending] - c[onboard.Deferred] }

// Pause says why a request waits until a person resumes it.
type Pause struct {
	Code   onboard.Code `json:"code"`
	Reason string       `json:"reason"`
	Since  time.Time    `json:"since"`
}

// Wait says why rows of a running request wait.
type Wait struct {
	Code  onboard.Code `json:"code"`
	Rows  int          `json:"rows"`
	Until time.Time    `json:"until"` // zero: they continue now, as the pace and the mail allow
}

// Rests reports whether nothing of the request happens before a time that is known: all
// its open rows wait for it.
func (r Request) Rests(now time.Time) bool {
	return r.State == onboard.StateRunning && r.Wait != nil && r.Wait.Until.After(now) &&
		r.Counts[onboard.Pending] == 0 && r.Wait.Rows >= r.Counts[onboard.Deferred]
}

// Options are the choices of a request, and what was said of the reading of its rows:
// see [Submission].
type Options struct {
	OnExisting  onboard.OnExisting `json:"on_existing"`
	Mail        onboard.Mail       `json:"mail"`
	Columns     map[string]string  `json:"columns"`
	Groups      []string           `json:"groups"`
	KeepColumns bool               `json:"keep_columns"`
}

// Warning is a remark about a submission as a whole.
type Warning struct {
	Code   onboard.Code `json:"code"`
	Detail string       `json:"detail"`
}

// UnmarshalJSON reads what the API sent, and keeps it.
func (r *Request) UnmarshalJSON(b []byte) (err error) {
	type plain Request
	r.raw, err = kept(b, (*plain)(r))
	return err
}

// MarshalJSON returns what the API sent.
func (r Request) MarshalJSON() ([]byte, error) { return r.raw.sent() }
