package sim_test

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
)

// enough is how many schedules a bug may survive.
const enough = 2000

// found is how a bug came to light.
type found struct {
	bug       string
	schedules int    // that it took; 0: more than enough
	broken    string // the promise
}

// TestEveryBugIsFound guards the other guard: a simulation that finds nothing
// wrong is worth as much as the wrongs that it would find.
func TestEveryBugIsFound(t *testing.T) {
	if !*settings.deep {
		t.Skip("takes a minute: -deep")
	}
	var (
		all   = slices.DeleteFunc(bugs(), func(b bug) bool { return !strings.Contains(b.name, *settings.bug) })
		base  = uint64(1_000_000) // the same each time: a bug that is found stays found
		next  atomic.Int64
		mu    sync.Mutex
		table []found
	)
	t.Run("bugs", func(t *testing.T) {
		for core := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(core), func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
					f := find(t, all[i], base)
					mu.Lock()
					table = append(table, f)
					mu.Unlock()
				}
			})
		}
	})
	slices.SortFunc(table, func(a, b found) int { return cmp.Or(cmp.Compare(a.schedules, b.schedules), cmp.Compare(a.bug, b.bug)) })
	var text strings.Builder
	out := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "bug\tschedules\tbreaks")
	for _, f := range table {
		fmt.Fprintf(out, "%s\t%d\t%s\n", f.bug, f.schedules, f.broken)
		if f.schedules == 0 {
			t.Errorf("not found in %d schedules from seed %d: %s", enough, base, f.bug)
		}
	}
	_ = out.Flush()
	t.Logf("%d bugs\n%s", len(table), text.String())
}

// find runs schedules with a bug until one breaks a promise that holds without.
func find(t *testing.T, b bug, base uint64) found {
	for n := range enough {
		p := newPlan(base+uint64(n), given())
		if b.plan != nil {
			p = b.plan(p)
		}
		w := play(t, p, func(w *world) { w.bug = &b })
		if len(w.audit.broken) > 0 {
			if well := play(t, w.plan, traced); len(well.audit.broken) > 0 {
				report(t, well)
				continue
			}
			what, _, _ := strings.Cut(w.audit.broken[0], ":")
			return found{bug: b.name, schedules: n + 1, broken: what}
		}
	}
	return found{bug: b.name}
}
