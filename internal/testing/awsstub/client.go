// Package awsstub answers the calls of the real AWS SDK clients in place of AWS:
// no socket, and no clock but that of package time, so adapters are tested in a
// synctest bubble down to the bytes they send. Tests import it; programs do not.
package awsstub

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Client is the HTTP client of an SDK client: it notes each call and gives the
// answer that its function returns. It is safe for concurrent use.
type Client struct {
	answer func(Call) Answer

	mu     sync.Mutex
	calls  []Call
	open   int
	widest int
}

// New returns a client that answers each call with what answer returns for it.
// Answer may be called by several goroutines at once.
func New(answer func(Call) Answer) *Client { return &Client{answer: answer} }

// Config returns the configuration with which an SDK client calls c. It reads
// neither the environment nor any file.
func (c *Client) Config() aws.Config {
	return aws.Config{
		Region:      "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("stub", "stub", ""),
		HTTPClient:  c,
	}
}

// Do answers one request of the SDK. It returns early if the request's context
// ends before the answer is due.
func (c *Client) Do(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil { // a GET has none
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
	}
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	call := Call{Operation: operation, Path: request.URL.Path, Host: request.URL.Host, Header: request.Header, Body: body, At: time.Now()}
	c.begin(call)
	defer c.end()

	answer := c.answer(call)
	if err := answer.wait(request.Context()); err != nil {
		return nil, err
	}
	return answer.response(request)
}

// Calls returns the calls so far, in the order in which they arrived.
func (c *Client) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Call(nil), c.calls...)
}

// Widest returns how many calls were open at once at most.
func (c *Client) Widest() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.widest
}

func (c *Client) begin(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call)
	c.open++
	c.widest = max(c.widest, c.open)
}

func (c *Client) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
}
