package client

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"

	"usher.example/internal/onboard"
)

// Submission is a list of people to invite, and the options.
type Submission struct {
	Body []byte
	Type string // media type of Body, such as text/csv

	Label      string             // for people, to find the request again
	OnExisting onboard.OnExisting // "" means skip
	Mail       onboard.Mail       // "" means send
	Force      bool               // also mail people who were mailed less than 24 hours ago

	// Columns says what columns of a table mean, by their name in the header: "email",
	// "groups", "ref", "none" or the name of an attribute. Others are guessed.
	Columns     map[string]string
	Groups      []string // for all rows that name none
	KeepColumns bool     // store columns that are not used, and return them with the results
	IgnorePool  bool     // submit even if the pool, as it is set up now, refuses every row

	// Key is the Idempotency-Key: within 24 hours, the same submission with the same
	// key returns the request that it made the first time. "" means
	// [Submission.OwnKey].
	Key string
}

// OwnKey is a hash of the body and the options: the same submission has the same
// key on any machine.
func (s Submission) OwnKey() string { return keyOf(s.Type, s.query().Encode(), string(s.Body)) }

// keyOf hashes parts, each with its length so that different lists of parts have
// different keys.
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
	if len(s.Columns) > 0 {
		object, _ := json.Marshal(s.Columns) // strings, in order of their keys: it cannot fail
		set("columns", string(object))
	}
	for _, group := range s.Groups {
		query.Add("group", group)
	}
	if s.KeepColumns {
		set("keep_columns", "true")
	}
	if s.IgnorePool {
		set("ignore_pool", "true")
	}
	return query
}
