package sim_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// reporting is what a plan says of the service that sends the pool's mails and reports
// what becomes of them.
type reporting struct {
	on         bool
	bounces    float64 // share of mails
	complaints float64 // of those that arrive
	lost       float64 // of reports
	twice      float64
	late       float64 // come minutes or hours after they could
	foreign    int     // mails of other applications through the same service
	sample     int     // mails that are needed to speak of a share of bounces
}

// drawReporting has a share of the schedules report. It has draws of its own, so that the
// others stay as they are.
func (p *plan) drawReporting(rng *rand.Rand) {
	if rng.IntN(6) > 0 {
		return
	}
	p.reporting = reporting{
		on: true, bounces: oneOf(rng, 0, 0.1, 0.3, 0.6), complaints: oneOf(rng, 0, 0.2), lost: oneOf(rng, 0, 0.2),
		twice: oneOf(rng, 0, 0.3), late: oneOf(rng, 0, 0.3), foreign: oneOf(rng, 0, 0, 3, 8), sample: oneOf(rng, 2, 4, 8, 100),
	}
}

// mailReport is one message that says what became of a mail.
type mailReport struct {
	onboard.MailEvent

	mail     *mailBook // nil: of another application
	number   int
	receives int
}

// Bounds of what is reported, and when. What is drawn within them is over before a
// request of the schedule is forgotten.
const (
	reportSoonest = 1200 * time.Millisecond // from the mail to the function that hears of it: a chain of four services
	reportLatest  = 12 * time.Hour
	mostReceives  = 5

	// counted is how long after a mail what became of it counts; see docs/design.md.
	counted = 72 * time.Hour

	// handedOver is how long after a row's outcome a mail may be taken for the row's.
	handedOver = time.Hour

	// near is when two mails to one address cannot be told apart by clocks that differ.
	near = 4 * maxSkew
)

// mailLeft has it reported what becomes of a mail that went out. The caller has the turn.
func (w *world) mailLeft(m *mailBook) {
	if !w.plan.reporting.on {
		return
	}
	p, sent := w.plan.reporting, time.Now().Add(w.plan.poolAhead).Truncate(time.Millisecond)
	m.sentAt = time.Now()
	says := func(what onboard.MailDelivery, after time.Duration) {
		w.reports(&mailReport{MailEvent: onboard.MailEvent{Address: m.address, SentAt: sent, At: sent.Add(after), Says: what}, mail: m})
	}
	soon := w.upTo(5 * time.Second)
	if w.rng.Float64() < p.bounces {
		if w.rng.IntN(4) == 0 { // its server takes it and returns it later
			says(onboard.MailDelivered, soon)
			soon += w.upTo(time.Hour)
		}
		says(onboard.MailBounced, soon)
		return
	}
	says(onboard.MailDelivered, soon)
	switch complains := w.rng.Float64() < p.complaints; {
	case complains && w.rng.IntN(4) == 0 && time.Since(w.began) < later:
		says(onboard.MailComplained, counted+time.Hour)
	case complains:
		says(onboard.MailComplained, w.upTo(10*time.Hour))
	}
}

// foreignMails has another application mail people through the same service.
func (w *world) foreignMails() {
	rng := rand.New(rand.NewPCG(w.plan.seed, 97))
	for n := range w.plan.reporting.foreign {
		w.pending.Add(1)
		after := time.Duration(rng.Float64() * rng.Float64() * float64(later))
		email, says := address(rng.IntN(w.plan.people)), oneOf(rng, onboard.MailBounced, onboard.MailComplained)
		w.group.Go(func() {
			defer w.pending.Add(-1)
			w.rest(after)
			w.waitAs(fmt.Sprintf("other application%d", n), "mail")
			if w.ended.Load() {
				return
			}
			sent := time.Now().Add(w.plan.poolAhead).Truncate(time.Millisecond)
			w.reports(&mailReport{MailEvent: onboard.MailEvent{Address: email, SentAt: sent, At: sent.Add(time.Second), Says: says}})
		})
	}
}

// reports sends one report on its way, if it is not lost. The caller has the turn.
func (w *world) reports(r *mailReport) {
	p := w.plan.reporting
	copies := 1
	switch draw := w.rng.Float64(); {
	case draw < p.lost:
		return
	case draw < p.lost+p.twice:
		copies = 2
	}
	for range copies {
		w.reported++
		one := *r
		one.number = w.reported
		after := time.Until(r.At.Add(-w.plan.poolAhead)) + reportSoonest + w.upTo(2*time.Second)
		if w.rng.Float64() < p.late {
			after += w.upTo(oneOf(w.rng, time.Minute, time.Hour, reportLatest))
		}
		w.pending.Add(1)
		batched := w.upTo(oneOf(w.rng, time.Millisecond, 5*time.Second))
		w.group.Go(func() {
			defer w.pending.Add(-1)
			w.arrives(&one, after, batched)
		})
	}
}

