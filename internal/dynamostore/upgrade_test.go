package dynamostore_test

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/dynamostore"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// previousItems are the items of a table as the version of usher before the
// manifest wrote them, recorded from it: a request that runs and one that is
// paused, with rows in every stand.
//
//go:embed testdata/previous.json
var previousItems []byte

// The requests in them.
const (
	running = "01KAG00000000000000000000A"
	paused  = "01KAG00000000000000000000B"
)

// TestARunningRequestSurvivesTheUpgrade continues, in this version, what the
// previous one left in the table and on the queue.
func TestARunningRequestSurvivesTheUpgrade(t *testing.T) {
	t.Parallel()
	store := previousTable(t)
	u := newUpgraded(t, store)
	for _, email := range []string{"cnn@example.org", "dnn@example.org"} {
		if _, err := u.pool.AddUser(email, false); err != nil { // row 2, and row 3 whose worker died after its call
			t.Fatal(err)
		}
	}
	var messages []onboard.Message
	body, err := os.ReadFile("../onboard/testdata/previous-messages.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		m, err := onboard.DecodeMessage([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		m.Round = 1 // one was recorded from a retry
		messages = append(messages, m)
	}
	if err := u.queue.Send(t.Context(), messages, 0); err != nil {
		t.Fatal(err)
	}
	u.deliverAll()
	// The requeuer of this version puts back the row that waited for mail.
	if n, err := u.requeuer.Run(t.Context()); n != 1 || err != nil {
		t.Errorf("%d rows were put back, %v, want 1", n, err)
	}
	u.deliverAll()
	want := map[int]string{2: "invited", 3: "invited", 4: "invited", 6: "failed email_invalid"}
	if diff := cmp.Diff(want, u.outcomes(running)); diff != "" {
		t.Errorf("rows of the running request (-want +got):\n%s", diff)
	}

	if _, err := u.admin.Resume(t.Context(), paused, "eve"); err != nil {
		t.Fatal(err)
	}
	u.deliverAll()
	if diff := cmp.Diff(map[int]string{5: "invited"}, u.outcomes(paused)); diff != "" {
		t.Errorf("rows of the paused request (-want +got):\n%s", diff)
	}
	list, err := store.ListRequests(t.Context(), "", 10)
	must(t, err)
	if len(list) != 2 || list[0].ID != paused || list[1].ID != running {
		t.Errorf("%d requests are listed", len(list))
	}
	for _, r := range list {
		sum := 0
		for s, n := range r.Counts(time.Now()) {
			if sum += n; n < 0 {
				t.Errorf("request %s has %d rows %s", r.ID, n, s)
			}
		}
		if sum != r.Total {
			t.Errorf("the counts of request %s add up to %d of %d", r.ID, sum, r.Total)
		}
	}
}

// upgraded is this version over the previous one's table.
type upgraded struct {
	t        *testing.T
	store    *dynamostore.Store
	queue    *memory.Queue
	pool     *memory.Pool
	worker   *onboard.Worker
	requeuer *onboard.Requeuer
	admin    *onboard.Administration
}

func newUpgraded(t *testing.T, store *dynamostore.Store) *upgraded {
	// The worker whose row 3 is being attempted died half a minute after it began.
	died := time.Date(2026, 11, 20, 8, 0, 30, 0, time.UTC)
	u := &upgraded{t: t, store: store, pool: memory.NewPool(memory.PoolConfig{Groups: []string{"staff"}, ClockAhead: time.Until(died)})}
	u.queue = memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	system := onboard.System{Pool: u.pool, Queue: u.queue, Store: store}
	u.worker, u.requeuer, u.admin = system.Worker(), system.Requeuer(), system.Administration()
	return u
}

// deliverAll works off what is on the queue, with what comes back soon.
func (u *upgraded) deliverAll() {
	u.t.Helper()
	for u.queue.Stats() != (memory.Stats{}) {
		batch, err := u.queue.Receive(u.t.Context(), onboard.BatchSize, 5*time.Second)
		must(u.t, err)
		ctx, cancel := context.WithTimeout(u.t.Context(), onboard.WorkerTimeout)
		kept := u.worker.Deliver(ctx, batch)
		cancel()
		if len(kept) > 0 {
			u.t.Fatalf("messages %v stay on the queue", kept)
		}
		for _, d := range batch {
			must(u.t, u.queue.Delete(d.Handle))
		}
	}
}

// outcomes are the stored rows of a request.
func (u *upgraded) outcomes(id string) map[int]string {
	u.t.Helper()
	list, err := u.store.ListInvitations(u.t.Context(), id, 0, 100)
	must(u.t, err)
	rows := map[int]string{}
	for _, inv := range list {
		rows[inv.Row] = strings.TrimSpace(string(inv.State) + " " + string(inv.Code))
	}
	return rows
}

// previousTable returns a store over a table that holds the recorded items.
func previousTable(t *testing.T) *dynamostore.Store {
	t.Helper()
	var items map[string]map[string]any
	if err := json.Unmarshal(previousItems, &items); err != nil {
		t.Fatal(err)
	}
	client, table := newTable(t)
	for name, fields := range items {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(table), Item: recorded(fields)}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return dynamostore.New(client, table)
}

// recorded reads attributes in DynamoDB's JSON.
func recorded(fields map[string]any) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{}
	for name, v := range fields {
		item[name] = recordedValue(v.(map[string]any))
	}
	return item
}

func recordedValue(typed map[string]any) types.AttributeValue {
	for kind, v := range typed {
		switch kind {
		case "S":
			return &types.AttributeValueMemberS{Value: v.(string)}
		case "N":
			return &types.AttributeValueMemberN{Value: v.(string)}
		case "BOOL":
			return &types.AttributeValueMemberBOOL{Value: v.(bool)}
		case "B":
			b, err := base64.StdEncoding.DecodeString(v.(string))
			if err != nil {
				panic(err)
			}
			return &types.AttributeValueMemberB{Value: b}
		case "L":
			list := &types.AttributeValueMemberL{}
			for _, each := range v.([]any) {
				list.Value = append(list.Value, recordedValue(each.(map[string]any)))
			}
			return list
		case "M":
			return &types.AttributeValueMemberM{Value: recorded(v.(map[string]any))}
		}
	}
	panic("an attribute of no type")
}
