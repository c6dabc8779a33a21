package dynamostore_test

import (
	"crypto/rand"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/peers"
)

var fleet peers.Fleet

func TestMain(m *testing.M) { os.Exit(fleet.Run(m)) }

// anyTime is a moment with all its nanoseconds.
var anyTime = time.Date(2031, time.March, 4, 5, 6, 7, 123456789, time.UTC)

// atAnyTime is a clock that does not move.
func atAnyTime() time.Time { return anyTime }

// newStore returns a store over a table of its own.
func newStore(t *testing.T) *dynamostore.Store {
	t.Helper()
	client, table := newTable(t)
	return dynamostore.New(client, table)
}

func newTable(t *testing.T) (*dynamodb.Client, string) {
	t.Helper()
	client := dynamodb.NewFromConfig(peers.Config(fleet.DynamoDB(t)))
	table := "table-" + rand.Text()
	if _, err := client.CreateTable(t.Context(), dynamostore.Table(table)); err != nil {
		t.Fatal(err)
	}
	return client, table
}

// together calls do n times at the same time, and returns when all are done.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	group.Wait()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// created stores a request and returns it as stored.
func created(t *testing.T, store *dynamostore.Store, r onboard.Request) onboard.Request {
	t.Helper()
	must(t, store.CreateRequest(t.Context(), r, nil))
	return stored(t, store, r.ID)
}

func stored(t *testing.T, store *dynamostore.Store, id string) onboard.Request {
	t.Helper()
	r, err := store.Request(t.Context(), id)
	must(t, err)
	return r
}

func loaded(t *testing.T, store *dynamostore.Store, id string, row int, address string) (onboard.Invitation, onboard.Claim) {
	t.Helper()
	inv, claim, err := store.Load(t.Context(), id, row, address)
	must(t, err)
	return inv, claim
}

// one is a tally of one row.
func one(s onboard.State, at time.Time) onboard.Tally {
	return onboard.Tally{States: map[onboard.State]int{s: 1}, UpdatedAt: at}
}
