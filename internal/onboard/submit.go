package onboard

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// KeyLifetime is how long an idempotency key is remembered unless an installation
// chooses otherwise.
const KeyLifetime = 24 * time.Hour

// acceptMargin is how long before its window ends a submission must be done,
// so that clocks that differ by up to clockSkew agree on whether it was.
const acceptMargin = 2 * clockSkew

// clockSkew is how far the clocks of two machines may differ. Lambda's keep to
// milliseconds; five seconds leave room for a bad day.
const clockSkew = 5 * time.Second

// Classes of errors that a submission or an action ends with.
var (
	// ErrNoValidRow: not one row can be invited; see [NoValidRowError].
	ErrNoValidRow = errors.New("no row can be invited")

	// ErrPoolNotReady: no row can be invited into this pool; see [PoolNotReadyError].
	ErrPoolNotReady = errors.New("no row can succeed in the pool")

	// ErrKeyReused: the idempotency key belongs to another body.
	ErrKeyReused = errors.New("the idempotency key was used for another body")

	// ErrBusy: the same submission or action is being put on the queue now.
	ErrBusy = errors.New("still being put on the queue")

	// ErrNotQueued: not every message could be put on the queue. Nobody was
	// invited; the whole may be sent again.
	ErrNotQueued = errors.New("not everything could be put on the queue")

	// ErrInDoubt: the store cannot be reached to say whether the submission or
	// retry has begun. The request itself tells, and so does the same submission
	// with the same idempotency key.
	ErrInDoubt = errors.New("it is not known whether it was accepted")
)

// NoValidRowError carries what is wrong with each row. It wraps [ErrNoValidRow].
type NoValidRowError struct {
	Messages []Message
	Rows     []Row // as submitted, in the order of Messages
}

func (e *NoValidRowError) Error() string { return ErrNoValidRow.Error() }

// Unwrap gives the class to [errors.Is].
func (e *NoValidRowError) Unwrap() error { return ErrNoValidRow }

// PoolNotReadyError carries what is wrong with the pool or its sender. It wraps
// [ErrPoolNotReady].
type PoolNotReadyError struct {
	Obstacle

	// Ignorable says that the order is accepted with [Order.IgnorePool].
	Ignorable bool
}

func (e *PoolNotReadyError) Error() string { return ErrPoolNotReady.Error() }

// Unwrap gives the class to [errors.Is].
func (e *PoolNotReadyError) Unwrap() error { return ErrPoolNotReady }

// Submitter takes submissions in. Its fields are set once, before use; it is
// then safe for concurrent use.
type Submitter struct {
	Queue    Queue
	Requests Requests

	// NewID returns an id for a request: unlike any other, and sorting by time.
	NewID func() string

	// MaxOpen is how long a request may be open: rows that still wait for mail then
	// end without it.
	MaxOpen time.Duration

	// Retention is how long requests and all that belongs to them are kept after
	// they could be open at most, so that no row is forgotten before its request.
	Retention time.Duration

	// KeyLife is how long an idempotency key continues its request.
	KeyLife time.Duration

	Pool   *KnownPool // what rows are checked against
	Groups GroupRule  // which groups they may name
	Past   *Past      // who was invited before

	// Resolver looks up the domains of a dry run; nil: they are not looked up.
	Resolver MailResolver

	Admission  *Admission
	Forecaster *Forecaster
}

// Order is one submission with all that was said around it.
type Order struct {
	Submission Submission
	Options    Options
	By         string // who submits

	// ShareOf says out of whose daily share the people come, by an identifier that
	// never changes; "" means By.
	ShareOf string

	// IgnorePool has the order accepted although the pool refuses every address.
	IgnorePool bool

	// KeyID and BodyHash make the submission repeatable: see [KeyID]. Empty
	// KeyID: it is not.
	KeyID, BodyHash string
}

// shareOwner names whose daily share the order's people come out of.
func (o Order) shareOwner() string { return cmp.Or(o.ShareOf, o.By) }

// KeyID returns the id of a caller's idempotency key. It is a hash: the key is
// the caller's secret, and may be of any length.
func KeyID(caller, key string) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%d %s %s", len(caller), caller, key)))
	return hex.EncodeToString(sum[:])
}

// Submit judges the rows of an order and accepts them: see [Submitter.Judge] and
// [Submitter.Accept].
func (s *Submitter) Submit(ctx context.Context, o Order) (r Request, replayed bool, err error) {
	return s.Accept(ctx, s.Judge(ctx, o))
}

