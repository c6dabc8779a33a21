package sim_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// bugs are mistakes that a developer could make in usher, each small enough to
// pass a review. The simulation must find every one.
func bugs() []bug {
	all := []bug{
		{name: "messages are acknowledged before they are judged", acksFirst: true},
		{name: "rows may name every group", anyGroup: true},
		{name: "messages are acknowledged whatever the worker says", keepsNothing: true},
		{name: "what is under way ends while the machine sleeps", sleepless: true, plan: plan.sleepy},
	}
	for name, f := range misread {
		all = append(all, bug{name: name, ports: func(a *actor, p ports) ports {
			p.store = ill{Store: p.store, load: func(id string, row int, inv *onboard.Invitation, c *onboard.Claim) {
				f(a, rowID{request: id, row: row}, inv, c)
			}}
			return p
		}})
	}
	for name, f := range miswritten {
		all = append(all, bug{name: name, ports: func(a *actor, p ports) ports {
			inner := p.store
			p.store = ill{Store: inner, save: func(ctx context.Context, w onboard.Write) error { return f(ctx, a, inner, w) }}
			return p
		}})
	}
	for name, f := range misasked {
		all = append(all, bug{name: name, ports: func(_ *actor, p ports) ports {
			inner := p.pool
			p.pool = sick{Pool: inner, invite: func(ctx context.Context, ask onboard.Ask) (onboard.User, error) { return f(ctx, inner, ask) }}
			return p
		}})
	}
	for name, f := range unnoticed {
		all = append(all, bug{name: name, ports: f})
	}
	for name, f := range unreported {
		all = append(all, bug{name: name, ports: f})
	}
	for name, f := range misjudged {
		all = append(all, bug{name: name, ports: f})
	}
	for name, f := range misscanned {
		all = append(all, bug{name: name, ports: f})
	}
	for name, f := range miserased {
		all = append(all, bug{name: name, ports: f, plan: plan.erasing})
	}
	for name, f := range misplaced {
		all = append(all, bug{name: name, ports: f})
	}
	return all
}

// misread are bugs in what is made of a row and its claim when they are read.
var misread = map[string]func(a *actor, id rowID, inv *onboard.Invitation, c *onboard.Claim){
	"whoever comes by owns a trail": func(_ *actor, id rowID, _ *onboard.Invitation, c *onboard.Claim) {
		if !c.Trail.Empty() {
			c.Trail.By = onboard.Holder{RequestID: id.request, Row: id.row}
		}
	},
	"trails are not looked at": func(_ *actor, _ rowID, _ *onboard.Invitation, c *onboard.Claim) {
		c.Trail = onboard.Trail{}
	},
	"the last call need not be over before the next": func(_ *actor, _ rowID, _ *onboard.Invitation, c *onboard.Claim) {
		overNow(c)
	},
	"used-up rows are settled without waiting": func(a *actor, id rowID, _ *onboard.Invitation, c *onboard.Claim) {
		if a.failures[id] >= a.w.plan.tries {
			overNow(c)
		}
	},
	"used-up rows are settled without a look": func(a *actor, id rowID, _ *onboard.Invitation, c *onboard.Claim) {
		if a.failures[id] >= a.w.plan.tries {
			c.Trail = onboard.Trail{}
		}
	},
	"canceled rows are settled without a look": func(a *actor, id rowID, _ *onboard.Invitation, c *onboard.Claim) {
		if a.w.audit.book(id.request).request.Phase == onboard.Stopped {
			c.Trail = onboard.Trail{}
		}
	},
	"who was credited with a user is forgotten": func(_ *actor, _ rowID, _ *onboard.Invitation, c *onboard.Claim) {
		c.CreditedTo, c.UserSub = onboard.Holder{}, ""
	},
	"a held claim is taken": func(_ *actor, _ rowID, _ *onboard.Invitation, c *onboard.Claim) {
		c.Holder, c.Until = onboard.Holder{}, time.Time{}
	},
	"that a mail could not be sent is forgotten": func(_ *actor, _ rowID, inv *onboard.Invitation, _ *onboard.Claim) {
		if inv.State == onboard.Deferred && inv.Code == onboard.CodeMailNotDelivered {
			inv.Code = ""
		}
	},
	"outcomes are overwritten": func(_ *actor, _ rowID, inv *onboard.Invitation, _ *onboard.Claim) {
		if inv.State.IsOutcome() {
			inv.State = onboard.Pending
		}
	},
}

func overNow(c *onboard.Claim) {
	if now := time.Now(); c.Trail.To.After(now) {
		c.Trail.To = now
	}
}

