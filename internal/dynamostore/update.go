package dynamostore

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// contenders is how often a write that depends on what is stored is tried
// again because others wrote first. Each time one of them succeeded, so it
// fails only with this many writers of one item within milliseconds.
const contenders = 32

var (
	errContended   = errors.New("too many others wrote at the same time; try again")
	errUnprocessed = errors.New("the table is too busy; try again")
)

// update changes one item and returns it as it is then. The error is a
// [*refusal] with one result if the condition did not hold.
func (s *Store) update(ctx context.Context, what string, in *dynamodb.UpdateItemInput) (*fields, error) {
	in.TableName = aws.String(s.table)
	in.ReturnValues = types.ReturnValueAllNew
	in.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	var out *dynamodb.UpdateItemOutput
	err := repeat(ctx, func() (err error) {
		out, err = s.client.UpdateItem(ctx, in)
		return err
	})
	if refused, ok := refusalOf(err); ok {
		return nil, refused
	}
	if err != nil {
		return nil, s.failure(ctx, what, err)
	}
	return from(out.Attributes), nil
}
