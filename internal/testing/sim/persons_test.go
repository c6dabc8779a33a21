package sim_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// drawPersons has a share of the schedules look up one person, mail them again, or cancel
// what waits for them.
func (p *plan) drawPersons(rng *rand.Rand) {
	if rng.IntN(6) == 0 {
		p.persons = oneOf(rng, 2, 4, 8, 16)
		p.claimLag = oneOf(rng, 0, time.Second)
	}
}

// forOnePerson has administrators do something for one person, two of them at once
// sometimes.
func (w *world) forOnePerson() {
	for n := range w.plan.persons {
		rng := rand.New(rand.NewPCG(w.plan.seed, 300+uint64(n)))
		after := actsAfter(rng, w.plan.faultsFor)
		email, what, force := address(rng.IntN(min(3, w.plan.people))), oneOf(rng, "look up", "look up", "resend", "cancel"), rng.IntN(2) == 0
		for k := range 1 + rng.IntN(2) {
			w.pending.Add(1)
			w.group.Go(func() {
				defer w.pending.Add(-1)
				w.rest(after)
				w.person(fmt.Sprintf("person%d.%d", n, k), what, email, force)
			})
		}
	}
}

func (w *world) person(name, what, email string, force bool) {
	w.waitAs(name, "act")
	if w.ended.Load() {
		return
	}
	w.note(name, what, email)
	known, s := w.audit.known(email), &submitted{}
	asked := onboard.Order{Submission: onboard.Submission{Rows: []onboard.Row{{Person: onboard.Person{Email: email}}}}}
	if what == "resend" {
		w.audit.wishes(asked)
	}
	w.call(name, s, func(ctx context.Context, a *actor, system onboard.System) (err error) {
		admin := system.Administration()
		people := system.People(admin)
		switch what {
		case "look up":
			var found onboard.PersonFound
			if found, err = people.Find(ctx, email); err == nil {
				a.wait(step{actor: a.name, op: "found"})
				w.audit.lookedUp(name, known, found)
			}
		case "resend":
			w.audit.acted = true
			s.order = onboard.Order{By: name, Options: onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Send, Force: force}}
			s.request, _, err = people.Resend(ctx, email, s.order)
		case "cancel":
			w.audit.acted = true
			_, err = people.Cancel(ctx, email, name)
		}
		return err
	})
	w.waitAs(name, "answer")
	if what == "resend" {
		w.audit.wishes(asked)
	}
	if what == "resend" && s.id != "" && !w.ended.Load() {
		w.audit.submitted(s)
	}
}

// personBooks are what the audit knows of rows by their address.
type personBooks struct {
	touched map[string][]touched            // the claim of an address, oldest first
	mailed  map[string][]touched            // of them those that had a mail sent
	states  map[rowID]map[int]onboard.State // by version
	ends    map[rowID]time.Time             // when it was written that the row ends
	claimed map[rowID]time.Time             // when the row held its claim last
	rows    map[string]map[string][]int     // of accepted submissions, by request and address
}

// touched is one row that had its outcome, or was put aside, while it held a claim.
type touched struct {
	rowID
	at     time.Time
	ended  bool // not put aside, or given back
	forced bool
}

func newPersonBooks() personBooks {
	return personBooks{
		touched: map[string][]touched{}, mailed: map[string][]touched{}, states: map[rowID]map[int]onboard.State{},
		ends: map[rowID]time.Time{}, claimed: map[rowID]time.Time{}, rows: map[string]map[string][]int{},
	}
}

// accepted takes note of the rows of a submission that was accepted.
func (b personBooks) accepted(id string, sub onboard.Submission) {
	of := map[string][]int{}
	for _, row := range sub.Rows {
		folded := onboard.FoldAddress(row.Email)
		of[folded] = append(of[folded], row.Number)
	}
	b.rows[id] = of
}

// touches takes note of a write to a row, for all who ask about its person.
func (a *audit) touches(was onboard.Invitation, wr onboard.Write) {
	b, now := a.persons, wr.Invitation
	id, folded := rowID{request: now.RequestID, row: now.Row}, onboard.FoldAddress(now.Email)
	if b.states[id] == nil {
		b.states[id] = map[int]onboard.State{}
	}
	b.states[id][now.Version+1] = now.State
	if now.Erased {
		delete(b.ends, id)
		return
	}
	switch {
	case was.EndsAs == "" && now.EndsAs != "":
		b.ends[id] = time.Now()
	case was.EndsAs != "" && now.EndsAs == "" && !now.State.IsOutcome():
		a.fail("promise 3: %v was to end as %s, and that is forgotten", id, was.EndsAs)
	}
	if held(wr) {
		b.claimed[id] = time.Now()
		return
	}
	if now.State.IsOutcome() {
		delete(b.ends, id)
	}
	if wr.Claim == nil || now.State == onboard.Pending {
		return
	}
	t := touched{rowID: id, at: time.Now(), ended: now.State.IsOutcome(), forced: a.book(id.request).request.Options.Force}
	if list := b.touched[folded]; len(list) == 0 || list[len(list)-1].rowID != id || t.ended {
		b.touched[folded] = append(list, t)
	}
	if now.State == onboard.Invited || now.State == onboard.Resent {
		b.mailed[folded] = append(b.mailed[folded], t)
	}
}