// Accept puts one message for each row of a judged order on the queue and returns
// its request. A nil error means that every row is durably on the queue and will
// get its outcome. After any error but ErrInDoubt nobody is invited.
//
// Replayed is true when the order's key belongs to this very submission already;
// the request is then as it is now. A submission that was cut off on the way is
// continued by the same order; it was admitted before and is not admitted again.
//
// Errors: ErrNoValidRow, ErrPoolNotReady, ErrNotAdmitted, ErrKeyReused, ErrBusy, ErrNotQueued (try
// again later), ErrInDoubt.
func (s *Submitter) Accept(ctx context.Context, j Judged) (r Request, replayed bool, err error) {
	if j.NotReady != nil {
		return s.acceptedBefore(ctx, j)
	}
	if j.People == 0 {
		return Request{}, false, &NoValidRowError{Messages: j.Messages, Rows: j.Order.Submission.Rows}
	}
	r, replayed, taken, err := s.open(ctx, j)
	if err == nil && !replayed {
		r, err = s.queueFirst(ctx, r, j.Messages)
	}
	if err != nil {
		s.Admission.settle(ctx, taken, j.Order, err)
		return Request{}, false, err
	}
	return r, replayed, nil
}

// acceptedBefore refuses an order for what is in the way of all its rows, unless it was
// accepted before that was.
func (s *Submitter) acceptedBefore(ctx context.Context, j Judged) (r Request, replayed bool, err error) {
	refusal := &PoolNotReadyError{Obstacle: *j.NotReady, Ignorable: !j.Options.ResendOnly}
	if j.KeyID == "" {
		return Request{}, false, refusal
	}
	key, err := s.Requests.Key(ctx, j.KeyID)
	if err == nil && key.BodyHash == j.BodyHash {
		r, err = s.Requests.Request(ctx, key.RequestID)
	}
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return Request{}, false, err
	case r.Round > 0:
		return r, true, nil
	}
	return Request{}, false, refusal
}

// queueFirst stores the manifest of r and puts its first round on the queue.
func (s *Submitter) queueFirst(ctx context.Context, r Request, messages []Message) (Request, error) {
	began := time.Now()
	if err := s.Requests.SaveManifest(ctx, r.ID, newManifest(messages), r.ExpiresAt); err != nil {
		_, err = s.giveUp(ctx, r, ErrNotQueued, fmt.Errorf("store the manifest: %w", err))
		return Request{}, err
	}
	return s.enqueue(ctx, r, round{messages: messages, storeTime: time.Since(began)})
}

// open stores the request as accepting, or finds the one that the order's key
// belongs to. It returns what admitting took from the day's share, also beside an
// error.
func (s *Submitter) open(ctx context.Context, j Judged) (r Request, replayed bool, taken share, err error) {
	if j.KeyID != "" {
		r, replayed, err = s.reopen(ctx, j.Order)
		if !errors.Is(err, ErrNotFound) {
			return r, replayed, share{}, err
		}
	}
	if taken, err = s.Admission.admit(ctx, j); err != nil {
		return Request{}, false, share{}, err
	}
	if r, err = s.create(ctx, j); err == nil {
		s.Admission.gate.opened(r)
	}
	return r, false, taken, err
}

// create stores the request of j as accepting.
func (s *Submitter) create(ctx context.Context, j Judged) (Request, error) {
	now := time.Now()
	closes := now.Add(s.MaxOpen)
	r := Request{
		ID: s.NewID(), Phase: Accepting, SealKey: newSealKey(), Label: j.Submission.Label, Options: j.Options,
		Passwordless: j.pool != nil && j.pool.Passwordless,
		Columns:      j.Submission.Columns, Separator: j.Submission.Separator, Said: j.Submission.Said, Memberships: j.newMemberships(), Total: len(j.Messages), SubmittedBy: j.By, SubmittedAt: now,
		AcceptedUntil: now.Add(AcceptWindow), ClosesAt: closes, ExpiresAt: closes.Add(s.Retention),
		Audit: []Action{{What: "submit", By: j.By, At: now, Rows: len(j.Messages)}},
	}
	var key *Key
	if j.KeyID != "" {
		key = &Key{ID: j.KeyID, BodyHash: j.BodyHash, RequestID: r.ID, ExpiresAt: now.Add(s.KeyLife)}
	}
	err := s.Requests.CreateRequest(ctx, r, key)
	switch {
	case errors.Is(err, ErrConflict):
		return Request{}, fmt.Errorf("%w: the same key came twice at once", ErrBusy)
	case err != nil:
		return Request{}, fmt.Errorf("%w: store the request: %w", ErrNotQueued, err)
	}
	r.Version = 1
	return r, nil
}

