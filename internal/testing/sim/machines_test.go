package sim_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// echo is a delivery that a queue repeats, though the message was not
// lost: the same receipt.
type echo struct {
	queue    queue
	delivery onboard.Delivery
}

// machines starts what AWS runs by itself: the workers, the dead letters'
// worker and the requeue function.
func (w *world) machines() {
	for i := range w.plan.workers {
		w.group.Go(func() { w.environments(fmt.Sprintf("worker%d", i), w.mainQueue, onboard.System.Worker) })
	}
	w.group.Go(func() { w.environments("dead", w.deadLetters, onboard.System.DeadLetterWorker) })
	w.group.Go(w.requeue)
}

// environments keeps one environment of a function alive: when one is killed,
// the next takes its place.
func (w *world) environments(name string, from func() queue, program func(onboard.System) *onboard.Worker) {
	for n := 0; !w.ended.Load(); n++ {
		w.waitAs(name, "start")
		if w.ended.Load() {
			return
		}
		a, source := w.newActor(fmt.Sprintf("%s.%d", name, n), w.drawSkew()), from()
		e := &environment{actor: a, source: source, worker: program(w.system(a, source))}
		a.run(e.serve)
	}
}

// waitAs waits for the turn outside of any actor.
func (w *world) waitAs(name, op string) { w.turns.wait(nil, step{actor: name, op: op}) }

func (w *world) drawSkew() time.Duration {
	if !w.plan.skewed {
		return 0
	}
	return skew(w.rng)
}

// system is usher as an actor runs it, with source as its queue.
func (w *world) system(a *actor, source queue) onboard.System {
	p := w.ports(a, source)
	return onboard.System{
		Directory: p.directory, Pool: p.pool, Queue: p.queue, DeadLetters: p.queue, Store: p.store, Notices: p.notices,
		Settings: onboard.Settings{
			Quota: w.plan.quota, Share: w.plan.part, MaxFailures: w.plan.tries, MaxOpen: w.plan.maxOpen, Retention: w.plan.retention,
			RequestsInFlight: -1, DailyInvitations: -1, Groups: w.groupRule(a), Random: a.random, Token: func() string { return fmt.Sprint(w.tokens.Add(1)) },
		},
	}
}

// groupRule is which groups rows may name, as the workers know it. Who submits goes by
// an earlier rule, or has written the rows into the store by other means.
func (w *world) groupRule(a *actor) onboard.GroupRule {
	if !strings.HasPrefix(a.name, "worker") || w.bug != nil && w.bug.anyGroup {
		return onboard.GroupRule{}
	}
	return onboard.GroupRule{Administrators: owners}
}

// owners is the group of those who may use usher.
const owners = "owners"

const retention = onboard.DefaultRetention

// ports are what an actor reaches the world through.
type ports struct {
	store onboard.Store
	pool  onboard.Pool
	queue onboard.Queue

	notices onboard.Notices

	directory onboard.Directory // nil where nobody needs it
}

func (w *world) ports(a *actor, q queue) ports {
	p := ports{store: storePort{a}, pool: poolPort{a}, queue: queuePort{a: a, queue: q}, notices: noticePort{a}}
	if w.plan.persons > 0 || w.plan.scans.asks > 0 || w.plan.erasures > 0 {
		p.directory = directoryPort{a}
	}
	if w.bug != nil && w.bug.ports != nil {
		p = w.bug.ports(a, p)
	}
	return p
}

