package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// scanning is what a plan says of scans for those who have signed in.
type scanning struct {
	asks    int
	page    int           // users of one page
	lag     time.Duration // of the pool's list
	signIns int
}

// drawScans has a share of the schedules scan.
func (p *plan) drawScans(rng *rand.Rand) {
	if rng.IntN(6) == 0 {
		p.scans = scanning{asks: 1 + rng.IntN(6), page: oneOf(rng, 1, 2, 5, 60), lag: oneOf(rng, 0, 0, 10*time.Second, 5*time.Minute), signIns: rng.IntN(12)}
	}
}

// scan has people sign in, and administrators ask who has.
func (w *world) scan() {
	for n := range w.plan.scans.signIns {
		rng := rand.New(rand.NewPCG(w.plan.seed, 400+uint64(n)))
		after, email := actsAfter(rng, w.plan.faultsFor), address(rng.IntN(w.plan.people))
		w.pending.Add(1)
		w.group.Go(func() {
			defer w.pending.Add(-1)
			w.rest(after)
			w.waitAs(fmt.Sprintf("invited%d", n), "sign in")
			if !w.ended.Load() && w.pool.MailsTo(email) > 0 {
				w.signsIn(email)
			}
		})
	}
	for n := range w.plan.scans.asks {
		w.pending.Add(1)
		w.group.Go(func() {
			defer w.pending.Add(-1)
			w.asks(fmt.Sprintf("asker%d", n), rand.New(rand.NewPCG(w.plan.seed, 500+uint64(n))))
		})
	}
}

// signsIn has one person sign in. An old password does not work: no matter. The caller has
// the turn.
func (w *world) signsIn(email string) {
	if err := w.pool.SignIn(email); err != nil {
		return
	}
	if b := w.audit.address(onboard.FoldAddress(email)); b.signedIn.IsZero() {
		w.note(email, "signs in")
		b.signedIn = time.Now()
	}
}

// asks has an administrator ask for a scan of some request, which runs now and then until
// it has ended, read what it found, and mail those who have not signed in sometimes.
func (w *world) asks(name string, rng *rand.Rand) {
	w.rest(actsAfter(rng, w.plan.faultsFor) + time.Duration(rng.Int64N(int64(time.Hour))))
	w.waitAs(name, "act")
	requests, err := w.store.ListRequests(context.Background(), "", 100)
	if w.ended.Load() || err != nil || len(requests) == 0 {
		return
	}
	id := requests[rng.IntN(len(requests))].ID
	w.note(name, "asks for a scan of", id)
	w.call(name+".ask", &submitted{}, func(ctx context.Context, _ *actor, system onboard.System) error {
		_, err := system.Scanner().Ask(ctx, id)
		return err
	})
	for try := range 6 {
		w.rest(time.Duration(rng.Int64N(int64(2 * time.Minute))))
		w.waitAs(name, "run")
		if w.ended.Load() {
			return
		}
		w.call(fmt.Sprintf("%s.scan%d", name, try), &submitted{}, func(ctx context.Context, _ *actor, system onboard.System) error {
			return system.Scanner().Run(ctx)
		})
	}
	w.rest(time.Duration(rng.Int64N(int64(time.Hour))))
	w.waitAs(name, "read")
	if w.ended.Load() {
		return
	}
	w.reads(name+".read", id)
	if rng.IntN(3) == 0 {
		w.waitAs(name, "resend")
		w.resends(name+".resend", id)
	}
}

// reads reads who has signed in, as the results of a request say it.
func (w *world) reads(name, id string) {
	w.call(name, &submitted{}, func(ctx context.Context, a *actor, system onboard.System) error {
		found, err := onboard.ReadSignIns(ctx, system.Store, id)
		if err != nil {
			return err
		}
		rows, err := system.Store.ListInvitations(ctx, id, 0, 1000)
		if err != nil {
			return err
		}
		a.wait(step{actor: a.name, op: "has read"})
		w.audit.signIns(id, found, rows)
		return nil
	})
}

// resends mails those of a request who have not signed in.
func (w *world) resends(name, id string) {
	if w.ended.Load() {
		return
	}
	w.audit.acted = true
	left := w.audit.leftOut(id)
	s := &submitted{order: onboard.Order{By: name}}
	w.call(name, s, func(ctx context.Context, _ *actor, system onboard.System) (err error) {
		s.request, _, err = system.Administration().ResendTo(ctx, id, onboard.NotSignedIn, s.order)
		return err
	})
	w.waitAs(name, "answer")
	if s.id == "" || w.ended.Load() {
		return
	}
	w.audit.submitted(s)
	if s.answered && s.err == nil {
		w.audit.resent(s.request, left)
	}
}

// directoryPort is the pool's list of users as one actor reaches it.
type directoryPort struct{ a *actor }

var _ onboard.Directory = directoryPort{}

func (p directoryPort) Find(ctx context.Context, email string) (found []onboard.FoundUser, err error) {
	err = p.a.do(ctx, call{to: toPool, op: string(memory.OpFind), at: email}, func(ctx context.Context) (err error) {
		found, err = p.a.w.pool.Find(ctx, email)
		return err
	})
	for i := range found {
		found[i].CreatedAt, found[i].ModifiedAt = moved(found[i].CreatedAt, -p.a.skew), moved(found[i].ModifiedAt, -p.a.skew)
	}
	return found, err
}

