package onboard

import (
	"context"
	"time"
)

// Pool is the user pool that people are invited into. Every method makes at most one
// call that has an effect and never repeats it: the caller decides about pace and
// further attempts. All are safe for concurrent use.
//
// When ctx ends before the call has left, a method returns ctx.Err() and nothing was
// sent. Any other error is a [*PoolError] with one of the classes that the method's
// comment names.
type Pool interface {
	// Invite creates the user of an address and, unless mail is suppressed, has
	// the pool mail the user name and, where it makes one, a temporary password. A nil error means
	// that this call created the user.
	//
	// Errors: ErrExists, ErrThrottled, ErrNotTaken, ErrMailQuota, ErrNotMailed (the user was
	// created), ErrRefused, ErrMisconfigured (the user may have been created where
	// [PoolError] says Unmailed), ErrUnclear (user and mail may both exist; ctx
	// ending in flight included).
	Invite(ctx context.Context, ask Ask) (User, error)

	// Resend mails a new temporary password to a user who is not SignedIn. The earlier
	// password stops working, so it is called only on request.
	//
	// Errors: ErrUserNotFound, ErrSignedIn, ErrThrottled, ErrNotTaken, ErrMailQuota,
	// ErrNotMailed, ErrRefused, ErrMisconfigured, ErrUnclear.
	Resend(ctx context.Context, email string) (User, error)

	// Look reads the user of an address. Each user read is billed as active that month
	// (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito"), so a worker looks
	// only where it has no other way to know.
	//
	// Errors: ErrUserNotFound, ErrThrottled, ErrMisconfigured, ErrUnclear.
	Look(ctx context.Context, email string) (User, error)

	// AddToGroup adds a user to a group; a second time changes nothing.
	//
	// Errors: ErrUserNotFound, ErrRefused with [CodeGroupUnknown], ErrThrottled,
	// ErrMisconfigured, ErrUnclear.
	AddToGroup(ctx context.Context, email, group string) error
}

// Ask is the user that the pool should create.
type Ask struct {
	Email        string
	Attributes   map[string]string // by full name; the adapter adds email and email_verified
	SuppressMail bool
}

// User is a user as the pool knows them.
type User struct {
	Sub        string // fixed and unique
	CreatedAt  time.Time
	ModifiedAt time.Time

	// SignedIn is false while a temporary password waits to be replaced: only then
	// does the pool mail the user again. A user who never had one is SignedIn from
	// the start.
	SignedIn bool

	// MustReset says that the user is SignedIn and has to choose a new password: an
	// administrator or an import reset it.
	MustReset bool
}

// Queue delivers messages to the workers, each at least once and in any order. Its
// methods are safe for concurrent use.
type Queue interface {
	// Send puts messages on the queue; workers see them after delay (0 to 15 min,
	// Amazon SQS API Reference, "SendMessage"). A nil error means that all of them are
	// durably stored. After an error some may be on the queue. Messages of one request
	// share its id as their group, so that a large request does not delay a small one.
	Send(ctx context.Context, messages []Message, delay time.Duration) error

	// Delay hides a delivered message from all workers for wait from now (0 to 12 h,
	// Amazon SQS API Reference, "ChangeMessageVisibility"). Then it is delivered again,
	// which counts as one more receipt. If the message is gone or was delivered again
	// since, there is nothing to hide, and that is no error.
	Delay(ctx context.Context, d Delivery, wait time.Duration) error
}

// Store keeps requests, invitations, claims and the pace. Each record has a Version.
// A write names the version that it replaces (0: there must be none) and leaves the
// next one. The domain decides; the store only checks the version and writes, in one
// step.
//
// Any method may return ctx.Err(), or an error without a class when the store cannot
// be reached: a write may then have happened. Any may return ErrDamaged when a record
// that it has to read is not in the form that a store writes. With that error
// ListRequests and OpenRequests return the other requests, and every other method
// returns nothing unless its comment says otherwise. Records past their ExpiresAt may be gone. All methods are safe for
// concurrent use, copy what they are given and return copies.
type Store interface {
	Requests
	Invitations
	MailNotes
	Records
	PaceStore
}

