package onboard

import (
	"context"
	"errors"
	"time"
)

// addToGroups puts the user into the row's groups. Where it cannot continue, the
// row goes back with its attempt still open, and says whose user it has made and
// how many groups they are in: so it needs no look, and however slow the groups
// are, each delivery brings it further.
func (w *Worker) addToGroups(ctx context.Context, x *row) (verdict, end, bool) {
	var v verdict
	joined := min(x.inv.Joined, len(x.inv.Groups))
	for i, group := range x.inv.Groups[joined:] {
		e, ok, err := w.join(ctx, x, group)
		switch {
		case !ok:
			return v, e, false
		case err == nil && v.code == "":
			x.inv.Joined = joined + i + 1
		case err == nil:
		case errors.Is(err, ErrRefused):
			v = verdict{code: CodeGroupNotAdded, reason: "invited, but not added to group " + group + ": " + reasonOf(err)}
		case errors.Is(err, ErrMisconfigured):
			return v, w.pause(ctx, x, err), false
		default:
			if errors.Is(err, ErrUserNotFound) {
				x.inv.UserSub, x.inv.Joined = "", 0 // to be looked up: see row.credited
			}
			return v, w.release(ctx, x, w.blame(ctx, w.GroupPace, x, failed("add to group: %w", err))), false
		}
	}
	return v, end{}, true
}

// join puts the user into one group, in its turn, and while the pool turns it
// away once more, more slowly. When ok is false the delivery has ended.
func (w *Worker) join(ctx context.Context, x *row, group string) (e end, ok bool, err error) {
	for {
		at, e, ok := w.takeGroupTurn(ctx, x)
		if !ok {
			return e, false, nil
		}
		err = w.addToGroup(ctx, x, group)
		if !errors.Is(err, ErrThrottled) {
			return end{}, true, err
		}
		x.throttled = true
		w.slowDown(ctx, x, w.GroupPace, at)
	}
}

// takeGroupTurn waits for a place in the pace of groups that has not passed.
func (w *Worker) takeGroupTurn(ctx context.Context, x *row) (at time.Time, e end, ok bool) {
	for {
		block, err := w.GroupPace.Reserve(ctx, x.turnOf(ctx, groupBudget))
		switch {
		case err != nil:
			return at, w.release(ctx, x, spared("reserve a place in the pace of groups: %w", err)), false
		case block.Len() == 0:
			return at, w.release(ctx, x, later(block.Wait, "no time left to add groups")), false
		case !sleepUntil(ctx, block.At(0)):
			return at, w.release(ctx, x, later(0, "interrupted before it was added to groups")), false
		case time.Since(block.At(0)) <= lateness:
			return block.At(0), end{}, true
		}
		x.lost++
	}
}

func (w *Worker) addToGroup(ctx context.Context, x *row, group string) error {
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	err := w.Pool.AddToGroup(call, x.inv.Email, group)
	w.GroupPace.Hear(err)
	return err
}
