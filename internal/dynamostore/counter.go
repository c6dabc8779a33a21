package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/onboard"
)

// spentName is the attribute of a counter's sum.
const spentName = "spent"

// Spend adds n to a counter unless that takes it over limit. See
// [onboard.Requests].
//
// It is a transaction of one action, at twice the price of a plain update: an
// addition whose answer is lost is sent again, and only a transaction's token
// distinguishes it from a second one after others have added.
func (s *Store) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	const what = "spending from a counter"
	sp := spending{s.table, counterKey(counter), n, limit - n, expires}
	action := sp.add()
	for range contenders {
		err := s.transact(ctx, what, []types.TransactWriteItem{action})
		refused, ok := errors.AsType[*refusal](err)
		if !ok {
			return err
		}
		before := refused.actions[0].stored
		spent, gone := get(before, spentName, number), before.gone(time.Now())
		switch {
		case before.err != nil:
			return s.malformed(what, before.err)
		case gone && sp.room >= 0:
			action = sp.begin()
		case gone || spent > sp.room:
			return fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrConflict)
		default:
			action = sp.add()
		}
	}
	return s.failure(ctx, what, errContended)
}

// Spent returns a counter's sum, as it is now. See [onboard.Requests].
func (s *Store) Spent(ctx context.Context, counter string) (int, error) {
	const what = "reading a counter"
	f, err := s.get(ctx, what, counterKey(counter))
	if err != nil {
		return 0, err
	}
	sum, gone := get(f, spentName, number), f.gone(time.Now())
	switch {
	case f.err != nil:
		return 0, s.malformed(what, f.err)
	case gone:
		return 0, nil
	}
	return sum, nil
}

// spending is one addition to a counter.
type spending struct {
	table   string
	key     item
	n       int
	room    int // what may have been spent before
	expires time.Time
}

// add adds to a counter that has not expired, or was never stored.
func (sp spending) add() types.TransactWriteItem {
	condition := "spent <= :room AND " + ifLive
	if sp.room >= 0 {
		condition = ifNever + " OR " + condition
	}
	action := sp.action(condition, nil, []string{"ADD spent :n"})
	action.Update.ExpressionAttributeValues[":room"] = numberValue(int64(sp.room))
	return action
}

// begin replaces a counter that has expired.
func (sp spending) begin() types.TransactWriteItem {
	return sp.action(ifNone, []string{"spent = :n"}, nil)
}

// action is an update under a condition. It also sets the counter's expiry, or
// removes it.
func (sp spending) action(condition string, sets, others []string) types.TransactWriteItem {
	values := item{":n": numberValue(int64(sp.n)), ":now": timeValue(time.Now())}
	if sp.expires.IsZero() {
		others = append(others, "REMOVE expires, expires_at")
	} else {
		sets = append(sets, "expires = :expires", "expires_at = :ttl")
		values[":expires"], values[":ttl"] = timeValue(sp.expires), ttlValue(sp.expires)
	}
	if len(sets) > 0 {
		others = append(others, "SET "+strings.Join(sets, ", "))
	}
	return types.TransactWriteItem{Update: &types.Update{
		TableName: aws.String(sp.table), Key: sp.key,
		UpdateExpression:                    aws.String(strings.Join(others, " ")),
		ConditionExpression:                 aws.String(condition),
		ExpressionAttributeValues:           values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}
}
