package client

import (
	"cmp"
	"context"
	"net/http"

	"usher.example/internal/onboard"
)

// Check is what would happen to a submission. Marshalled to JSON it is what the
// API sent.
type Check struct {
	Counts      Counts               `json:"counts"` // pending are the rows that would be attempted
	Codes       map[onboard.Code]int `json:"codes"`
	Invitations []Invitation         `json:"invitations"` // every row, with its outcome
	Known       *Known               `json:"known"`       // nil if not known
	Warnings    []Warning            `json:"warnings"`
	Columns     []Column             `json:"columns"` // how those of a table were read
	Forecast    Forecast             `json:"forecast"`
	Mail        *Mail                `json:"mail"`     // nil if none is sent, or that is not known
	Findings    []Finding            `json:"findings"` // about the pool

	raw document
}

// Column is how a column of a table was read.
type Column struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"` // "none": it is not used
	Sample  string `json:"sample"`  // "" if its cells are empty or may be secrets
	Guessed bool   `json:"guessed"`
}

// Mail is the mail that the first person gets, as the pool is set up. What is not
// known is "".
type Mail struct {
	WrittenBy onboard.Author `json:"written_by"`
	From      string         `json:"from"`
	Subject   string         `json:"subject"`
	Text      string         `json:"text"` // without markup
	Note      string         `json:"note"` // what is not certain
}

// Forecast is how long the rows take at most, and the mails they need.
type Forecast struct {
	Seconds *int    `json:"seconds"`         // nil if not known
	Rate    float64 `json:"rate_per_second"` // 0 if not known

	// Memberships is how many groups people are put into, all together, and GroupRate how
	// many of them a second; 0 if there are none, or it is not known.
	Memberships int     `json:"group_memberships"`
	GroupRate   float64 `json:"group_rate_per_second"`

	Mails int `json:"mails"`

	// Administrators is how many of the people will be able to invite others.
	Administrators int `json:"administrators"`

	MailQuota   *int `json:"mail_quota"` // mails a day, nil if not known
	MailsLeft   *int `json:"mails_left"` // today, at most; nil if not known
	MailDays    *int `json:"mail_days"`  // nil if not known
	BilledUsers int  `json:"billed_users"`

	// MailRolling says that MailQuota and MailsLeft are of any 24 hours, as Amazon SES
	// counts, and not of a day that begins at 09:00 UTC.
	MailRolling bool `json:"mail_rolling"`
}

// UnmarshalJSON reads what the API sent, and keeps it.
func (c *Check) UnmarshalJSON(b []byte) (err error) {
	type plain Check
	c.raw, err = kept(b, (*plain)(c))
	return err
}

// MarshalJSON returns what the API sent.
func (c Check) MarshalJSON() ([]byte, error) { return c.raw.sent() }

// Check returns what would happen to a submission, and changes nothing. It returns
// an [*Error] if the body cannot be read; rows that cannot be invited are in the
// answer.
func (c *Client) Check(ctx context.Context, s Submission) (Check, error) {
	query := s.query()
	query.Set("dry_run", "true")
	a, err := c.do(ctx, call{
		method: http.MethodPost, path: "/requests", query: query,
		header: http.Header{"Content-Type": {s.Type}}, body: s.Body,
	})
	if err != nil {
		return Check{}, err
	}
	var check Check
	return check, c.decode(a, &check)
}

// Accepted is a request that was accepted.
type Accepted struct {
	Request Request

	// Replayed says that an earlier call with the same key was accepted.
	Replayed bool
}

// Submit submits people. After an error that is not an [*Error], repeat the call: it
// continues where the first one stopped, and nobody is invited twice.
func (c *Client) Submit(ctx context.Context, s Submission) (Accepted, error) {
	return c.accept(ctx, call{
		path: "/requests", query: s.query(), body: s.Body,
		header: http.Header{"Content-Type": {s.Type}, "Idempotency-Key": {cmp.Or(s.Key, s.OwnKey())}},
	})
}

// accept makes a call that is answered with the request it made or changed.
func (c *Client) accept(ctx context.Context, call call) (Accepted, error) {
	call.method = http.MethodPost
	a, err := c.do(ctx, call)
	if err != nil {
		return Accepted{}, err
	}
	accepted := Accepted{Replayed: a.header.Get("Idempotency-Replayed") == "true"}
	return accepted, c.decode(a, &accepted.Request)
}