// endedBefore holds that no call is begun for a row once it was written that it ends.
func (a *audit) endedBefore(c *poolCall) {
	ends, ok := a.persons.ends[c.by.rowID]
	if ok && a.persons.claimed[c.by.rowID].After(ends) {
		a.fail("promise 1: a call %s was begun for %v after its person was canceled", c.op, c.by)
	}
}

// cooled holds mails for existing users to the time between two of them, and forced ones to
// how many there may be in it.
func (a *audit) cooled(c *poolCall) {
	r := a.book(c.by.request).request
	forced := 0
	for _, m := range a.persons.mailed[c.address] {
		if m.rowID == c.by.rowID || c.from.Sub(m.at) > onboard.ResendCooldown-2*maxSkew {
			continue
		}
		if m.forced && a.book(m.request).rows[m.row].State == onboard.Resent {
			forced++
		}
		if !r.Options.Force {
			a.fail("promise 1: %s was mailed for %v, and %s before for %v", c.address, c.by, c.from.Sub(m.at), m.rowID)
		}
	}
	if most := 2 * onboard.MostForcedMails; r.Options.Force && forced >= most { // of two windows that follow each other
		a.fail("promise 1: %s was mailed by force for %v, and %d times within a day before", c.address, c.by, forced)
	}
}

// known is what the audit knows of a person when somebody asks.
type known struct {
	folded   string
	at       time.Time
	versions map[rowID]int
	open     []rowID // in requests that run
	touched  []rowID // of the claim, the latest
	mailed   bool    // too recently to be mailed again
}

// sureTouches is how many of the latest rows are remembered, whatever they are: ten, of
// which three may be older mails.
const sureTouches = 7

func (a *audit) known(email string) known {
	k := known{folded: onboard.FoldAddress(email), at: time.Now(), versions: map[rowID]int{}}
	for id, b := range inOrder(a.requests) {
		for row, inv := range inOrder(b.rows) {
			if onboard.FoldAddress(inv.Email) == k.folded && !inv.Erased {
				k.versions[rowID{request: id, row: row}] = inv.Version + 1
			}
		}
		if b.request.Round == 0 || !b.request.EndedAt.IsZero() {
			continue
		}
		for _, row := range a.persons.rows[id][k.folded] {
			if inv, stored := b.rows[row]; !stored || inv.Open(b.request.Round) {
				k.open = append(k.open, rowID{request: id, row: row})
			}
		}
	}
	list := a.persons.touched[k.folded]
	for _, t := range list[max(0, len(list)-sureTouches):] {
		if t.ended && !t.at.After(k.at.Add(-a.w.plan.claimLag)) {
			k.touched = append(k.touched, t.rowID)
		}
	}
	for _, m := range a.persons.mailed[k.folded] {
		k.mailed = k.mailed || !m.at.After(k.at.Add(-a.w.plan.claimLag)) && m.at.Add(onboard.ResendCooldown-time.Minute).After(k.at)
	}
	return k
}

// lookedUp holds what a look-up says to what was so while it was made.
func (a *audit) lookedUp(name string, k known, found onboard.PersonFound) {
	shown := map[rowID]bool{}
	b := a.address(k.folded)
	for _, row := range found.Rows {
		id := rowID{request: row.Request.ID, row: row.Row}
		shown[id] = true
		stored := a.persons.states[id][row.Version]
		reopened := stored == onboard.Failed && row.State == onboard.Pending
		neverBegan := row.Request.Round == 0
		switch {
		case row.Version < k.versions[id]:
			a.fail("look-up: %s sees %v as of version %d, and it was at %d before", name, id, row.Version, k.versions[id])
		case row.Version > 0 && row.State != stored && !reopened && !neverBegan:
			a.fail("look-up: %s sees %v as %s, and version %d was %s", name, id, row.State, row.Version, stored)
		case row.State == onboard.Invited && b.mails == 0 && len(b.deleted) == 0 && !b.unclear() && (b.creation == nil || b.creation.written):
			a.fail("look-up: %s sees %v as invited, and no mail went out", name, id)
		}
		if row.Delivery != "" && !a.reports.may[id][row.Delivery] {
			a.fail("look-up: %s hears that the mail of %v was %s, which nobody reported", name, id, row.Delivery)
		}
	}
	for _, id := range k.touched {
		if !shown[id] && !a.book(id.request).rows[id.row].Erased {
			a.fail("look-up: %s misses %v, one of the latest rows of %s", name, id, k.folded)
		}
	}
	for _, id := range k.open {
		inv, stored := a.book(id.request).rows[id.row]
		r := a.book(id.request).request
		if open := !stored || inv.Open(r.Round); open && r.EndedAt.IsZero() && found.Complete && !shown[id] {
			a.fail("look-up: %s misses %v, which waits", name, id)
		}
	}
	if k.mailed && found.MailedAgain.IsZero() {
		a.fail("look-up: %s hears that %s can be mailed again, who was mailed less than a day ago", name, k.folded)
	}
	a.standing(name, k, found)
}

