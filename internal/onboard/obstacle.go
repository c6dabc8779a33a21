package onboard

import "context"

// Obstacle is what keeps every row of an order from succeeding, however good it is.
type Obstacle struct {
	Code    Code // [CodePoolNotReady] or [CodeSenderNotReady]
	Finding Finding
}

// fault is what a row is refused for.
func (o Obstacle) fault() *Fault { return &Fault{o.Code, o.Finding.Effect + " " + o.Finding.Fix} }

// obstacleTo returns what every row of an order would fail for; nil: nothing that is known, or
// the caller knows better. Of a resend, which changes nothing in the pool but the
// password, only the mail counts.
func obstacleTo(o Order, pool *PoolSettings) *Obstacle {
	switch {
	case pool == nil || o.IgnorePool:
		return nil
	case pool.refusesAddresses() && !o.Options.ResendOnly:
		return &Obstacle{CodePoolNotReady, addressesRefused(*pool)}
	case o.Options.sendsMail():
		return pool.mailStopped()
	}
	return nil
}

// mailStopped returns why the sender mails nobody at all; nil if it mails somebody, or
// that is not known. In the sandbox it mails those who are verified.
//
// A person who is created now would be left with an account and no mail, and one who is
// mailed again would lose the password that they have.
func (p PoolSettings) mailStopped() *Obstacle {
	for _, find := range []func() (Finding, bool){p.senderPaused, p.senderUnverified} {
		if f, ok := find(); ok {
			return &Obstacle{CodeSenderNotReady, f}
		}
	}
	return nil
}

// mailObstacle is the error of an action that has people mailed while the sender mails
// nobody.
func (s *Submitter) mailObstacle(ctx context.Context) error {
	if pool := s.Pool.Settings(ctx); pool != nil {
		if o := pool.mailStopped(); o != nil {
			return &PoolNotReadyError{Obstacle: *o}
		}
	}
	return nil
}
