package dynamostore

import (
	"context"
	"math/rand/v2"
	"time"

	"usher.example/internal/onboard"
)

// How often a transient failure is repeated, and the longest wait between:
// base, doubled each time up to ceiling; the wait is random below that.
// Together 4 s at most and 2 s on average, well within the shortest function
// timeout; sixteen writers of one item need under a second.
const (
	repeats       = 9
	repeatBase    = 20 * time.Millisecond
	repeatCeiling = time.Second
)

// repeat calls call until it does not fail transiently, repeats are used up or
// ctx ends.
func repeat(ctx context.Context, call func() error) error {
	for n := 0; ; n++ {
		err := call()
		if err == nil || n == repeats || !isTransient(err) {
			return err
		}
		if err := rest(ctx, n); err != nil {
			return err
		}
	}
}

// rest waits before the repetition after n others.
func rest(ctx context.Context, n int) error {
	if !onboard.Sleep(ctx, rand.N(min(repeatBase<<n, repeatCeiling))) {
		return ctx.Err()
	}
	return nil
}
