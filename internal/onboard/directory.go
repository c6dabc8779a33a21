package onboard

import (
	"context"
	"time"
)

// Directory finds the users of an address without making anybody billed. It may be a
// moment behind, so the protocol never decides by it: it is for people to read. Safe for
// concurrent use.
type Directory interface {
	// Find returns the users whose address is spelled exactly so; none is no error.
	// Errors: ErrThrottled, ErrMisconfigured, ErrUnclear.
	Find(ctx context.Context, email string) ([]FoundUser, error)

	// Waiting returns a page of the users whose temporary password waits to be replaced
	// (FORCE_CHANGE_PASSWORD), expired ones among them. Token is "" for the first page
	// and otherwise the next of the page before, which works for an hour; next is "" at
	// the end. Errors: as of Find; a token that does not work any more is
	// ErrMisconfigured.
	Waiting(ctx context.Context, token string) (users []WaitingUser, next string, err error)
}

// WaitingUser is a user who has not signed in.
type WaitingUser struct {
	Sub   string
	Email string
}

// FoundUser is a user as the pool lists them.
type FoundUser struct {
	Sub        string
	CreatedAt  time.Time
	ModifiedAt time.Time
	Enabled    bool
	Standing   Standing
}

// Standing is how far a user has come.
type Standing string

// The standings.
const (
	StandingWaiting  Standing = "waiting"    // has a temporary password, or had one that expired
	StandingSignedIn Standing = "signed_in"  // has signed in, or never had a temporary password
	StandingReset    Standing = "must_reset" // must choose a new password: an administrator or an import reset it
)
