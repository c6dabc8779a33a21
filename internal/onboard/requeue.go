package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Requeuer puts deferred invitations back on the queue when their time has
// come. Its fields are set once, before use. Several may run at once: a message
// that two of them send is delivered twice, which does no harm.
type Requeuer struct {
	Queue Queue
	Store Store
	Log   *slog.Logger
}

// requeueBatch is how many due invitations are read at a time.
const requeueBatch = 500

// Run puts all due invitations back, those of paused requests excepted, until
// none is left or ctx is about to end, and returns how many it put back.
func (q *Requeuer) Run(ctx context.Context) (int, error) {
	sent := 0
	for !outOfTime(ctx, time.Now(), requeueBudget) {
		now := time.Now()
		due, err := q.Store.DueInvitations(ctx, now, requeueBatch)
		if err != nil {
			return sent, fmt.Errorf("read what is due: %w", err)
		}
		n, moved, err := q.putBack(ctx, due, now)
		sent += n
		if err != nil {
			return sent, err
		}
		if len(due) < requeueBatch || moved == 0 {
			return sent, nil
		}
	}
	return sent, nil
}

// requeueBudget is the worst case of one round of Run.
const requeueBudget = 2 * storeTimeout

// putBack sends the due invitations of requests that are not paused, and then
// moves all of them on, to be looked at again should their message be lost. It
// returns how many were sent, and how many moved on.
func (q *Requeuer) putBack(ctx context.Context, due []Invitation, now time.Time) (sent, moved int, err error) {
	requests := map[string]Request{}
	var messages []Message
	for _, inv := range due {
		r, err := q.request(ctx, requests, inv.RequestID)
		if err != nil {
			return 0, 0, fmt.Errorf("read request %s: %w", inv.RequestID, err)
		}
		if r.ID != "" && r.Phase != Paused {
			messages = append(messages, MessageOf(inv, r.Round))
		}
	}
	if err := q.Queue.Send(ctx, messages, 0); err != nil {
		return 0, 0, fmt.Errorf("put %d invitations back: %w", len(messages), err)
	}
	for _, inv := range due {
		inv.DueAt = now.Add(ReviewInterval)
		switch err := q.Store.Save(ctx, Write{Invitation: inv}); {
		case err == nil:
			moved++
		case !errors.Is(err, ErrConflict): // a conflict: a worker has it already
			return len(messages), moved, fmt.Errorf("move request %s row %d on: %w", inv.RequestID, inv.Row, err)
		}
	}
	return len(messages), moved, nil
}

// request reads each request once; one that is no more comes back zero.
func (q *Requeuer) request(ctx context.Context, seen map[string]Request, id string) (Request, error) {
	if r, ok := seen[id]; ok {
		return r, nil
	}
	r, err := q.Store.Request(ctx, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Request{}, err
	}
	seen[id] = r
	return r, nil
}
