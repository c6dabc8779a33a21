package cognitopool

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"usher.example/internal/onboard"
)

const (
	// policyAge is how long the pool's password policy is taken from memory, policyRetry
	// when it is read again after a failure, and policyTimeout how long a call that
	// waits for it may take.
	policyAge     = 5 * time.Minute
	policyRetry   = 30 * time.Second
	policyTimeout = time.Second

	// plainFor is how long the pool makes the passwords after it took none of ours.
	plainFor = 10 * time.Minute
)

// passwords says which calls carry a temporary password of usher's. A password is in
// the one call that it is made for, and nowhere else. Nil: none does.
type passwords struct {
	read func(context.Context) (onboard.PoolSettings, error)

	turn   chan struct{}           // filled by the goroutine that uses the fields below
	takes  bool                    // by the latest reading of the policy
	readAt time.Time               // when it is to be read again
	plain  map[operation]time.Time // until when such calls carry none
}

// WithTypeablePasswords returns p, except that people get temporary passwords that can
// be typed ([onboard.TypeablePassword]), where the pool takes them. It reads the pool's
// password policy every few minutes.
func (p *Pool) WithTypeablePasswords() *Pool {
	typeable := *p
	typeable.passwords = &passwords{read: p.describe, turn: make(chan struct{}, 1), plain: map[operation]time.Time{}}
	return &typeable
}

// next returns a new password for a call, nil where the pool makes it.
func (w *passwords) next(ctx context.Context, op operation) *string {
	if w == nil || !w.carries(ctx, op) {
		return nil
	}
	return aws.String(onboard.TypeablePassword())
}

// carries reports whether a call carries a password. One goroutine reads the policy;
// the others wait for it.
func (w *passwords) carries(ctx context.Context, op operation) bool {
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done(): // then the call does not leave either
		return false
	}
	now := time.Now()
	if now.Before(w.plain[op]) {
		return false
	}
	if !now.Before(w.readAt) {
		limited, cancel := context.WithTimeout(ctx, policyTimeout)
		settings, err := w.read(limited)
		cancel()
		if err == nil {
			w.takes, w.readAt = settings.TakesTypeable(), now.Add(policyAge)
		} else if ctx.Err() == nil {
			w.readAt = now.Add(policyRetry)
		}
	}
	return w.takes
}

// refusals are the answers to a call with a password that one without it may not get.
// That a resend may carry one is documented nowhere. To an invitation an invalid
// parameter is about the row.
var refusals = map[operation][]string{
	invite: {"InvalidPasswordException"},
	resend: {"InvalidPasswordException", "InvalidParameterException"},
}

// judge returns what the error of a call with a password means: the pool may take the
// same call without one.
func (w *passwords) judge(op operation, err error) error {
	var answer *onboard.PoolError
	if !errors.As(err, &answer) || !slices.Contains(refusals[op], answer.Detail) {
		return err
	}
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	w.plain[op] = time.Now().Add(plainFor)
	return &onboard.PoolError{Class: onboard.ErrNotTaken, Code: answer.Code, Detail: answer.Detail}
}
