package sim_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// drawErasures has a share of the schedules erase people, or whole requests.
func (p *plan) drawErasures(rng *rand.Rand) {
	if rng.IntN(8) == 0 {
		p.erasures = oneOf(rng, 1, 2, 4, 8)
	}
}

// erasing is the plan with many erasures.
func (p plan) erasing() plan {
	p.erasures = 8
	return p
}

// eraseSome has administrators erase a person or a request, two of them at once sometimes,
// run the erasure beside the requeuer, and submit the person again sometimes. Several
// erasures begin at once often: they then replace the same parts of manifests.
func (w *world) eraseSome() {
	first := rand.New(rand.NewPCG(w.plan.seed, 599))
	atOnce, sameRuns := actsAfter(first, w.plan.faultsFor), first.Uint64()
	for n := range w.plan.erasures {
		rng := rand.New(rand.NewPCG(w.plan.seed, 600+uint64(n)))
		after, email := actsAfter(rng, w.plan.faultsFor), address(rng.IntN(min(3, w.plan.people)))
		whole, runs := rng.IntN(4) == 0, rng.Uint64()
		if rng.IntN(3) > 0 {
			after, runs = atOnce, sameRuns
		}
		for k := range 1 + rng.IntN(2) {
			name, email := fmt.Sprintf("eraser%d.%d", n, k), email
			if k > 0 && rng.IntN(2) == 0 {
				email = address(rng.IntN(min(3, w.plan.people)))
			}
			w.pending.Add(1)
			w.group.Go(func() {
				defer w.pending.Add(-1)
				w.rest(after)
				w.erases(name, email, whole, rand.New(rand.NewPCG(w.plan.seed, runs)))
			})
		}
		for range rng.IntN(3) {
			o := order{after: after + time.Duration(rng.Float64()*rng.Float64()*float64(later))}
			o.By, o.Options = "ben", drawOptions(rng)
			if rng.IntN(2) == 0 {
				o.Options.OnExisting = onboard.Resend
			}
			o.Submission.Rows = []onboard.Row{{Number: 1, Person: onboard.Person{Email: email}}}
			again := fmt.Sprintf("again%d.%d", n, rng.IntN(1_000_000))
			w.pending.Add(1)
			w.group.Go(func() { w.client(again, o) })
		}
	}
}

// erases asks for one erasure until that is answered, and carries out what is open now and
// then, two of them at once, as a schedule does that fires twice.
func (w *world) erases(name, email string, whole bool, rng *rand.Rand) {
	for try := range 3 {
		w.waitAs(name, "act")
		requests, err := w.store.ListRequests(context.Background(), "", 100)
		if w.ended.Load() || err != nil || whole && len(requests) == 0 {
			return
		}
		w.audit.acted = true
		s := &submitted{}
		w.call(fmt.Sprintf("%s.ask%d", name, try), s, func(ctx context.Context, _ *actor, system onboard.System) (err error) {
			if whole {
				_, err = system.Eraser().EraseRequest(ctx, requests[rng.IntN(len(requests))].ID, name)
				return err
			}
			_, _, err = system.People(system.Administration()).Erase(ctx, email, name)
			return err
		})
		if s.answered && s.err == nil {
			break
		}
	}
	for try := range 6 {
		w.rest(time.Duration(rng.Int64N(int64(2 * time.Minute))))
		w.waitAs(name, "run")
		if w.ended.Load() {
			return
		}
		w.call(fmt.Sprintf("%s.run%d", name, try), &submitted{}, func(ctx context.Context, _ *actor, system onboard.System) error {
			return system.Eraser().Run(ctx)
		})
	}
}

// erasureBooks are what the audit knows of erasures.
type erasureBooks struct {
	open   map[string]openErasure // by address or request
	wished map[string]time.Time   // when an address was submitted last
	keyed  time.Time              // when a submission with a key was made last
	claims map[string]onboard.Claim
}

// openErasure is an erasure that was asked for and has not ended.
type openErasure struct {
	onboard.Erasure           // as it is stored
	from            time.Time // when it was asked for, by the bubble's clock
}

func newErasureBooks() erasureBooks {
	return erasureBooks{open: map[string]openErasure{}, wished: map[string]time.Time{}, claims: map[string]onboard.Claim{}}
}

// wishes takes note of an order that is made now.
func (a *audit) wishes(o onboard.Order) {
	for _, row := range o.Submission.Rows {
		a.erasures.wished[onboard.FoldAddress(row.Email)] = time.Now()
	}
	if o.KeyID != "" {
		a.erasures.keyed = time.Now()
	}
}

const erasureRecord = "erasures"

