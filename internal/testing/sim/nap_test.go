package sim_test

import (
	"math/rand/v2"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// nap is one move of the machine's clock: while a laptop sleeps the time of day passes,
// and the timers and calls of its processes keep what is left of their time; or the clock
// is set, which is the same to them, forward or back.
//
// A bubble has one clock, so the time of day is played at the ports, as an actor's own
// clock is: see skew_test.go. While a laptop sleeps the pool's clock moves too. When a
// clock is set it does not, so a clock is only ever a little wrong here: usher tells its
// own users by when they were created.
type nap struct {
	after time.Duration // the one before
	by    time.Duration
	set   bool
}

// taken is a nap that the machine has taken.
type taken struct {
	at     time.Time     // by the bubble's clock
	sum    time.Duration // of all so far
	asleep time.Duration // of those that the pool's clock has seen
}

// naps has the machine sleep at the plan's times.
func (w *world) naps() {
	if len(w.plan.naps) == 0 {
		return
	}
	w.pending.Add(1)
	w.group.Go(func() {
		defer w.pending.Add(-1)
		for _, n := range w.plan.naps {
			w.rest(n.after)
			w.waitAs("machine", "sleep")
			if w.ended.Load() {
				return
			}
			w.sleep(n)
		}
	})
}

// sleep moves the clock. The caller has the turn.
func (w *world) sleep(n nap) {
	w.note("the clock is moved by", n.by, "set:", n.set)
	for _, a := range w.actors {
		if a.ctx.Err() == nil {
			a.blame() // its calls may not be answered
		}
	}
	now := taken{at: time.Now(), sum: time.Duration(w.slept.Add(int64(n.by)))}
	if len(w.napped) > 0 {
		now.asleep = w.napped[len(w.napped)-1].asleep
	}
	if !n.set {
		now.asleep += n.by
	}
	w.napped = append(w.napped, now)
	w.audit.callTimes = nil // those of before are a nap ago, by the pool's clock
	w.stir()
}

// clock is the machine's time of day.
func (w *world) clock() time.Time { return w.wall(time.Now()) }

// wall is what the time of day was at a time of the bubble.
func (w *world) wall(t time.Time) time.Time { return t.Add(w.nappedBy(t).sum) }

// nappedBy is the nap before a time of the bubble.
func (w *world) nappedBy(t time.Time) taken {
	for i := len(w.napped) - 1; i >= 0; i-- {
		if !t.Before(w.napped[i].at) {
			return w.napped[i]
		}
	}
	return taken{}
}

// bubble is the time of the bubble that is to come, or was not before the last nap, at a
// time of day.
func (w *world) bubble(t time.Time) time.Time { return t.Add(-time.Duration(w.slept.Load())) }

// ahead is by how much what an actor reads as the time is behind what it writes: its own
// clock's skew, and all naps.
func (a *actor) ahead() time.Duration { return a.skew + time.Duration(a.w.slept.Load()) }

// byPool is a time by the pool's clock as the actor sees it.
func (a *actor) byPool(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(a.w.nappedBy(t).asleep - a.ahead())
}

// missesItsPlace ends an actor's delivery whose call has a place in the pace from before a
// nap. By the time of day that place has passed, and there is no other in the delivery's
// time: the domain sees it, but reads the bubble's clock.
func (a *actor) missesItsPlace(op memory.Op) bool {
	paced := op == memory.OpInvite || op == memory.OpResend || op == memory.OpAddToGroup
	misses := paced && a.cut != nil && len(a.w.napped) > 0 && a.w.napped[len(a.w.napped)-1].at.After(a.since)
	if misses {
		a.cut()
	}
	return misses
}

// outgoing and incoming move what a message says of the time.
func outgoing(messages []onboard.Message, by time.Duration) []onboard.Message {
	if by == 0 {
		return messages
	}
	all := make([]onboard.Message, len(messages))
	for i, m := range messages {
		if m.Since != 0 {
			m.Since += int64(by / time.Second)
		}
		all[i] = m
	}
	return all
}

func incoming(batch []onboard.Delivery, by time.Duration) {
	for i := range batch {
		batch[i].SentAt = moved(batch[i].SentAt, -by)
		if batch[i].Since != 0 {
			batch[i].Since -= int64(by / time.Second)
		}
	}
}

// sleepy is the plan of a machine in files that sleeps now and then, or whose clock is
// set a little. When the day's mail begins is not asked: a bubble has one midnight.
func (p plan) sleepy() plan {
	p = p.inFiles()
	rng := rand.New(rand.NewPCG(p.seed, 0x51ee9))
	p.mailQuota, p.leavesUser = 0, false
	p.reporting = reporting{} // a report is matched by the time of day: see docs/promises.md
	for range 1 + rng.IntN(5) {
		n := nap{after: time.Duration(rng.Float64() * rng.Float64() * float64(p.faultsFor) / 3)}
		by := oneOf(rng, time.Minute, 3*time.Minute, 20*time.Minute, 4*time.Hour) // in all less than a key lives
		n.by = leastNap + time.Duration(rng.Float64()*float64(by))
		if rng.IntN(4) == 0 {
			n.set, n.by = true, skew(rng)
			p.skewed, p.poolAhead = false, 0
		}
		p.naps = append(p.naps, n)
	}
	return p
}

// awake is the time since the world began that the machine did not sleep: what the state
// compares the time of day with. With the bug it is the time of day.
func (w *world) awake() time.Duration {
	if w.bug != nil && w.bug.sleepless {
		return w.clock().Sub(w.began)
	}
	return time.Since(w.began)
}

// leastNap is longer than a row that was being worked on could still find a place.
const leastNap = 40 * time.Second

// undisturbed reports whether the machine has neither ended nor slept.
func (w *world) undisturbed() bool { return w.started == 0 && len(w.napped) == 0 }
