package onboard_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/onboard"
)

func TestSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, step := range []struct {
			d, takes time.Duration
			whole    bool
		}{
			{d: 0, takes: 0, whole: true},
			{d: -time.Second, takes: 0, whole: true},
			{d: 20 * time.Second, takes: 20 * time.Second, whole: true},
			{d: time.Hour, takes: 40 * time.Second, whole: false},
			{d: time.Hour, takes: 0, whole: false},
			{d: 0, takes: 0, whole: false},
		} {
			began := time.Now()
			if whole := onboard.Sleep(ctx, step.d); whole != step.whole || time.Since(began) != step.takes {
				t.Errorf("Sleep(%s) = %t after %s, want %t after %s", step.d, whole, time.Since(began), step.whole, step.takes)
			}
		}
	})
}