// movedRecord moves the times in the record of erasures. Other records have none that
// clocks are compared by.
func movedRecord(r onboard.Record, by time.Duration) onboard.Record {
	if r.Name != erasureRecord || by == 0 || len(r.Data) == 0 {
		return r
	}
	list := readErasures(r)
	for i, x := range list {
		list[i].AskedAt, list[i].KeptUntil = moved(x.AskedAt, by), moved(x.KeptUntil, by)
	}
	return recordOf(r, list)
}

// recordOf returns r with other erasures.
func recordOf(r onboard.Record, list []onboard.Erasure) onboard.Record {
	data, err := json.Marshal(map[string][]onboard.Erasure{"open": list})
	if err != nil {
		panic(err)
	}
	r.Data = data
	return r
}

func readErasures(r onboard.Record) []onboard.Erasure {
	var work struct{ Open []onboard.Erasure }
	if len(r.Data) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.Data, &work); err != nil {
		panic(err)
	}
	return work.Open
}

// asked takes note of the erasures that are open from now on, and of those that have ended.
// The writer's clock is ahead by so much.
func (a *audit) asked(r onboard.Record, ahead time.Duration) {
	b := a.erasures.open
	now := map[string]openErasure{}
	for _, x := range readErasures(r) {
		key := x.Email + x.RequestID
		was, known := b[key]
		if now[key] = (openErasure{Erasure: x, from: was.from}); !known || !was.AskedAt.Equal(x.AskedAt) {
			now[key] = openErasure{Erasure: x, from: x.AskedAt.Add(-ahead)}
		}
	}
	a.erasures.open = now
	for key, x := range inOrder(b) {
		if _, still := now[key]; !still {
			a.w.note("the erasure of", key, "has ended")
			a.isErased(x)
		}
	}
}

// isErased holds that nothing of an erasure that has ended is kept. Who was submitted again
// after it was asked for may be: then only what is older must be gone. That later submission
// may find its own user of before existing: that usher made them is erased too.
func (a *audit) isErased(x openErasure) {
	ctx := context.Background()
	rekeyed := !a.erasures.keyed.Before(x.from) // a request may be submitted again
	if x.RequestID != "" && rekeyed {
		return
	}
	if x.RequestID != "" {
		r, err := a.w.store.Request(ctx, x.RequestID)
		switch {
		case err != nil:
			a.fail("erasure: read request %s: %v", x.RequestID, err)
		case r.ErasedAt.IsZero() || !r.Done(a.w.clock()):
			a.fail("erasure: request %s is %s, erased at %s, and its erasure has ended", r.ID, r.State(a.w.clock()), r.ErasedAt)
		case strings.Contains(a.keptOf(r), "@"):
			a.fail("erasure: request %s is erased, and keeps %s", r.ID, a.keptOf(r))
		}
		return
	}
	wished := !a.erasures.wished[x.Email].Before(x.from)
	requests, err := a.w.store.ListRequests(ctx, "", 1000)
	if err != nil {
		a.fail("erasure: list the requests: %v", err)
	}
	for _, r := range requests {
		if wished && (rekeyed || r.SubmittedAt.After(x.AskedAt)) {
			continue
		}
		if kept := a.keptOf(r); strings.Contains(kept, x.Email) {
			a.fail("erasure: %s was erased, and request %s keeps %s", x.Email, r.ID, kept)
		}
	}
	if wished {
		return
	}
	asText := "%s" // also what is kept as bytes
	if strings.Contains(fmt.Sprintf(asText, a.w.machine.store), x.Email) {
		claims, _ := a.w.store.Claims(ctx, []string{x.Email})
		a.fail("erasure: %s was erased, and the store keeps it; claim %+v", x.Email, claims)
	}
}

// keptOf is what is stored of a request with its rows and its manifest, as text.
func (a *audit) keptOf(r onboard.Request) string {
	ctx, text := context.Background(), fmt.Sprint(r.Label, r.Columns)
	rows, err := a.w.store.ListInvitations(ctx, r.ID, 0, 10_000)
	if err != nil {
		a.fail("erasure: list the rows of %s: %v", r.ID, err)
	}
	for _, inv := range rows {
		if inv.Email != "" {
			text += fmt.Sprintln("row", inv.Row, inv.Email, inv.State, inv.Code)
		}
	}
	for after := 0; ; {
		part, err := a.w.store.ManifestPart(ctx, r.ID, after)
		if errors.Is(err, onboard.ErrNotFound) {
			return strings.ToLower(text)
		}
		if err != nil {
			a.fail("erasure: read the manifest of %s: %v", r.ID, err)
			return text
		}
		plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(part.Data)))
		if err != nil {
			a.fail("erasure: unpack the manifest of %s: %v", r.ID, err)
		}
		text, after = text+string(plain), part.Last
	}
}

