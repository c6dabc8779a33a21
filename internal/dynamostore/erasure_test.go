package dynamostore_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/dynamostore"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
	"usher.example/internal/testing/peers"
)

func TestNothingOfAnErasedPersonIsInTheTable(t *testing.T) {
	t.Parallel()
	_, table := newTable(t)
	cfg := peers.Config(fleet.DynamoDB(t))
	outside := newOutside(t)
	onboardtest.Erasure(t, func(t *testing.T) onboardtest.ErasureHarness {
		cfg.HTTPClient = outside
		client := dynamodb.NewFromConfig(cfg)
		queue := memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility})
		return onboardtest.ErasureHarness{
			Store:  dynamostore.New(client, table),
			Queue:  onboardtest.QueueHarness{Queue: queue, Receive: queue.Receive, Delete: queue.Delete},
			Stored: func() ([]byte, error) { return scanned(t.Context(), client, table) },
		}
	})
}

// scanned returns all names and values of all items of a table, bytes as they are.
func scanned(ctx context.Context, client *dynamodb.Client, table string) ([]byte, error) {
	var all []byte
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String(table), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, it := range page.Items {
			all = appendValue(all, &types.AttributeValueMemberM{Value: it})
		}
	}
	return all, nil
}

func appendValue(all []byte, value types.AttributeValue) []byte {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		all = append(all, v.Value...)
	case *types.AttributeValueMemberN:
		all = append(all, v.Value...)
	case *types.AttributeValueMemberB:
		all = append(all, v.Value...)
	case *types.AttributeValueMemberSS:
		for _, text := range v.Value {
			all = append(append(all, text...), '\n')
		}
	case *types.AttributeValueMemberL:
		for _, one := range v.Value {
			all = appendValue(all, one)
		}
	case *types.AttributeValueMemberM:
		for name, one := range v.Value {
			all = appendValue(append(append(all, name...), '='), one)
		}
	}
	return append(all, '\n')
}

// outside makes calls from outside of a bubble, one at a time. Inside, a connection that is
// kept open would keep the bubble's time from moving.
type outside struct {
	turn   sync.Mutex
	calls  chan *http.Request
	answer chan answered
}

type answered struct {
	response *http.Response
	err      error
}

// newOutside has to be called outside of the bubble.
func newOutside(t *testing.T) *outside {
	o := &outside{calls: make(chan *http.Request), answer: make(chan answered)}
	t.Cleanup(func() { close(o.calls) })
	go func() {
		for request := range o.calls {
			response, err := http.DefaultClient.Do(request)
			if err == nil {
				var body []byte
				body, err = io.ReadAll(response.Body)
				_ = response.Body.Close()
				response.Body = io.NopCloser(bytes.NewReader(body))
			}
			o.answer <- answered{response, err}
		}
	}()
	return o
}

// Do implements [aws.HTTPClient]. A call is not given up when its caller does: the channel
// that says so belongs to the bubble.
func (o *outside) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	call, err := http.NewRequestWithContext(context.Background(), request.Method, request.URL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	call.Header = request.Header.Clone()
	o.turn.Lock()
	defer o.turn.Unlock()
	o.calls <- call
	got := <-o.answer
	return got.response, got.err
}
