package sim_test

import (
	"context"
	"maps"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// busOutage is how long the bus of notices is away after everything else is well, in a
// third of the schedules.
const busOutage = 2 * time.Hour

// noticePort is the bus of notices as one actor reaches it.
type noticePort struct{ a *actor }

var _ onboard.Notices = noticePort{}

func (p noticePort) Notify(ctx context.Context, n onboard.Notice) error {
	w := p.a.w
	if w.plan.seed%3 == 0 && time.Now().Before(w.calmAt.Add(busOutage)) {
		p.a.wait(step{actor: p.a.name, op: "no bus"})
		return errInjected
	}
	return p.a.do(ctx, call{to: toBus, op: "Notify", at: n.ID, late: lateQueue}, func(context.Context) error {
		w.audit.heard(n)
		return nil
	})
}

// noticeBook is one notice as it came first.
type noticeBook struct {
	onboard.Notice

	copies int
}

// heard takes note of a notice that arrived.
func (a *audit) heard(n onboard.Notice) {
	a.w.note("notice", n.ID, n.State, n.Counts)
	if all := n.ID + n.Label + n.Reason + n.Sentence(); strings.Contains(all, "@") {
		a.fail("notices: %s names somebody: %s", n.ID, all)
	}
	known := a.notices[n.ID]
	if known == nil {
		known = &noticeBook{Notice: n}
		a.notices[n.ID] = known
	}
	known.copies++
	if known.RequestID != n.RequestID || known.Round != n.Round || known.Kind != n.Kind {
		a.fail("notices: %s is of %s %d %s, and of %s %d %s", n.ID, n.RequestID, n.Round, n.Kind, known.RequestID, known.Round, known.Kind)
	}
	b := a.book(n.RequestID)
	if n.Kind == onboard.NoticePaused || n.Round != b.request.Round {
		return
	}
	open := b.request.Total - len(b.rows)
	for _, inv := range b.rows {
		if inv.Open(n.Round) {
			open++
		}
	}
	if n.Kind == onboard.NoticeEnded && open > 0 {
		a.fail("notices: %s says that request %s ended, and %d of its rows are open", n.ID, n.RequestID, open)
	}
}

// noticed holds that the end of the latest round was told: with one id, and what it
// says is so.
func (a *audit) noticed(r onboard.Request, now time.Time) {
	var ends []*noticeBook
	for _, n := range inOrder(a.notices) {
		if a.w.plan.share == 0 && n.RequestID == r.ID && n.copies > 1 {
			a.fail("notices: %s came %d times though nothing went wrong", n.ID, n.copies)
		}
		if n.RequestID == r.ID && n.Round == r.Round && n.Kind == onboard.NoticeEnded {
			ends = append(ends, n)
		}
	}
	switch {
	case len(ends) == 0:
		a.fail("notices: nobody heard that round %d of request %s ended", r.Round, r.ID)
	case len(ends) > 1:
		a.fail("notices: round %d of request %s ended as %s and as %s", r.Round, r.ID, ends[0].ID, ends[1].ID)
	default:
		counts := r.Counts(now)
		maps.DeleteFunc(counts, func(_ onboard.State, n int) bool { return n == 0 })
		if !maps.Equal(counts, ends[0].Counts) {
			a.fail("notices: %s says %v, and the rows are %v", ends[0].ID, ends[0].Counts, counts)
		}
	}
}

// mute is a bug in how notices are given.
type mute struct {
	onboard.Notices
	notify func(ctx context.Context, n onboard.Notice) error
}

func (m mute) Notify(ctx context.Context, n onboard.Notice) error { return m.notify(ctx, n) }

// unnoticed are bugs in notices.
var unnoticed = map[string]func(a *actor, p ports) ports{
	"a notice is marked though it did not arrive": func(_ *actor, p ports) ports {
		inner := p.notices
		p.notices = mute{Notices: inner, notify: func(ctx context.Context, n onboard.Notice) error {
			_ = inner.Notify(ctx, n)
			return nil
		}}
		return p
	},
	"each copy of a notice has an id of its own": func(_ *actor, p ports) ports {
		inner := p.notices
		p.notices = mute{Notices: inner, notify: func(ctx context.Context, n onboard.Notice) error {
			n.ID += time.Now().String()
			return inner.Notify(ctx, n)
		}}
		return p
	},
	"notices are not remembered": requestWritten(func(r *onboard.Request) {
		if r.EndedAt.IsZero() {
			r.Noticed = nil
		}
	}),
	"the notice of one round counts for the next": requestRead(func(_ *actor, r *onboard.Request) {
		if last := r.Noticed[onboard.NoticeEnded]; last != "" {
			marks := maps.Clone(r.Noticed)
			marks[onboard.NoticeEnded] = strings.Replace(last, "."+string('0'+rune(r.Round-1))+".", "."+string('0'+rune(r.Round))+".", 1)
			r.Noticed = marks
		}
	}),
}
