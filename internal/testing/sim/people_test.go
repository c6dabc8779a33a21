package sim_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// people starts all people who use usher: those who submit, administrators who
// act on requests, the invited who sign in, and who breaks and fixes the pool.
func (w *world) people() {
	for i, o := range w.plan.requests {
		w.pending.Add(1)
		w.group.Go(func() { w.client(fmt.Sprintf("client%d", i), o) })
		if o.twice {
			w.pending.Add(1)
			w.group.Go(func() { w.client(fmt.Sprintf("twin%d", i), o) })
		}
	}
	for i := range w.plan.acts {
		w.pending.Add(1)
		w.group.Go(func() { w.administrator(fmt.Sprintf("admin%d", i), uint64(i)) })
	}
	if w.plan.purgedAt > 0 {
		w.pending.Add(1)
		w.group.Go(w.purge)
	}
	if w.plan.forged > 0 {
		w.pending.Add(1)
		w.group.Go(w.forge)
	}
	for i := range w.plan.hands {
		w.pending.Add(1)
		w.group.Go(func() { w.byHand(uint64(i)) })
	}
	w.foreignMails()
	w.forOnePerson()
	w.scan()
	w.eraseSome()
	w.group.Go(w.breakAndFix)
	w.group.Go(w.signIn)
}

// apiTimeout is how long a call of the API may take (Amazon API Gateway
// Developer Guide, "Quotas for HTTP APIs").
const apiTimeout = 29 * time.Second

// client submits one order, again if it carries a key, until it is answered.
func (w *world) client(name string, o order) {
	defer w.pending.Add(-1)
	w.rest(o.after)
	const most = 8
	for try := range most {
		w.waitAs(name, "submit")
		if w.ended.Load() {
			return
		}
		s := w.submit(fmt.Sprintf("%s.%d", name, try), o.Order)
		w.waitAs(name, "answer")
		if w.ended.Load() {
			return
		}
		w.audit.wishes(o.Order)
		again := w.audit.submitted(s)
		wait := w.upTo(time.Minute)
		if !again {
			return
		}
		w.rest(wait)
	}
}

// submitted is one call of Submit, or of an action that submits.
type submitted struct {
	order    onboard.Order
	id       string // "" where none was given out
	request  onboard.Request
	err      error
	answered bool // false: the API was killed under it
}

// submit makes one call of the API.
func (w *world) submit(name string, o onboard.Order) *submitted {
	s := &submitted{order: o}
	w.audit.wishes(o)
	w.api(name, s, func(ctx context.Context, admin *onboard.Administration) error {
		var err error
		s.request, _, err = admin.Submitter.Submit(ctx, o)
		return err
	})
	return s
}

// api runs one call of the API in a process of its own.
func (w *world) api(name string, s *submitted, f func(ctx context.Context, admin *onboard.Administration) error) {
	w.call(name, s, func(ctx context.Context, _ *actor, system onboard.System) error {
		return f(ctx, system.Administration())
	})
}

// call is the same for all parts of usher.
func (w *world) call(name string, s *submitted, f func(ctx context.Context, a *actor, system onboard.System) error) {
	a := w.newActor(name, w.drawSkew())
	a.many = strings.HasPrefix(name, "person") || strings.HasPrefix(name, "eraser")
	system := w.system(a, w.queue)
	system.NewID = func() string {
		w.ids++
		s.id = fmt.Sprintf("request-%d", w.ids)
		return s.id
	}
	a.run(func() {
		ctx, handled := a.within(apiTimeout)
		defer handled()
		err := f(ctx, a, system)
		a.wait(step{actor: a.name, op: "answer"})
		handled()
		s.err, s.answered = err, true
		w.note(name, "answers", s.id, s.request.ID, err)
	})
}

// administrator acts once on some request, at some time.
func (w *world) administrator(name string, n uint64) {
	defer w.pending.Add(-1)
	rng := rand.New(rand.NewPCG(w.plan.seed, 100+n))
	w.rest(actsAfter(rng, w.plan.faultsFor))
	w.waitAs(name, "act")
	requests, err := w.store.ListRequests(context.Background(), "", 100)
	if w.ended.Load() || err != nil || len(requests) == 0 {
		return
	}
	id := requests[rng.IntN(len(requests))].ID
	what := oneOf(rng, "cancel", "resume", "retry", "resend", "redrive")
	w.note(name, what, id)
	w.audit.acted = true
	if what == "redrive" {
		w.redrive(rng)
		return
	}
	s := &submitted{}
	w.api(name, s, func(ctx context.Context, admin *onboard.Administration) (err error) {
		switch what {
		case "cancel":
			_, err = admin.Cancel(ctx, id, name)
		case "resume":
			_, err = admin.Resume(ctx, id, name)
		case "retry":
			_, err = admin.Retry(ctx, id, name)
		case "resend":
			filter := oneOf(rng, onboard.NotSignedIn, onboard.Unmailed)
			s.order = onboard.Order{By: name, Options: onboard.Options{Force: rng.IntN(2) == 0}}
			s.request, _, err = admin.ResendTo(ctx, id, filter, s.order)
		}
		return err
	})
	w.waitAs(name, "answer")
	if what == "resend" && s.id != "" && !w.ended.Load() {
		w.audit.submitted(s)
	}
}

