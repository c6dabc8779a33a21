package lambdabridge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Schedule runs something each time a scheduled event comes. Its fields are set
// once, before use; it is then safe for concurrent use.
type Schedule struct {
	// Run does the work before ctx ends and returns how much it did:
	// [onboard.Requeuer].Run.
	Run func(ctx context.Context) (int, error)

	// Log takes what was done and what went wrong; nil discards it.
	Log *slog.Logger
}

// Invoke implements lambda.Handler. What is in the event does not matter, as
// long as it is a JSON object. An error, also a panic, lets Lambda run it again.
func (s *Schedule) Invoke(ctx context.Context, payload []byte) (out []byte, err error) {
	var event map[string]json.RawMessage
	if err := json.Unmarshal(payload, &event); err != nil || event == nil {
		return nil, errors.New("read the event of a schedule: it is no JSON object")
	}
	defer func() {
		if p := recover(); p != nil {
			logger(s.Log).Error("panic in a scheduled run", "stack", string(debug.Stack()))
			out, err = nil, errors.New("panic in a scheduled run; its stack is in the log")
		}
	}()
	n, err := s.Run(ctx)
	if err != nil {
		return nil, fmt.Errorf("scheduled run ended after %d: %w", n, err)
	}
	if n > 0 {
		logger(s.Log).Info("scheduled run", "count", n)
	}
	return fmt.Appendf(nil, `{"count":%d}`, n), nil
}
