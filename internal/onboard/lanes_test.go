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
		{"invite", onboard.Options{}, false, &scriptedPool{invites: throttled}, cuts{creations: creations}},
		{"resend", onboard.Options{ResendOnly: true}, true, &scriptedPool{resends: throttled}, cuts{creations: creations}},
		{"add to group", onboard.Options{}, false, &scriptedPool{joins: throttled}, cuts{groups: groups}},
		{"look", onboard.Options{}, false, &scriptedPool{invites: lostEffect, looks: throttled}, cuts{}},
		{"none", onboard.Options{}, false, &scriptedPool{}, cuts{}},
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
		seen[i] = cell.LimitSeen
	}
	return cuts{creations: seen[0], groups: seen[1]}
}
