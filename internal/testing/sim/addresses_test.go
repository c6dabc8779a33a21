package sim_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// addressBook is what happened to one address in the pool.
type addressBook struct {
	before   bool // somebody had made the user beforehand
	users    int  // made by usher
	creation *poolCall
	token    string      // of the delivery that held the claim last
	mailed   map[ask]int // mails by who asked for them
	unsent   map[ask]int // mails that could not be sent, likewise
	mails    int
	invites  []*poolCall // that had their effect
	groups   map[string]bool

	deleted  []time.Time // when people deleted a user
	byHand   []time.Time // when they made one
	signedIn time.Time   // for the first time; zero: never, as far as usher's people know
	windows  []window    // in which a user who is there may be usher's

	looks          map[rowID]int
	contradictions int // of the pool, because of what people did
}

// window is the time that a trail covers.
type window struct{ from, to time.Time }

// unclear reports whether a user whom people made cannot be told from one of
// usher's: they were made while an attempt was under way. See docs/design.md.
func (b *addressBook) unclear() bool {
	const margin = 2 * maxSkew
	for _, w := range b.windows {
		for _, at := range b.byHand {
			if at.After(w.from.Add(-margin)) && at.Before(w.to.Add(margin)) {
				return true
			}
		}
	}
	return false
}

// ask is one round of one row: what an administrator asked for once.
type ask struct {
	rowID
	round int
}

// poolCall is one call to the pool.
type poolCall struct {
	op      memory.Op
	address string
	mails   bool
	actor   *actor

	by    ask    // the row that holds the claim when the call leaves
	token string // of the delivery that holds it
	from  time.Time
	to    time.Time // of the effect

	made    bool // the user
	heard   bool // its caller knows what came of it
	written bool // and has written something down since
}

func (a *audit) address(folded string) *addressBook {
	b := a.addresses[folded]
	if b == nil {
		b = &addressBook{mailed: map[ask]int{}, unsent: map[ask]int{}, groups: map[string]bool{}, looks: map[rowID]int{}}
		a.addresses[folded] = b
	}
	return b
}

// left takes note of a call that leaves.
func (a *audit) left(c *poolCall) {
	c.from = time.Now()
	id := a.holder(c)
	c.by, c.token = ask{rowID: id, round: 0}, a.address(c.address).token
	b := a.book(id.request)
	c.by.round = b.request.Round
	if inv := b.rows[id.row]; inv.State.IsOutcome() && !inv.Open(b.request.Round) {
		a.fail("promise 1: a call %s was made for request %s row %d, which is %s", c.op, id.request, id.row, inv.State)
	}
	if inv := b.rows[id.row]; slices.Contains(inv.Groups, owners) {
		a.fail("promise 12: a call %s was made for request %s row %d, which names the administrators' group", c.op, id.request, id.row)
	}
	if c.op == memory.OpInvite || c.op == memory.OpResend {
		a.lastCall = c.from
		a.pace(c.from)
		a.capped(c)
		a.endedBefore(c)
	}
}

// holder returns the row that a call is made for: the one that holds the claim
// or, should nobody, one that its actor works on.
func (a *audit) holder(c *poolCall) rowID {
	_, claim, _ := a.w.store.Load(context.Background(), "", 0, c.address)
	if claim.Holder.RequestID != "" {
		return rowID{request: claim.Holder.RequestID, row: claim.Holder.Row}
	}
	for _, id := range c.actor.rows {
		if inv := a.book(id.request).rows[id.row]; onboard.FoldAddress(inv.Email) == c.address {
			return id
		}
	}
	return rowID{}
}

// capped holds calls that mail to the mail quota: once a row was put aside
// because of it, no delivery that comes after makes another.
func (a *audit) capped(c *poolCall) {
	known := a.mailless.IsZero() || !c.actor.since.After(a.mailless) || !c.from.Before(a.mailAgain)
	if p := a.w.plan; !known && c.mails && p.onlyThrottled() && !p.skewed {
		a.fail("promise 7: a call %s left though the day's mail was known to be used up", c.op)
	}
}

// pace holds the calls of the last second to the quota, or of the time in which it
// allows for one call.
func (a *audit) pace(now time.Time) {
	a.callTimes = append(a.callTimes, now)
	window := max(time.Second, time.Duration(float64(time.Second)/a.w.plan.quota))
	for now.Sub(a.callTimes[0]) >= window {
		a.callTimes = a.callTimes[1:]
	}
	if n := len(a.callTimes); !a.w.plan.skewed && float64(n) > max(1, a.w.plan.quota) {
		a.fail("promise 7: %d calls in %s; %v is the quota a second", n, window, a.w.plan.quota)
	}
}

// had takes note of a call's effect.
func (a *audit) had(c *poolCall, user onboard.User, err error) {
	b := a.address(c.address)
	c.to = time.Now()
	a.w.note("pool", c.op, c.address, "for", c.by, err)
	if c.op == memory.OpInvite {
		c.made = err == nil || a.w.plan.leavesUserBehind(err)
		a.alone(b, c)
		b.invites = append(b.invites, c)
		if c.made {
			b.users++
			b.creation = c
		}
	}
	a.looked(b, c, err)
	if err == nil && c.mails {
		a.mailed(b, c)
	}
	if errors.Is(err, onboard.ErrNotMailed) {
		a.notMailed(b, c)
	}
}

// notMailed holds that a mail which cannot be sent is asked for once more, not again and
// again: of rows that waited for nothing else meanwhile.
func (a *audit) notMailed(b *addressBook, c *poolCall) {
	b.unsent[c.by]++
	p := a.w.plan
	if others := p.mailQuota > 0 || p.brokenUntil > 0 || a.acted || len(b.deleted) > 0 || b.unclear(); !others && b.unsent[c.by] > 2 {
		a.fail("promise 1: a mail to %s could not be sent %d times for %v", c.address, b.unsent[c.by], c.by)
	}
}

// joined takes note of a user who was put into a group.
func (a *audit) joined(email, group string) {
	if group == owners {
		a.fail("promise 12: %s was put into the administrators' group", email)
	}
	a.address(onboard.FoldAddress(email)).groups[group] = true
}

// alone holds that no two creations of one address are under way at once: two
// such calls are known to leave ghosts of users behind.
func (a *audit) alone(b *addressBook, c *poolCall) {
	for _, other := range b.invites {
		if other.to.After(c.from) && (other.made || c.made) {
			a.fail("promise 2: two creations of %s were under way at once, for %v and %v", c.address, other.by, c.by)
		}
	}
}

// mailed holds each mail to somebody who asked for it.
func (a *audit) mailed(b *addressBook, c *poolCall) {
	options := a.book(c.by.request).request.Options
	wanted := options.ResendOnly || options.OnExisting == onboard.Resend
	b.mails++
	b.mailed[c.by]++
	m := &mailBook{address: c.address, by: c.by}
	a.reports.mails[c.address] = append(a.reports.mails[c.address], m)
	a.w.mailLeft(m)
	if c.op == memory.OpResend && wanted && len(b.deleted) == 0 && !b.unclear() {
		a.cooled(c)
	}
	switch {
	case len(b.deleted) > 0 || b.unclear(): // a user who was made again is mailed again
	case c.op == memory.OpResend && !wanted && (b.mails > 1 || b.users == 0):
		a.fail("promise 1: %s was mailed %d times, the last for %v, which asked for no resend", c.address, b.mails, c.by)
	case b.mailed[c.by] > 1:
		a.fail("promise 1: %s was mailed %d times for %v", c.address, b.mailed[c.by], c.by)
	}
}
