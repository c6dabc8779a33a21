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

// Reserve takes a part of a lane's time line. See [onboard.PaceStore].
//
// It is one conditional update, and a second one where a lane that was busy has
// fallen idle, or the other way round: which of the two forms fits is guessed
// from what did the last time. An answer that gets lost wastes its span: calls
// leave later than they might, never sooner.
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
// has nothing against it and the form fits.
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
		UpdateExpression:          aws.String("SET " + strings.Join(append(sets, heard(want.Heard, values)...), ", ")),
		ConditionExpression:       aws.String(strings.Join(conditions, " AND ")),
		ExpressionAttributeValues: values,
	}
}

// heard writes what [onboard.Cell.Hear] says, and adds its values.
func heard(h onboard.Heard, values item) (sets []string) {
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

// SaveCell replaces a lane's cell, but for what reservations write. See
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
		ClearAt:     f.instant("clear_at"),
		Unclear:     f.number("unclear"),
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
