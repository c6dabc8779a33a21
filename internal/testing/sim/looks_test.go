package sim_test

import (
	"errors"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// looked counts looks that nothing calls for. In a schedule without faults the pool
// contradicts itself only about a user whom people delete, or make, while a row is
// at work on them. The row cannot tell that from a pool whose reads lag behind, so
// it has to look: each row once for each contradiction.
func (a *audit) looked(b *addressBook, c *poolCall, err error) {
	if b.contradicts(c, err) {
		b.contradictions++
	}
	if c.op != memory.OpLook {
		return
	}
	b.looks[c.by.rowID]++
	if b.looks[c.by.rowID] > b.contradictions {
		a.needless++
	}
}

// contradicts reports whether an answer goes against an earlier one because of what
// people did: usher's user is gone before they are in their group, or there is
// another one in their place.
func (b *addressBook) contradicts(c *poolCall, err error) bool {
	switch {
	case b.creation == nil:
		return false
	case c.op == memory.OpAddToGroup:
		return errors.Is(err, onboard.ErrUserNotFound) && anySince(b.deleted, b.creation.to)
	case c.op == memory.OpInvite:
		return errors.Is(err, onboard.ErrExists) && b.contradictions > 0 && anySince(b.byHand, b.creation.to)
	}
	return false
}

// anySince reports whether any of the times is not before from.
func anySince(times []time.Time, from time.Time) bool {
	for _, at := range times {
		if !at.Before(from) {
			return true
		}
	}
	return false
}

// TestOnlyAContradictionCallsForALook holds the rule on looks itself: too strict, it
// names a user who was deleted by hand a fault of usher; too lax, it finds none.
func TestOnlyAContradictionCallsForALook(t *testing.T) {
	t.Parallel()
	type event struct {
		deleted bool // by hand
		made    bool // by hand
		row     int
		op      memory.Op
		err     error
	}
	var (
		deleted = event{deleted: true}
		remade  = event{made: true}
		invite  = event{row: 1, op: memory.OpInvite}
		exists  = event{row: 1, op: memory.OpInvite, err: onboard.ErrExists}
		join    = event{row: 1, op: memory.OpAddToGroup}
		gone    = event{row: 1, op: memory.OpAddToGroup, err: onboard.ErrUserNotFound}
		look    = event{row: 1, op: memory.OpLook}
		other   = event{row: 2, op: memory.OpLook}
	)
	tests := []struct {
		story    string
		events   []event
		needless int
	}{
		{story: "a row is looked up first", events: []event{look, invite, join}, needless: 1},
		{story: "a row is looked up last", events: []event{invite, join, look}, needless: 1},
		{story: "an existing user is looked up", events: []event{exists, look}, needless: 1},
		{story: "its user is deleted and missed by nobody", events: []event{invite, join, deleted, look}, needless: 1},
		{story: "its user is deleted before the group", events: []event{invite, deleted, gone, look, invite, join}},
		{story: "and looked up twice", events: []event{invite, deleted, gone, look, invite, join, look}, needless: 1},
		{story: "and looked up before the pool says so", events: []event{invite, deleted, look, gone, look}, needless: 2},
		{story: "and another row waits for its trail", events: []event{invite, deleted, gone, other, look}},
		{story: "and made again meanwhile", events: []event{invite, deleted, gone, look, remade, exists, look}},
		{story: "its second user is deleted too", events: []event{invite, deleted, gone, look, invite, deleted, gone, look}},
		{story: "the pool misses a user whom nobody deleted", events: []event{invite, gone, look}, needless: 1},
		{story: "or who was deleted before", events: []event{deleted, invite, gone, look}, needless: 1},
	}
	for _, test := range tests {
		t.Run(test.story, func(t *testing.T) {
			t.Parallel()
			w := &world{}
			a := newAudit(w)
			w.audit = a
			b, now := a.address("ann@example.org"), time.Unix(0, 0)
			for _, e := range test.events {
				now = now.Add(time.Second)
				switch {
				case e.deleted:
					b.deleted = append(b.deleted, now)
				case e.made:
					b.byHand = append(b.byHand, now)
				default:
					c := &poolCall{op: e.op, to: now, by: ask{rowID: rowID{request: "request-1", row: e.row}}}
					if e.op == memory.OpInvite && e.err == nil {
						b.creation = c
					}
					a.looked(b, c, e.err)
				}
			}
			if a.needless != test.needless {
				t.Errorf("%d needless looks, want %d", a.needless, test.needless)
			}
		})
	}
}