// reopen finds the request that the key of the order belongs to. One that was cut
// off is armed again, to be put on the queue anew: messages that are there
// already do no harm.
func (s *Submitter) reopen(ctx context.Context, o Order) (r Request, replayed bool, err error) {
	key, err := s.Requests.Key(ctx, o.KeyID)
	if err != nil {
		return Request{}, false, err
	}
	if key.BodyHash != o.BodyHash {
		return Request{}, false, ErrKeyReused
	}
	if r, err = s.Requests.Request(ctx, key.RequestID); err != nil {
		return Request{}, false, err
	}
	now := time.Now()
	switch {
	case r.Round > 0:
		return r, true, nil
	case !r.Abandoned(now):
		return Request{}, false, ErrBusy
	}
	if !r.ErasedAt.IsZero() { // who submits it again wants it again, and can have it erased again
		r.ErasedAt = time.Time{}
		r.Label, r.Columns, r.Separator, r.Said = o.Submission.Label, o.Submission.Columns, o.Submission.Separator, o.Submission.Said
	}
	r, err = s.arm(ctx, r)
	return r, false, err
}

// arm opens the window in which the next round of r may be put on the queue.
func (s *Submitter) arm(ctx context.Context, r Request) (Request, error) {
	r.AcceptedUntil = time.Now().Add(AcceptWindow)
	err := s.Requests.SaveRequest(ctx, r, Tally{})
	switch {
	case errors.Is(err, ErrConflict):
		return Request{}, ErrBusy
	case err != nil:
		return Request{}, fmt.Errorf("%w: store the request: %w", ErrNotQueued, err)
	}
	r.Version++
	return r, nil
}

// round is what a request's next round is made of.
type round struct {
	messages []Message
	delta    Tally    // what it changes in the counts as it begins
	actions  []Action // what is to be remembered of it once it has begun

	storeTime time.Duration // what a write took just now; 0: not known
}

// enqueue puts the messages of r's next round on the queue and then begins that
// round: until then workers let its messages wait. So either all rows of a
// round are durably there, or none of them is ever attempted.
func (s *Submitter) enqueue(ctx context.Context, r Request, next round) (Request, error) {
	begun := r
	begun.Round, begun.Phase, begun.Pause, begun.AcceptedUntil = r.Round+1, Running, nil, time.Time{}
	begun.EndedAt, begun.PutBack = time.Time{}, nil
	begun.Audit = r.remembering(next.actions...)
	seals := newSealer(r.SealKey)
	for i, m := range next.messages {
		m.Version, m.RequestID, m.Round = MessageVersion, r.ID, begun.Round
		next.messages[i] = seals.sealed(m)
	}
	ctx, cancel := context.WithDeadline(ctx, r.AcceptedUntil.Add(-acceptMargin))
	defer cancel()
	if err := s.Queue.Send(ctx, next.messages, headStart(len(next.messages), next.storeTime)); err != nil {
		return s.giveUp(ctx, r, ErrNotQueued, err)
	}
	if err := s.Requests.SaveRequest(ctx, begun, next.delta); err != nil {
		return s.giveUp(ctx, r, ErrInDoubt, fmt.Errorf("begin the round: %w", err))
	}
	begun.Version++
	begun.Tally = begun.Tally.Add(next.delta)
	return begun, nil
}

// giveUp closes the window of a round that was not begun, so that the request
// says at once what happened and its messages are dropped. If the round was
// begun after all, only the answer being lost, it says so instead. Only once the
// request has changed is it certain that the write which begins the round cannot
// land any more; otherwise is the class of the error when the store does not say.
func (s *Submitter) giveUp(ctx context.Context, r Request, otherwise, cause error) (Request, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	closed := r
	closed.AcceptedUntil = time.Now()
	for range settleTries {
		if err := s.Requests.SaveRequest(ctx, closed, Tally{}); err == nil {
			return Request{}, fmt.Errorf("%w: %w", ErrNotQueued, cause)
		}
		now, err := s.Requests.Request(ctx, r.ID)
		switch {
		case err == nil && now.Round > r.Round:
			return now, nil
		case err == nil && now.Version > r.Version:
			return Request{}, fmt.Errorf("%w: %w", ErrNotQueued, cause)
		}
	}
	return Request{}, fmt.Errorf("%w: %w", otherwise, cause)
}

// storeTimeout bounds a write that must outlive the call it belongs to.
const storeTimeout = 5 * time.Second

// headStart is how long the messages of a round wait on the queue before
// workers see them: about as long as it takes to put them there, so that few
// workers meet a round that has not begun. More would only leave the pace unused:
// a message that comes too early is no more than put back for roundWait. Where the
// store is slow they wait for the write that begins the round, too. A queue delays
// by whole seconds, which a store of the usual 5 to 20 ms is not worth.
func headStart(messages int, storeTime time.Duration) time.Duration {
	const (
		batch, perSecond = 10, 10_000 // half of what internal/sqsqueue sends at 15 ms a call
		slow             = 250 * time.Millisecond
	)
	seconds := 0
	if messages > batch {
		seconds = (messages + perSecond - 1) / perSecond
	}
	if storeTime >= slow {
		seconds = max(seconds, int((storeTime+time.Second-1)/time.Second))
	}
	return time.Duration(seconds) * time.Second
}
