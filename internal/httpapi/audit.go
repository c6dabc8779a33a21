package httpapi

import "context"

// audit writes down that an administrator did something: who, what, to which
// request, and how many rows it was for.
func (a *api) audit(ctx context.Context, action, requestID string, rows int, replayed bool) {
	a.Log.InfoContext(ctx, "audit",
		"action", action, "by", caller(ctx).Who(), "request_id", requestID, "rows", rows, "replayed", replayed)
}