func (p directoryPort) Waiting(ctx context.Context, token string) (users []onboard.WaitingUser, next string, err error) {
	err = p.a.do(ctx, call{to: toPool, op: "Waiting", at: token}, func(ctx context.Context) (err error) {
		users, next, err = p.a.w.pool.Waiting(ctx, token)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	return users, next, nil
}

// listLag is how far behind the pool's list may be at most for a scan to be of use; see
// docs/api.md.
const listLag = 10 * time.Minute

const signInsOf = "signins/"

// recorded takes note of a record that was written. It hands err on.
func (a *audit) recorded(r onboard.Record, err error) error {
	id, isScan := strings.CutPrefix(r.Name, signInsOf)
	if err != nil || !isScan {
		return err
	}
	var found onboard.SignIns
	if broken := json.Unmarshal(r.Data, &found); broken != nil {
		a.fail("scan: %v", broken)
		return nil
	}
	a.w.note("scan of", id, "as of", found.At.Format(clock), found.Tally)
	b := a.book(id)
	if was := a.scans[id]; found.At.Before(was.At) {
		a.fail("scan: what was found of request %s at %s takes the place of what was found at %s", id, found.At, was.At)
	}
	a.scans[id] = found
	var rows []onboard.Invitation
	counts, still := map[onboard.SignedIn]int{}, true
	for _, inv := range inOrder(b.rows) {
		rows = append(rows, inv)
		counts[found.Of(inv)]++
		still = still && !inv.Erased && inv.UpdatedAt.Add(maxSkew).Before(found.At)
	}
	if t := found.Tally; t.Yes+t.No+t.Unknown != b.request.Total || t.Expired > t.No ||
		still && (t.Yes != counts[onboard.SignedInYes] || t.No != counts[onboard.SignedInNo]) {
		a.fail("scan: of %d rows of request %s %+v are counted, and they are %v", b.request.Total, id, t, counts)
	}
	a.signIns(id, found, rows)
	return nil
}

// signIns holds what is said of who has signed in to what people have done.
func (a *audit) signIns(id string, found onboard.SignIns, rows []onboard.Invitation) {
	if found.At.IsZero() {
		return
	}
	seen := found.At.Add(-a.w.plan.scans.lag - maxSkew)
	for _, inv := range rows {
		b := a.address(onboard.FoldAddress(inv.Email))
		if b.before || len(b.deleted)+len(b.byHand) > 0 || inv.RequestID != id || inv.Erased {
			continue
		}
		says := found.Of(inv)
		did, didBefore := !b.signedIn.IsZero(), !b.signedIn.IsZero() && b.signedIn.Before(seen)
		old := mailsOrMakes(inv.State) && inv.UpdatedAt.Add(listLag+2*maxSkew).Before(found.At)
		switch {
		case says == onboard.SignedInYes && !did:
			a.fail("scan: request %s row %d says that %s has signed in, who has not", id, inv.Row, inv.Email)
		case says == onboard.SignedInNo && didBefore:
			a.fail("scan: request %s row %d says that %s has not signed in, who did at %s", id, inv.Row, inv.Email, b.signedIn)
		case says == onboard.SignedInUnknown && old && (didBefore || !did):
			a.fail("scan: request %s row %d does not know whether %s has signed in", id, inv.Row, inv.Email)
		}
	}
}

// mailsOrMakes reports whether rows of a state have made or mailed their user.
func mailsOrMakes(s onboard.State) bool {
	return s == onboard.Invited || s == onboard.Created || s == onboard.Resent
}

// leftOut returns the addresses of those whom the latest scan of a request has seen signed
// in: a resend leaves them out.
func (a *audit) leftOut(id string) map[string]bool {
	left := map[string]bool{}
	found := a.scans[id]
	for _, inv := range a.book(id).rows {
		b := a.address(onboard.FoldAddress(inv.Email))
		if !mailsOrMakes(inv.State) || inv.Erased {
			continue
		}
		seen := found.At.Add(-a.w.plan.scans.lag - maxSkew)
		if len(b.deleted)+len(b.byHand) == 0 && !b.signedIn.IsZero() && b.signedIn.Before(seen) && inv.UpdatedAt.Add(listLag+2*maxSkew).Before(found.At) {
			left[onboard.FoldAddress(inv.Email)] = true
		}
	}
	return left
}

// resent holds that a resend to those who have not signed in leaves out who had.
func (a *audit) resent(r onboard.Request, left map[string]bool) {
	rows := onboard.NewRowReader(a.w.store, r, 0, 100)
	for {
		row, more, err := rows.Next(context.Background())
		if err != nil && !errors.Is(err, onboard.ErrNotFound) {
			a.fail("scan: read the rows of %s: %v", r.ID, err)
		}
		if err != nil || !more {
			return
		}
		if left[onboard.FoldAddress(row.Email)] {
			a.fail("scan: request %s mails %s, whom a scan had seen signed in", r.ID, row.Email)
		}
	}
}

// misscanned are bugs in scans.
var misscanned = map[string]func(a *actor, p ports) ports{
	"a scan ends with its first page": func(_ *actor, p ports) ports {
		if p.directory != nil {
			p.directory = hasty{p.directory}
		}
		return p
	},
	"a scan counts for rows that came after it": func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, list: func(list []onboard.Invitation) {
			for i := range list {
				list[i].UpdatedAt = moved(list[i].UpdatedAt, -24*time.Hour)
			}
		}}
		return p
	},
	"a resend knows of no scan": func(a *actor, p ports) ports {
		if strings.HasSuffix(a.name, "resend") {
			p.store = ill{Store: p.store, record: func(r *onboard.Record) { r.Data = nil }}
		}
		return p
	},
}

// hasty is a list of users that is left after one page.
type hasty struct{ onboard.Directory }

func (h hasty) Waiting(ctx context.Context, token string) ([]onboard.WaitingUser, string, error) {
	users, _, err := h.Directory.Waiting(ctx, token)
	return users, "", err
}
