package sim_test

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// final looks at what is left when nothing moves any more, in one order: what is
// broken stands in the trace, which is the same for a seed each time.
func (a *audit) final() {
	now := a.w.clock()
	told := map[string]map[onboard.State][]rowID{}
	for id, b := range inOrder(a.requests) {
		a.ended(id, b, now)
		a.deliveries(id)
		for row, inv := range inOrder(b.rows) {
			address := onboard.FoldAddress(inv.Email)
			if told[address] == nil {
				told[address] = map[onboard.State][]rowID{}
			}
			told[address][inv.State] = append(told[address][inv.State], rowID{request: id, row: row})
			a.told(rowID{request: id, row: row}, inv, b.request)
		}
	}
	for address, b := range inOrder(a.addresses) {
		if address == "" {
			continue
		}
		made := append(told[address][onboard.Invited], told[address][onboard.Created]...)
		switch {
		case b.unclear():
		case b.before && len(b.deleted) == 0 && len(made) > 0:
			a.fail("promise 2: %s had a user beforehand, and %v says it made it", address, made)
		case b.users > 1+len(b.deleted):
			a.fail("promise 1: %s was made %d times", address, b.users)
		case b.users == 0 && len(made) > 0:
			a.fail("promise 2: %v says that it made %s, which nobody did", made, address)
		case len(made) > b.users:
			a.fail("promise 2: %v all say that they made %s", made, address)
		}
		if !b.unclear() {
			a.creatorsTold(address, b)
		}
	}
	if b := a.addresses[stranger]; b != nil {
		a.fail("promise 1: %d users and %d mails for %s, whom nobody submitted", b.users, b.mails, stranger)
	}
	a.erasuresEnded()
	a.progress()
	a.clean()
	a.mailsCounted()
}

// creatorsTold holds that a row whose call made a user says so, if the user was
// still there when the row got its outcome.
func (a *audit) creatorsTold(address string, b *addressBook) {
	for _, c := range b.invites {
		book := a.requests[c.by.request]
		if book == nil || !c.made {
			continue
		}
		inv := book.rows[c.by.row]
		if slices.ContainsFunc(b.deleted, func(at time.Time) bool { return !at.Before(c.from) && a.w.wall(at).Before(inv.UpdatedAt.Add(maxSkew)) }) {
			continue
		}
		switch inv.State {
		case onboard.Invited, onboard.Created, onboard.NotMailed:
		default:
			a.fail("promise 2: %v made the user of %s and says %s (%s)", c.by.rowID, address, inv.State, inv.Code)
		}
	}
}

// told holds what a row says of groups and mails to what came of them.
func (a *audit) told(id rowID, inv onboard.Invitation, r onboard.Request) {
	b := a.address(onboard.FoldAddress(inv.Email))
	if len(b.deleted) > 0 || b.unclear() { // what a row says was so before somebody else came
		return
	}
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
			if inv.EndsAs != "" || inv.Erased { // its person was canceled meanwhile
				continue
			}
			a.fail("promise 6: request %s was never begun, and its row %d is %s", id, row, inv.State)
		}
		if !r.Abandoned(now) {
			a.fail("promise 3: request %s is %s for good", id, r.State(now))
		}
		return
	}
	if r.EndedAt.IsZero() {
		a.fail("promise 3: the end of request %s is not stored", id)
	}
	for row, inv := range inOrder(b.rows) {
		if !inv.State.IsOutcome() || inv.Open(r.Round) {
			a.fail("promise 3: request %s row %d never ended: %s %s", id, row, inv.State, inv.Code)
		}
	}
	if stored, err := a.w.store.Request(context.Background(), id); err == nil && !r.EndedAt.IsZero() {
		a.noticed(stored, now)
	}
	if len(b.rows) != r.Total {
		a.fail("promise 3: request %s has %d rows and %d of them stored", id, r.Total, len(b.rows))
	}
}

// progress holds schedules in which nothing goes wrong to the time that they may
// take: work goes on at the pace, whatever the store's latency, the quota and the
// number of workers. A batch that is full takes a worker as long as its slowest
// row; beside that there is one worker's time for what comes last.
func (a *audit) progress() {
	p := a.w.plan
	plain := p.calm() && p.mailQuota == 0 && p.notMailed == 0 && p.mailRate == 0 && p.readLag == 0 && !p.refuses && !p.refusesMail &&
		!p.twins && !p.echoes && !p.lostAcks && !p.hurried && !p.skewed && a.w.undisturbed()
	if !plain || a.acted {
		return
	}
	rows, last := 0, time.Time{}
	for _, b := range a.requests {
		rows += b.request.Total
		if t := b.request.SubmittedAt; t.After(last) {
			last = t
		}
	}
	ended := a.lastCall
	storeCall := max(p.store.most, 20*time.Millisecond)
	if p.store.spells {
		storeCall = time.Second
	}
	each := 2*(p.latency+poolSlack) + 12*storeCall // of a row, groups and the settling included
	byPace := time.Duration(float64(2*rows) / (p.quota * p.part) * float64(time.Second))
	byWorkers := time.Duration(float64(rows)/float64(p.workers*p.batch)+1) * each
	if limit := last.Add(byPace + byWorkers + 2*onboard.WorkerTimeout); ended.After(limit) {
		a.fail("promise 3: %d rows at %.2f a second were called until %s after the last submission, want %s at most",
			rows, p.quota*p.part, ended.Sub(last), limit.Sub(last))
	}
}

// poolSlack is what a call to a group may wait for its own pace.
const poolSlack = 3 * time.Second

// clean holds schedules without faults to what they may cost.
func (a *audit) clean() {
	p := a.w.plan
	if p.share > 0 || !a.w.undisturbed() || p.mailQuota > 0 || p.notMailed > 0 || p.mailRate > 0 || p.brokenUntil > 0 || p.silentUntil > 0 || p.readLag > 0 || p.refuses || p.refusesMail {
		return
	}
	if a.needless > 0 {
		a.fail("promise 2: %d looks though nothing went wrong: each is billed", a.needless)
	}
}

// mailsCounted holds the count of mails to those that went out, where nobody was
// kept from counting.
func (a *audit) mailsCounted() {
	sent := 0
	for _, b := range a.addresses {
		sent += b.mails
	}
	if a.w.plan.share == 0 && a.w.plan.hands == 0 && a.w.undisturbed() && a.counted != sent {
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
