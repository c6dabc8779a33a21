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