// miswritten are bugs in what is written of a row and its claim.
var miswritten = map[string]func(ctx context.Context, a *actor, s onboard.Store, w onboard.Write) error{
	"addresses are not claimed": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		w.Claim = nil
		return s.Save(ctx, w)
	},
	"a claim that changed is written all the same": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		err := s.Save(ctx, w)
		if !errors.Is(err, onboard.ErrConflict) || w.Claim == nil {
			return err
		}
		inv, c, err := s.Load(ctx, w.Invitation.RequestID, w.Invitation.Row, w.Claim.Address)
		if err != nil || inv.State.IsOutcome() {
			return onboard.ErrConflict
		}
		w.Invitation.Version, w.Claim.Version = inv.Version, c.Version
		return s.Save(ctx, w)
	},
	"claims are held for a moment only": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if held(w) {
			w.Claim.Until = time.Now().Add(10 * time.Millisecond)
		}
		return s.Save(ctx, w)
	},
	"attempts are not written down before the call": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if held(w) {
			w.Claim.Trail = onboard.Trail{}
		}
		return s.Save(ctx, w)
	},
	"a trail is dropped with the claim": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if w.Claim != nil && !held(w) {
			w.Claim.Trail = onboard.Trail{}
		}
		return s.Save(ctx, w)
	},
	"a trail begins when the call has been made": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if w.Claim != nil && !w.Claim.Trail.From.IsZero() {
			w.Claim.Trail.From = w.Claim.Trail.From.Add(2 * maxSkew)
		}
		return s.Save(ctx, w)
	},
	"that a call mailed nobody is forgotten": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if w.Claim != nil {
			w.Claim.Trail.Unmailed = false
		}
		return s.Save(ctx, w)
	},
	"that a resend was asked for is forgotten": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if w.Claim != nil {
			w.Claim.Trail.ResentAfter = time.Time{}
		}
		return s.Save(ctx, w)
	},
	"rows are settled before the call": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if held(w) && w.Invitation.State == onboard.Pending {
			w.Invitation.State = onboard.Invited
			w.Tally.States = map[onboard.State]int{onboard.Invited: 1}
		}
		return s.Save(ctx, w)
	},
	"counts change outside of the row's write": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		delta := w.Tally
		w.Tally = onboard.Tally{}
		if err := s.Save(ctx, w); err != nil || len(delta.States) == 0 {
			return err
		}
		r, err := s.Request(ctx, w.Invitation.RequestID)
		if err != nil {
			return err
		}
		return s.SaveRequest(ctx, r, delta)
	},
	"counts change though the row's write does not": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		err := s.Save(ctx, w)
		if errors.Is(err, onboard.ErrConflict) && len(w.Tally.States) > 0 {
			if r, err := s.Request(ctx, w.Invitation.RequestID); err == nil {
				_ = s.SaveRequest(ctx, r, w.Tally)
			}
		}
		return err
	},
	"deferred rows are due in a year": func(ctx context.Context, a *actor, s onboard.Store, w onboard.Write) error {
		if w.Invitation.State == onboard.Deferred && w.Claim != nil {
			w.Invitation.DueAt = time.Now().AddDate(1, 0, 0)
		}
		return s.Save(ctx, w)
	},
	"a paused request's rows are not stored": func(ctx context.Context, _ *actor, s onboard.Store, w onboard.Write) error {
		if w.Invitation.State == onboard.Deferred && w.Invitation.Code == onboard.CodeMisconfigured {
			return nil
		}
		return s.Save(ctx, w)
	},
}