// arrives puts a report on the queue of the function that hears them, has an environment
// take what is there a while later, and again after a failure.
func (w *world) arrives(r *mailReport, after, batched time.Duration) {
	name := fmt.Sprintf("mailevents%d", r.number)
	w.rest(after)
	w.waitAs(name, "arrive")
	w.arrived = append(w.arrived, r)
	for try := 0; ; try++ {
		w.rest(batched)
		w.waitAs(name, "poll")
		batch := slices.Clone(w.arrived[:min(len(w.arrived), onboard.BatchSize)])
		w.arrived = w.arrived[len(batch):]
		if len(batch) == 0 || w.ended.Load() {
			return
		}
		if w.hears(fmt.Sprintf("%s.%d", name, try), batch) {
			continue
		}
		w.rest(onboard.Visibility)
		w.waitAs(name, "again")
		for _, r := range batch {
			if r.receives++; r.receives < mostReceives {
				w.arrived = append(w.arrived, r)
			}
		}
	}
}

// hears hands a batch to the function, and reports whether it is done with it.
func (w *world) hears(name string, batch []*mailReport) (done bool) {
	a := w.newActor(name, w.drawSkew())
	listener := w.system(a, w.queue).MailListener()
	listener.Sample = w.plan.reporting.sample
	var events []onboard.MailEvent
	for _, r := range batch {
		w.note(name, "gets", r.number, r.Address, r.Says, "of a mail at", r.SentAt.Format(clock))
		e := r.MailEvent
		e.SentAt, e.At = moved(e.SentAt, -a.skew), moved(e.At, -a.skew)
		events = append(events, e)
	}
	b := w.audit.hearing(batch)
	survived := a.run(func() {
		ctx, handled := a.within(onboard.WorkerTimeout)
		defer handled()
		noted, err := listener.Listen(ctx, events)
		a.wait(step{actor: a.name, op: "noted"})
		handled()
		w.note(name, "noted", noted, err)
		if done = err == nil; done {
			w.audit.heardReports(b)
			done = !(w.plan.lostAcks && w.mishaps.chance(0.1))
		}
	})
	return done && survived
}

// reportBooks are what the audit knows of mails and of what became of them.
type reportBooks struct {
	mails map[string][]*mailBook // by address, in the order in which they went out
	begun map[string][]attempt   // by address, in the order in which they were written down
	must  map[rowID]onboard.MailDelivery
	may   map[rowID]map[onboard.MailDelivery]bool

	pauses map[string]*pauseBook
}

// mailBook is one mail that usher had the pool send.
type mailBook struct {
	address string
	by      ask
	sentAt  time.Time
}

// attempt is one attempt of a row, as it was written down before its call.
type attempt struct {
	by rowID
	at time.Time
}

// begins takes note of what a claim says of attempts.
func (b reportBooks) begins(address string, t onboard.Trail) {
	if t.Empty() {
		return
	}
	one := attempt{by: rowID{request: t.By.RequestID, row: t.By.Row}, at: time.Now()}
	if begun := b.begun[address]; len(begun) == 0 || begun[len(begun)-1].by != one.by {
		b.begun[address] = append(begun, one)
	}
}

// pauseBook is what is known of the pauses of one request because of its bounces.
type pauseBook struct {
	pauses  int
	from    onboard.MailCount // at the latest resume: no more than these are left out
	resumed time.Time
}

func newReportBooks() reportBooks {
	return reportBooks{
		mails: map[string][]*mailBook{}, begun: map[string][]attempt{}, pauses: map[string]*pauseBook{},
		must: map[rowID]onboard.MailDelivery{}, may: map[rowID]map[onboard.MailDelivery]bool{},
	}
}

func (b reportBooks) pause(id string) *pauseBook {
	if b.pauses[id] == nil {
		b.pauses[id] = &pauseBook{}
	}
	return b.pauses[id]
}

// hearing is one batch while it is heard.
type hearing struct {
	batch   []*mailReport
	began   time.Time
	counts  map[string]onboard.MailCount // of the requests of its bounces, when it began
	pauses  map[string]int
	certain []*mailReport // those of mails of which the row must be known
}

