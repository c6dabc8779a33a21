package onboard

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"
)

// lateness is how long after its time a call may still leave. It is what
// DefaultShare leaves of a second: calls that were held up any longer, and went
// out with those whose time has come since, could be more than the quota.
const lateness = 50 * time.Millisecond

// pursueAll pursues the prepared rows side by side, each as soon as it has its place
// in the pace, and records how they ended.
func (w *Worker) pursueAll(ctx context.Context, batch []Delivery, tasks []*task, ends []end) {
	var waiting []waiter // to call the pool: they share reservations
	now := time.Now()
	for i, x := range tasks {
		if x == nil {
			continue
		}
		first := x.next(now)
		switch {
		case first.do < settle && outOfTime(ctx, now, attemptBudget):
			tasks[i], ends[i] = nil, later(0, "no time left for an attempt")
		case first.do == takePlace && !x.isMailedLater():
			x.shared = make(chan place, 1)
			waiting = append(waiting, x.waiter(ctx))
		}
	}
	var all sync.WaitGroup
	for i, x := range tasks {
		if x != nil {
			all.Go(func() {
				_, ends[i] = w.guarded(ctx, batch[i], func() (*task, end) { return nil, w.pursue(ctx, x) })
			})
		}
	}
	for _, alike := range byKind(waiting) {
		w.sharePlaces(ctx, alike)
	}
	all.Wait()
}

// waiter is a row that waits for its first place in the pace. The row itself belongs
// to its own goroutine, which may end without a place.
type waiter struct {
	shared  chan<- place
	demand  Demand
	without func(Block) step // how its delivery ends without a place
}

// waiter says what the row waits for.
func (x *task) waiter(ctx context.Context) waiter {
	d := x.demand(ctx, attemptBudget)
	d.Lead, d.Mail, d.New = x.lead(2), x.sendsMail(), x.isNew()
	deferral := x.mailQuota
	return waiter{x.shared, d, func(b Block) step { return without(b, neverLeft, deferral) }}
}

// byKind divides rows into groups that can share a reservation: when a call may
// leave depends on whether it has mail sent and whether its row is new.
func byKind(rows []waiter) [][]waiter {
	var groups [][]waiter
	for _, mails := range []bool{false, true} {
		for _, isNew := range []bool{false, true} {
			var alike []waiter
			for _, r := range rows {
				if r.demand.Mail == mails && r.demand.New == isNew {
					alike = append(alike, r)
				}
			}
			if len(alike) > 0 {
				groups = append(groups, alike)
			}
		}
	}
	return groups
}

// sharePlaces reserves places in the pace for rows of one kind that are certain to
// call, in one reservation. Rows that got no place, because the pace was cut or is
// slow, take part in the next one; the others do not wait for them.
func (w *Worker) sharePlaces(ctx context.Context, rows []waiter) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "panic in a reservation", "stack", string(debug.Stack()))
			refuse(rows, func(waiter) step {
				return step{do: fail, why: errors.New("panic in a reservation; its stack is in the log")}
			})
		}
	}()
	for len(rows) > 0 {
		d := rows[0].demand
		d.Calls = len(rows)
		for _, r := range rows {
			d.Lead = max(d.Lead, r.demand.Lead)
			if r.demand.Since.Before(d.Since) {
				d.Since = r.demand.Since
			}
		}
		if len(rows) == 1 { // no other row uses a place that a lone row loses: rather early than late
			d.Lead = min(d.Lead*3/2, mostLead)
		}
		block, err := w.Pace.Reserve(ctx, d)
		switch {
		case err != nil:
			refuse(rows, func(waiter) step { return step{do: spare, left: neverLeft, why: err} })
			return
		case block.Refused != "":
			refuse(rows, func(r waiter) step { return r.without(block) })
			return
		}
		for i := range block.Len() {
			rows[i].shared <- place{at: block.At(i)}
		}
		rows = rows[block.Len():]
	}
}

// without is how a delivery ends that gets no place in the pace: a row that waits
// for mail is put aside as mailQuota says.
func without(block Block, left trace, mailQuota func(until time.Time) deferral) step {
	if block.Refused == TooFar {
		return step{do: putBack, left: left, wait: block.Wait, why: errors.New("the next free place comes after this worker's time")}
	}
	return step{do: putAside, left: left, deferral: mailQuota(laterOf(time.Now(), block.ClosedUntil))}
}

