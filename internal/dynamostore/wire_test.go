package dynamostore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/dynamostore"
	"usher.example/internal/testing/peers"
)

// wire passes calls on to DynamoDB Local, notes them, and loses the answers that
// a test names, after the call took effect.
type wire struct {
	client *dynamodb.Client // past the wire
	table  string

	mu        sync.Mutex
	calls     []call
	lose      map[string]int // how many answers, by operation
	meanwhile func()         // what others do before a call whose answer was lost is sent again
}

// call is one request as it was sent.
type call struct {
	operation string
	body      []byte
}

// newWiredStore returns a store over a table of its own, whose calls go through
// the wire. Its SDK repeats without waiting.
func newWiredStore(t *testing.T) (*dynamostore.Store, *wire) {
	t.Helper()
	client, table := newTable(t)
	w := &wire{client: client, table: table, lose: map[string]int{}}
	cfg := peers.Config(fleet.DynamoDB(t))
	cfg.HTTPClient = w
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
	return dynamostore.New(dynamodb.NewFromConfig(cfg), table), w
}

var errLost = errors.New("the connection broke before the answer came")

func (w *wire) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	response, err := http.DefaultClient.Do(request)
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")

	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, call{operation: operation, body: body})
	if err == nil && w.lose[operation] > 0 {
		w.lose[operation]--
		if w.meanwhile != nil {
			w.meanwhile()
		}
		return nil, errors.Join(errLost, response.Body.Close())
	}
	return response, err
}

// other is a store over the same table whose calls do not pass the wire.
func (w *wire) other() *dynamostore.Store { return dynamostore.New(w.client, w.table) }

// loseNext loses the answer of the next call of an operation.
func (w *wire) loseNext(operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose[operation] = 1
}

// take returns the calls since the last take.
func (w *wire) take() []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	return calls
}

// writeUnits is what DynamoDB bills for a call: a unit for each KB begun, twice
// that in a transaction (Amazon DynamoDB Developer Guide, "DynamoDB read and
// write operations"). A tally shard is below one KB: a time, an expiry and a
// count of some bytes for each state and code there is.
func (c call) writeUnits(t *testing.T) int {
	t.Helper()
	type action struct {
		Put    *struct{ Item map[string]attribute }
		Update *struct{}
	}
	var in struct {
		Item          map[string]attribute
		TransactItems []action
	}
	if err := json.Unmarshal(c.body, &in); err != nil {
		t.Fatal(err)
	}
	units := 0
	for _, action := range in.TransactItems {
		if action.Put != nil {
			units += 2 * kilobytes(action.Put.Item)
		} else {
			units += 2
		}
	}
	if c.operation == "PutItem" {
		units += kilobytes(in.Item)
	}
	if c.operation == "UpdateItem" {
		units++
	}
	return units
}

// attribute is a value as DynamoDB's JSON has it: its type and itself.
type attribute map[string]json.RawMessage

func kilobytes(item map[string]attribute) int {
	bytes := 0
	for name, value := range item {
		bytes += len(name)
		for _, raw := range value {
			bytes += len(raw) // quotes, brackets and type names make this a little too much
		}
	}
	return (bytes + 1023) / 1024
}
