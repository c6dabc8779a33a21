package lambdabridge

import (
	"encoding/json"
	"errors"
	"fmt"
)

// apiEvent is what is used of an event (Amazon API Gateway Developer Guide,
// "Working with AWS Lambda proxy integrations for HTTP APIs").
type apiEvent struct {
	Version  string            `json:"version"`
	Path     string            `json:"rawPath"`
	Query    string            `json:"rawQueryString"`
	Cookies  []string          `json:"cookies"`
	Headers  map[string]string `json:"headers"`
	Body     string            `json:"body"`
	IsBase64 bool              `json:"isBase64Encoded"`
	Context  requestContext    `json:"requestContext"`
}

type requestContext struct {
	Stage string `json:"stage"`
	Epoch int64  `json:"timeEpoch"` // ms
	HTTP  struct {
		Method   string `json:"method"`
		SourceIP string `json:"sourceIp"`
	} `json:"http"`

	// Authorizer is what an authorizer said, if one was asked: see [requestContext.claims].
	Authorizer json.RawMessage `json:"authorizer"`
}

// authorized reports whether an authorizer was asked, whatever it said.
func (c *requestContext) authorized() bool {
	return len(c.Authorizer) > 0 && string(c.Authorizer) != "null"
}

// claims gives the claims of the token, none where it was not a JWT authorizer
// that was asked.
func (c *requestContext) claims() claims {
	var said struct {
		JWT struct {
			Claims claims `json:"claims"`
		} `json:"jwt"`
	}
	if err := json.Unmarshal(c.Authorizer, &said); err != nil {
		return nil
	}
	return said.JWT.Claims
}

// scrubbed keeps kind and place of a JSON error and drops what it quotes.
func scrubbed(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("value of the wrong type at byte %d", wrong.Offset)
	}
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("broken JSON at byte %d", broken.Offset)
	}
	return errors.New("no JSON")
}
