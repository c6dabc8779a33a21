package client

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"usher.example/internal/onboard"
)

// Person is what usher knows of one person. Marshalled to JSON it is what the API sent.
type Person struct {
	Email         string       `json:"email"`
	Summary       string       `json:"summary"`
	Rows          []PersonRow  `json:"rows"` // the latest first
	Complete      bool         `json:"complete"`
	Users         []PersonUser `json:"users"` // nil if the pool could not be asked
	MailedAt      time.Time    `json:"mailed_at"`
	CanBeMailedAt time.Time    `json:"can_be_mailed_at"` // without force; zero: now

	raw document
}

// PersonRow is a row of a request with the person's address.
type PersonRow struct {
	RequestID   string     `json:"request_id"`
	Label       string     `json:"label"`
	SubmittedBy string     `json:"submitted_by"`
	SubmittedAt time.Time  `json:"submitted_at"`
	Open        bool       `json:"open"` // it waits for its outcome
	Invitation  Invitation `json:"invitation"`
}

// PersonUser is a user with the person's address in the pool.
type PersonUser struct {
	Sub      string           `json:"sub"`
	Standing onboard.Standing `json:"standing"`
	Enabled  bool             `json:"enabled"`
}

// UnmarshalJSON reads what the API sent, and keeps it.
func (p *Person) UnmarshalJSON(b []byte) (err error) {
	type plain Person
	p.raw, err = kept(b, (*plain)(p))
	return err
}

// MarshalJSON returns what the API sent.
func (p Person) MarshalJSON() ([]byte, error) { return p.raw.sent() }

// Person returns what usher and the pool know of one person. Nobody is billed.
func (c *Client) Person(ctx context.Context, email string) (Person, error) {
	a, err := c.person(ctx, "lookup", map[string]any{"email": email}, "")
	if err != nil {
		return Person{}, err
	}
	var p Person
	return p, c.decode(a, &p)
}

// person makes a call about one person, whose address is in the body. With a key it may
// be repeated.
func (c *Client) person(ctx context.Context, what string, ask map[string]any, key string) (answer, error) {
	body, err := json.Marshal(ask)
	if err != nil {
		return answer{}, err
	}
	header := http.Header{"Content-Type": {typeJSON}}
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	return c.do(ctx, call{method: http.MethodPost, path: "/people/" + what, body: body, header: header})
}
