package dynamostore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
	"usher.example/internal/testing/peers"
)

// crowd is a way to DynamoDB Local on which writes meet the transactions of
// others, as they do in DynamoDB and never do in DynamoDB Local: some are
// refused, several times, and some answers to transactions are lost. Refused
// writes do not reach the table, and the SDK repeats none of them (Amazon
// DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works").
type crowd struct {
	endpoint string

	mu           sync.Mutex
	turns        *rand.Rand           // which transactions are refused: independent of other writes
	rng          *rand.Rand           // all else
	transactions map[string]*meetings // by token
	of, away     int                  // transactions that were sent, and refused
	alone, met   int                  // the same of other writes
	lost         int                  // answers
}

// meetings is what one transaction has been through.
type meetings struct {
	away int
	lost bool
}

// What happens to writes, and how much of it. A transaction that is refused more
// often than mostMeetings would be given up; another test is about that. Other
// writes cannot be told apart, so few are refused that none is ten times in a
// row; with this seed sixteen of them are enough for one refusal.
const (
	crowdSeed    = 16
	shareMet     = 0.3 // of the transactions
	shareAlone   = 0.1 // of the writes of a single item
	shareLost    = 0.1 // of the answers to transactions, once each
	mostMeetings = 8
)

// newCrowd skips the test, or fails it, where DynamoDB Local is missing.
func newCrowd(t *testing.T) *crowd {
	t.Helper()
	return &crowd{
		endpoint: fleet.DynamoDB(t), transactions: map[string]*meetings{},
		turns: rand.New(rand.NewPCG(crowdSeed, 0)), rng: rand.New(rand.NewPCG(crowdSeed, 1)),
	}
}

// store returns a store over a table of its own. Its SDK repeats without waiting.
func (c *crowd) store(t *testing.T) *dynamostore.Store {
	t.Helper()
	_, table := newTable(t)
	cfg := peers.Config(c.endpoint)
	cfg.HTTPClient = c
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
	return dynamostore.New(dynamodb.NewFromConfig(cfg), table)
}

func (c *crowd) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	answer, lost := c.meet(operation, body)
	if answer != nil {
		return awsstub.New(awsstub.Script(*answer)).Do(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil && lost {
		return nil, errors.Join(errLost, response.Body.Close())
	}
	return response, err
}

// meet decides whether a call is refused, and with what answer, or else
// whether its answer is lost.
func (c *crowd) meet(operation string, body []byte) (turned *awsstub.Answer, lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch operation {
	case "TransactWriteItems":
		return c.meetTransaction(body)
	case "PutItem", "UpdateItem":
		c.alone++
		if c.rng.Float64() < shareAlone {
			c.met++
			answer := refused("TransactionConflictException")
			return &answer, false
		}
	}
	return nil, false
}

func (c *crowd) meetTransaction(body []byte) (turned *awsstub.Answer, lost bool) {
	var in struct {
		ClientRequestToken string
		TransactItems      []json.RawMessage
	}
	if err := json.Unmarshal(body, &in); err != nil || in.ClientRequestToken == "" {
		panic("a transaction without a token: " + string(body))
	}
	been := c.transactions[in.ClientRequestToken]
	if been == nil {
		been = &meetings{}
		c.transactions[in.ClientRequestToken] = been
	}
	c.of++
	if c.turns.Float64() < shareMet && been.away < mostMeetings {
		c.away++
		been.away++
		reasons := make([]string, len(in.TransactItems))
		for i := range reasons {
			reasons[i] = "None"
		}
		reasons[c.rng.IntN(len(reasons))] = "TransactionConflict"
		answer := canceled(reasons...)
		return &answer, false
	}
	if !been.lost && c.rng.Float64() < shareLost {
		been.lost = true
		c.lost++
		return nil, true
	}
	return nil, false
}

// wasThere fails a test without a refusal: it would prove nothing.
func (c *crowd) wasThere(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	t.Logf("%d of %d transactions and %d of %d other writes were refused, %d answers were lost", c.away, c.of, c.met, c.alone, c.lost)
	if c.away+c.met == 0 {
		t.Error("no write was refused")
	}
	if share := float64(c.away) / float64(c.of); c.of >= 100 && (share < shareMet-0.1 || share > shareMet+0.1 || c.lost == 0) {
		t.Errorf("%.2f of the transactions were refused, want %.2f; %d answers were lost, want some", share, shareMet, c.lost)
	}
}

// aloneAndInACrowd runs a test on a store without other writers, and on one in a
// crowd. The results must be the same.
func aloneAndInACrowd(t *testing.T, test func(t *testing.T, store *dynamostore.Store)) {
	t.Helper()
	fleet.DynamoDB(t) // where it is missing, say so here, not only below
	t.Run("alone", func(t *testing.T) {
		t.Parallel()
		test(t, newStore(t))
	})
	t.Run("in a crowd", func(t *testing.T) {
		t.Parallel()
		others := newCrowd(t)
		test(t, others.store(t))
		others.wasThere(t)
	})
}

func TestStoreKeepsTheContractInACrowd(t *testing.T) {
	t.Parallel()
	others := newCrowd(t)
	onboardtest.Store(t, onboardtest.Direct, func(t *testing.T) onboard.Store { return others.store(t) })
	others.wasThere(t)
}
