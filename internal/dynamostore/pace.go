package dynamostore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/onboard"
)

// Reserve takes span of a lane's time line. See [onboard.PaceStore].
//
// It is one conditional update where reservations follow each other and two
// where the lane has been idle. An answer that gets lost wastes its span: calls
// leave later than they might, never sooner.
func (s *Store) Reserve(ctx context.Context, lane string, now time.Time, span time.Duration) (time.Time, onboard.Cell, error) {
	what := "reserving in lane " + lane
	for range contenders / 2 {
		for _, in := range []*dynamodb.UpdateItemInput{prolong(lane, now, span), begin(lane, now, span)} {
			f, err := s.update(ctx, what, in)
			if _, ok := errors.AsType[*refusal](err); ok {
				continue
			}
			if err != nil {
				return time.Time{}, onboard.Cell{}, err
			}
			cell, err := s.readCell(what, f)
			if err != nil {
				return time.Time{}, onboard.Cell{}, err
			}
			return cell.Reserved.Add(-span), cell, nil
		}
	}
	return time.Time{}, onboard.Cell{}, s.failure(ctx, what, errContended)
}

// prolong reserves from where the last reservation ends.
func prolong(lane string, now time.Time, span time.Duration) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{
		Key:                 laneKey(lane),
		UpdateExpression:    aws.String("SET reserved = reserved + :span"),
		ConditionExpression: aws.String("reserved >= :now"),
		ExpressionAttributeValues: item{
			":now": timeValue(now), ":span": numberValue(span.Nanoseconds()),
		},
	}
}

// begin reserves from now.
func begin(lane string, now time.Time, span time.Duration) *dynamodb.UpdateItemInput {
	return &dynamodb.UpdateItemInput{
		Key:                 laneKey(lane),
		UpdateExpression:    aws.String("SET reserved = :end"),
		ConditionExpression: aws.String("attribute_not_exists(reserved) OR reserved < :now"),
		ExpressionAttributeValues: item{
			":now": timeValue(now), ":end": timeValue(now.Add(span)),
		},
	}
}

// Cell returns a lane's cell, as it is now. See [onboard.PaceStore].
func (s *Store) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	what := "reading the cell of lane " + lane
	f, err := s.get(ctx, what, laneKey(lane))
	if err != nil {
		return onboard.Cell{}, err
	}
	return s.readCell(what, f)
}

// SaveCell replaces a lane's cell, but for the end of its reservations. See
// [onboard.PaceStore].
func (s *Store) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	what := "saving the cell of lane " + lane
	id := rand.Text()
	_, err := s.update(ctx, what, cellUpdate(lane, c, id))
	refused, ok := errors.AsType[*refusal](err)
	if ok && refused.actions[0].stored.text(writeIDName) == id {
		return nil // ours, and its answer was lost
	}
	return conflict(what, err)
}

// cellUpdate sets what c has and removes what it has not.
func cellUpdate(lane string, c onboard.Cell, id string) *dynamodb.UpdateItemInput {
	cell := item{}
	cell.instant("cut_at", c.CutAt)
	cell.real("limit_seen", c.LimitSeen)
	cell.real("cut_to", c.CutTo)
	cell.instant("closed_until", c.ClosedUntil)
	cell.flag("backlog", c.Backlog)
	cell.nested("pass", passItem(c.Pass))
	cell.number(versionName, c.Version+1)
	cell.text(writeIDName, id)

	values := item{}
	var sets, removes []string
	for _, name := range []string{"cut_at", "limit_seen", "cut_to", "closed_until", "backlog", "pass", versionName, writeIDName} {
		if v, ok := cell[name]; ok {
			values[":"+name] = v
			sets = append(sets, fmt.Sprintf("%s = :%s", name, name))
		} else {
			removes = append(removes, name)
		}
	}
	expression := "SET " + strings.Join(sets, ", ")
	if len(removes) > 0 {
		expression += " REMOVE " + strings.Join(removes, ", ")
	}
	condition := "attribute_not_exists(version)"
	if c.Version != 0 {
		condition = "version = :was"
		values[":was"] = numberValue(int64(c.Version))
	}
	return &dynamodb.UpdateItemInput{
		Key:                       laneKey(lane),
		UpdateExpression:          aws.String(expression),
		ConditionExpression:       aws.String(condition),
		ExpressionAttributeValues: values,
	}
}

// readCell reads a cell. One that was only ever reserved from has version 0.
func (s *Store) readCell(what string, f *fields) (onboard.Cell, error) {
	c := onboard.Cell{
		Reserved:    f.instant("reserved"),
		CutAt:       f.instant("cut_at"),
		LimitSeen:   f.real("limit_seen"),
		CutTo:       f.real("cut_to"),
		ClosedUntil: f.instant("closed_until"),
		Backlog:     f.flag("backlog"),
		Pass:        readPass(f),
		Version:     f.number(versionName),
	}
	if f.err != nil {
		return onboard.Cell{}, s.malformed(what, f.err)
	}
	return c, nil
}

func passItem(p onboard.Pass) item {
	it := item{}
	it.instant("since", p.Since)
	it.instant("due_at", p.After.At)
	it.text("request_id", p.After.RequestID)
	it.number("row", p.After.Row)
	return it
}

func readPass(f *fields) onboard.Pass {
	inner := f.nested("pass")
	p := onboard.Pass{
		Since: inner.instant("since"),
		After: onboard.Due{At: inner.instant("due_at"), RequestID: inner.text("request_id"), Row: inner.number("row")},
	}
	f.inherit(inner)
	return p
}
