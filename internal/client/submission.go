package client

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"

	"usher.example/internal/onboard"
)

// Submission is a body that holds people, and what to do with them.
type Submission struct {
	Body []byte
	Type string // media type of Body, such as text/csv

	Label      string             // for people, to find the request again
	OnExisting onboard.OnExisting // "" means skip
	Mail       onboard.Mail       // "" means send
	Force      bool               // mail again also those who were mailed a short while ago

	// Key is the Idempotency-Key: sent again with the same key within a day, the
	// same submission answers with the request that it made at first. "" means
	// [Submission.OwnKey].
	Key string
}

// OwnKey is a key made of everything that makes the submission what it is: the
// same bytes with the same options have the same key, on any machine.
func (s Submission) OwnKey() string { return keyOf(s.Type, s.query().Encode(), string(s.Body)) }

// keyOf makes a key of parts, each with its length so that no two lists of parts
// look the same.
func keyOf(parts ...string) string {
	sum := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(sum, "%d %s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (s Submission) query() url.Values {
	query := url.Values{}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("label", s.Label)
	set("on_existing", string(s.OnExisting))
	set("mail", string(s.Mail))
	if s.Force {
		set("force", "true")
	}
	return query
}
