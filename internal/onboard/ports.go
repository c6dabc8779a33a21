package onboard

import (
	"context"
	"time"
)

// Pool is the user pool that people are invited into. Every method makes at
// most one call that has an effect and never repeats one by itself: pacing and
// further attempts are up to the caller. All are safe for concurrent use.
//
// When ctx ends before the call has left, a method returns ctx.Err() and
// nothing was sent. Any other error wraps one of the classes that its comment
// names, inside a [*PoolError] where people need a code and a reason.
type Pool interface {
	// Invite creates the user of an address and, unless mail is suppressed, has
	// the pool mail the user name and a temporary password. A nil error means
	// that this call created the user.
	//
	// Errors: ErrExists, ErrThrottled, ErrMailQuota, ErrNotMailed (the user was
	// created), ErrRefused, ErrMisconfigured (the user may have been created where
	// [PoolError] says Unmailed), ErrUnclear (user and mail may both exist; ctx
	// ending in flight included).
	Invite(ctx context.Context, ask Ask) (User, error)

	// Resend mails a new temporary password to a user who never signed in. It
	// makes the former one useless, so it is asked for only where that is wanted.
	//
	// Errors: ErrUserNotFound, ErrSignedIn, ErrThrottled, ErrMailQuota,
	// ErrNotMailed, ErrRefused, ErrMisconfigured, ErrUnclear.
	Resend(ctx context.Context, email string) (User, error)

	// Look reads the user of an address. Each user read is billed as active
	// that month (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito"),
	// so a worker looks only where it cannot know otherwise.
	//
	// Errors: ErrUserNotFound, ErrThrottled, ErrMisconfigured, ErrUnclear.
	Look(ctx context.Context, email string) (User, error)

	// AddToGroup puts a user into a group; a second time changes nothing.
	//
	// Errors: ErrUserNotFound, ErrRefused with [CodeGroupUnknown], ErrThrottled,
	// ErrMisconfigured, ErrUnclear.
	AddToGroup(ctx context.Context, email, group string) error
}

// Ask is what the pool is asked to make of one invitation.
type Ask struct {
	Email        string
	Attributes   map[string]string // by full name; email and email_verified are added by the pool's adapter
	SuppressMail bool
}

// User is a user as the pool knows them.
type User struct {
	Sub        string // fixed and unique
	CreatedAt  time.Time
	ModifiedAt time.Time

	// SignedIn is false while the temporary password has never been replaced.
	SignedIn bool
}

// Queue carries messages to the workers: at least once, in no certain order.
// Its methods are safe for concurrent use.
type Queue interface {
	// Send puts messages on the queue; workers see them after delay (0 to 15 min,
	// Amazon SQS API Reference, "SendMessage"). A nil error means that every one
	// of them is durably stored. After an error some may be on the queue.
	// Messages of one request share its id as group, so that a large request does
	// not hold up a small one.
	Send(ctx context.Context, messages []Message, delay time.Duration) error

	// Delay hides a delivered message from all workers for wait from now (0 to
	// 12 h, Amazon SQS API Reference, "ChangeMessageVisibility"); then it is
	// delivered again and that delivery counts as one more receipt. A delivery
	// whose message is gone, or has been delivered again since, is no error: there
	// is nothing to hide.
	Delay(ctx context.Context, d Delivery, wait time.Duration) error
}

// Store keeps requests, invitations, claims and the pace. Writes are pinned to
// what was read: each record carries a Version; a write names the version it
// replaces (0: there must be none) and leaves the next one. All decisions are
// the domain's; the store only holds writes to their versions, atomically.
//
// Any method may return ctx.Err(), or an error without a class when the store
// cannot be reached: a write may then have happened. Any may return ErrDamaged
// when a record that it has to read is not as a store writes it. Beside that error
// ListRequests and OpenRequests return the other requests, and every other method
// nothing. Records past their ExpiresAt are as good as gone. All methods are safe for concurrent use, take copies of what they are
// given and return copies.
type Store interface {
	Requests
	Invitations
	PaceStore
}

