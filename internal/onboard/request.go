package onboard

import (
	"maps"
	"slices"
	"time"
)

// Phase is what is to be done with a request as a whole. With the tally of its rows it
// gives the state that people see.
type Phase string

// The phases of a request.
const (
	Accepting Phase = "accepting" // its messages are being put on the queue; nobody is invited yet
	Running   Phase = "running"
	Paused    Phase = "paused"   // somebody must fix the pool first: see Pause
	Stopped   Phase = "canceled" // by an administrator; what is done stays done
)

// RequestState is what a poll shows.
type RequestState string

// The states of a request.
const (
	StateAccepting RequestState = "accepting"
	StateRunning   RequestState = "running"
	StatePaused    RequestState = "paused"
	StateCompleted RequestState = "completed"
	StateErrors    RequestState = "completed_with_errors" // all settled, at least one failed or not mailed
	StateCanceled  RequestState = "canceled"
)

// AcceptWindow is how long a submission may take to be put on the queue. A request
// that is still accepting after that was cut off: its messages are dropped, nobody is
// invited, and it counts as canceled. It is longer than the 30 s that API Gateway
// gives an HTTP API integration at most
// (Amazon API Gateway Developer Guide, "Quotas for HTTP APIs").
const AcceptWindow = 45 * time.Second

// OnExisting is what to do with an address that already has a user.
type OnExisting string

// The choices for existing users.
const (
	Skip   OnExisting = "skip"   // leave the user alone
	Resend OnExisting = "resend" // mail a new temporary password if the person never signed in
)

// Mail is whether the pool mails its invitations.
type Mail string

// The choices for mail.
const (
	Send     Mail = "send"
	Suppress Mail = "suppress" // create users without mailing them
)

// Options are the choices of one request, made when it was submitted.
type Options struct {
	OnExisting OnExisting
	Mail       Mail

	// Force lifts the cooldown between two mails to one address.
	Force bool

	// ResendOnly asks for new temporary passwords and creates nobody: what the
	// resend action submits.
	ResendOnly bool
}

// Request is one accepted submission: what callers poll.
type Request struct {
	ID      string
	Phase   Phase
	Label   string
	Options Options
	Columns []string // header of the caller's CSV; see [Request.FromCSV]

	// Separator is what stands between the cells of the caller's CSV; "" for a comma.
	Separator string

	// Said is what the caller said of how the rows are to be read.
	Said Said

	Total int // rows
	Tally Tally

	// Memberships is how many groups people are to be put into, all together, as far as
	// was known when the request was submitted; 0 also for requests of an earlier version.
	Memberships int

	// Passwordless says that the pool made no temporary passwords when the request was
	// submitted, as far as was known: it mails nobody twice.
	Passwordless bool

	// Round is 0 while accepting, 1 once accepted, and one more for each retry.
	// Messages have the round that they belong to. The worker waits for a round that is
	// still being put on the queue, and drops messages of one that never began.
	Round int

	SubmittedBy string // who: the token's username, never an address
	SubmittedAt time.Time

	// AcceptedUntil is until when the next round may be put on the queue; zero when
	// none is being put there.
	AcceptedUntil time.Time

	// ClosesAt is when rows that are still open fail with [CodeExpired]. It is set when
	// the request is accepted; zero for requests of an earlier version of usher.
	ClosesAt time.Time

	// EndedAt is when the last row of the latest round got its outcome. The requeuer
	// writes it; zero until then. See [Request.FinishedAt].
	EndedAt time.Time

	// PutBack is what the requeuer has to put back on the queue; nil: nothing.
	// PutBackDone is when it last did.
	PutBack     *PutBack
	PutBackDone time.Time

	// ErasedAt is when everything that says whom the request was about had been erased;
	// zero if it was not.
	ErasedAt time.Time

	// SealKey makes the seals of the request's messages; see [Message.Sealed].
	SealKey []byte

	ExpiresAt time.Time // when the store forgets it, and all that belongs to it
	Pause     *Pause

	// CountFrom is what the rule on bounces leaves out; see [Request.sinceResumed].
	CountFrom MailCount

	// Noticed are the ids of the latest notices that were given of the request, by kind.
	// The requeuer writes it.
	Noticed map[NoticeKind]string

	Audit []Action // what administrators did, oldest first; see [MaxActions]

	// Version pins a write to what was read; 0 when nothing is stored.
	Version int
}

