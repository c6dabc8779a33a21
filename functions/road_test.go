package functions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// road is the way from the functions to the services: it makes the table slow,
// counts what passes and answers for SQS. It is safe for concurrent use.
type road struct {
	delay time.Duration // added before each call to the table
	queue *memory.Queue

	mu    sync.Mutex
	calls calls
}

// calls are those that have passed.
type calls struct {
	store        int // to the table, whichever
	reservations int // conditional updates of a pace cell that take call times, refused ones included
	create       int // AdminCreateUser
	again        int // AdminCreateUser for a user that had been created before

	created  map[string]bool // users, by the user name in the call
	lastUser time.Time       // when the last of them was created
}

// newRoad returns a road with an empty queue. The queue is not moto's, which
// searches its messages one by one and would be what is measured.
func newRoad(delay time.Duration) *road {
	return &road{
		delay: delay,
		queue: memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures}),
		calls: calls{created: map[string]bool{}},
	}
}

// before returns a handler that lets calls through to the stand-ins, those to the
// table late. It answers calls to SQS itself, so their rights are not checked.
func (r *road) before(services http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return // the caller has gone
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		service, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
		switch {
		case strings.HasPrefix(service, "DynamoDB_"):
			r.noteStore(operation, body)
			time.Sleep(r.delay)
			services.ServeHTTP(w, request)
		case service == "AmazonSQS":
			r.serveQueue(w, request, operation, body)
		case operation == "AdminCreateUser":
			user := r.noteCreate(body)
			answer := &statusWriter{ResponseWriter: w, status: http.StatusOK}
			services.ServeHTTP(answer, request)
			if answer.status == http.StatusOK {
				r.noteCreated(user)
			}
		default:
			services.ServeHTTP(w, request)
		}
	})
}

func (r *road) noteStore(operation string, body []byte) {
	var call struct {
		Key              struct{ PK struct{ S string } }
		UpdateExpression string
	}
	_ = json.Unmarshal(body, &call) // what has no key reserves nothing
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls.store++
	if operation == "UpdateItem" && strings.HasPrefix(call.Key.PK.S, "PACE#") && strings.Contains(call.UpdateExpression, "reserved =") {
		r.calls.reservations++
	}
}

// noteCreate returns the user name in the call.
func (r *road) noteCreate(body []byte) (user string) {
	var call struct{ Username string }
	_ = json.Unmarshal(body, &call) // the service refuses what it cannot read
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls.create++
	if r.calls.created[call.Username] {
		r.calls.again++
	}
	return call.Username
}

func (r *road) noteCreated(user string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls.created[user], r.calls.lastUser = true, time.Now()
}

// passed returns the calls until now.
func (r *road) passed() calls {
	r.mu.Lock()
	defer r.mu.Unlock()
	passed := r.calls
	passed.created = maps.Clone(passed.created)
	return passed
}

// serveQueue answers the calls to SQS that the functions make (Amazon SQS API
// Reference, "SendMessageBatch" and "ChangeMessageVisibility").
func (r *road) serveQueue(w http.ResponseWriter, request *http.Request, operation string, body []byte) {
	var call struct {
		sentBatch
		QueueURL          string `json:"QueueUrl"`
		ReceiptHandle     string
		VisibilityTimeout int
	}
	err := json.Unmarshal(body, &call)
	queue := r.queue
	if strings.HasSuffix(call.QueueURL, "-dead") {
		queue = queue.DeadLetters()
	}
	switch operation {
	case "SendMessageBatch":
		for _, entry := range call.Entries {
			message, unread := onboard.DecodeMessage([]byte(entry.Body))
			err = errors.Join(err, unread, queue.Send(request.Context(), []onboard.Message{message}, seconds(entry.Delay)))
		}
	case "ChangeMessageVisibility":
		err = errors.Join(err, queue.Delay(request.Context(), onboard.Delivery{Handle: call.ReceiptHandle}, seconds(call.VisibilityTimeout)))
	default:
		err = errors.New("no function is known to call it")
	}
	if err != nil {
		http.Error(w, operation+": "+err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", request.Header.Get("Content-Type"))
	call.confirm(w)
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// statusWriter remembers the status that it passes on.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
