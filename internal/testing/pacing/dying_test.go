package pacing_test

import (
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// What a worker held that was killed is attempted again within two minutes.
func TestRowsOfAKilledWorkerAreBackInTwoMinutes(t *testing.T) {
	t.Parallel()
	const rows = 300
	inBubble(t, func(t *testing.T) {
		p := newPlant(t, setup{seed: 3, processes: 5, atOnce: 1})
		p.submit("someone", rows)
		time.Sleep(5 * time.Second)
		p.kill(2)
		killed := time.Since(p.log.began)
		r, took := p.await("request-001", time.Hour)
		if took > 2*time.Minute {
			t.Errorf("the last row ended %s after a worker was killed, want two minutes at most", took)
		}
		if n := r.Tally.States[onboard.Invited]; n != rows || len(p.pool.Mailbox()) != rows {
			t.Errorf("%d of %d were invited, %d mails", n, rows, len(p.pool.Mailbox()))
		}
		last := p.log.departures[len(p.log.departures)-1]
		t.Logf("the last row ended %s after a worker was killed, its call left after %s", took, last-killed)
	})
}

// TestNobodyIsLookedUpWhileGroupsAreSlow has so many workers create users that
// their groups cannot keep up: rows come back for their groups, and are not
// looked up for it.
func TestNobodyIsLookedUpWhileGroupsAreSlow(t *testing.T) {
	t.Parallel()
	slowGroups(t, 1500, 90)
}

// BenchmarkSlowGroups is the same with 2,000 rows and 120 workers.
func BenchmarkSlowGroups(b *testing.B) {
	for b.Loop() {
		slowGroups(b, 2000, 120)
	}
}

var groupPool = memory.PoolConfig{Groups: []string{"staff"}}

func slowGroups(tb testing.TB, rows, processes int) {
	tb.Helper()
	inBubble(tb, func(t *testing.T) {
		p := newPlant(t, setup{seed: 4, processes: processes, atOnce: 1, pool: groupPool})
		p.submit("someone", rows, "staff")
		r, took := p.await("request-001", time.Hour)
		if n := r.Tally.States[onboard.Invited]; n != rows {
			t.Errorf("%d of %d were invited", n, rows)
		}
		calls := p.pool.Calls()
		if calls.Looks != 0 || calls.Invites != rows || calls.GroupAdds != rows {
			t.Errorf("%+v for %d rows, want no looks", calls, rows)
		}
		ideal := time.Duration(float64(rows) / groupPace * float64(time.Second))
		t.Logf("%d rows and %d workers: %.4f of the group pace, %.2f deliveries a row", rows, processes,
			ideal.Seconds()/took.Seconds(), float64(p.line.deliveries)/float64(rows))
	})
}
