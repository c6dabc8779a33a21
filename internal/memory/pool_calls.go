package memory

import (
	"context"
	"strconv"
	"time"

	"usher.example/internal/onboard"
)

// Op is a kind of call on a pool.
type Op string

// The calls of [onboard.Pool] and [onboard.Directory].
const (
	OpInvite     Op = "invite"
	OpResend     Op = "resend"
	OpLook       Op = "look"
	OpAddToGroup Op = "add_to_group"
	OpFind       Op = "find"
)

// Calls counts the calls that reached the pool, including those it turned away.
type Calls struct {
	Invites   int
	Resends   int
	Looks     int
	GroupAdds int
	Finds     int
	Throttled int // of all of them
}

// Calls returns how many calls there were so far.
func (p *Pool) Calls() Calls {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// effect is what a call does once it reaches the pool. It runs with the mutex held.
type effect func(now time.Time) (onboard.User, error)

// Invite implements [onboard.Pool].
func (p *Pool) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	ask.Attributes = copyAttributes(ask.Attributes)
	return p.call(ctx, OpInvite, ask.Email, func(now time.Time) (onboard.User, error) {
		return p.create(ask, now)
	})
}

// Resend implements [onboard.Pool].
func (p *Pool) Resend(ctx context.Context, email string) (onboard.User, error) {
	return p.call(ctx, OpResend, email, func(now time.Time) (onboard.User, error) {
		return p.mailAgain(email, now)
	})
}

// Look implements [onboard.Pool].
func (p *Pool) Look(ctx context.Context, email string) (onboard.User, error) {
	return p.call(ctx, OpLook, email, func(now time.Time) (onboard.User, error) {
		u, err := p.find(email, now)
		if err != nil {
			return onboard.User{}, err
		}
		return u.User, nil
	})
}

// AddToGroup implements [onboard.Pool].
func (p *Pool) AddToGroup(ctx context.Context, email, group string) error {
	_, err := p.call(ctx, OpAddToGroup, email, func(now time.Time) (onboard.User, error) {
		return onboard.User{}, p.join(email, group, now)
	})
	return err
}

// Find implements [onboard.Directory]. Whether Cognito compares addresses in a filter with
// regard to case is documented nowhere; this pool does.
func (p *Pool) Find(ctx context.Context, email string) ([]onboard.FoundUser, error) {
	var found []onboard.FoundUser
	_, err := p.call(ctx, OpFind, email, func(now time.Time) (onboard.User, error) {
		found = p.list(email, now)
		return onboard.User{}, nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// waitingPage is how many users a page of waiting ones has at most (Amazon Cognito API
// Reference, "ListUsers": Limit).
const waitingPage = 60

// Waiting implements [onboard.Directory]. Tokens name the last user of a page and work for
// as long as the pool does, also when users are deleted meanwhile.
func (p *Pool) Waiting(ctx context.Context, token string) (users []onboard.WaitingUser, next string, err error) {
	_, err = p.call(ctx, OpFind, "", func(now time.Time) (onboard.User, error) {
		after, err := 0, error(nil)
		if token != "" {
			after, err = strconv.Atoi(token)
		}
		if err != nil {
			return onboard.User{}, &onboard.PoolError{Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Detail: "InvalidParameterException"}
		}
		last := 0
		for _, u := range p.listed(now) {
			if u.number <= after || p.showsSignedIn(u, now) {
				continue
			}
			if len(users) == p.listPage {
				next = strconv.Itoa(last)
				break
			}
			users, last = append(users, onboard.WaitingUser{Sub: u.Sub, Email: u.attributes["email"]}), u.number
		}
		return onboard.User{}, nil
	})
	if err != nil {
		return nil, "", err
	}
	return users, next, nil
}

// call takes one call to the pool and its answer back. Each way takes half the
// latency. A caller that gives up before the call arrives does not stop it.
func (p *Pool) call(ctx context.Context, op Op, email string, do effect) (onboard.User, error) {
	if err := ctx.Err(); err != nil {
		return onboard.User{}, err
	}
	p.mu.Lock()
	latency := p.latency
	p.mu.Unlock()
	there := latency / 2
	arrives := time.Now().Add(there)
	if !onboard.Sleep(ctx, there) {
		time.AfterFunc(time.Until(arrives), func() { p.arrive(op, email, do) })
		return onboard.User{}, answerUnclear("RequestCanceled")
	}
	user, lost, err := p.arrive(op, email, do)
	if !onboard.Sleep(ctx, latency-there) {
		return onboard.User{}, answerUnclear("RequestCanceled")
	}
	if lost {
		return onboard.User{}, answerUnclear("ConnectionReset")
	}
	return user, err
}

// arrive handles a call at the pool; lost says that its answer will not get back.
func (p *Pool) arrive(op Op, email string, do effect) (user onboard.User, lost bool, err error) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(op)
	if p.drawn(lostCall, op, email, p.faults.LostCalls) {
		return onboard.User{}, true, nil
	}
	lost = p.drawn(lostAnswer, op, email, p.faults.LostAnswers)
	if p.turnsAway(op, email, now) {
		p.calls.Throttled++
		return onboard.User{}, lost, answerThrottled()
	}
	if p.faults.Misconfigured != "" {
		return onboard.User{}, lost, answerMisconfigured(p.faults.Misconfigured)
	}
	if p.faults.Answer != nil {
		if answer := p.faults.Answer(op, email); answer != nil {
			return onboard.User{}, lost, answer
		}
	}
	user, err = do(now)
	return user, lost, err
}

func (p *Pool) count(op Op) {
	switch op {
	case OpInvite:
		p.calls.Invites++
	case OpResend:
		p.calls.Resends++
	case OpLook:
		p.calls.Looks++
	case OpAddToGroup:
		p.calls.GroupAdds++
	case OpFind:
		p.calls.Finds++
	}
}

// turnsAway reports whether a call comes too soon after the others.
func (p *Pool) turnsAway(op Op, email string, now time.Time) bool {
	if p.drawn(throttled, op, email, p.faults.Throttled) {
		return true
	}
	e := p.enforcerOf(op)
	return e != nil && !e.Allow(now)
}

func (p *Pool) enforcerOf(op Op) Enforcer {
	switch op {
	case OpLook:
		return p.reads
	case OpAddToGroup:
		return p.joins
	case OpFind:
		return p.lists
	}
	return p.creations
}
