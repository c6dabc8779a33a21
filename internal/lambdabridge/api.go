package lambdabridge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"usher.example/internal/httpapi"
)

// answerMargin is how long before the function's deadline a handler is told to
// stop, so that there is an answer of our own rather than a timeout.
const answerMargin = 500 * time.Millisecond

// API serves the events of an API Gateway HTTP API (payload format 2.0) with an
// http.Handler. Its fields are set once, before use; it is then safe for
// concurrent use.
type API struct {
	Handler http.Handler

	// Issuer and ClientID, unless empty, are held against the token's claims once
	// more, should the authoriser be set up for others too.
	Issuer   string
	ClientID string

	// LocalAdministrator calls where the event names no authoriser at all. It is
	// for sam local only, which has none; leave it nil elsewhere.
	LocalAdministrator *httpapi.Caller

	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// apiEvent is what is used of an event (Amazon API Gateway Developer Guide,
// "Working with AWS Lambda proxy integrations for HTTP APIs").
type apiEvent struct {
	Version         string            `json:"version"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies"`
	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  struct {
		Stage      string          `json:"stage"`
		TimeEpoch  int64           `json:"timeEpoch"` // ms
		Authorizer json.RawMessage `json:"authorizer"`
		HTTP       struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
	} `json:"requestContext"`
}

// Invoke implements lambda.Handler. An error means that the event was no call:
// API Gateway then answers 500.
func (a *API) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e apiEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("the event is not one of an API Gateway HTTP API: %w", scrubbed(err))
	}
	if e.Version != "2.0" || e.RequestContext.HTTP.Method == "" || !strings.HasPrefix(e.RawPath, "/") {
		return nil, errors.New("the event is not one of an API Gateway HTTP API with payload format 2.0: it lacks version 2.0, a method or a path")
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerMargin))
		defer cancel()
	}
	if c, ok := a.caller(e); ok {
		ctx = httpapi.WithCaller(ctx, c)
	}
	r, err := e.request(ctx)
	if err != nil {
		return nil, err
	}
	return a.serve(r).encode(r.Header.Get("Accept-Encoding"))
}

// serve runs the handler. A panic becomes an answer: the next call finds the
// process alive.
func (a *API) serve(r *http.Request) (w *answer) {
	defer func() {
		if p := recover(); p != nil {
			logger(a.Log).Error("panic in a handler", "aborted", p == http.ErrAbortHandler, "stack", string(debug.Stack()))
			w = &answer{}
			httpapi.WriteProblem(w, http.StatusInternalServerError, "internal", "the answer could not be finished; try again, and look at usher's log if it stays")
		}
	}()
	w = &answer{}
	a.Handler.ServeHTTP(w, r)
	return w
}

// request is the event as an HTTP request.
func (e apiEvent) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader = strings.NewReader(e.Body)
	size := len(e.Body)
	if e.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			return nil, errors.New("the event's body is said to be base64 and is not")
		}
		body, size = strings.NewReader(string(decoded)), len(decoded)
	}
	r := &http.Request{
		Method: e.RequestContext.HTTP.Method, URL: e.url(), Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(body), ContentLength: int64(size), RemoteAddr: e.RequestContext.HTTP.SourceIP,
	}
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.Host = r.Header.Get("Host")
	return r.WithContext(ctx), nil
}

// url is where the event is for. A stage other than $default stands in front of
// the path and is no part of it.
func (e apiEvent) url() *url.URL {
	path := e.RawPath
	if stage := e.RequestContext.Stage; stage != "" && stage != "$default" {
		if rest, ok := strings.CutPrefix(path, "/"+stage); ok && strings.HasPrefix(rest, "/") {
			path = rest
		}
	}
	u, err := url.ParseRequestURI(path)
	if err != nil || u.Host != "" || u.RawQuery != "" {
		u = &url.URL{Path: path}
	}
	u.RawQuery = e.RawQueryString
	return u
}

func logger(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}

// scrubbed keeps kind and place of a JSON error and drops what it quotes.
func scrubbed(err error) error {
	if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("field %s has the wrong type", typ.Field)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("broken JSON at byte %d", syntax.Offset)
	}
	return errors.New("it cannot be read as JSON")
}
