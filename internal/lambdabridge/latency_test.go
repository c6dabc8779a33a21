package lambdabridge_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"usher.example/internal/httpapi"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/sqsqueue"
	"usher.example/internal/testing/awsstub"
)

// What a call takes in the model: usual values within one Region.
const (
	batchLatency = 15 * time.Millisecond // SendMessageBatch
	tableLatency = 8 * time.Millisecond  // one DynamoDB call
)

// distantStore is a store that is one DynamoDB call away.
type distantStore struct{ *memory.Store }

func (s distantStore) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	time.Sleep(tableLatency)
	return s.Store.CreateRequest(ctx, r, key)
}

func (s distantStore) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	time.Sleep(tableLatency)
	return s.Store.SaveRequest(ctx, r, delta)
}

func (s distantStore) Key(ctx context.Context, id string) (onboard.Key, error) {
	time.Sleep(tableLatency)
	return s.Store.Key(ctx, id)
}

func (s distantStore) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	time.Sleep(tableLatency)
	return s.Store.OpenRequests(ctx, after, limit)
}

func (s distantStore) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	time.Sleep(tableLatency)
	return s.Store.Spend(ctx, counter, n, limit, expires)
}

func (s distantStore) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	time.Sleep(tableLatency)
	return s.Store.Cell(ctx, lane)
}

// distant is the API over a queue and a table that take their time. The queue is
// the real adapter.
func distant(t *testing.T) *lambdabridge.API {
	t.Helper()
	stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
		var sent struct{ Entries []struct{ ID string } }
		call.Decode(&sent)
		good := []any{}
		for _, e := range sent.Entries {
			good = append(good, map[string]string{"Id": e.ID, "MessageId": e.ID})
		}
		return awsstub.OK(map[string]any{"Successful": good}).In(batchLatency)
	})
	queue, err := sqsqueue.New(sqs.NewFromConfig(stub.Config()), "https://sqs.us-east-1.amazonaws.com/123456789012/usher", sqsqueue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	system := onboard.System{Queue: queue, Store: distantStore{memory.NewStore()}}
	system.NewID, system.DailyInvitations = func() string { return "01R" }, 1<<20
	local := httpapi.LocalAdministrator("local", "admins")
	return &lambdabridge.API{LocalAdministrator: &local, Handler: httpapi.New(httpapi.Config{
		System: system, AdminGroup: "admins",
	})}
}

// jsonUsers is a body of n rows.
func jsonUsers(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"email":"person.number%d@department.example.org","groups":["staff"],"ref":"P-%06d"}`, i, i))
	}
	return `{"users":[` + strings.Join(list, ",") + `]}`
}

// accepted takes a submission of n rows in and returns how long that took.
func accepted(t *testing.T, n int, key string) (took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := event(t, "post-requests.json")
		e["body"] = jsonUsers(n)
		delete(e["requestContext"].(map[string]any), "authorizer")
		delete(e["headers"].(map[string]any), "idempotency-key")
		if key != "" {
			e["headers"].(map[string]any)["idempotency-key"] = key
		}
		api := distant(t)
		start := time.Now()
		if got := invoke(t, api, encoded(t, e)); got.StatusCode != 202 {
			t.Fatalf("status %d: %s", got.StatusCode, got.Body)
		}
		took = time.Since(start)
	})
	return took
}

// TestAcceptWaitsLittle bounds how long a caller waits for services that take
// their usual time, with every option that costs a call turned on. The times are
// virtual: what the processor does takes none.
func TestAcceptWaitsLittle(t *testing.T) {
	t.Parallel()
	times := map[int]time.Duration{}
	for rows, most := range map[int]time.Duration{1: 60 * time.Millisecond, 1_000: 250 * time.Millisecond, 10_000: 2 * time.Second} {
		times[rows] = accepted(t, rows, "key")
		t.Logf("%6d rows: %v with a key, %v without", rows, times[rows], accepted(t, rows, ""))
		if times[rows] > most {
			t.Errorf("%d rows are accepted within %v, want %v", rows, times[rows], most)
		}
	}
	exponent := math.Log10(float64(times[10_000]) / float64(times[1_000]))
	t.Logf("growth exponent %.2f", exponent)
	if exponent > 1.05 {
		t.Errorf("time grows with the %.2fth power of the rows", exponent)
	}
}