// misasked are bugs in how the pool is asked.
var misasked = map[string]func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error){
	"a call without an answer is made again at once": func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
		u, err := p.Invite(ctx, ask)
		if errors.Is(err, onboard.ErrUnclear) {
			return p.Invite(ctx, ask)
		}
		return u, err
	},
	"who exists is mailed again": func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
		u, err := p.Invite(ctx, ask)
		if errors.Is(err, onboard.ErrExists) {
			return p.Resend(ctx, ask.Email)
		}
		return u, err
	},
	"everybody is looked up first": func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
		if u, err := p.Look(ctx, ask.Email); err == nil {
			return u, &onboard.PoolError{Class: onboard.ErrExists}
		}
		return p.Invite(ctx, ask)
	},
	"a trigger that said no left nobody behind": func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
		u, err := p.Invite(ctx, ask)
		var answer *onboard.PoolError
		if errors.As(err, &answer) {
			answer.Unmailed = false
		}
		return u, err
	},
	"who was mailed is mailed once more": func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
		u, err := p.Invite(ctx, ask)
		if err == nil && !ask.SuppressMail {
			return onboard.User{}, &onboard.PoolError{Class: onboard.ErrNotMailed, Code: onboard.CodeMailNotDelivered}
		}
		return u, err
	},
	"a lost answer is a mail that could not be sent": asIf(onboard.ErrUnclear, onboard.ErrNotMailed),
	"a lost answer means that nothing happened":      asIf(onboard.ErrUnclear, onboard.ErrThrottled),
	"a lost answer is a refusal":                     asIf(onboard.ErrUnclear, onboard.ErrRefused),
	"to be turned away is a failure":                 asIf(onboard.ErrThrottled, onboard.ErrUnclear),
	"the mail quota is a refusal":                    asIf(onboard.ErrMailQuota, onboard.ErrRefused),
	"the mail quota is to be turned away":            asIf(onboard.ErrMailQuota, onboard.ErrThrottled),
	"who was not mailed was refused":                 asIf(onboard.ErrNotMailed, onboard.ErrRefused),
	"a pool that is not set up refuses every row":    asIf(onboard.ErrMisconfigured, onboard.ErrRefused),
}

// asIf takes one class of answer for another.
func asIf(class, taken error) func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
	return func(ctx context.Context, p onboard.Pool, ask onboard.Ask) (onboard.User, error) {
		u, err := p.Invite(ctx, ask)
		var answer *onboard.PoolError
		if errors.As(err, &answer) && errors.Is(err, class) {
			return u, &onboard.PoolError{Class: taken, Code: answer.Code, Cause: answer.Cause, Detail: answer.Detail}
		}
		return u, err
	}
}

// requestRead is a bug in what is made of a request when it is read.
func requestRead(f func(a *actor, r *onboard.Request)) func(a *actor, p ports) ports {
	return func(a *actor, p ports) ports {
		p.store = ill{Store: p.store, request: func(r *onboard.Request) { f(a, r) }, open: func(list []onboard.Request) []onboard.Request {
			for i := range list {
				f(a, &list[i])
			}
			return list
		}}
		return p
	}
}

// requestWritten is a bug in what is written of a request.
func requestWritten(f func(r *onboard.Request)) func(a *actor, p ports) ports {
	return func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, saveRequest: func(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
			f(&r)
			return inner.SaveRequest(ctx, r, delta)
		}}
		return p
	}
}