// hearing takes note of a batch that is handed over. What it says may be noted from now
// on, whatever becomes of the call.
func (a *audit) hearing(batch []*mailReport) *hearing {
	h := &hearing{batch: batch, began: time.Now(), counts: map[string]onboard.MailCount{}, pauses: map[string]int{}}
	for _, r := range batch {
		for _, id := range a.mayBeAbout(r) {
			if a.reports.may[id] == nil {
				a.reports.may[id] = map[onboard.MailDelivery]bool{}
			}
			a.reports.may[id][r.Says] = true
		}
		if !a.isCertain(r) {
			continue
		}
		h.certain = append(h.certain, r)
		if id := r.mail.by.request; r.Says == onboard.MailBounced {
			h.counts[id], h.pauses[id] = a.mailCount(id), a.reports.pause(id).pauses
		}
	}
	return h
}

// mayBeAbout returns the rows that a report may count for: that of its mail, and those
// whose mail another one of the same time cannot be told from.
func (a *audit) mayBeAbout(r *mailReport) []rowID {
	var ids []rowID
	sent := r.SentAt.Add(-a.w.plan.poolAhead)
	folded := onboard.FoldAddress(r.Address)
	alone := r.mail != nil && a.isMailKnown(r.mail)
	for _, c := range a.reports.begun[folded] {
		inv := a.book(c.by.request).rows[c.by.row]
		isOver := inv.State.IsOutcome() && inv.UpdatedAt.Add(handedOver+near).Before(sent)
		switch {
		case r.At.After(r.SentAt.Add(counted + near)), c.at.After(sent.Add(near)), isOver:
		case alone && c.by != r.mail.by.rowID && !a.isNear(r.mail):
		default:
			ids = append(ids, c.by)
		}
	}
	return ids
}

// isCertain reports whether a report has to count for the row of its mail.
func (a *audit) isCertain(r *mailReport) bool {
	return r.mail != nil && r.At.Before(r.SentAt.Add(counted-near)) && a.isMailKnown(r.mail) && !a.isNear(r.mail)
}

// isMailKnown reports whether usher knows that the mail went out, or may have: its row
// says so, or waits to find out. Of the mails to an address the latest are remembered.
func (a *audit) isMailKnown(m *mailBook) bool {
	const remembered = 3
	mails := a.reports.mails[m.address]
	if slices.Index(mails, m) < len(mails)-remembered {
		return false
	}
	inv := a.book(m.by.request).rows[m.by.row]
	return !inv.Erased && (!inv.State.IsOutcome() || inv.State == onboard.Invited || inv.State == onboard.Resent || inv.Code == onboard.CodeMailUnclear)
}

// isNear reports whether another mail to its address may have left about when m did, by
// clocks that differ.
func (a *audit) isNear(m *mailBook) bool {
	if !a.w.plan.skewed {
		return false
	}
	for _, c := range a.reports.begun[m.address] {
		if c.by != m.by.rowID && c.at.After(m.sentAt.Add(-near)) && c.at.Before(m.sentAt.Add(near)) {
			return true
		}
	}
	return false
}

// heardReports takes note of a batch that was heard without an error: what is certain of
// it is noted, and its bounces are counted.
func (a *audit) heardReports(h *hearing) {
	for _, r := range h.certain {
		id := r.mail.by.rowID
		if a.book(id.request).rows[id.row].Erased { // meanwhile
			continue
		}
		a.reports.must[id] = a.reports.must[id].Worst(r.Says)
		a.noted(id)
	}
	for id, was := range h.counts {
		b, p := a.book(id), a.reports.pause(id)
		now := a.mailCount(id)
		since := onboard.MailCount{Mails: was.Mails - p.from.Mails, Bounced: min(was.Bounced, now.Bounced) - p.from.Bounced}
		tooMany := since.Mails >= a.w.plan.reporting.sample && float64(since.Bounced) > bounceShare*float64(now.Mails)
		stored, err := a.w.store.Request(context.Background(), id)
		if tooMany && err == nil && stored.Phase == onboard.Running && !stored.Done(time.Now()) && p.pauses == h.pauses[id] && p.resumed.Before(h.began) && b.request.Round > 0 {
			a.fail("bounces: %d of %d mails of request %s have bounced since it was resumed, and it does not pause", since.Bounced, since.Mails, id)
		}
	}
}

// bounceShare is the share of mails that may bounce.
const bounceShare = 0.05

// mailCount counts the mails of a request by its rows, and the bounces by what is stored.
func (a *audit) mailCount(id string) (c onboard.MailCount) {
	for _, inv := range a.book(id).rows {
		if inv.State == onboard.Invited || inv.State == onboard.Resent {
			c.Mails++
		}
	}
	noted, _ := a.w.store.NotedMails(context.Background(), id)
	for row, says := range noted {
		if says == onboard.MailBounced && a.reports.may[rowID{request: id, row: row}][says] {
			c.Bounced++
		}
	}
	return c
}

