package onboard

import "errors"

// Error classes of the pool. A class says what the caller does next; adapters
// translate into one of them once, by the service's error code, and everybody
// else asks with [errors.Is].
var (
	// ErrExists: the address has a user. An earlier attempt of ours whose answer
	// was lost looks just like this: look before judging.
	ErrExists = errors.New("the address has a user")

	// ErrUserNotFound: the address has no user. Right after ErrExists it means
	// only that the pool has not caught up with itself.
	ErrUserNotFound = errors.New("the address has no user")

	// ErrThrottled: the call was turned away and nothing happened. Lower the
	// pace, try later, count no attempt.
	ErrThrottled = errors.New("turned away: too many calls")

	// ErrMailQuota: the day's mail is used up. Whether the user was created is
	// not documented, so look for one before trying again.
	ErrMailQuota = errors.New("the day's mail is used up")

	// ErrNotMailed: the user was created, the mail was not sent.
	ErrNotMailed = errors.New("user created, mail not sent")

	// ErrSignedIn: a resend was asked for somebody who has a password of their own.
	ErrSignedIn = errors.New("the person has signed in before")

	// ErrRefused: this row can never pass as it stands; see [PoolError].
	ErrRefused = errors.New("refused")

	// ErrMisconfigured: no row can pass until somebody fixes the pool, its
	// triggers or our rights; see [PoolError].
	ErrMisconfigured = errors.New("the pool is not set up for this")

	// ErrUnclear: no answer came, or none that tells. The call may have had its effect.
	ErrUnclear = errors.New("no clear answer")
)

// Error classes of the store.
var (
	// ErrConflict: what the caller knew is no longer so; read again.
	ErrConflict = errors.New("changed by somebody else")

	// ErrNotFound: unknown, or expired.
	ErrNotFound = errors.New("not found")

	// ErrDamaged: the store has a record that usher did not write like this. Unlike
	// an outage it does not pass: it is the same each time until somebody repairs
	// or deletes the record.
	ErrDamaged = errors.New("what is stored cannot be read; repair or delete it")
)

// PoolError is an answer of the pool with its class and, for people, what it
// means. Its text is for logs of operators who know the pool; it holds no
// address and no password.
type PoolError struct {
	Class  error  // one of the pool's classes above
	Code   Code   // for the invitation or the pause
	Cause  Cause  // what the code alone does not say: see [PoolError.Reason]
	Detail string // the service's error code, for logs

	// Unmailed marks an answer that may come from where the pool mails: the user
	// may have been made by then, and no mail has gone out.
	Unmailed bool
}

// Error names the class and the service's own code.
func (e *PoolError) Error() string {
	if e.Detail == "" {
		return e.Class.Error()
	}
	return e.Class.Error() + " (" + e.Detail + ")"
}

// Unwrap gives the class to [errors.Is].
func (e *PoolError) Unwrap() error { return e.Class }
