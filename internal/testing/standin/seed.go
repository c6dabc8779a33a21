package standin

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

// ExampleRequest is the id of the request in the events for routes under events/.
const ExampleRequest = "01JD9W3QK7Z4M8T2B6XHVNC5RE"

// Examples are the requests of the events for queues, with how many invitations
// each has. Every event has its own, so that they can be invoked in any order.
var Examples = map[string]struct {
	Event string
	Rows  int
}{
	ExampleRequest:               {Event: "worker-ten.json", Rows: 10},
	"01JD9W3QK7Z4M8T2B6XHVNC5RF": {Event: "worker-one.json", Rows: 1},
	"01JD9W3QK7Z4M8T2B6XHVNC5RG": {Event: "worker-poison.json", Rows: 1},
	"01JD9W3QK7Z4M8T2B6XHVNC5RH": {Event: "deadletter.json", Rows: 1},
}

// Seed stores the requests of the example events, so that the worker finds what
// their messages belong to.
func (s Stack) Seed(ctx context.Context, database aws.Config) error {
	store := dynamostore.New(dynamodb.NewFromConfig(database), s.TableName)
	now := time.Now()
	for id, example := range Examples {
		err := store.CreateRequest(ctx, onboard.Request{
			ID: id, Phase: onboard.Running, Round: 1, Label: "events/" + example.Event, Total: example.Rows,
			SubmittedBy: Administrator, SubmittedAt: now, ExpiresAt: now.Add(24 * time.Hour),
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}
