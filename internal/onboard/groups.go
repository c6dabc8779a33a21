package onboard

import (
	"context"
	"errors"
	"time"
)

// addToGroups puts the user into the row's groups. Where it cannot go on, the
// row goes back with its attempt still open: the user will be found and the
// groups gone through again, which changes nothing where it was done.
func (w *Worker) addToGroups(ctx context.Context, x *row) (verdict, end, bool) {
	var v verdict
	for _, group := range x.inv.Groups {
		e, ok, err := w.join(ctx, x, group)
		switch {
		case !ok:
			return v, e, false
		case err == nil:
		case errors.Is(err, ErrRefused):
			v = verdict{code: CodeGroupNotAdded, reason: "invited, but not added to group " + group + ": " + reasonOf(err)}
		case errors.Is(err, ErrMisconfigured):
			return v, w.pause(ctx, x, err), false
		default:
			return v, w.release(ctx, x, failed("add to group: %w", err)), false
		}
	}
	return v, end{}, true
}

// join puts the user into one group, in its turn, and while the pool turns it
// away once more, more slowly: to send the row back would have it go through all
// its groups again. When ok is false the delivery has ended.
func (w *Worker) join(ctx context.Context, x *row, group string) (e end, ok bool, err error) {
	for {
		if e, ok = w.takeGroupTurn(ctx, x); !ok {
			return e, false, nil
		}
		err = w.addToGroup(ctx, x, group)
		if !errors.Is(err, ErrThrottled) {
			return end{}, true, err
		}
		x.throttled = true
		w.slowDown(ctx, x, w.GroupPace)
	}
}

// takeGroupTurn waits for a place in the pace of groups that has not passed.
func (w *Worker) takeGroupTurn(ctx context.Context, x *row) (end, bool) {
	for {
		block, err := w.GroupPace.Reserve(ctx, 1)
		switch {
		case err != nil:
			return w.release(ctx, x, failed("reserve a place in the pace of groups: %w", err)), false
		case outOfTime(ctx, block.Start, groupBudget), !sleepUntil(ctx, block.Start):
			return w.release(ctx, x, later(0, "no time left to add groups")), false
		case time.Since(block.Start) <= lateness:
			return end{}, true
		}
	}
}

func (w *Worker) addToGroup(ctx context.Context, x *row, group string) error {
	call, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	return w.Pool.AddToGroup(call, x.inv.Email, group)
}
