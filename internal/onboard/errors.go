package onboard

import "errors"

// Error classes of the pool. A class says what the caller does next. Adapters
// translate the service's error codes into classes, in one place; all others ask
// with [errors.Is].
var (
	// ErrExists: the address has a user. An earlier attempt of ours whose answer
	// was lost looks the same, so look the user up before deciding.
	ErrExists = errors.New("the address has a user")

	// ErrUserNotFound: the address has no user. Right after ErrExists it only means
	// that the pool's reads lag behind its writes.
	ErrUserNotFound = errors.New("the address has no user")

	// ErrThrottled: the call was turned away and nothing happened. Lower the
	// pace, try later, count no attempt.
	ErrThrottled = errors.New("turned away: too many calls")

	// ErrNotTaken: the pool did not take the temporary password that the call carried,
	// and nothing happened. The next call for the row carries none: try later, count no
	// attempt.
	ErrNotTaken = errors.New("the pool did not take the temporary password")

	// ErrMailQuota: the day's mail is used up. Whether the user was created is not
	// documented, so look the user up before trying again.
	ErrMailQuota = errors.New("the day's mail is used up")

	// ErrNotMailed: the user was created, the mail was not sent.
	ErrNotMailed = errors.New("user created, mail not sent")

	// ErrSignedIn: a resend was asked for a user who has no temporary password; see
	// [User].
	ErrSignedIn = errors.New("the user has no temporary password")

	// ErrRefused: the pool refuses this row; see [PoolError].
	ErrRefused = errors.New("refused")

	// ErrMisconfigured: the pool refuses every row until somebody fixes the pool, its
	// triggers or our rights; see [PoolError].
	ErrMisconfigured = errors.New("the pool is not set up for this")

	// ErrUnclear: no answer came, or none that says what happened. The call may have
	// had its effect.
	ErrUnclear = errors.New("no clear answer")
)

// Error classes of the store.
var (
	// ErrConflict: the record has changed since the caller read it; read it again.
	ErrConflict = errors.New("changed since it was read")

	// ErrNotFound: unknown, or expired.
	ErrNotFound = errors.New("not found")

	// ErrDamaged: the store has a record that usher did not write in this form. Unlike
	// an outage this does not end until somebody repairs or deletes the record.
	ErrDamaged = errors.New("the stored record cannot be read; repair or delete it")
)

// PoolError is an answer of the pool: its class, and what it means to people. Its
// text is for logs; it has no address and no password.
type PoolError struct {
	Class  error  // one of the pool's classes above
	Code   Code   // for the invitation or the pause
	Cause  Cause  // what the code alone does not say: see [PoolError.Reason]
	Detail string // the service's error code, for logs

	// Unmailed marks an answer that may come from the pool's mailing: the user may
	// exist by then, and no mail has gone out.
	Unmailed bool
}

// Error names the class and the detail.
func (e *PoolError) Error() string {
	if e.Detail == "" {
		return e.Class.Error()
	}
	return e.Class.Error() + " (" + e.Detail + ")"
}

// Unwrap gives the class to [errors.Is].
func (e *PoolError) Unwrap() error { return e.Class }