// misplaced are bugs anywhere else.
var misplaced = map[string]func(a *actor, p ports) ports{
	"users of any age are taken for ours": func(_ *actor, p ports) ports {
		p.pool = sick{Pool: p.pool, look: func(_ string, u *onboard.User) { u.CreatedAt = time.Now() }}
		return p
	},
	"a lost answer means that the group was joined": func(_ *actor, p ports) ports {
		inner := p.pool
		p.pool = sick{Pool: inner, join: func(ctx context.Context, email, group string) error {
			err := inner.AddToGroup(ctx, email, group)
			if errors.Is(err, onboard.ErrUnclear) {
				return nil
			}
			return err
		}}
		return p
	},
	"whoever came after a trail belongs to it": func(a *actor, p ports) ports {
		p.pool = sick{Pool: p.pool, look: func(email string, u *onboard.User) {
			_, c, _ := a.w.store.Load(context.Background(), "", 0, onboard.FoldAddress(email))
			if u.CreatedAt.After(c.Trail.To) {
				u.CreatedAt = c.Trail.To
			}
		}}
		return p
	},
	"a lost answer means that the second group was joined": func(_ *actor, p ports) ports {
		inner := p.pool
		p.pool = sick{Pool: inner, join: func(ctx context.Context, email, group string) error {
			err := inner.AddToGroup(ctx, email, group)
			if errors.Is(err, onboard.ErrUnclear) && group != "staff" {
				return nil
			}
			return err
		}}
		return p
	},
	"rows are attempted before their round begins": func(a *actor, p ports) ports {
		p.store = ill{Store: p.store, request: func(r *onboard.Request) {
			if r.Phase == onboard.Accepting && strings.HasPrefix(a.name, "worker") {
				r.Phase, r.Round = onboard.Running, 1
			}
		}}
		return p
	},
	"a send that failed half-way passes": func(_ *actor, p ports) ports {
		inner := p.queue
		p.queue = deaf{Queue: inner, send: func(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
			_ = inner.Send(ctx, messages, delay)
			return ctx.Err()
		}}
		return p
	},
	"a round that was given up is not closed": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, saveRequest: func(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
			if r.Phase == onboard.Accepting && !r.AcceptedUntil.After(time.Now()) {
				return nil
			}
			return inner.SaveRequest(ctx, r, delta)
		}}
		return p
	},
	"due rows are moved on and not sent": func(a *actor, p ports) ports {
		if strings.HasPrefix(a.name, "requeue") {
			inner := p.store
			p.queue = deaf{Queue: p.queue, send: func(context.Context, []onboard.Message, time.Duration) error { return nil }}
			p.store = ill{Store: inner, save: func(ctx context.Context, w onboard.Write) error {
				w.Invitation.DueAt = time.Now().AddDate(1, 0, 0)
				return inner.Save(ctx, w)
			}}
		}
		return p
	},
	"keys are not kept": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, create: func(ctx context.Context, r onboard.Request, _ *onboard.Key) error {
			return inner.CreateRequest(ctx, r, nil)
		}}
		return p
	},
	"each worker has a pace of its own": func(a *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, reserve: func(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
			return inner.Reserve(ctx, lane+a.name, want)
		}}
		return p
	},
	"half the time is reserved": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, reserve: func(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
			want.Span /= 2
			return inner.Reserve(ctx, lane, want)
		}}
		return p
	},
	"seals are not looked at": requestRead(func(a *actor, r *onboard.Request) {
		if !strings.HasPrefix(a.name, "requeue") { // it makes them
			r.SealKey = nil
		}
	}),
	"requests do not close":      requestRead(func(_ *actor, r *onboard.Request) { r.ClosesAt = time.Time{} }),
	"requests close a day early": requestRead(func(_ *actor, r *onboard.Request) { r.ClosesAt = moved(r.ClosesAt, -24*time.Hour) }),
	"a resume is not remembered": requestWritten(func(r *onboard.Request) {
		if r.PutBack != nil && r.PutBack.Rows == onboard.WaitingRows {
			r.PutBack = nil
		}
	}),
	"an end is written when one row is missing": func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, open: func(list []onboard.Request) []onboard.Request {
			for i := range list {
				if list[i].Round > 0 && list[i].Counts(time.Now())[onboard.Pending] == 1 {
					list[i].Total--
				}
			}
			return list
		}}
		return p
	},
	"an end is written each time": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, saveRequest: func(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
			if !r.EndedAt.IsZero() {
				r.EndedAt = time.Now()
			}
			return inner.SaveRequest(ctx, r, delta)
		}}
		return p
	},
	"open requests are not looked after": func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, open: func([]onboard.Request) []onboard.Request { return nil }}
		return p
	},
	"lost rows are not sent again": func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, open: func(list []onboard.Request) []onboard.Request {
			return slices.DeleteFunc(list, func(r onboard.Request) bool { return r.Counts(time.Now())[onboard.Pending] > 0 })
		}}
		return p
	},
	"the manifest lacks its last part": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, manifest: func(ctx context.Context, id string, parts []onboard.ManifestPart, expires time.Time) error {
			return inner.SaveManifest(ctx, id, parts[:len(parts)-1], expires)
		}}
		return p
	},
	"a claim is forgotten before its row": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, save: func(ctx context.Context, w onboard.Write) error {
			if w.Claim != nil {
				w.Claim.ExpiresAt = time.Now().Add(12 * time.Hour)
			}
			return inner.Save(ctx, w)
		}}
		return p
	},
	"a place is late whatever the store took": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, reserve: func(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
			want.Lead = 0
			return inner.Reserve(ctx, lane, want)
		}}
		return p
	},
	"a place is taken before it is asked whether it is of use": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, reserve: func(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
			latest := want.Latest
			want.Latest = want.Latest.AddDate(1, 0, 0)
			r, err := inner.Reserve(ctx, lane, want)
			if err == nil && r.Start.After(latest) {
				r.Start, r.Refused = time.Time{}, onboard.TooFar
			}
			return r, err
		}}
		return p
	},
	"a failure counts although nobody succeeds": func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, cell: func(c *onboard.Cell) { c.ClearAt = time.Now() }}
		return p
	},
	"the mails of a batch are counted as one": func(_ *actor, p ports) ports {
		p.store = ill{Store: p.store, spend: func(int) int { return 1 }}
		return p
	},
	"that the day's mail is used up is not shared": func(_ *actor, p ports) ports {
		inner := p.store
		p.store = ill{Store: inner, saveCell: func(ctx context.Context, lane string, c onboard.Cell) error {
			c.ClosedUntil = time.Time{}
			return inner.SaveCell(ctx, lane, c)
		}}
		return p
	},
}