// random is the jitter of an actor's back-offs. Several rows of a batch may ask
// at once, in any order, so it depends on nothing but the actor and the moment.
func (a *actor) random() float64 {
	h := a.w.plan.seed ^ uint64(time.Now().UnixNano())*0x9e3779b97f4a7c15
	for _, b := range []byte(a.name) {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	return float64(h>>11) / (1 << 53)
}

// environment is one environment of a function that takes messages.
type environment struct {
	*actor
	source queue
	worker *onboard.Worker
}

// serve polls and hands batches to the worker, until the environment is killed.
func (e *environment) serve() {
	const first = 250 * time.Millisecond
	idle := first
	for !e.w.ended.Load() {
		stirred := e.w.stirred()
		e.wait(step{actor: e.name, op: "poll"})
		if batch := e.poll(); len(batch) > 0 {
			idle = first
			e.invoke(batch)
			continue
		}
		select {
		case <-stirred:
			idle = first
		case <-time.After(idle):
			idle = min(2*idle, e.w.lull())
		case <-e.ctx.Done():
		}
	}
}

// poll receives a batch: what an earlier poll left, then what is fresh, and now and
// then what the queue delivers though it has delivered it before.
func (e *environment) poll() []onboard.Delivery {
	w := e.w
	var batch []onboard.Delivery
	take := func(from echo) bool {
		fits := from.queue == e.source && len(batch) < w.plan.batch && !holdsRow(batch, from.delivery)
		if fits {
			batch = append(batch, from.delivery)
		}
		return fits
	}
	w.left = slices.DeleteFunc(w.left, func(from echo) bool {
		taken := take(from)
		if taken {
			e.hide(from.delivery, w.plan.visibility)
		}
		return taken
	})
	fresh := e.receive(w.plan.batch - len(batch))
	repeats := w.echoes
	w.echoes = nil
	for _, d := range fresh {
		if w.plan.echoes && w.mishaps.chance(0.1) {
			w.echoes = append(w.echoes, echo{queue: e.source, delivery: d})
		}
		if one := (echo{queue: e.source, delivery: d}); !take(one) {
			w.left = append(w.left, one)
			e.hide(d, untilPolled)
		}
	}
	w.echoes = append(slices.DeleteFunc(repeats, take), w.echoes...)
	e.begin(batch)
	return batch
}

// holdsRow reports whether the row of d is in a batch. No row is there twice: two of
// its goroutines could not be told apart.
func holdsRow(batch []onboard.Delivery, d onboard.Delivery) bool {
	return slices.ContainsFunc(batch, func(in onboard.Delivery) bool { return in.RequestID == d.RequestID && in.Row == d.Row })
}

// untilPolled is how long a message stays hidden at most that a poll has left to the
// next. No queue does that to a message, so it must not cost a receipt: its visibility
// begins when a worker gets it.
const untilPolled = 11 * time.Hour

// hide has the queue show a message that was received again after the given time.
func (e *environment) hide(d onboard.Delivery, wait time.Duration) {
	if err := e.source.Delay(context.Background(), d, wait); err != nil {
		e.w.audit.fail("hide: %v", err)
	}
}

// receive receives up to the given number of messages.
func (e *environment) receive(most int) []onboard.Delivery {
	if most == 0 {
		return nil
	}
	fresh, err := e.source.Receive(context.Background(), most, 0)
	if err != nil {
		e.w.audit.fail("receive: %v", err)
	}
	incoming(fresh, time.Duration(e.w.slept.Load()))
	return fresh
}

// begin notes which rows the environment works on from now.
func (e *environment) begin(batch []onboard.Delivery) {
	e.rows, e.since = e.rows[:0], time.Now()
	for _, d := range batch {
		e.w.note(e.name, "receives", d.ID, d.RequestID, d.Row, "round", d.Round, "receipt", d.Receives, "failures", d.Failures)
		e.rows = append(e.rows, rowID{request: d.RequestID, row: d.Row})
		e.failures[rowID{request: d.RequestID, row: d.Row}] = d.FailuresSoFar()
	}
}

// invoke has the worker judge a batch and takes what it is done with off the
// queue. What runs over its time is killed.
func (e *environment) invoke(batch []onboard.Delivery) {
	w := e.w
	life := onboard.WorkerTimeout
	if w.plan.hurried && w.mishaps.chance(0.3) {
		life = w.upTo(onboard.WorkerTimeout)
	}
	ctx, handled := e.within(life)
	defer handled()
	if w.bug != nil && w.bug.acksFirst {
		e.acknowledge(batch, nil)
	}
	kept := e.worker.Deliver(ctx, batch)
	e.wait(step{actor: e.name, op: "acknowledge"})
	handled()
	if w.plan.kinds[killAfter] && !w.plan.onlyPool && w.mishaps.chance(w.plan.share) {
		e.die("before it acknowledges")
		e.leaveIfDead()
	}
	if w.bug == nil || !w.bug.acksFirst {
		e.acknowledge(batch, kept)
	}
}

func (e *environment) acknowledge(batch []onboard.Delivery, kept []string) {
	w := e.w
	if w.bug != nil && w.bug.keepsNothing {
		kept = nil
	}
	for _, d := range batch {
		switch {
		case slices.Contains(kept, d.ID):
			w.note(e.name, "keeps", d.ID, d.RequestID, d.Row)
		case w.plan.lostAcks && w.mishaps.chance(0.05):
			w.note(e.name, "loses the acknowledgement of", d.ID, d.RequestID, d.Row)
			w.audit.blamed[rowID{request: d.RequestID, row: d.Row}]++
		default:
			w.note(e.name, "acknowledges", d.ID, d.RequestID, d.Row)
			_ = e.source.Delete(d.Handle) // an echo's message may be gone
		}
	}
}

// requeue runs the requeue function every now and then.
func (w *world) requeue() {
	for n := 0; !w.ended.Load(); n++ {
		w.rest(w.lull())
		w.waitAs("requeue", "start")
		if w.ended.Load() || w.audit.deferred == 0 && !w.audit.untended() && len(w.audit.erasures.open) == 0 {
			continue
		}
		a := w.newActor(fmt.Sprintf("requeue.%d", n), w.drawSkew())
		requeuer := w.system(a, w.queue).Requeuer()
		a.run(func() {
			ctx, cancel := context.WithTimeout(a.ctx, onboard.WorkerTimeout)
			defer cancel()
			sent, err := requeuer.Run(ctx)
			a.wait(step{actor: a.name, op: "end"})
			w.note(a.name, "put back", sent, err)
		})
	}
}
