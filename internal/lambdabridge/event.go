package lambdabridge

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"usher.example/internal/httpapi"
	"usher.example/internal/jsonscan"
)

// apiEvent is what is used of an event (Amazon API Gateway Developer Guide,
// "Working with AWS Lambda proxy integrations for HTTP APIs").
type apiEvent struct {
	version  string
	path     string
	query    string
	cookies  []string
	headers  http.Header
	body     string
	isBase64 bool
	context  requestContext
}

type requestContext struct {
	stage    string
	epoch    int64 // ms
	method   string
	sourceIP string

	// authorized is set when an authorizer was asked, whatever it said, and claims
	// are those of the token if it was a JWT authorizer.
	authorized bool
	claims     claims
}

// readEvent reads an event in one pass: encoding/json takes longer over it than
// everything else that a submission of one row costs.
func readEvent(payload []byte) (apiEvent, error) {
	r := eventReader{jsonscan.Scanner{Src: string(payload)}}
	if !utf8.ValidString(r.Src) {
		r.Src = strings.ToValidUTF8(r.Src, "\ufffd")
	}
	e := apiEvent{headers: make(http.Header, usualHeaders)}
	r.Space()
	err := r.event(&e)
	if err == nil && !r.atEnd() {
		err = errors.New("there is more after the end of the JSON")
	}
	if err != nil {
		return apiEvent{}, fmt.Errorf("byte %d: %w", r.At, err)
	}
	return e, nil
}

// eventReader reads the parts of an event. What it has no use for it passes over.
type eventReader struct{ jsonscan.Scanner }

func (r *eventReader) atEnd() bool {
	r.Space()
	return r.At == len(r.Src)
}

func (r *eventReader) event(e *apiEvent) error {
	return r.Object(func(name string) (err error) {
		switch name {
		case "version":
			e.version, err = r.text()
		case "rawPath":
			e.path, err = r.text()
		case "rawQueryString":
			e.query, err = r.text()
		case "cookies":
			e.cookies, err = r.texts()
		case "headers":
			err = r.headers(e.headers)
		case "body":
			e.body, err = r.text()
		case "isBase64Encoded":
			e.isBase64, err = r.flag()
		case "requestContext":
			err = r.context(&e.context)
		default:
			err = r.Skip()
		}
		return err
	})
}

func (r *eventReader) headers(h http.Header) error {
	if r.null() {
		return r.Skip()
	}
	return r.Object(func(name string) error {
		value, err := r.text()
		h.Set(name, value)
		return err
	})
}

func (r *eventReader) context(c *requestContext) error {
	return r.Object(func(name string) (err error) {
		switch name {
		case "stage":
			c.stage, err = r.text()
		case "timeEpoch":
			c.epoch, err = r.whole()
		case "http":
			err = r.http(c)
		case "authorizer":
			c.authorized = !r.null()
			err = r.within("jwt", func() error {
				return r.within("claims", func() error { return r.claims(&c.claims) })
			})
		default:
			err = r.Skip()
		}
		return err
	})
}

func (r *eventReader) http(c *requestContext) error {
	return r.Object(func(name string) (err error) {
		switch name {
		case "method":
			c.method, err = r.text()
		case "sourceIp":
			c.sourceIP, err = r.text()
		default:
			err = r.Skip()
		}
		return err
	})
}

// within has read take the member of that name out of the object that begins
// here. What is no object has none.
func (r *eventReader) within(member string, read func() error) error {
	if r.Peek() != '{' {
		return r.Skip()
	}
	return r.Object(func(name string) error {
		if name != member {
			return r.Skip()
		}
		return read()
	})
}

// claims reads those that are used of a token's.
func (r *eventReader) claims(c *claims) error {
	if r.Peek() != '{' {
		return r.Skip()
	}
	return r.Object(func(name string) (err error) {
		switch name {
		case "sub":
			c.subject, err = r.claim()
		case "username":
			c.username, err = r.claim()
		case "cognito:username":
			c.cognitoUsername, err = r.claim()
		case "token_use":
			c.use, err = r.claim()
		case "iss":
			c.issuer, err = r.claim()
		case "client_id":
			c.client, err = r.claim()
		case "aud":
			c.audience, err = r.claim()
		case "exp":
			c.expires, err = r.claim()
		case "cognito:groups":
			c.groups, err = r.groups()
		default:
			err = r.Skip()
		}
		return err
	})
}

// claim reads one claim as text. Values are strings; in an event written by hand
// they may be what they are in the token.
func (r *eventReader) claim() (string, error) {
	switch c := r.Peek(); {
	case c == '"':
		return r.String()
	case '0' <= c && c <= '9':
		return r.Scalar()
	}
	return "", r.Skip()
}

func (r *eventReader) groups() (names []string, err error) {
	if r.Peek() != '[' {
		claim, err := r.claim()
		return httpapi.ParseGroups(claim), err
	}
	err = r.Array(func() error {
		if r.Peek() != '"' {
			return r.Skip()
		}
		name, err := r.String()
		if name != "" && !strings.Contains(name, " ") {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

// text reads a string; null is an empty one.
func (r *eventReader) text() (string, error) {
	switch r.Peek() {
	case '"':
		return r.String()
	case 'n':
		return "", r.Skip()
	}
	return "", r.Unexpected("a string")
}

func (r *eventReader) texts() (list []string, err error) {
	if r.null() {
		return nil, r.Skip()
	}
	err = r.Array(func() error {
		text, err := r.text()
		list = append(list, text)
		return err
	})
	return list, err
}

func (r *eventReader) flag() (bool, error) {
	switch word, err := r.Scalar(); {
	case err != nil:
		return false, err
	case word == "true", word == "false", word == "null":
		return word == "true", nil
	}
	return false, r.Unexpected("true or false")
}

// whole reads a whole number; null is 0.
func (r *eventReader) whole() (int64, error) {
	if r.null() {
		return 0, r.Skip()
	}
	written, err := r.Scalar()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		return 0, r.Unexpected("a whole number")
	}
	return n, nil
}

func (r *eventReader) null() bool { return r.Peek() == 'n' }
