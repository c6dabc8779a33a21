package sim_test

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// final looks at what is left when nothing moves any more, in one order: what is
// broken stands in the trace, which is the same for a seed each time.
func (a *audit) final() {
	now := time.Now()
	told := map[string]map[onboard.State][]rowID{}
	for id, b := range inOrder(a.requests) {
		a.ended(id, b, now)
		for row, inv := range inOrder(b.rows) {
			address := onboard.FoldAddress(inv.Email)
			if told[address] == nil {
				told[address] = map[onboard.State][]rowID{}
			}
			told[address][inv.State] = append(told[address][inv.State], rowID{id, row})
			a.told(rowID{id, row}, inv, b.request)
		}
	}
	for address, b := range inOrder(a.addresses) {
		if address == "" {
			continue
		}
		made := append(told[address][onboard.Invited], told[address][onboard.Created]...)
		switch {
		case b.before && len(made) > 0:
			a.fail("promise 2: %s had a user beforehand, and %v says it made it", address, made)
		case b.users > 1:
			a.fail("promise 1: %s was made %d times", address, b.users)
		case b.users == 0 && len(made) > 0:
			a.fail("promise 2: %v says that it made %s, which nobody did", made, address)
		case len(made) > 1:
			a.fail("promise 2: %v all say that they made %s", made, address)
		}
		if b.users == 1 {
			a.creatorTold(address, b)
		}
	}
	a.clean()
	a.mailsCounted()
}

// creatorTold holds that the row whose call made the user says so.
func (a *audit) creatorTold(address string, b *addressBook) {
	book := a.requests[b.creator.request]
	if book == nil {
		return
	}
	switch inv := book.rows[b.creator.row]; inv.State {
	case onboard.Invited, onboard.Created, onboard.NotMailed:
	default:
		a.fail("promise 2: %v made the user of %s and says %s (%s)", b.creator, address, inv.State, inv.Code)
	}
}

// told holds what a row says of groups and mails to what came of them.
func (a *audit) told(id rowID, inv onboard.Invitation, r onboard.Request) {
	b := a.address(onboard.FoldAddress(inv.Email))
	for _, group := range inv.Groups {
		if made := inv.State == onboard.Invited || inv.State == onboard.Created; made && inv.Code == "" && !b.groups[group] {
			a.fail("promise 2: %v says %s, and the user is not in group %s", id, inv.State, group)
		}
	}
	mine := 0
	for by, n := range b.mailed {
		if by.rowID == id {
			mine += n
		}
	}
	// A call that made the user and said that no mail went out, to a caller who
	// did not live to write it down: nobody can ever know.
	unheard := b.creation != nil && !b.creation.written
	switch {
	case inv.State == onboard.Invited && b.mails == 0 && !unheard:
		a.fail("promise 2: %v says invited, and no mail went out", id)
	case inv.State == onboard.Resent && mine == 0:
		a.fail("promise 5: %v says resent, and no mail went out for it", id)
	case inv.Code == onboard.CodeAlreadySignedIn: // whether the lost mail or another led there is not known
	case inv.State == onboard.Created && mine > 0, inv.State == onboard.Existing && mine > 0, inv.State == onboard.Canceled && mine > 0:
		a.fail("promise 1: %v says %s, and %d mails went out for it", id, inv.State, mine)
	}
}

// ended holds that a request has come to its end.
func (a *audit) ended(id string, b *requestBook, now time.Time) {
	r := b.request
	switch {
	case r.ID == "": // it was never stored
		return
	case r.Round == 0 && b.accepted:
		a.fail("promise 6: request %s was accepted and never begun", id)
	case r.Round == 0:
		for row, inv := range inOrder(b.rows) {
			a.fail("promise 6: request %s was never begun, and its row %d is %s", id, row, inv.State)
		}
		if !r.Abandoned(now) {
			a.fail("promise 3: request %s is %s for good", id, r.State(now))
		}
		return
	}
	for row, inv := range inOrder(b.rows) {
		if !inv.State.Outcome() || inv.Open(r.Round) {
			a.fail("promise 3: request %s row %d never ended: %s %s", id, row, inv.State, inv.Code)
		}
	}
	if len(b.rows) != r.Total {
		a.fail("promise 3: request %s has %d rows and %d of them stored", id, r.Total, len(b.rows))
	}
}

// clean holds schedules without faults to what they may cost.
func (a *audit) clean() {
	p := a.w.plan
	if p.share > 0 || p.mailQuota > 0 || p.notMailed > 0 || p.brokenUntil > 0 || p.silentUntil > 0 || p.readLag > 0 || p.refuses || p.refusesMail {
		return
	}
	if n := a.w.pool.Calls().Looks; n > 0 {
		a.fail("promise 2: %d looks though nothing went wrong: each is billed", n)
	}
}

// mailsCounted holds the count of mails to those that went out, where nobody was
// kept from counting.
func (a *audit) mailsCounted() {
	sent := 0
	for _, b := range a.addresses {
		sent += b.mails
	}
	if a.w.plan.share == 0 && a.counted != sent {
		a.fail("forecast: %d mails were counted, and %d went out", a.counted, sent)
	}
}

// inOrder yields what m holds in the order of its keys.
func inOrder[K cmp.Ordered, V any](m map[K]V) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
