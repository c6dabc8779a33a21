package pacing_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// The paces of both lanes, in calls per second.
const (
	creationPace = onboard.DefaultCreationQuota * onboard.DefaultShare
	groupPace    = onboard.DefaultGroupQuota * onboard.DefaultShare
)

// TestGroupsKeepToAPaceOfTheirOwn works off 1,000 rows whose people join groups,
// and beside them as many whose people join none. To add to groups takes longer
// than to create, by far: it uses up its own quota, and takes nothing from the
// other.
func TestGroupsKeepToAPaceOfTheirOwn(t *testing.T) {
	t.Parallel()
	for _, groups := range []int{2, 5} {
		t.Run(fmt.Sprintf("%d groups a row", groups), func(t *testing.T) {
			t.Parallel()
			t.Log(joining(t, 1000, groups))
		})
	}
}

// BenchmarkGroups is the same with 10,000 rows each, as a table.
func BenchmarkGroups(b *testing.B) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\t\t\t\t\t\t")
	fmt.Fprintln(table, "groups a row\tof the group pace\tthrottled\tmost adds in 1 s\tcreations beside, of their pace\tmost in 1 s\t")
	for _, groups := range []int{2, 5} {
		b.Run(fmt.Sprintf("%d groups a row", groups), func(b *testing.B) {
			var o joined
			for b.Loop() {
				o = joining(b, 10_000, groups)
			}
			fmt.Fprintf(table, "%d\t%.4f\t%d\t%d\t%.4f\t%d\t\n", groups, o.share, o.throttled, o.most, o.creations, o.mostCreations)
		})
	}
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
}

// joined is what a trial with groups was measured to be.
type joined struct {
	share     float64 // of the group pace, from acceptance to the last outcome
	creations float64 // of their pace, while people without groups were created too

	throttled           int // calls of both lanes
	most, mostCreations int // that left within any one second, of each lane
}

func (o joined) String() string {
	return fmt.Sprintf("%.4f of the group pace, %d throttled, at most %d adds in a second; creations beside at %.4f of theirs, at most %d in a second",
		o.share, o.throttled, o.most, o.creations, o.mostCreations)
}

// joining submits rows for the given number of groups, and 20 s later as many for
// none, to a pool that holds every second to its quotas. It returns what was
// measured, held to what is asked.
func joining(tb testing.TB, rows, groups int) (o joined) {
	tb.Helper()
	inBubble(tb, func(t *testing.T) {
		names := make([]string, groups)
		for i := range names {
			names[i] = fmt.Sprintf("group-%d", i+1)
		}
		p := newPlant(t, setup{seed: uint64(groups), pool: memory.PoolConfig{Enforcement: memory.SlidingWindow(), Groups: names}})
		began := time.Now()
		members := p.submit("member", rows, names...)

		time.Sleep(20 * time.Second)
		from := time.Since(p.log.began)
		others := p.submit("other", rows)
		limit := 3 * time.Duration(float64(rows*groups)/groupPace) * time.Second
		_, beside := p.await(others.ID, limit)
		members, _ = p.await(members.ID, limit)

		created := since(p.log.taken, from) - since(p.log.taken, from+beside)
		took := members.FinishedAt(time.Now()).Sub(began)
		o = joined{
			share:     float64(len(p.joins.taken)) / took.Seconds() / groupPace,
			creations: float64(created) / beside.Seconds() / creationPace,
			throttled: p.pool.Calls().Throttled,
			most:      most(p.joins.departures), mostCreations: most(p.log.departures),
		}
		p.wantMembers(rows, groups)
	})
	o.hold(tb)
	return o
}

// wantMembers checks that as many users are in all groups and as many in none,
// each mailed once and with no more calls than that takes.
func (p *plant) wantMembers(rows, groups int) {
	p.t.Helper()
	in := map[int]int{}
	for _, u := range p.pool.Users() {
		in[len(u.Groups)]++
	}
	if in[groups] != rows || in[0] != rows || len(p.pool.Mailbox()) != 2*rows {
		p.t.Errorf("users by the number of their groups: %v, %d mails, want %d with %d groups and with none", in, len(p.pool.Mailbox()), rows, groups)
	}
	if want := (memory.Calls{Invites: 2 * rows, GroupAdds: rows * groups}); p.pool.Calls() != want {
		p.t.Errorf("calls %+v, want %+v", p.pool.Calls(), want)
	}
}

// hold reports where a trial with groups misses what is asked of it.
func (o joined) hold(tb testing.TB) {
	tb.Helper()
	if o.share < 0.90 {
		tb.Errorf("%.4f of the group pace was made use of, want at least 0.90", o.share)
	}
	if o.creations < 0.90 {
		tb.Errorf("creations had %.4f of their pace, want at least 0.90: they do not wait for groups", o.creations)
	}
	if o.throttled > 0 {
		tb.Errorf("%d calls were throttled, want none", o.throttled)
	}
	if o.most > onboard.DefaultGroupQuota || o.mostCreations > onboard.DefaultCreationQuota {
		tb.Errorf("%d adds and %d creations left within one second, want at most %d and %d",
			o.most, o.mostCreations, onboard.DefaultGroupQuota, onboard.DefaultCreationQuota)
	}
}