// Requests keeps requests as a whole.
type Requests interface {
	// CreateRequest stores a new request and, if key is not nil, the key that
	// stands for it. ErrConflict: the request's id or the key is taken. No id is
	// given twice, so whether that of an expired request is taken is the store's own affair.
	CreateRequest(ctx context.Context, r Request, key *Key) error

	// Request returns one request with its tally, up to date. ErrNotFound.
	Request(ctx context.Context, id string) (Request, error)

	// SaveRequest replaces all of a request but its tally, to which it adds
	// delta. ErrConflict: r.Version is not the stored one. ErrNotFound.
	SaveRequest(ctx context.Context, r Request, delta Tally) error

	// ListRequests returns up to limit requests, newest first, that come after
	// (are older than) the given id; all with their tallies. "" starts at the
	// newest. A request may take a second to appear.
	ListRequests(ctx context.Context, after string, limit int) ([]Request, error)

	// OpenRequests returns up to limit requests whose end is not stored (EndedAt is
	// zero), oldest first, that come after the given id; all with their tallies. ""
	// starts at the oldest. A change may take a second to show, so that one may be
	// among them whose end has just been stored. Requests that
	// an earlier version of usher wrote last are not among them.
	OpenRequests(ctx context.Context, after string, limit int) ([]Request, error)

	// SaveManifest stores parts of a request's manifest, in place of those that are
	// there for the same rows, to be forgotten at expires. After an error some may
	// be stored.
	SaveManifest(ctx context.Context, requestID string, parts []ManifestPart, expires time.Time) error

	// ManifestPart returns the part of a request's manifest with the first row
	// after the given one (0: from the first). ErrNotFound: there is none.
	ManifestPart(ctx context.Context, requestID string, after int) (ManifestPart, error)

	// Key returns the record of an idempotency key. ErrNotFound.
	Key(ctx context.Context, id string) (Key, error)

	// Spend adds n to a counter unless that takes it over limit. ErrConflict: it
	// would; nothing was added. The counter is forgotten at expires.
	Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error

	// Spent returns a counter's sum, up to date: 0 if nothing was ever added to
	// it, or it has been forgotten.
	Spent(ctx context.Context, counter string) (int, error)
}

// Key stands for one submission that its caller may repeat without doubling it.
type Key struct {
	ID        string // caller and key, hashed: see [KeyID]
	BodyHash  string
	RequestID string
	ExpiresAt time.Time
}

// Invitations keeps invitations and the claims of their addresses.
type Invitations interface {
	// Load returns what is stored of one invitation and of the claim on its
	// address, up to date. What was never stored comes back zero but for its
	// identity, with Version 0. With an empty address only the invitation is read.
	Load(ctx context.Context, requestID string, row int, address string) (Invitation, Claim, error)

	// Save writes one invitation, and with it the claim (unless nil) and the
	// change to its request's tally: all or nothing. ErrConflict: a version is
	// not the stored one; nothing was written. It does not look whether there is
	// such a request.
	Save(ctx context.Context, w Write) error

	// ListInvitations returns up to limit stored invitations of a request in
	// row order that come after the given row (0: from the first).
	ListInvitations(ctx context.Context, requestID string, after, limit int) ([]Invitation, error)

	// DueInvitations returns up to limit deferred invitations that have a DueAt
	// which is not after now, in their order ([DueOf]), that come after the given
	// one (zero: from the first). It may be a second behind. Beside ErrDamaged are
	// those that can be read.
	DueInvitations(ctx context.Context, now time.Time, after Due, limit int) ([]Invitation, error)
}

// Due is the place of a deferred invitation among those that are due: by DueAt,
// then by request and row.
type Due struct {
	At        time.Time
	RequestID string
	Row       int
}

// DueOf returns the place of inv.
func DueOf(inv Invitation) Due { return Due{inv.DueAt, inv.RequestID, inv.Row} }

// Write is one atomic change; see [Invitations.Save].
type Write struct {
	Invitation Invitation
	Claim      *Claim
	Tally      Tally
}

