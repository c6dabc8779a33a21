package standin

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

// ExampleRequest is the id of the request that the events under events/ speak of.
const ExampleRequest = "01JD9W3QK7Z4M8T2B6XHVNC5RE"

// exampleRows is how many invitations it has.
const exampleRows = 10

// Seed stores the request that the example events speak of, so that the worker
// finds what their messages belong to.
func (s Stack) Seed(ctx context.Context, database aws.Config) error {
	now := time.Now()
	return dynamostore.New(dynamodb.NewFromConfig(database), s.TableName).CreateRequest(ctx, onboard.Request{
		ID: ExampleRequest, Phase: onboard.Running, Round: 1, Label: "example events", Total: exampleRows,
		SubmittedBy: Administrator, SubmittedAt: now, ExpiresAt: now.Add(24 * time.Hour),
	}, nil)
}