// place is a row's place in the pace, or how its delivery ends without one.
type place struct {
	at   time.Time
	none *step
}

// refuse gives rows no place, and says how each ends its delivery.
func refuse(rows []waiter, how func(waiter) step) {
	for _, r := range rows {
		s := how(r)
		r.shared <- place{none: &s}
	}
}

// takePlace reserves a place in the pace of creations and mails, or decides how the
// delivery ends without one. A place that has passed is lost.
func (w *Worker) takePlace(ctx context.Context, x *task) {
	if x.shared != nil && !x.hadShared {
		x.awaitShared(ctx)
		return
	}
	d := x.demand(ctx, callBudget)
	if !x.written { // a write comes before the call
		d.Lead = x.lead(2)
	}
	d.Mail, d.New = x.sendsMail() || x.written && !x.creates(), x.isNew()
	if x.isMailedLater() {
		d.Calls = 2 // the first stays empty, so that the sender is not called too fast again
	}
	w.reserve(ctx, x, w.Pace, d)
}

// takeGroupPlace is takePlace in the pace of groups.
func (w *Worker) takeGroupPlace(ctx context.Context, x *task) {
	x.asked = nobody
	w.reserve(ctx, x, w.GroupPace, x.demand(ctx, groupBudget))
}

// reserve reserves one place in a lane.
func (w *Worker) reserve(ctx context.Context, x *task, lane *Pace, d Demand) {
	if !x.callAt.IsZero() {
		x.lost++
	}
	block, err := lane.Reserve(ctx, d)
	switch {
	case err != nil:
		x.noPlace = &step{do: spare, left: x.unsent(), why: err}
	case block.Refused != "":
		s := without(block, x.unsent(), x.mailQuota)
		x.noPlace = &s
	default:
		x.callAt = block.At(block.Len() - 1)
	}
}

// awaitShared waits for the row's place in the reservation that it shares, or to
// learn that there is none.
func (x *task) awaitShared(ctx context.Context) {
	select {
	case p := <-x.shared:
		x.callAt, x.noPlace = p.at, p.none
	case <-ctx.Done():
		x.noPlace = &step{do: putBack, why: errors.New("interrupted before its place")}
	}
	x.hadShared = true
}

// demand is what the row asks of a pace for one call that needs the given budget.
func (x *task) demand(ctx context.Context, budget time.Duration) Demand {
	until, ok := ctx.Deadline()
	if !ok {
		until = x.began.Add(WorkerTimeout)
	}
	return Demand{Calls: 1, Lead: x.lead(1), Until: until.Add(-budget), Since: x.waitsSince()}
}

// lead is how long before its place a row asks for it, if it has to make the given
// number of calls to the store before: as long as those take, by what this delivery
// has seen, less what a call may be late. It follows the store because there is no
// bound on how slow that becomes; and each lost place doubles it, so that a
// delivery loses eight at most.
func (x *task) lead(calls int) time.Duration {
	lead := max(time.Duration(calls)*x.storeTime-lateness, 0)
	if x.lost > 0 {
		lead = max(lead, lateness) << min(x.lost, 8)
	}
	return min(lead, mostLead)
}

// waitsSince is when the row's wait for a place began. A copy that another worker
// put back has waited before.
func (x *task) waitsSince() time.Time {
	if x.d.Since != 0 {
		return x.began.Add(-elder)
	}
	return x.began
}

// sendsMail reports whether the row's first call has the pool send mail.
func (x *task) sendsMail() bool { return x.request.Options.Mail != Suppress || x.onlyMails() }

// isNew reports whether nothing is stored of the row yet: it was neither put aside
// nor attempted.
func (x *task) isNew() bool { return x.stored.Version == 0 }

// sentAt is when the first copy of the row's message was sent, as far as is known.
func (x *task) sentAt() time.Time {
	if x.d.Since != 0 {
		return time.Unix(x.d.Since, 0)
	}
	return x.began
}

// laterOf returns the later of two times.
func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