// PaceStore keeps the shared pace, one cell for each lane of calls.
type PaceStore interface {
	// Reserve takes a part of the lane's time line, or nothing: a place is only
	// given to a caller who can use it. The part begins where the last reservation
	// ends, but not before want.Lead from now. It is refused when that reservation
	// ends after want.Latest, or when the lane is closed to what is wanted; the
	// answer says which, with the lane's cell. A refusal is no error.
	//
	// With a reservation, and only then, what the caller has learned of the pool
	// is written into the cell.
	Reserve(ctx context.Context, lane string, want Want) (Reservation, error)

	// Cell returns a lane's cell. A lane that nobody used before has a zero cell.
	Cell(ctx context.Context, lane string) (Cell, error)

	// SaveCell replaces a lane's cell, but for what reservations write.
	// ErrConflict: c.Version is not the stored one.
	SaveCell(ctx context.Context, lane string, c Cell) error
}

// Pass is one pass of the requeuer through the invitations that are due.
type Pass struct {
	Since time.Time // when it began
	After Due       // it has put back the invitations up to here
}

// Want is what a caller asks of a lane's time line.
type Want struct {
	// Now is the caller's clock; nil means time.Now. A store that has to try twice
	// reads it twice.
	Now func() time.Time

	Span time.Duration // how much of the line
	Lead time.Duration // the part begins no sooner than this from now

	// Latest is the latest time at which the part may follow another. In an idle
	// lane it begins Lead from now in any case.
	Latest time.Time

	// Mail says that the calls have the pool send mail, and New that their rows
	// are not among those that were put aside for it; see [Cell.Backlog].
	Mail, New bool

	// Heard is what the pool has answered since the caller's last reservation.
	Heard Heard
}

// Heard is what the pool has answered.
type Heard struct {
	ClearAt time.Time // when the last clear answer came; zero: none
	Unclear int       // calls since then that brought no clear answer
}

// Clock returns the time by the caller's clock.
func (w Want) Clock() time.Time {
	if w.Now == nil {
		return time.Now()
	}
	return w.Now()
}

// Refused says why nothing may be reserved from c at now; "" if something may.
// It is where the rule is written down: a store that cannot call it has to
// decide alike.
func (w Want) Refused(c Cell, now time.Time) Refusal {
	switch {
	case w.Mail && c.ClosedUntil.After(now):
		return LaneClosed
	case w.Mail && w.New && c.Backlog:
		return LaneBacklog
	case c.Reserved.After(w.Latest) && c.Reserved.After(now.Add(w.Lead)):
		return TooFar
	}
	return ""
}

// Reservation is the answer to a [Want].
type Reservation struct {
	Start   time.Time // where the reserved part begins; zero if it was refused
	Refused Refusal   // why it was; "" if it was not
	Cell    Cell      // as it is now
}

// Refusal is why nothing was reserved.
type Refusal string

// The refusals. A closed lane comes before a backlog, and both before a line
// that is too long.
const (
	TooFar      Refusal = "the line is reserved further ahead than is of use"
	LaneClosed  Refusal = "the day's mail is used up"
	LaneBacklog Refusal = "rows that were put aside for mail come first"
)

// Cell is the shared knowledge of one lane.
type Cell struct {
	// Reserved is where the last reservation ends. Reservations write it.
	Reserved time.Time

	// ClearAt is when the pool last gave somebody a clear answer, and Unclear counts
	// the calls without one since then. Reservations write both, so they are some
	// seconds behind.
	ClearAt time.Time
	Unclear int

	// CutAt is from where on the time line the last cut holds, LimitSeen the calls
	// per second that proved too many then, and CutTo what they were cut to. Zero:
	// never cut.
	CutAt     time.Time
	LimitSeen float64
	CutTo     float64

	// ClosedUntil stops the lane's calls that have mail sent: the day's mail is
	// used up.
	ClosedUntil time.Time

	// Backlog is set while rows that were put aside for mail wait in the store.
	// Until all have been put back, a row that has mail sent and is new gives way.
	Backlog bool

	// Pass is how far the requeuer has put them back.
	Pass Pass

	// Version pins a write to what was read; reserving does not change it.
	Version int
}

// Hear returns c with what a caller has learned of the pool.
func (c Cell) Hear(h Heard) Cell {
	if h.ClearAt.IsZero() {
		c.Unclear += h.Unclear
		return c
	}
	c.ClearAt, c.Unclear = h.ClearAt, h.Unclear
	return c
}
