package onboard

import (
	"context"
	"time"
)

// Sleep waits for d and reports whether it did so to the end. When ctx ends first,
// or has ended before, it returns false at once.
func Sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sleepUntil reports whether t came before ctx ended.
func sleepUntil(ctx context.Context, t time.Time) bool { return Sleep(ctx, time.Until(t)) }
