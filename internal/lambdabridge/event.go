package lambdabridge

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"usher.example/internal/httpapi"
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
	Authorizer jsontext.Value `json:"authorizer"`
}

// authorized reports whether an authorizer was asked, whatever it said.
func (c *requestContext) authorized() bool {
	return len(c.Authorizer) > 0 && c.Authorizer.Kind() != jsontext.KindNull
}

// claims gives the claims of the token, none where it was not a JWT authorizer
// that was asked.
func (c *requestContext) claims() claims {
	var said struct {
		JWT struct {
			Claims claims `json:"claims"`
		} `json:"jwt"`
	}
	if err := json.Unmarshal(c.Authorizer, &said, lenient); err != nil {
		return claims{}
	}
	return said.JWT.Claims
}

// lenient are the options for reading an event and writing an answer. AWS says
// nothing about keys that appear twice, and a header may have bytes that are not
// UTF-8.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// readEvent reads an event into v. An error gives the kind and place of the fault
// and repeats nothing of the event.
func readEvent(payload []byte, v any) error {
	err := json.Unmarshal(payload, v, lenient)
	if wrong, ok := errors.AsType[*json.SemanticError](err); ok {
		return fmt.Errorf("value of the wrong type at byte %d", wrong.ByteOffset)
	}
	if broken, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("broken JSON at byte %d", broken.ByteOffset)
	}
	if err != nil {
		return errors.New("no JSON")
	}
	return nil
}

// claim is one claim as text. Values are strings; in an event written by hand
// they may be what they are in the token. Any other is empty.
type claim string

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (c *claim) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*c = ""
	switch d.PeekKind() {
	case jsontext.KindString, jsontext.KindNumber:
		token, err := d.ReadToken()
		if err == nil {
			*c = claim(token.String())
		}
		return err
	}
	return d.SkipValue()
}

// groupsClaim is the claim of the groups: a list, or one text in API Gateway's form.
type groupsClaim []string

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (g *groupsClaim) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	*g = nil
	if d.PeekKind() != jsontext.KindBeginArray {
		var text claim
		err := json.UnmarshalDecode(d, &text)
		*g = httpapi.ParseGroups(string(text))
		return err
	}
	var names []claim
	err := json.UnmarshalDecode(d, &names)
	for _, name := range names {
		if name != "" && !strings.Contains(string(name), " ") {
			*g = append(*g, string(name))
		}
	}
	return err
}