// Requests keeps requests as a whole.
type Requests interface {
	// CreateRequest stores a new request and, if key is not nil, its key. ErrConflict:
	// the request's id or the key is taken. No id is given twice, so a store may treat
	// the id of an expired request as taken or as free.
	CreateRequest(ctx context.Context, r Request, key *Key) error

	// Request returns one request with its tally, up to date. ErrNotFound.
	Request(ctx context.Context, id string) (Request, error)

	// SaveRequest replaces all of a request except its tally, to which it adds delta.
	// ErrConflict: r.Version is not the stored one. ErrNotFound.
	SaveRequest(ctx context.Context, r Request, delta Tally) error

	// ListRequests returns up to limit requests, newest first, that come after
	// (are older than) the given id; all with their tallies. "" starts at the
	// newest. A request may take a second to appear.
	ListRequests(ctx context.Context, after string, limit int) ([]Request, error)

	// OpenRequests returns up to limit requests whose end is not stored (EndedAt is
	// zero), oldest first, that come after the given id; all with their tallies. ""
	// starts at the oldest. A change may take a second to show: a request whose end was
	// just stored may be among them. Requests that an earlier version of usher wrote
	// last are not.
	OpenRequests(ctx context.Context, after string, limit int) ([]Request, error)

	// SaveManifest stores parts of a request's manifest, in place of stored parts for
	// the same rows, until expires. After an error some may be stored.
	SaveManifest(ctx context.Context, requestID string, parts []ManifestPart, expires time.Time) error

	// ManifestPart returns the part of a request's manifest with the first row
	// after the given one (0: from the first). ErrNotFound: there is none.
	ManifestPart(ctx context.Context, requestID string, after int) (ManifestPart, error)

	// ReplaceManifestPart stores data in place of that of a part that was read, and keeps
	// its rows and its expiry. ErrConflict: what is stored is not what was read.
	ReplaceManifestPart(ctx context.Context, requestID string, read ManifestPart, data []byte) error

	// Key returns the record of an idempotency key. ErrNotFound.
	Key(ctx context.Context, id string) (Key, error)

	// Spend adds n to a counter unless the sum would exceed limit. ErrConflict: it
	// would, and nothing was added. The counter is kept until expires.
	Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error

	// Spent returns a counter's sum, up to date: 0 if nothing was ever added to it, or
	// it has expired.
	Spent(ctx context.Context, counter string) (int, error)
}

// Key identifies one submission, so that its caller may repeat it without doubling
// it.
type Key struct {
	ID        string // caller and key, hashed: see [KeyID]
	BodyHash  string
	RequestID string
	ExpiresAt time.Time
}