// Said is what a caller said of how the rows of a submission are to be read. Rows of it
// that are corrected and submitted again need the same.
type Said struct {
	Columns     map[string]string // meanings of columns, by their names in the header
	Groups      []string          // of all rows that name none
	KeepColumns bool              // columns that are not used are kept
}

// FromCSV reports whether the request came as CSV: only that has columns, and at
// least the one of the addresses.
func (r Request) FromCSV() bool { return len(r.Columns) > 0 }

// Pause is why a request is paused and what has to be fixed.
type Pause struct {
	Code   Code
	Reason string
	Since  time.Time
}

// PutBack asks for rows of a request to be put back on the queue.
type PutBack struct {
	Rows  PutBackRows
	At    time.Time // not before
	After int       // those up to this row have been put back
}

// PutBackRows says which rows are put back.
type PutBackRows string

// The rows that can be put back.
const (
	WaitingRows PutBackRows = "waiting" // rows that wait for the request to be resumed
	OpenRows    PutBackRows = "open"    // rows without an outcome, except those that wait for mail
)

// Action is one administrator's action on a request.
type Action struct {
	What string // submit, retry, cancel, resume, resend, cancel_person, erase_person, erase
	By   string
	At   time.Time
	Rows int

	// Request is the id of the request that the action made: of a resend, which is in
	// the actions of the request whose people it mails.
	Request string
}

// MaxActions is how many actions a request keeps: the submission and the latest. With
// more, the request could outgrow what a store takes for one record (400 KB, Amazon
// DynamoDB Developer Guide, "Quotas") and could not even be paused.
const MaxActions = 500

// remembering returns the request's actions with further ones.
func (r Request) remembering(actions ...Action) []Action {
	all := slices.Concat(r.Audit, actions)
	if more := len(all) - MaxActions; more > 0 {
		all = slices.Delete(all, 1, 1+more)
	}
	return all
}

// Tally counts a request's settled and deferred rows. Pending rows are what is missing
// to the total. So every accepted row is in the counts from the start, although the
// store has it only later.
type Tally struct {
	States    map[State]int
	Codes     map[Code]int
	UpdatedAt time.Time // the latest change; zero when there was none
}

// Add returns t with delta added.
func (t Tally) Add(delta Tally) Tally {
	sum := Tally{States: maps.Clone(t.States), Codes: maps.Clone(t.Codes), UpdatedAt: t.UpdatedAt}
	if sum.States == nil {
		sum.States = map[State]int{}
	}
	if sum.Codes == nil {
		sum.Codes = map[Code]int{}
	}
	for s, n := range delta.States {
		sum.States[s] += n
	}
	for c, n := range delta.Codes {
		sum.Codes[c] += n
	}
	if delta.UpdatedAt.After(sum.UpdatedAt) {
		sum.UpdatedAt = delta.UpdatedAt
	}
	return sum
}

// Change returns what is added to the tally when the stored row was is replaced by
// now in the given round; the zero Tally if no count changes. The store applies it in
// the same transaction as the row, so that counts change only with rows.
func Change(was, now Invitation, round int) Tally {
	delta := Tally{States: map[State]int{}, Codes: map[Code]int{}, UpdatedAt: now.UpdatedAt}
	delta.count(was, round, -1)
	delta.count(now, round, +1)
	if len(delta.States) == 0 && len(delta.Codes) == 0 {
		return Tally{}
	}
	return delta
}

