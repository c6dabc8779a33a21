package dynamostore

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/onboard"
)

// Store keeps requests, invitations, claims and the pace in one table. It is
// safe for concurrent use.
type Store struct {
	client *dynamodb.Client
	table  string

	mu    sync.Mutex
	forms map[string]form // by lane: which form of a reservation passed last
}

var _ onboard.Store = (*Store)(nil)

// New returns a store over the table of the given name, which must be as
// [Table] describes it. The client's retryer decides how often failed calls are
// repeated: every write here may be.
func New(client *dynamodb.Client, table string) *Store {
	return &Store{client: client, table: table, forms: map[string]form{}}
}