// actsAfter draws when an administrator acts: during the trouble, or later.
func actsAfter(rng *rand.Rand, trouble time.Duration) time.Duration {
	if rng.IntN(3) == 0 {
		return time.Duration(rng.Int64N(int64(later)))
	}
	return time.Duration(rng.Float64() * rng.Float64() * float64(trouble))
}

// redrive puts a message on the queue that was sent at some time before.
func (w *world) redrive(rng *rand.Rand) {
	if len(w.sent) == 0 {
		return
	}
	queue, m := w.queue, w.sent[rng.IntN(len(w.sent))]
	if m.Round < w.audit.book(m.RequestID).request.Round { // a dead letter that has lain there since
		queue = w.dead
	}
	_ = queue.Send(context.Background(), []onboard.Message{m}, 0)
	w.stir()
}

// purge loses every message that is on the queue at some time, in flight or not.
func (w *world) purge() {
	defer w.pending.Add(-1)
	w.rest(w.plan.purgedAt)
	w.waitAs("mishap", "purge")
	if w.ended.Load() {
		return
	}
	w.note("the queue is purged")
	w.queue.Purge()
	if w.plan.purgesDead {
		w.dead.Purge()
	}
	for _, id := range slices.Sorted(maps.Keys(w.audit.requests)) { // their workers have nothing to acknowledge
		for row := range w.audit.requests[id].rows {
			w.audit.blamed[rowID{request: id, row: row}]++
		}
	}
}

// byHand deletes a user in the pool, or creates one, without usher.
func (w *world) byHand(n uint64) {
	defer w.pending.Add(-1)
	rng := rand.New(rand.NewPCG(w.plan.seed, 200+n))
	w.rest(actsAfter(rng, w.plan.faultsFor))
	w.waitAs(fmt.Sprintf("hand%d", n), "pool")
	if w.ended.Load() {
		return
	}
	email := address(rng.IntN(w.plan.people))
	b := w.audit.address(onboard.FoldAddress(email))
	if rng.IntN(2) == 0 {
		if err := w.pool.DeleteUser(email); err == nil {
			w.note("by hand", email, "is deleted")
			b.deleted = append(b.deleted, time.Now())
		}
		return
	}
	if _, err := w.pool.AddUser(email, rng.IntN(2) == 0); err == nil {
		w.note("by hand", email, "is made")
		b.byHand = append(b.byHand, time.Now())
	}
}

// stranger is who is in no submission.
const stranger = "mallory@example.org"

// forge puts messages on the queue that usher did not write.
func (w *world) forge() {
	defer w.pending.Add(-1)
	rng := rand.New(rand.NewPCG(w.plan.seed, 98))
	for range w.plan.forged {
		w.rest(time.Duration(rng.Float64() * float64(w.plan.faultsFor)))
		w.waitAs("mallory", "send")
		if w.ended.Load() {
			return
		}
		m := onboard.Message{Version: onboard.MessageVersion, RequestID: "request-1", Row: 1, Round: 1}
		if len(w.sent) > 0 && rng.IntN(4) > 0 {
			m = w.sent[rng.IntN(len(w.sent))]
		}
		m.Email = stranger
		switch rng.IntN(3) {
		case 0:
			m.Row += 900
		case 1:
			m.RequestID = "nowhere"
		}
		w.note("mallory sends", m.RequestID, m.Row, "round", m.Round)
		_ = w.queue.Send(context.Background(), []onboard.Message{m}, 0)
		w.stir()
	}
}

// breakAndFix has the pool set up wrongly, or silent, for a while. When the
// trouble is over it resumes what is paused.
func (w *world) breakAndFix() {
	if from := w.plan.brokenFrom; w.plan.brokenUntil > 0 {
		w.rest(from)
		w.setPool(true)
		w.rest(w.plan.brokenUntil - from)
		w.setPool(false)
	}
	if w.plan.silentUntil > 0 {
		w.rest(w.plan.silentUntil)
		w.setPool(false)
	}
	w.rest(time.Until(w.calmAt))
	for n := 0; !w.ended.Load(); n++ {
		w.waitAs("repairer", "resume")
		for _, id := range w.audit.paused() {
			w.api(fmt.Sprintf("repairer.%d.%s", n, id), &submitted{}, func(ctx context.Context, admin *onboard.Administration) error {
				_, err := admin.Resume(ctx, id, "repairer")
				return err
			})
			w.waitAs("repairer", "resumed")
		}
		w.rest(w.lull())
	}
}

func (w *world) setPool(broken bool) {
	w.waitAs("repairer", "pool")
	w.note("pool broken:", broken)
	w.pool.SetFaults(w.plan.poolFaults(broken, false))
}

// signIn has some of the invited sign in.
func (w *world) signIn() {
	rng := rand.New(rand.NewPCG(w.plan.seed, 99))
	if rng.IntN(3) > 0 {
		return
	}
	for !w.ended.Load() && time.Now().Before(w.calmAt) {
		w.rest(time.Duration(rng.Float64() * float64(time.Minute)))
		w.waitAs("invited", "sign in")
		for _, m := range w.pool.Mailbox() {
			if rng.IntN(4) == 0 {
				w.signsIn(m.To)
			}
		}
	}
}

// refusal reports whether err says that nobody of a submission will be invited.
func refusal(err error) bool { return errors.Is(err, onboard.ErrNotQueued) }