// noted holds what is noted of a row's mail to the reports that were heard.
func (a *audit) noted(id rowID) {
	noted, err := a.w.store.NotedMails(context.Background(), id.request)
	if err != nil {
		a.fail("delivery: %v", err)
		return
	}
	says := noted[id.row]
	if must := a.reports.must[id]; says.Worst(must) != says {
		a.fail("delivery: %v says %q of its mail, and it was heard that it was %s", id, says, must)
	}
}

// deliveries holds all that is noted of the mails of a request to what was reported, if it
// is not forgotten yet.
func (a *audit) deliveries(id string) {
	if !time.Now().Add(maxSkew).Before(a.book(id).request.ExpiresAt) {
		return
	}
	noted, err := a.w.store.NotedMails(context.Background(), id)
	if err != nil {
		return
	}
	for row, says := range inOrder(noted) {
		if at := (rowID{request: id, row: row}); !a.reports.may[at][says] {
			a.fail("delivery: %v says %s of its mail, which nobody reported", at, says)
		}
	}
	for row := range inOrder(a.book(id).rows) {
		a.noted(rowID{request: id, row: row})
	}
}

// bounced holds a pause because of bounces to what was reported, and takes note of it and
// of the resume that follows.
func (a *audit) bounced(was, now onboard.Request) {
	isPaused := func(r onboard.Request) bool { return r.Pause != nil && r.Pause.Code == onboard.CodeMailsBounce }
	b, count := a.reports.pause(now.ID), a.mailCount(now.ID)
	switch {
	case isPaused(now) && !isPaused(was):
		b.pauses++
		a.acted = true // its rows wait for somebody
		if mails := count.Mails - b.from.Mails; mails < a.w.plan.reporting.sample {
			a.fail("bounces: request %s pauses after %d mails since it was resumed, %d are needed", now.ID, mails, a.w.plan.reporting.sample)
		}
		if a.everBounced(now.ID) <= b.from.Bounced {
			a.fail("bounces: request %s pauses, and no more than %d mails have bounced since it was resumed", now.ID, b.from.Bounced)
		}
	case isPaused(was) && now.Phase == onboard.Running:
		b.from, b.resumed = now.CountFrom, time.Now()
		if b.from.Mails > count.Mails || b.from.Bounced > a.everBounced(now.ID) || b.from.Mails < a.w.plan.reporting.sample || b.from.Bounced == 0 {
			a.fail("bounces: request %s is resumed and leaves %+v out of %+v", now.ID, b.from, count)
		}
	}
}

// everBounced is of how many rows of a request a bounce was ever handed over.
func (a *audit) everBounced(id string) int {
	n := 0
	for at, says := range a.reports.may {
		if at.request == id && says[onboard.MailBounced] {
			n++
		}
	}
	return n
}

// unreported are bugs in how it is heard what becomes of mails.
var unreported = map[string]func(a *actor, p ports) ports{
	"what becomes of a mail is credited to the newest row": claimsRead(func(c *onboard.Claim) {
		c.Trail = onboard.Trail{}
		for i := range c.History {
			if i < len(c.History)-1 {
				c.History[i].MailAfter = time.Time{}
			} else {
				c.History[i].MailAfter = moved(c.History[i].MailAfter, -later)
			}
		}
	}),
	"every mail to somebody who was invited is usher's": claimsRead(func(c *onboard.Claim) {
		for i := range c.History {
			c.History[i].At = c.History[i].At.AddDate(1, 0, 0)
		}
	}),
	"what becomes of a mail is heard only after the outcome": claimsRead(func(c *onboard.Claim) { c.Trail = onboard.Trail{} }),
	"each report is noted beside the others": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, noteMails: func(ctx context.Context, id string, of map[int]onboard.MailDelivery, expires time.Time) error {
			noted, err := inner.NotedMails(ctx, id)
			if err != nil {
				return err
			}
			beside := maps.Clone(of)
			for row, says := range of {
				if noted[row] != "" {
					beside[1000*(len(noted)+1)+row] = says
				}
			}
			return inner.NoteMails(ctx, id, beside, expires)
		}}
		return p
	},
	"bounces count again after a resume": requestWritten(func(r *onboard.Request) { r.CountFrom = onboard.MailCount{} }),
	"a bounce pauses nothing": requestWritten(func(r *onboard.Request) {
		if r.Pause != nil && r.Pause.Code == onboard.CodeMailsBounce {
			r.Phase, r.Pause = onboard.Running, nil
		}
	}),
}

// claimsRead is a bug in what is made of a claim by those who read many.
func claimsRead(f func(c *onboard.Claim)) func(a *actor, p ports) ports {
	return func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, claims: f}
		return p
	}
}