// emptied takes note of a write that erases a row, and returns it with the person whom the
// row was about: the audit's books keep them.
func (a *audit) emptied(was onboard.Invitation, wr onboard.Write) onboard.Write {
	now := &wr.Invitation
	id := rowID{request: now.RequestID, row: now.Row}
	if now.Email != "" || now.Ref != "" || now.UserSub != "" || len(now.Cells) > 0 || len(now.Attributes) > 0 {
		a.fail("erasure: %v is erased with %+v", id, now.Person)
	}
	if round := a.book(id.request).request.Round; round > 0 && !was.Erased && was.State != "" && was.Open(round) {
		a.fail("promise 4: %v was erased when it was %s", id, was.State)
	}
	now.Person = was.Person
	if wr.Claim != nil {
		a.forgets(*wr.Claim)
	}
	return wr
}

// forgets holds that a claim is emptied, or dropped, only when no attempt can have an
// effect any more: it would not be known whose it was.
func (a *audit) forgets(now onboard.Claim) {
	was := a.erasures.claims[now.Address]
	if open := a.w.clock().Before(was.Trail.To.Add(-maxSkew)); open && now.Trail.Empty() {
		a.fail("promise 2: what is under way for %s until %s is forgotten with an erasure", now.Address, was.Trail.To)
	}
}

// dropped takes note of a claim that was deleted. It hands err on.
func (a *audit) dropped(c onboard.Claim, err error) error {
	if err == nil {
		a.w.note("the claim of", c.Address, "is dropped")
		a.forgets(onboard.Claim{Address: c.Address})
		delete(a.erasures.claims, c.Address)
	}
	return err
}

// erasuresEnded holds that every erasure has ended, and that requests which say that they
// are erased still are.
func (a *audit) erasuresEnded() {
	requests, _ := a.w.store.ListRequests(context.Background(), "", 1000)
	for _, r := range requests {
		if kept := a.keptOf(r); !r.ErasedAt.IsZero() && strings.Contains(kept, "@") {
			a.fail("erasure: request %s is erased, and keeps %s", r.ID, kept)
		}
	}
	for key, x := range inOrder(a.erasures.open) {
		a.fail("erasure: that of %s never ended: %+v", key, x.Erasure)
	}
}

// miserased are bugs in how people are erased.
var miserased = map[string]func(a *actor, p ports) ports{
	"a row is erased while its attempt is under way": erasing(func(s ill) ill {
		s.load = func(_ string, _ int, inv *onboard.Invitation, c *onboard.Claim) {
			overNow(c)
			c.Holder, c.Until = onboard.Holder{}, time.Time{}
			if inv.State == onboard.Pending {
				inv.State, inv.Code = onboard.Canceled, onboard.CodeErased
			}
		}
		return s
	}),
	"a part of a manifest is replaced whatever it is": erasing(func(s ill) ill {
		inner := s.Store
		s.replace = func(ctx context.Context, id string, read onboard.ManifestPart, data []byte) error {
			err := inner.ReplaceManifestPart(ctx, id, read, data)
			if !errors.Is(err, onboard.ErrConflict) {
				return err
			}
			now, err := inner.ManifestPart(ctx, id, read.Last-1)
			if err != nil {
				return err
			}
			return inner.ReplaceManifestPart(ctx, id, now, data)
		}
		return s
	}),
	"an erasure forgets when a person was mailed": erasing(func(s ill) ill {
		inner := s.Store
		s.save = func(ctx context.Context, w onboard.Write) error {
			if w.Claim != nil && w.Invitation.Erased && len(w.Claim.History) == 0 {
				w.Claim.MailedAt, w.Claim.Forced, w.Claim.ForcedSince = time.Time{}, 0, time.Time{}
			}
			return inner.Save(ctx, w)
		}
		return s
	}),
	"a row is erased in the store alone": erasing(func(s ill) ill {
		s.replace = func(context.Context, string, onboard.ManifestPart, []byte) error { return nil }
		return s
	}),
	"an erasure does not wait for rows without an outcome": erasing(func(s ill) ill {
		inner := s.Store
		s.saveRecord = func(ctx context.Context, r onboard.Record) error {
			if r.Name == erasureRecord {
				list := readErasures(r)
				for i := range list {
					list[i].Waiting = nil
				}
				r = recordOf(r, list)
			}
			return inner.SaveRecord(ctx, r)
		}
		return s
	}),
}

// erasing is a bug in what erases: administrators who ask for it, and the requeuer.
func erasing(f func(s ill) ill) func(a *actor, p ports) ports {
	return func(a *actor, p ports) ports {
		if strings.HasPrefix(a.name, "eraser") || strings.HasPrefix(a.name, "requeue") {
			p.store = f(ill{Store: p.store})
		}
		return p
	}
}
