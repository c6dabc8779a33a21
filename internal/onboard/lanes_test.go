package onboard_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// A call that was turned away slows down calls of its own kind: to add to groups
// and to create users have a quota each.
func TestThrottledCallCutsItsOwnLane(t *testing.T) {
	t.Parallel()
	const (
		creations = onboard.DefaultCreationQuota * onboard.DefaultShare
		groups    = onboard.DefaultGroupQuota * onboard.DefaultShare
	)
	throttled := []reply{{err: onboard.ErrThrottled}}
	tests := []struct {
		name    string
		options onboard.Options
		there   bool // the address has a user
		script  *scriptedPool
		want    cuts
	}{
		{name: "invite", options: onboard.Options{}, there: false, script: &scriptedPool{invites: throttled}, want: cuts{creations: creations}},
		{name: "resend", options: onboard.Options{ResendOnly: true}, there: true, script: &scriptedPool{resends: throttled}, want: cuts{creations: creations}},
		{name: "add to group", options: onboard.Options{}, there: false, script: &scriptedPool{joins: throttled}, want: cuts{groups: groups}},
		{name: "look", options: onboard.Options{}, there: false, script: &scriptedPool{invites: lostEffect, looks: throttled}, want: cuts{}},
		{name: "none", options: onboard.Options{}, there: false, script: &scriptedPool{}, want: cuts{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Groups: []string{"staff"}})
				if test.there {
					b.addUser("ann@example.org")
				}
				test.script.Pool = b.pool
				b.worker.Pool = test.script
				o := order(test.options, "ann@example.org")
				o.Submission.Rows[0].Groups = []string{"staff"}
				r, _, err := b.submitter.Submit(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				b.run()
				b.await(r.ID, time.Hour)
				if diff := cmp.Diff(test.want, b.cuts(), cmp.AllowUnexported(cuts{})); diff != "" {
					t.Errorf("lanes that were cut (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// cuts is the pace that proved too many in each lane; 0 where none did.
type cuts struct{ creations, groups float64 }

func (b *bundle) cuts() cuts {
	b.t.Helper()
	var seen [2]float64
	for i, lane := range []string{onboard.LaneCreate, onboard.LaneGroup} {
		cell, err := b.store.Cell(b.t.Context(), lane)
		if err != nil {
			b.t.Fatal(err)
		}
		seen[i] = cell.Cut.Seen
	}
	return cuts{creations: seen[0], groups: seen[1]}
}

func TestGroupThatWasTurnedAwayIsTriedAgainAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		groups := []string{"a", "b", "c", "d", "e"}
		b := newBundle(t, memory.PoolConfig{Groups: groups, Latency: 50 * time.Millisecond})
		joins := 0
		b.pool.SetFaults(memory.Faults{Answer: func(op memory.Op, _ string) *onboard.PoolError {
			if op != memory.OpAddToGroup {
				return nil
			}
			joins++
			if joins%2 == 1 { // others use half of the quota
				return &onboard.PoolError{Class: onboard.ErrThrottled}
			}
			return nil
		}})
		o := order(onboard.Options{}, people(20)...)
		for i := range o.Submission.Rows {
			o.Submission.Rows[i].Groups = groups
		}
		r, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		b.run()
		r = b.await(r.ID, 10*time.Minute)
		if n := r.Tally.States[onboard.Invited]; n != 20 {
			t.Errorf("%d of 20 were invited: %+v", n, nonZero(r.Tally))
		}
		if calls := b.pool.Calls(); calls.GroupAdds != 2*20*len(groups) || calls.Looks != 0 {
			t.Errorf("%+v, want two calls for each of %d groups, and nobody looked up", calls, 20*len(groups))
		}
	})
}

func TestGroupWhosePlaceHasPassedTakesAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Groups: []string{"staff"}})
		reserved := 0
		slow := &faultyStore{Store: b.store, after: func(method string) error {
			if method == "Reserve" {
				if reserved++; reserved == 1 {
					time.Sleep(200 * time.Millisecond) // the answer comes when the place has passed
				}
			}
			return nil
		}}
		b.worker.GroupPace = b.over(slow).GroupPace()
		o := order(onboard.Options{}, "ann@example.org")
		o.Submission.Rows[0].Groups = []string{"staff"}
		r, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		b.run()
		b.await(r.ID, time.Minute)
		if calls := b.pool.Calls(); reserved != 2 || calls.GroupAdds != 1 {
			t.Errorf("%d places were taken for %d calls, want a second for the one", reserved, calls.GroupAdds)
		}
	})
}
