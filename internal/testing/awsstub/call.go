package awsstub

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Call is one request as it went over the wire.
type Call struct {
	Operation string // from the target header: "AdminCreateUser"
	Path      string // what names the operation in a REST protocol
	Host      string
	Header    http.Header
	Body      []byte
	At        time.Time
}

// Decode reads the JSON that was sent. It panics on anything else, which the SDK
// never sends.
func (c Call) Decode(into any) {
	if err := json.Unmarshal(c.Body, into); err != nil {
		panic(fmt.Sprintf("awsstub: %s sent no JSON: %v", c.Operation, err))
	}
}

// Fields returns the JSON object that was sent.
func (c Call) Fields() map[string]any {
	var fields map[string]any
	c.Decode(&fields)
	return fields
}
