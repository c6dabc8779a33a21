package dynamostore

import (
	"context"
	"math/rand/v2"
	"time"

	"usher.example/internal/onboard"
)

// How often a call is repeated that was turned away, and how long to wait in
// between: up to base, doubled each time, at most ceiling, at random down to
// nothing. Together 4 s at most and 2 s on average, well within the shortest
// function timeout; sixteen writers of one item need under a second.
const (
	repeats       = 9
	repeatBase    = 20 * time.Millisecond
	repeatCeiling = time.Second
)

// repeat calls call until it is not turned away, repeats are used up or ctx ends.
func repeat(ctx context.Context, call func() error) error {
	for n := 0; ; n++ {
		err := call()
		if err == nil || n == repeats || !turnedAway(err) {
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
