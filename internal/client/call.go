package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// The media types that the API answers in.
const (
	typeJSON = "application/json"
	typeCSV  = "text/csv"
)

// maxAnswer is the longest answer that is read, in bytes. It is far longer than
// the result of the largest request.
const maxAnswer = 256 << 20

// call is one call of the API. Every call of this package may be repeated: it only
// reads, has an idempotency key, or has the same effect each time.
type call struct {
	method string
	path   string
	query  url.Values
	header http.Header
	body   []byte
	accept string // "" means JSON
	open   bool   // needs no token
}

// answer is a complete answer.
type answer struct {
	status int
	header http.Header
	body   []byte

	lostBefore bool // an earlier attempt got no answer and may have done its work
}

// get calls a path that answers in JSON and reads the answer into v.
func (c *Client) get(ctx context.Context, path string, query url.Values, v any) error {
	a, err := c.do(ctx, call{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return err
	}
	return c.decode(a, v)
}

// once makes one attempt. The error is an [*Error], a [*LostError], or one that
// that another attempt cannot avoid.
func (c *Client) once(ctx context.Context, call call) (answer, error) {
	attempt, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	request, err := c.request(attempt, call)
	if err != nil {
		return answer{}, err
	}
	response, err := c.cfg.HTTP.Do(request)
	if err != nil {
		return answer{}, c.lost(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, c.lost(err)
	case len(body) > maxAnswer:
		return answer{}, fmt.Errorf("the answer of %s is longer than %d MB; ask for fewer rows", c.URL(), maxAnswer>>20)
	}
	c.answered.Store(true)
	a := answer{status: response.StatusCode, header: response.Header, body: body}
	if a.status >= http.StatusMultipleChoices && a.status != http.StatusNotModified {
		return a, c.refused(a)
	}
	return a, c.expect(call, a)
}

func (c *Client) request(ctx context.Context, call call) (*http.Request, error) {
	target := c.base.JoinPath(call.path)
	target.RawQuery = call.query.Encode()
	request, err := http.NewRequestWithContext(ctx, call.method, target.String(), bytes.NewReader(call.body))
	if err != nil {
		return nil, err
	}
	if call.header != nil {
		request.Header = call.header.Clone()
	}
	request.Header.Set("Accept", call.wanted())
	if c.cfg.Agent != "" {
		request.Header.Set("User-Agent", c.cfg.Agent)
	}
	if call.open {
		return request, nil
	}
	return request, c.authorize(ctx, request)
}

func (c call) wanted() string {
	if c.accept != "" {
		return c.accept
	}
	return typeJSON
}

var errInsecure = errors.New("the token is not sent by http to another machine, because others could read it; use the https address")

func (c *Client) authorize(ctx context.Context, request *http.Request) error {
	if c.cfg.Token == nil {
		return nil
	}
	token, err := c.cfg.Token(ctx)
	switch {
	case err != nil:
		return err
	case token == "":
		return nil
	case !c.private:
		return errInsecure
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// expect checks that a successful answer has the requested type. If not, it does
// not come from usher.
func (c *Client) expect(call call, a answer) error {
	if a.status == http.StatusNotModified {
		return nil
	}
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || media != call.wanted() {
		return c.notUsher()
	}
	return nil
}

// notUsher is the error for an answer that usher would not give.
func (c *Client) notUsher() error {
	return fmt.Errorf("%s does not look like an usher server; check the address", c.URL())
}

func (c *Client) decode(a answer, v any) error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("%w (%w)", c.notUsher(), err)
	}
	return nil
}
