package runtimeapi

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxAnswerBytes is the longest answer that Lambda takes.
//
// Source: AWS Lambda Developer Guide, "Lambda quotas", invocation payload,
// synchronous: 6 MB; the service's own message gives this number.
const maxAnswerBytes = 6_291_556

// api serves the Runtime API to one program.
//
// Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom
// runtimes".
type api struct {
	server *httptest.Server
	events chan *invocation

	once    sync.Once
	ready   chan struct{} // closed when the program first asks for an event
	readyAt time.Time     // read after ready

	mu      sync.Mutex
	current *invocation
	fault   *FunctionError
}

func newAPI() *api {
	a := &api{events: make(chan *invocation), ready: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", a.handOut)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", a.takeResponse)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", a.takeError)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", a.takeInitError)
	a.server = httptest.NewServer(mux)
	return a
}

func (a *api) address() string { return a.server.Listener.Addr().String() }

func (a *api) close() { a.server.Close() }

func (a *api) initFault() *FunctionError {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault
}

// handOut answers once there is an event, without a limit of time.
func (a *api) handOut(w http.ResponseWriter, r *http.Request) {
	a.once.Do(func() {
		a.readyAt = time.Now()
		close(a.ready)
	})
	select {
	case <-r.Context().Done():
	case invocation := <-a.events:
		a.mu.Lock()
		a.current = invocation
		a.mu.Unlock()
		invocation.writeTo(w)
	}
}

func (a *api) takeResponse(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxAnswerBytes))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		a.settle(w, r, answer{err: &FunctionError{
			Type:    "Function.ResponseSizeTooLarge",
			Message: fmt.Sprintf("response payload exceeds %d bytes", maxAnswerBytes),
		}}, http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
	default:
		a.settle(w, r, answer{payload: payload, err: trailerError(r.Trailer)}, http.StatusAccepted)
	}
}

// trailerError is the error that a program met while it was already sending its
// answer, or nil.
func trailerError(trailer http.Header) error {
	kind := trailer.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return nil
	}
	text, err := base64.StdEncoding.DecodeString(trailer.Get("Lambda-Runtime-Function-Error-Body"))
	if err != nil {
		return fmt.Errorf("error body in trailer: %w", err)
	}
	return functionError(text, kind)
}

func (a *api) takeError(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.settle(w, r, answer{err: functionError(text, r.Header.Get("Lambda-Runtime-Function-Error-Type"))}, http.StatusAccepted)
}

func (a *api) takeInitError(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	a.fault = functionError(text, r.Header.Get("Lambda-Runtime-Function-Error-Type"))
	a.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

// functionError reads a reported error; kind is its type where the report has
// none.
func functionError(text []byte, kind string) *FunctionError {
	fault := new(FunctionError)
	if err := json.Unmarshal(text, fault); err != nil {
		fault.Message = strings.TrimSpace(string(text))
	}
	fault.Type = cmp.Or(fault.Type, kind, "Unknown")
	return fault
}

// settle passes the answer to its waiting caller, if it answers the event under
// way.
func (a *api) settle(w http.ResponseWriter, r *http.Request, answer answer, status int) {
	a.mu.Lock()
	invocation := a.current
	if invocation != nil && invocation.id == r.PathValue("id") {
		a.current = nil
	} else {
		invocation = nil
	}
	a.mu.Unlock()
	if invocation == nil {
		http.Error(w, `{"errorType":"InvalidRequestID","errorMessage":"not the event under way"}`, http.StatusBadRequest)
		return
	}
	w.WriteHeader(status)
	invocation.answered <- answer
}

// invocation is one event on its way to the program and back.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	answered chan answer // takes one without a reader
}

type answer struct {
	payload []byte
	err     error
}

func newInvocation(payload []byte, deadline time.Time) *invocation {
	return &invocation{id: newID(), payload: payload, deadline: deadline, answered: make(chan answer, 1)}
}

// newID is a random id in the form of a UUID, as Lambda's request ids are.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (i *invocation) writeTo(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Lambda-Runtime-Aws-Request-Id", i.id)
	header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
	header.Set("Lambda-Runtime-Invoked-Function-Arn", functionARN)
	header.Set("Lambda-Runtime-Trace-Id", fmt.Sprintf("Root=1-%08x-%s;Sampled=0", time.Now().Unix(), i.id[:8]+"0123456789abcdef"))
	_, _ = w.Write(i.payload) // a program that has gone shows in ended
}
