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

// answerMargin is how long before the function's deadline a handler's context ends,
// so that there is an answer of our own rather than a timeout.
const answerMargin = 500 * time.Millisecond

// API serves the events of an API Gateway HTTP API (payload format 2.0) with an
// http.Handler. Its fields are set once, before use; it is then safe for
// concurrent use.
type API struct {
	Handler http.Handler

	// Issuer and ClientID, unless empty, are checked against the token's claims
	// again, in case the authorizer is set up for others too.
	Issuer   string
	ClientID string

	// LocalAdministrator calls where the event names no authorizer at all. It is
	// for sam local only, which has none; leave it nil elsewhere.
	LocalAdministrator *httpapi.Caller

	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// Invoke implements lambda.Handler. An error means that the event was no call:
// API Gateway then answers 500.
func (a *API) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e apiEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("read the event of an API Gateway HTTP API: %w", scrubbed(err))
	}
	if e.Version != "2.0" || e.Context.HTTP.Method == "" || !strings.HasPrefix(e.Path, "/") {
		return nil, errors.New("read the event of an API Gateway HTTP API: it lacks version 2.0, a method or a path")
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerMargin))
		defer cancel()
	}
	if c, ok := a.caller(&e); ok {
		ctx = httpapi.WithCaller(ctx, c)
	}
	r, err := e.request(ctx)
	if err != nil {
		return nil, err
	}
	return a.serve(r).encode(r.Header.Get("Accept-Encoding")), nil
}

// serve runs the handler. A panic becomes an answer: the next call finds the
// process alive.
func (a *API) serve(r *http.Request) (w *answer) {
	defer func() {
		if p := recover(); p != nil {
			logger(a.Log).Error("panic in a handler", "aborted", p == http.ErrAbortHandler, "stack", string(debug.Stack()))
			w = newAnswer()
			httpapi.WriteProblem(w, http.StatusInternalServerError, "internal", "Internal error. Try again; if it remains, details are in usher's log.")
		}
	}()
	w = newAnswer()
	a.Handler.ServeHTTP(w, r)
	return w
}

// keyHeader must not be given twice. API Gateway joins what is given twice by commas
// (Amazon API Gateway Developer Guide, "Working with AWS Lambda proxy integrations for
// HTTP APIs"), so a comma in it separates two.
const keyHeader = "Idempotency-Key"

// request is the event as an HTTP request.
func (e *apiEvent) request(ctx context.Context) (*http.Request, error) {
	body := e.Body
	if e.IsBase64 {
		decoded, err := base64.StdEncoding.DecodeString(body)
		if err != nil {
			return nil, errors.New("read the event of an API Gateway HTTP API: its body is not the base64 that it says")
		}
		body = string(decoded)
	}
	headers := make(http.Header, len(e.Headers)+1)
	for name, value := range e.Headers {
		headers.Set(name, value)
	}
	if key := headers.Get(keyHeader); strings.Contains(key, ",") {
		headers[keyHeader] = strings.Split(key, ",")
	}
	if len(e.Cookies) > 0 {
		headers.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r := &http.Request{
		Method: e.Context.HTTP.Method, URL: e.url(), Header: headers, Host: headers.Get("Host"),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: e.Context.HTTP.SourceIP,
	}
	return r.WithContext(ctx), nil
}

// url is what the event asks for. A stage other than $default precedes the path
// and is no part of it.
func (e *apiEvent) url() *url.URL {
	path := e.Path
	if stage := e.Context.Stage; stage != "" && stage != "$default" {
		if rest, ok := strings.CutPrefix(path, "/"+stage); ok && strings.HasPrefix(rest, "/") {
			path = rest
		}
	}
	u, err := url.ParseRequestURI(path)
	if err != nil || u.Host != "" || u.RawQuery != "" {
		u = &url.URL{Path: path}
	}
	u.RawQuery = e.Query
	return u
}

func logger(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