// standing holds what the pool says of a person to what they have done.
func (a *audit) standing(name string, k known, found onboard.PersonFound) {
	b := a.address(k.folded)
	if !found.PoolRead || len(found.Users) != 1 || b.before || len(b.deleted)+len(b.byHand) > 0 {
		return
	}
	seen := k.at.Add(-a.w.plan.scans.lag)
	switch says := found.Users[0].Standing; {
	case says == onboard.StandingSignedIn && b.signedIn.IsZero():
		a.fail("look-up: %s hears that %s has signed in, who has not", name, k.folded)
	case says == onboard.StandingWaiting && !b.signedIn.IsZero() && b.signedIn.Before(seen):
		a.fail("look-up: %s hears that %s has not signed in, who did at %s", name, k.folded, b.signedIn)
	}
}

// earlier is a claim as it was before its latest write.
type earlier struct {
	claim onboard.Claim
	until time.Time
}

// behind has readers of many claims see for a while what a claim was before a write. The
// caller has the turn, and calls the result if the write happens.
func (w *world) behind(c *onboard.Claim) func() {
	if c == nil || w.plan.claimLag == 0 {
		return func() {}
	}
	_, was, err := w.store.Load(context.Background(), "", 0, c.Address)
	return func() {
		if err == nil {
			w.earlier[c.Address] = earlier{claim: was, until: time.Now().Add(w.plan.claimLag)}
		}
	}
}

// asOfBefore puts claims as they were before into those that were read.
func (w *world) asOfBefore(addresses []string, claims map[string]onboard.Claim) {
	for _, address := range addresses {
		was, ok := w.earlier[address]
		switch {
		case !ok || !time.Now().Before(was.until):
		case was.claim.Version == 0:
			delete(claims, address)
		default:
			claims[address] = was.claim
		}
	}
}

// misjudged are bugs in what is done for one person.
var misjudged = map[string]func(a *actor, p ports) ports{
	"one person is looked up in their claim alone": onlyFor("person", func(s ill) ill {
		s.open = func([]onboard.Request) []onboard.Request { return nil }
		return s
	}),
	"one person is looked up in open requests alone": onlyFor("person", func(s ill) ill {
		s.claims = func(c *onboard.Claim) { c.History, c.CreditedTo = nil, onboard.Holder{} }
		return s
	}),
	"a look-up knows of no mail": onlyFor("person", func(s ill) ill {
		s.claims = func(c *onboard.Claim) { c.MailedAt = time.Time{} }
		return s
	}),
	"the cooldown is not looked at": onlyFor("worker", func(s ill) ill {
		s.load = func(_ string, _ int, _ *onboard.Invitation, c *onboard.Claim) { c.MailedAt = time.Time{} }
		return s
	}),
	"that a person was canceled is not looked at": onlyFor("worker", func(s ill) ill {
		s.load = func(_ string, _ int, inv *onboard.Invitation, _ *onboard.Claim) { inv.EndsAs = "" }
		return s
	}),
	"whose person was canceled is forgotten when the row waits": onlyFor("worker", func(s ill) ill {
		inner := s.Store
		s.save = func(ctx context.Context, w onboard.Write) error {
			if w.Invitation.State == onboard.Deferred {
				w.Invitation.EndsAs = ""
			}
			return inner.Save(ctx, w)
		}
		return s
	}),
}

// onlyFor is a bug in how actors of one kind use the store.
func onlyFor(kind string, f func(s ill) ill) func(a *actor, p ports) ports {
	return func(a *actor, p ports) ports {
		if strings.HasPrefix(a.name, kind) {
			p.store = f(ill{Store: p.store})
		}
		return p
	}
}
