package dynamostore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/onboard"
)

// spentName is the attribute of a counter's sum.
const spentName = "spent"

// Spend adds n to a counter unless that takes it over limit. See
// [onboard.Requests].
func (s *Store) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) (int, error) {
	const what = "spending from a counter"
	sp := spending{counterKey(counter), rand.Text(), n, limit - n, expires}
	in := sp.add()
	for range contenders {
		after, err := s.update(ctx, what, in)
		refused, ok := errors.AsType[*refusal](err)
		if !ok {
			return s.spent(what, after, err)
		}
		before := refused.actions[0].stored
		spent, gone := before.number(spentName), before.gone(time.Now())
		switch {
		case before.err != nil || before.text(writeIDName) == sp.id:
			return s.spent(what, before, nil)
		case gone && sp.room >= 0:
			in = sp.begin()
		case gone:
			return 0, fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrConflict)
		case spent > sp.room:
			return spent, fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrConflict)
		default:
			in = sp.add()
		}
	}
	return 0, s.failure(ctx, what, errContended)
}

// Spent returns a counter's sum, as it is now. See [onboard.Requests].
func (s *Store) Spent(ctx context.Context, counter string) (int, error) {
	const what = "reading a counter"
	f, err := s.get(ctx, what, counterKey(counter))
	if err != nil {
		return 0, err
	}
	if f.gone(time.Now()) && f.err == nil {
		return 0, nil
	}
	return s.spent(what, f, nil)
}

// spent reads the sum of a counter that has been added to.
func (s *Store) spent(what string, f *fields, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	sum := f.number(spentName)
	if f.err != nil {
		return 0, s.malformed(what, f.err)
	}
	return sum, nil
}

// spending is one addition to a counter. The counter keeps its id, so that it is
// known again when its answer was lost and the SDK repeats it.
type spending struct {
	key     item
	id      string
	n       int
	room    int // what may have been spent before
	expires time.Time
}

// add adds to a counter that lives or never was.
func (sp spending) add() *dynamodb.UpdateItemInput {
	condition := "spent <= :room AND write_id <> :id AND " + ifLive
	if sp.room >= 0 {
		condition = ifNever + " OR " + condition
	}
	in := sp.update("ADD spent :n SET", condition)
	in.ExpressionAttributeValues[":room"] = numberValue(int64(sp.room))
	return in
}

// begin takes over a counter that has expired.
func (sp spending) begin() *dynamodb.UpdateItemInput {
	return sp.update("SET spent = :n,", ifNone)
}

// update completes an expression that ends within its SET: from now on the counter
// has this end, or none.
func (sp spending) update(expression, condition string) *dynamodb.UpdateItemInput {
	values := item{
		":n": numberValue(int64(sp.n)), ":id": textValue(sp.id), ":now": timeValue(time.Now()),
	}
	expression += " write_id = :id"
	if sp.expires.IsZero() {
		expression += " REMOVE expires, expires_at"
	} else {
		expression += ", expires = :expires, expires_at = :ttl"
		values[":expires"], values[":ttl"] = timeValue(sp.expires), ttlValue(sp.expires)
	}
	return &dynamodb.UpdateItemInput{
		Key:                       sp.key,
		UpdateExpression:          aws.String(expression),
		ConditionExpression:       aws.String(condition),
		ExpressionAttributeValues: values,
	}
}
