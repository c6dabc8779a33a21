package dynamostore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/onboard"
)

// Reserve takes a part of a lane's time line. See [onboard.PaceStore].
//
// It is one conditional update, and a second one where a lane that was busy has
// fallen idle, or the other way round: the form that fitted last time is tried
// first. A lost answer wastes its span: calls start later than they could,
// never earlier.
func (s *Store) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	what := "reserving in lane " + lane
	form := s.lastForm(lane)
	for range contenders {
		now := want.Clock()
		f, err := s.update(ctx, what, form.update(lane, want, now))
		refused, ok := errors.AsType[*refusal](err)
		switch {
		case ok:
			f = refused.actions[0].stored
		case err != nil:
			return onboard.Reservation{}, err
		}
		cell, err := s.readCell(what, f)
		if err != nil {
			return onboard.Reservation{}, err
		}
		if !ok {
			s.keepForm(lane, form)
			return onboard.Reservation{Start: cell.Reserved.Add(-want.Span), Cell: cell}, nil
		}
		if why := want.Refused(cell, now); why != "" {
			return onboard.Reservation{Refused: why, Cell: cell}, nil
		}
		form = formFor(cell, want.Clock().Add(want.Lead))
	}
	return onboard.Reservation{}, s.failure(ctx, what, errContended)
}

// form is how a reservation is written: an update can either add to what is
// stored or replace it.
type form int

const (
	fromEnd form = iota // the part begins where the last reservation ends
	fromNow             // the lane is idle, and the part begins want.Lead from now
)

// formFor returns the form that fits a cell, for a part that begins at first or later.
func formFor(c onboard.Cell, first time.Time) form {
	if c.Reserved.After(first) {
		return fromEnd
	}
	return fromNow
}

func (s *Store) lastForm(lane string) form {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forms[lane]
}

func (s *Store) keepForm(lane string, f form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forms[lane] = f
}

// update is the reservation in its form: it passes where [onboard.Want.Refused]
// is empty and the form fits.
func (form form) update(lane string, want onboard.Want, now time.Time) *dynamodb.UpdateItemInput {
	first := now.Add(want.Lead)
	values := item{":first": timeValue(first)}
	sets, conditions := []string{"reserved = :end"}, []string{"(attribute_not_exists(reserved) OR reserved <= :first)"}
	if form == fromEnd {
		sets, conditions = []string{"reserved = reserved + :span"}, []string{"reserved > :first AND reserved <= :latest"}
		values[":span"], values[":latest"] = numberValue(want.Span.Nanoseconds()), timeValue(want.Latest)
	} else {
		values[":end"] = timeValue(first.Add(want.Span))
	}
	if want.Mail {
		conditions = append(conditions, "(attribute_not_exists(closed_until) OR closed_until <= :now)")
		values[":now"] = timeValue(now)
	}
	if want.Mail && want.New {
		conditions = append(conditions, "attribute_not_exists(backlog)")
	}
	return &dynamodb.UpdateItemInput{
		Key:                       laneKey(lane),
		UpdateExpression:          aws.String("SET " + strings.Join(append(sets, heard(want.Answers, values)...), ", ")),
		ConditionExpression:       aws.String(strings.Join(conditions, " AND ")),
		ExpressionAttributeValues: values,
	}
}

// heard writes what [onboard.Cell.Hear] says, and adds its values.
func heard(h onboard.PoolAnswers, values item) (sets []string) {
	switch {
	case !h.ClearAt.IsZero():
		values[":clear_at"], values[":unclear"] = timeValue(h.ClearAt), numberValue(int64(h.Unclear))
		return []string{"clear_at = :clear_at", "unclear = :unclear"}
	case h.Unclear > 0:
		values[":unclear"], values[":none"] = numberValue(int64(h.Unclear)), numberValue(0)
		return []string{"unclear = if_not_exists(unclear, :none) + :unclear"}
	}
	return nil
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

// SaveCell replaces a lane's cell, except what reservations write. See
// [onboard.PaceStore].
func (s *Store) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	what := "saving the cell of lane " + lane
	id := rand.Text()
	_, err := s.update(ctx, what, cellUpdate(lane, c, id))
	refused, ok := errors.AsType[*refusal](err)
	if ok && refused.actions[0].stored.writeID() == id {
		return nil // ours, and its answer was lost
	}
	return conflict(what, err)
}

// cellUpdate sets the attributes that c has and removes the others.
func cellUpdate(lane string, c onboard.Cell, id string) *dynamodb.UpdateItemInput {
	f := onto(item{writeIDName: textValue(id)})
	savedFields(f, &c)
	f.version(&c.Version)

	values := item{}
	var sets []string
	for _, name := range slices.Sorted(maps.Keys(f.item)) {
		values[":"+name] = f.item[name]
		sets = append(sets, fmt.Sprintf("%s = :%s", name, name))
	}
	expression := "SET " + strings.Join(sets, ", ")
	if len(f.absent) > 0 {
		expression += " REMOVE " + strings.Join(f.absent, ", ")
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
	c := onboard.Cell{Version: get(f, versionName, number)}
	savedFields(f, &c)
	reservedFields(f, &c)
	if f.err != nil {
		return onboard.Cell{}, s.malformed(what, f.err)
	}
	return c, nil
}

// savedFields are those that SaveCell writes.
func savedFields(f *fields, c *onboard.Cell) {
	f.instant("cut_at", &c.Cut.At)
	f.real("limit_seen", &c.Cut.Seen)
	f.real("cut_to", &c.Cut.To)
	f.real("mail_rate", &c.MailRate)
	f.nested("mail_cut", func(f *fields) {
		f.instant("at", &c.MailCut.At)
		f.real("seen", &c.MailCut.Seen)
		f.real("to", &c.MailCut.To)
	})
	f.real("mail_least", &c.MailLeast)
	f.instant("closed_until", &c.ClosedUntil)
	f.flag("backlog", &c.Backlog)
	f.nested("pass", func(f *fields) {
		f.instant("since", &c.Pass.Since)
		f.instant("due_at", &c.Pass.After.At)
		f.text("request_id", &c.Pass.After.RequestID)
		f.number("row", &c.Pass.After.Row)
	})
}

// reservedFields are those that reservations write, by expressions.
func reservedFields(f *fields, c *onboard.Cell) {
	f.instant("reserved", &c.Reserved)
	f.instant("clear_at", &c.ClearAt)
	f.number("unclear", &c.Unclear)
}
