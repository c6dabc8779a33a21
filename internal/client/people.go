package client

import (
	"context"
	"encoding/json"
	"errors"
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
	Users         []PersonUser `json:"users"`   // nil if the pool could not be asked
	Erasure       *Erasure     `json:"erasure"` // nil if the person is not being erased
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

// ResendToPerson makes a request of one row that mails a person a new temporary
// password. With force it does so although the last mail is less than 24 hours old. The
// key makes it safe to repeat; see [Submission].
func (c *Client) ResendToPerson(ctx context.Context, email string, force bool, key string) (Request, error) {
	ask := map[string]any{"email": email}
	if force {
		ask["force"] = true
	}
	a, err := c.person(ctx, "resend", ask, key)
	if err != nil {
		return Request{}, err
	}
	var r Request
	return r, c.decode(a, &r)
}

// ExportPerson returns the rows of a person in all requests, the newest request first.
func (c *Client) ExportPerson(ctx context.Context, email string) ([]json.RawMessage, error) {
	rows := []json.RawMessage{}
	ask := map[string]any{"email": email}
	for {
		a, err := c.person(ctx, "export", ask, "")
		if err != nil {
			return nil, err
		}
		var part struct {
			Rows       []json.RawMessage `json:"rows"`
			NextCursor string            `json:"next_cursor"`
		}
		if err := c.decode(a, &part); err != nil {
			return nil, err
		}
		if rows = append(rows, part.Rows...); part.NextCursor == "" {
			return rows, nil
		}
		ask["cursor"] = part.NextCursor
	}
}

// Erasure says how far the erasure of a person is.
type Erasure struct {
	AskedAt   time.Time `json:"asked_at"`
	By        string    `json:"by"`
	Rows      int       `json:"rows"`
	KeptUntil time.Time `json:"kept_until"` // only the address is left, until then; zero before
	Summary   string    `json:"summary"`

	raw document
}

// UnmarshalJSON reads what the API sent, and keeps it.
func (e *Erasure) UnmarshalJSON(b []byte) (err error) {
	type plain Erasure
	e.raw, err = kept(b, (*plain)(e))
	return err
}

// MarshalJSON returns what the API sent.
func (e Erasure) MarshalJSON() ([]byte, error) { return e.raw.sent() }

// ErasePerson asks that all that usher keeps of a person be erased. It may be repeated;
// [Client.Person] then says how far it is.
func (c *Client) ErasePerson(ctx context.Context, email string) (Erasure, error) {
	a, err := c.person(ctx, "erase", map[string]any{"email": email}, "")
	if err != nil {
		return Erasure{}, err
	}
	var e Erasure
	return e, c.decode(a, &e)
}

// CanceledPerson says what of a person was canceled.
type CanceledPerson struct {
	Rows     int      `json:"rows"`
	Requests []string `json:"requests"`
}

// CancelPerson cancels what still waits for a person, in every request. If the answer to
// an earlier attempt was lost and this one finds nothing to do, that one has done it.
func (c *Client) CancelPerson(ctx context.Context, email string) (CanceledPerson, error) {
	a, err := c.person(ctx, "cancel", map[string]any{"email": email}, "")
	var refused *Error
	if a.lostBefore && errors.As(err, &refused) && refused.Code == "not_now" {
		return CanceledPerson{}, nil
	}
	if err != nil {
		return CanceledPerson{}, err
	}
	var canceled CanceledPerson
	return canceled, c.decode(a, &canceled)
}
