package sim_test

import (
	"context"
	"errors"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// poolPort is the pool as one actor reaches it.
type poolPort struct{ a *actor }

var _ onboard.Pool = poolPort{}

func (p poolPort) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	return p.user(ctx, memory.OpInvite, ask.Email, !ask.SuppressMail, func(ctx context.Context) (onboard.User, error) {
		return p.a.w.pool.Invite(ctx, ask)
	})
}

func (p poolPort) Resend(ctx context.Context, email string) (onboard.User, error) {
	return p.user(ctx, memory.OpResend, email, true, func(ctx context.Context) (onboard.User, error) {
		return p.a.w.pool.Resend(ctx, email)
	})
}

func (p poolPort) Look(ctx context.Context, email string) (onboard.User, error) {
	return p.user(ctx, memory.OpLook, email, false, func(ctx context.Context) (onboard.User, error) {
		return p.a.w.pool.Look(ctx, email)
	})
}

func (p poolPort) AddToGroup(ctx context.Context, email, group string) error {
	_, err := p.user(ctx, memory.OpAddToGroup, email, false, func(ctx context.Context) (onboard.User, error) {
		err := p.a.w.pool.AddToGroup(ctx, email, group)
		if err == nil {
			p.a.w.audit.joined(email, group)
		}
		return onboard.User{}, err
	})
	return err
}

// user carries one call to the pool and has it written into the books, when it
// leaves and when it has its effect. The pool knows no clock but its own, so
// its times are moved only against the actor's.
func (p poolPort) user(ctx context.Context, op memory.Op, email string, mails bool,
	effect func(ctx context.Context) (onboard.User, error)) (onboard.User, error) {
	if p.a.missesItsPlace(op) {
		return onboard.User{}, ctx.Err()
	}
	audit := p.a.w.audit
	made := &poolCall{op: op, address: onboard.FoldAddress(email), mails: mails, actor: p.a}
	c := call{to: toPool, op: string(op), at: made.address, late: latePool, leaves: func() { audit.left(made) }}
	var user onboard.User
	err := p.a.do(ctx, c, func(ctx context.Context) error {
		var err error
		user, err = effect(ctx)
		audit.had(made, user, err)
		return err
	})
	made.heard = !errors.Is(err, onboard.ErrUnclear)
	if err != nil {
		return onboard.User{}, err
	}
	user.CreatedAt, user.ModifiedAt = p.a.byPool(user.CreatedAt), p.a.byPool(user.ModifiedAt)
	return user, nil
}