// count adds n to the counts of inv's state and code.
func (t Tally) count(inv Invitation, round, n int) {
	s, c, ok := inv.counted(round)
	if !ok {
		return
	}
	t.States[s] += n
	if t.States[s] == 0 {
		delete(t.States, s)
	}
	if c == "" {
		return
	}
	t.Codes[c] += n
	if t.Codes[c] == 0 {
		delete(t.Codes, c)
	}
}

// Abandoned reports whether the submission was cut off before it was answered:
// its window has passed and it was never accepted. Nobody was invited.
func (r Request) Abandoned(now time.Time) bool {
	return r.Phase == Accepting && r.Round == 0 && now.After(r.AcceptedUntil)
}

// Shown returns a row of r as people should see it now: a row that waits for a retry
// is pending, and a row of a submission that was cut off is canceled. A row that
// waits for mail is tried again on the next mail day at the earliest.
func (r Request) Shown(inv Invitation, now time.Time) Invitation {
	inv = inv.Shown(r.Round)
	switch {
	case r.Abandoned(now):
		inv.State, inv.Code, inv.Reason = notAccepted.state, notAccepted.code, notAccepted.reason
	case inv.State == Deferred && inv.Code == CodeMailQuota && !inv.RetryAt.After(now):
		inv.RetryAt = nextMailDay(now)
	}
	return inv
}

// Counts returns the number of rows in each state, zeros included. They add up
// to Total at any moment.
func (r Request) Counts(now time.Time) map[State]int {
	counts := make(map[State]int, len(States))
	for _, s := range States {
		counts[s] = r.Tally.States[s]
	}
	rest := r.Total
	for _, n := range counts {
		rest -= n
	}
	if r.Abandoned(now) {
		counts[Canceled] += rest
	} else {
		counts[Pending] += rest
	}
	return counts
}

// Codes returns how many rows carry each code.
func (r Request) Codes(now time.Time) map[Code]int {
	codes := map[Code]int{}
	for c, n := range r.Tally.Codes {
		if n != 0 {
			codes[c] = n
		}
	}
	if r.Abandoned(now) {
		codes[CodeNotAccepted] += r.Total
	}
	return codes
}

// State is what a poll shows now.
func (r Request) State(now time.Time) RequestState {
	switch {
	case r.Abandoned(now):
		return StateCanceled
	case r.Phase == Accepting:
		return StateAccepting
	case !r.isSettled(now) && r.Phase == Paused:
		return StatePaused
	case !r.isSettled(now) && r.Phase == Running:
		return StateRunning
	case r.Phase == Stopped:
		return StateCanceled
	case r.Tally.States[Failed] > 0 || r.Tally.States[NotMailed] > 0:
		return StateErrors
	default:
		return StateCompleted
	}
}

// Done reports whether every row has its outcome, so that nothing changes unless an
// administrator actions.
func (r Request) Done(now time.Time) bool {
	return r.Abandoned(now) || r.Phase != Accepting && r.isSettled(now)
}

// FinishedAt is when the last row was settled; zero until the request is done.
func (r Request) FinishedAt(now time.Time) time.Time {
	switch {
	case !r.Done(now):
		return time.Time{}
	case !r.EndedAt.IsZero():
		return r.EndedAt
	case r.Abandoned(now):
		return r.AcceptedUntil
	}
	return r.Tally.UpdatedAt
}

// isClosing reports whether rows that are still open must end without an attempt: the
// request was canceled, or was open for as long as it may be.
func (r Request) isClosing(now time.Time) bool { return r.Phase == Stopped || r.isPastClosing(now) }

// isPastClosing reports whether the request was open for as long as it may be.
func (r Request) isPastClosing(now time.Time) bool {
	return !r.ClosesAt.IsZero() && !now.Before(r.ClosesAt)
}

// isSettled reports whether no row is pending or deferred.
func (r Request) isSettled(now time.Time) bool {
	counted := 0
	for _, n := range r.Tally.States {
		counted += n
	}
	open := r.Total - counted + r.Tally.States[Pending]
	return (open == 0 || r.Abandoned(now)) && r.Tally.States[Deferred] == 0
}
