//go:build !windows

package sqlite

import "time"

// awakeSince measures time without sleep, by the clock that Go's timers go by.
func awakeSince(start time.Time) func() time.Duration {
	return func() time.Duration { return time.Since(start) }
}
