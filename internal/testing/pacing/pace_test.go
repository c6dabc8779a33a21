package pacing_test

import (
	"testing"
	"time"
)

// TestPaceMeetsItsTargets is [BenchmarkPace] in small. Where the quota is less
// than the workers were told, the time in which they find out counts for a large
// request only, and is held to a bound of its own.
func TestPaceMeetsItsTargets(t *testing.T) {
	t.Parallel()
	for _, tr := range trials(size{steady: 6000, change: 6000}) {
		t.Run(tr.name, func(t *testing.T) {
			t.Parallel()
			if tr.setup.pool.CreationRate > 0 {
				tr.search = 30 * time.Second
			}
			o := tr.run(t)
			tr.hold(t, o)
			t.Logf("%s of the quota, %.4f %% throttled, at most %d in a second, %.4f calls for a user, %d looks, back after %s",
				share(tr, o), 100*o.throttled, o.most, o.calls, o.looks, backAfter(tr, o))
		})
	}
}
