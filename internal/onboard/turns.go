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

// pursueAll pursues the prepared rows side by side, each as soon as it has its
// place in the pace, and writes down how they ended.
func (w *Worker) pursueAll(ctx context.Context, batch []Delivery, rows []*row, ends []end) {
	var waiting []waiter // to call the pool: they share reservations
	now := time.Now()
	for i, x := range rows {
		if x == nil {
			continue
		}
		first := x.next(now)
		switch {
		case first.do < settle && outOfTime(ctx, now, attemptBudget):
			rows[i], ends[i] = nil, later(0, "no time left for an attempt")
		case first.do == takeTurn:
			x.turn = make(chan place, 1)
			waiting = append(waiting, x.waits(ctx))
		}
	}
	var all sync.WaitGroup
	for i, x := range rows {
		if x != nil {
			all.Go(func() {
				_, ends[i] = w.guarded(ctx, batch[i], func() (*row, end) { return nil, w.pursue(ctx, x) })
			})
		}
	}
	for _, alike := range byKind(waiting) {
		w.giveTurns(ctx, alike)
	}
	all.Wait()
}

// waiter is a row that waits for its first place in the pace, and what it asks
// for. The row itself is its own goroutine's: it may end without a place.
type waiter struct {
	turn    chan<- place
	asks    Turn
	without func(Block) step // how its delivery ends
}

func (x *row) waits(ctx context.Context) waiter {
	t := x.turnOf(ctx, attemptBudget)
	t.Lead, t.Mail, t.New = x.lead(2), x.mails(), x.isNew()
	submitted := x.mailQuota
	return waiter{x.turn, t, func(b Block) step { return without(b, neverLeft, submitted) }}
}

// byKind divides rows into those that can share a reservation: whether a call has
// mail sent and whether its row is new decides when it may leave.
func byKind(rows []waiter) [][]waiter {
	var groups [][]waiter
	for _, mails := range []bool{false, true} {
		for _, isNew := range []bool{false, true} {
			var alike []waiter
			for _, r := range rows {
				if r.asks.Mail == mails && r.asks.New == isNew {
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

// giveTurns takes places in the pace for rows that are certain to call and are
// alike, one reservation for all. Those that the pace had no place for, as it
// was cut meanwhile or is slow, take part in the next one; the others do not wait
// for them.
func (w *Worker) giveTurns(ctx context.Context, rows []waiter) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "panic in a reservation", "stack", string(debug.Stack()))
			refuse(rows, func(waiter) step {
				return step{do: fail, why: errors.New("panic in a reservation; its stack is in the log")}
			})
		}
	}()
	for len(rows) > 0 {
		t := rows[0].asks
		t.Calls = len(rows)
		for _, r := range rows {
			t.Lead = max(t.Lead, r.asks.Lead)
			if r.asks.Since.Before(t.Since) {
				t.Since = r.asks.Since
			}
		}
		if len(rows) == 1 { // nobody else uses a place that a lone row loses: rather early than late
			t.Lead = min(t.Lead*3/2, mostLead)
		}
		block, err := w.Pace.Reserve(ctx, t)
		switch {
		case err != nil:
			refuse(rows, func(waiter) step { return step{do: spare, left: neverLeft, why: err} })
			return
		case block.Refused != "":
			refuse(rows, func(r waiter) step { return r.without(block) })
			return
		}
		for i := range block.Len() {
			rows[i].turn <- place{at: block.At(i)}
		}
		rows = rows[block.Len():]
	}
}

// without is how a delivery ends that gets no place in the pace: a row that waits for
// mail is put aside as mailQuota says.
func without(block Block, left trace, mailQuota func(until time.Time) deferral) step {
	if block.Refused == TooFar {
		return step{do: putBack, left: left, wait: block.Wait, why: errors.New("its turn comes after this worker's time is up")}
	}
	return step{do: putAside, left: left, deferral: mailQuota(laterOf(time.Now(), block.ClosedUntil))}
}

// place is a row's place in the pace, or how its delivery ends without one.
type place struct {
	at   time.Time
	none *step
}

// refuse tells rows that they get no place, and how each ends its delivery.
func refuse(rows []waiter, how func(waiter) step) {
	for _, r := range rows {
		s := how(r)
		r.turn <- place{none: &s}
	}
}

// takeTurn gets the row a place in the pace of creations and mails, or says how
// its delivery ends without. A place that has passed is lost.
func (w *Worker) takeTurn(ctx context.Context, x *row) {
	if x.turn != nil && !x.hadTurn {
		x.awaitTurn(ctx)
		return
	}
	t := x.turnOf(ctx, callBudget)
	if !x.written { // until the call there is a write, too
		t.Lead = x.lead(2)
	}
	t.Mail, t.New = x.mails() || x.written && !x.creates(), x.isNew()
	w.reserve(ctx, x, w.Pace, t)
}

// takeGroupTurn is takeTurn in the pace of groups.
func (w *Worker) takeGroupTurn(ctx context.Context, x *row) {
	x.asked = nobody
	w.reserve(ctx, x, w.GroupPace, x.turnOf(ctx, groupBudget))
}

func (w *Worker) reserve(ctx context.Context, x *row, lane *Pace, t Turn) {
	if !x.callAt.IsZero() {
		x.lost++
	}
	block, err := lane.Reserve(ctx, t)
	switch {
	case err != nil:
		x.noTurn = &step{do: spare, left: x.unsent(), why: err}
	case block.Refused != "":
		s := without(block, x.unsent(), x.mailQuota)
		x.noTurn = &s
	default:
		x.callAt = block.At(0)
	}
}

// awaitTurn waits until the row knows when its first call may leave, or that it
// gets no turn.
func (x *row) awaitTurn(ctx context.Context) {
	select {
	case p := <-x.turn:
		x.callAt, x.noTurn = p.at, p.none
	case <-ctx.Done():
		x.noTurn = &step{do: putBack, why: errors.New("interrupted before its turn")}
	}
	x.hadTurn = true
}

// turnOf is what the row asks of a pace for one call that needs budget.
func (x *row) turnOf(ctx context.Context, budget time.Duration) Turn {
	until, ok := ctx.Deadline()
	if !ok {
		until = x.began.Add(WorkerTimeout)
	}
	return Turn{Calls: 1, Lead: x.lead(1), Until: until.Add(-budget), Since: x.waitsSince()}
}

// lead is how long before its place a row asks for it, when it has to make so
// many calls to the store until then: as long as those take, by what the delivery
// has just seen, less what a call may be late. It follows the store, as nobody
// knows how slow that may become; and each place that was lost doubles it, so
// that a delivery loses eight at most.
func (x *row) lead(calls int) time.Duration {
	lead := max(time.Duration(calls)*x.storeTime-lateness, 0)
	if x.lost > 0 {
		lead = max(lead, lateness) << min(x.lost, 8)
	}
	return min(lead, mostLead)
}

// waitsSince is since when the row waits for its turn. A copy that another worker
// handed back has waited before.
func (x *row) waitsSince() time.Time {
	if x.d.Since != 0 {
		return x.began.Add(-elder)
	}
	return x.began
}

// mails reports whether the row's first call has the pool send mail.
func (x *row) mails() bool { return x.request.Options.Mail != Suppress || x.onlyMails() }

// isNew reports whether nothing is stored of the row yet: neither was it put aside
// nor attempted.
func (x *row) isNew() bool { return x.stored.Version == 0 }

// sentAt is when the first copy of the row's message was sent, as far as is known.
func (x *row) sentAt() time.Time {
	if x.d.Since != 0 {
		return time.Unix(x.d.Since, 0)
	}
	return x.began
}

func laterOf(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