// Invitations keeps invitations and the claims of their addresses.
type Invitations interface {
	// Load returns one invitation and the claim on its address as they are stored, up
	// to date. What was never stored is returned zero except for its identity, with
	// Version 0. With an empty address only the invitation is read.
	Load(ctx context.Context, requestID string, row int, address string) (Invitation, Claim, error)

	// Claims returns the stored claims of the given addresses, by address; addresses that
	// have none are missing. An address may be given twice. It may be a second behind.
	// With ErrDamaged it returns those that can be read.
	Claims(ctx context.Context, addresses []string) (map[string]Claim, error)

	// DropClaim deletes the claim of c's address if it has c's version or has expired; with
	// none there is nothing to do. ErrConflict: another version is stored.
	DropClaim(ctx context.Context, c Claim) error

	// Save writes one invitation, the claim (unless nil) and the change to its
	// request's tally: all or nothing. ErrConflict: a version is not the stored one, and
	// nothing was written. It does not check that the request exists.
	Save(ctx context.Context, w Write) error

	// ListInvitations returns up to limit stored invitations of a request in
	// row order that come after the given row (0: from the first).
	ListInvitations(ctx context.Context, requestID string, after, limit int) ([]Invitation, error)

	// DueInvitations returns up to limit deferred invitations whose DueAt is set and not
	// after now, in their order ([DueOf]), that come after the given one (zero: from the
	// first). It may be a second behind. With ErrDamaged it returns those that can be
	// read.
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
	// Reserve takes a part of the lane's time line if the caller can use it. The part
	// begins where the last reservation ends, but not before want.Lead from now. It is
	// refused when that reservation ends after want.Latest, or when the lane is closed
	// to what is wanted. The answer says which, and has the lane's cell. A refusal is no
	// error.
	//
	// Only with a reservation, want.Answers is written into the cell.
	Reserve(ctx context.Context, lane string, want Want) (Reservation, error)

	// Cell returns a lane's cell. A lane that was never used has a zero cell.
	Cell(ctx context.Context, lane string) (Cell, error)

	// SaveCell replaces a lane's cell, except what reservations write.
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
	// Now is the caller's clock; nil means time.Now. A store that tries again reads it
	// again.
	Now func() time.Time

	Span time.Duration // how much of the line
	Lead time.Duration // the part begins no sooner than this from now

	// Latest is the latest time at which the part may follow another. In an idle
	// lane it begins Lead from now in any case.
	Latest time.Time

	// Mail says that the calls have the pool send mail, and New that their rows were
	// not put aside before to wait for it; see [Cell.Backlog].
	Mail, New bool

	// Answers are what the pool has answered since the caller's last reservation.
	Answers PoolAnswers
}

// PoolAnswers are what the pool has answered.
type PoolAnswers struct {
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

// Refused says why nothing may be reserved from c at now; "" if something may. A store
// that cannot call it has to follow the same rule.
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

// The refusals. If several apply, the first of LaneClosed, LaneBacklog and TooFar is
// given.
const (
	TooFar      Refusal = "the next free place is too far ahead"
	LaneClosed  Refusal = "the day's mail is used up"
	LaneBacklog Refusal = "rows that already waited for mail go first"
)

// Cell is the shared knowledge of one lane.
type Cell struct {
	// Reserved is where the last reservation ends. Reservations write it.
	Reserved time.Time

	// ClearAt is when the pool last gave a clear answer to any call, and Unclear counts
	// the calls without one since then. Reservations write both, so they are some
	// seconds behind.
	ClearAt time.Time
	Unclear int

	// Cut is the last cut of the pace of all calls, MailCut that of the calls that have
	// mail sent: they keep to both.
	Cut, MailCut Cut

	// MailLeast is what a cut of mails leaves at least that only a few of them are the
	// reason for.
	MailLeast float64

	// MailRate is how many mails a second the pool's sender is known to take; 0: not
	// known.
	MailRate float64

	// ClosedUntil is until when calls that have mail sent stop, because the day's mail
	// is used up.
	ClosedUntil time.Time

	// Backlog is set while rows that wait for mail are in the store. Until all have been
	// put back, new rows that have mail sent are put aside.
	Backlog bool

	// Pass is how far the requeuer has come in putting them back.
	Pass Pass

	// Version pins a write to what was read; reserving does not change it.
	Version int
}

// Cut is what is known of a limit since calls were turned away because of it. The zero
// Cut says that there were none.
type Cut struct {
	At   time.Time // the place on the time line from which it holds
	Seen float64   // the calls per second that proved too many then
	To   float64   // what they were cut to
}

// Hear returns c with what the pool has answered.
func (c Cell) Hear(h PoolAnswers) Cell {
	if h.ClearAt.IsZero() {
		c.Unclear += h.Unclear
		return c
	}
	c.ClearAt, c.Unclear = h.ClearAt, h.Unclear
	return c
}
