package dynamostore_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// writes are the methods of the store that change something.
var writes = []string{"CreateRequest", "DropClaim", "NoteMails", "ReplaceManifestPart", "Reserve", "Save", "SaveCell", "SaveManifest", "SaveRecord", "SaveRequest", "Spend"}

// reads are all others, each with an answer that has it make all its calls.
var reads = map[string]struct {
	answers []object
	call    func(context.Context, *dynamostore.Store) error
	calls   []string // in order; those of the index cannot be consistent
}{
	"Cell":  {answers: nil, call: cellOf, calls: []string{"GetItem consistent"}},
	"Key":   {answers: []object{{"Item": anyKey}}, call: keyOf, calls: []string{"GetItem consistent"}},
	"Spent": {answers: nil, call: spentOf, calls: []string{"GetItem consistent"}},
	"Load":  {answers: []object{batch(storedRow(5), storedClaim)}, call: load, calls: []string{"BatchGetItem consistent"}},
	// What a dry run shows may be a second behind, at half the price.
	"Claims": {answers: []object{batch(storedClaim)}, call: claimsOf, calls: []string{"BatchGetItem at some time"}},
	"Request": {
		answers: []object{{"Items": list{anyRequest}, "LastEvaluatedKey": anyRequest}, {"Items": list{}}},
		call:    request, calls: []string{"Query consistent", "Query consistent"},
	},
	"ListInvitations": {
		answers: []object{{"Items": list{storedRow(1)}, "LastEvaluatedKey": anyRequest}, {"Items": list{}}},
		call: func(ctx context.Context, s *dynamostore.Store) error {
			_, err := s.ListInvitations(ctx, "r1", 0, 9)
			return err
		},
		calls: []string{"Query consistent", "Query consistent"},
	},
	"ManifestPart": {
		answers: []object{{"Items": list{object{"pk": object{"S": "REQ#r1"}, "sk": object{"S": "ROWS#0000000009"}}}}},
		call:    partOf, calls: []string{"Query consistent"},
	},
	"Record": {
		answers: []object{{}},
		call: func(ctx context.Context, s *dynamostore.Store) error {
			_, err := s.Record(ctx, "n1")
			return err
		},
		calls: []string{"GetItem consistent"},
	},
	"NotedMails": {
		answers: []object{{"Items": list{}, "LastEvaluatedKey": anyRequest}, {"Items": list{}}},
		call: func(ctx context.Context, s *dynamostore.Store) error {
			_, err := s.NotedMails(ctx, "r1")
			return err
		},
		calls: []string{"Query consistent", "Query consistent"},
	},
	"DueInvitations": {answers: []object{{"Items": list{}}}, call: dueOf, calls: []string{"Query index1"}},
	"OpenRequests": {
		answers: []object{{"Items": list{anyRequest}}, {"Items": list{anyRequest}}},
		call:    openOf, calls: []string{"Query index1", "Query consistent"},
	},
	"ListRequests": {
		answers: []object{{"Items": list{anyRequest}}, {"Items": list{}}, {"Items": list{anyRequest}}},
		call:    listOf, calls: []string{"Query index1", "Query index1", "Query consistent"},
	},
}

var (
	anyRequest = object{"pk": object{"S": "REQ#r1"}, "sk": object{"S": "#"}, "version": object{"N": "1"}}
	anyKey     = object{"pk": object{"S": "KEY#k1"}, "sk": object{"S": "#"}, "body_hash": object{"S": "h"}, "request_id": object{"S": "r1"}}
)

// DynamoDB Local always reads consistently, so only the request shows it. A worker
// that reads an old claim calls the pool for an address that another worker holds.
func TestReadsAreConsistent(t *testing.T) {
	t.Parallel()
	for method, read := range reads {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var answers []awsstub.Answer
				for _, body := range read.answers {
					answers = append(answers, awsstub.OK(body))
				}
				if answers == nil {
					answers = append(answers, awsstub.OK(object{}))
				}
				store, stub := stubbed(answers...)
				must(t, read.call(t.Context(), store))
				var got []string
				for _, call := range stub.Calls() {
					got = append(got, call.Operation+" "+consistency(call))
				}
				if !slices.Equal(got, read.calls) {
					t.Errorf("calls %q, want %q", got, read.calls)
				}
			})
		})
	}
}

// consistency says how a call reads.
func consistency(call awsstub.Call) string {
	fields := call.Fields()
	if index, ok := fields["IndexName"].(string); ok && fields["ConsistentRead"] == nil {
		return index
	}
	if tables, ok := fields["RequestItems"].(map[string]any); ok {
		fields, _ = tables["the-table"].(map[string]any)
	}
	if fields["ConsistentRead"] == true {
		return "consistent"
	}
	return "at some time"
}

func TestEveryReadIsHeldToItsConsistency(t *testing.T) {
	t.Parallel()
	for method := range reflect.TypeFor[onboard.Store]().Methods() {
		if _, ok := reads[method.Name]; !ok && !slices.Contains(writes, method.Name) {
			t.Errorf("%s is neither among the reads nor among the writes of this test", method.Name)
		}
	}
}
