package dynamostore

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// put is one item to write, under a condition on the stored one.
type put struct {
	item      item
	condition string
	version   int // of the stored item, where the condition asks for it
}

// Conditions on a stored item.
const (
	ifNever = "attribute_not_exists(pk)" // not even one that has expired
	ifNone  = ifNever + " OR expires <= :now"
	ifLive  = "(attribute_not_exists(expires) OR expires > :now)"
	ifSame  = "version = :version AND " + ifLive
)

// pinned returns the put of an item that replaces the given version; 0 means
// that there must be none, or an expired one.
func pinned(it item, version int) put {
	if version == 0 {
		return put{it, ifNone, 0}
	}
	return put{it, ifSame, version}
}

// values returns the values in the condition. DynamoDB refuses values that no
// expression uses.
func (p put) values(now time.Time) item {
	values := item{}
	if strings.Contains(p.condition, ":now") {
		values[":now"] = timeValue(now)
	}
	if strings.Contains(p.condition, ":version") {
		values[":version"] = numberValue(int64(p.version))
	}
	if len(values) == 0 {
		return nil
	}
	return values
}

// change is one atomic write: items to put and what it adds to a tally.
type change struct {
	what  string // for error texts; names no address
	puts  []put
	tally addition
}

// write carries a change out. The error is a [*refusal] if the condition of a
// put did not hold, with a result for each of them.
func (s *Store) write(ctx context.Context, c change) error {
	if len(c.puts) == 1 && c.tally.empty() {
		return s.putAlone(ctx, c.what, c.puts[0])
	}
	now := time.Now()
	var actions []types.TransactWriteItem
	for _, p := range c.puts {
		actions = append(actions, types.TransactWriteItem{Put: &types.Put{
			TableName: aws.String(s.table), Item: p.item,
			ConditionExpression: aws.String(p.condition), ExpressionAttributeValues: p.values(now),
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		}})
	}
	if c.tally.empty() {
		return s.transact(ctx, c.what, actions)
	}
	err := s.transact(ctx, c.what, append(actions, c.tally.action(s.table, latest)))
	refused, ok := errors.AsType[*refusal](err)
	if !ok {
		return err
	}
	refused.actions = refused.actions[:len(c.puts)]
	if refused.failed() {
		return refused
	}
	// Only the tally's time failed: a later one is stored.
	return s.transact(ctx, c.what, append(actions, c.tally.action(s.table, notLatest)))
}

// transact carries out actions together. Every repetition, here or in the SDK,
// carries the same token, so that it takes effect once.
func (s *Store) transact(ctx context.Context, what string, actions []types.TransactWriteItem) error {
	in := &dynamodb.TransactWriteItemsInput{
		ClientRequestToken: aws.String(rand.Text()),
		TransactItems:      actions,
	}
	err := repeat(ctx, func() error {
		_, err := s.client.TransactWriteItems(ctx, in)
		return err
	})
	if refused, ok := refusalOf(err); ok {
		return refused
	}
	if err != nil {
		return s.failure(ctx, what, err)
	}
	return nil
}

// putAlone writes one item. The item keeps the write's random id: when the
// answer is lost and the SDK repeats the call, the condition no longer holds,
// and the id distinguishes our write from another.
func (s *Store) putAlone(ctx context.Context, what string, p put) error {
	id := rand.Text()
	in := &dynamodb.PutItemInput{
		TableName: aws.String(s.table), Item: with(p.item, item{writeIDName: textValue(id)}),
		ConditionExpression: aws.String(p.condition), ExpressionAttributeValues: p.values(time.Now()),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	err := repeat(ctx, func() error {
		_, err := s.client.PutItem(ctx, in)
		return err
	})
	refused, ok := refusalOf(err)
	switch {
	case err == nil || ok && refused.actions[0].stored.writeID() == id:
		return nil
	case ok:
		return refused
	}
	return s.failure(ctx, what, err)
}
