package onboard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// Eraser removes what usher keeps of one person, or of all people of one request. It
// works in the background: what was asked for is one record, and the requeuer carries it
// out. The user in the pool is not touched. Its fields are set once, before use; it is
// then safe for concurrent use. A nil Eraser has nothing to do.
type Eraser struct {
	Store Store
	Queue Queue
	Log   *slog.Logger
}

// Erasure is an erasure that was asked for and is not finished: of one person in every
// request, or of one request.
type Erasure struct {
	Email     string `json:"email,omitempty"` // of the person, folded
	RequestID string `json:"request,omitempty"`

	By      string    `json:"by"`
	AskedAt time.Time `json:"asked_at"`

	// Rows is how many rows have been erased. One may be counted twice.
	Rows int `json:"rows,omitempty"`

	// After is the request that was searched last, from the newest to the oldest. Searched
	// says that all have been; Waiting are those with rows that have no outcome yet.
	After    string   `json:"after,omitempty"`
	Searched bool     `json:"searched,omitempty"`
	Waiting  []string `json:"waiting,omitempty"`

	// AfterRow is up to which row the request has been erased.
	AfterRow int `json:"after_row,omitempty"`

	// KeptUntil is until when the address alone is kept after its rows have been erased:
	// while it is, nobody can have it mailed too often. Zero until that is all that is left.
	KeptUntil time.Time `json:"kept_until,omitzero"`
}

const (
	// eraseSettles is how long after it was asked for the erasure of a person begins. What was read
	// of the person before has been submitted by then, and is erased too: a resend to
	// the people of a request, for example.
	eraseSettles = AcceptWindow + clockSkew

	// eraseSlice is how long one run erases. The next run continues.
	eraseSlice = 20 * time.Second

	// maxErasures is how many erasures may be open, so that the record of them stays
	// below what a store takes for one (400 KB, Amazon DynamoDB Developer Guide,
	// "Quotas").
	maxErasures = 500
)

// erasing is the one record of the erasures that are not finished.
type erasing struct {
	Open []Erasure `json:"open"`
}

const erasureRecord = "erasures"

func (e *Eraser) read(ctx context.Context) (work erasing, record Record, err error) {
	record, err = readRecord(ctx, e.Store, erasureRecord, &work)
	return work, record, err
}

// Person returns the open erasure of the person with an address, if there is one.
func (e *Eraser) Person(ctx context.Context, email string) (Erasure, bool, error) {
	return e.find(ctx, Erasure{Email: FoldAddress(email)})
}

// Request returns the open erasure of a request, if there is one.
func (e *Eraser) Request(ctx context.Context, id string) (Erasure, bool, error) {
	return e.find(ctx, Erasure{RequestID: id})
}

func (e *Eraser) find(ctx context.Context, like Erasure) (Erasure, bool, error) {
	if e == nil {
		return Erasure{}, false, nil
	}
	work, _, err := e.read(ctx)
	if i := slices.IndexFunc(work.Open, like.isSame); err == nil && i >= 0 {
		return work.Open[i], true, nil
	}
	return Erasure{}, false, err
}

// isSame reports whether both erase the same.
func (x Erasure) isSame(other Erasure) bool {
	return x.Email == other.Email && x.RequestID == other.RequestID
}

// ask stores an erasure. One that is open begins again: it covers what was submitted
// since.
func (e *Eraser) ask(ctx context.Context, asked Erasure) (Erasure, error) {
	asked.AskedAt = time.Now()
	for range 5 {
		work, record, err := e.read(ctx)
		if err != nil {
			return Erasure{}, err
		}
		i := slices.IndexFunc(work.Open, asked.isSame)
		switch {
		case i >= 0:
			asked.Rows = work.Open[i].Rows
			work.Open[i] = asked
		case len(work.Open) >= maxErasures:
			return Erasure{}, &NotNowError{"Too many erasures are under way. Try again in an hour."}
		default:
			work.Open = append(work.Open, asked)
		}
		if err = saveRecord(ctx, e.Store, record, work); !errors.Is(err, ErrConflict) {
			return asked, err
		}
	}
	return Erasure{}, &NotNowError{"Other erasures are changing at this moment. Try again in a minute."}
}

// EraseRequest asks that a request be erased: what still waits is canceled, and then
// its rows, its list, its label and its columns are erased. Number and outcome of each
// row are kept, so that counts stay right. It may be repeated. Errors: ErrNotFound,
// ErrNotNow.
func (e *Eraser) EraseRequest(ctx context.Context, id, by string) (Request, error) {
	r, err := e.Store.Request(ctx, id)
	if err != nil || !r.ErasedAt.IsZero() {
		return r, err
	}
	if r.isBeingAccepted(time.Now()) {
		return Request{}, &NotNowError{"The request is still being accepted. Try again in a minute."}
	}
	if _, err := e.ask(ctx, Erasure{RequestID: id, By: by}); err != nil {
		return Request{}, err
	}
	if stopped, err := e.stop(ctx, r, by); err == nil {
		return stopped, nil
	} // the job stops it then
	return r, nil
}

// stop cancels what still waits in a request that is erased, and notes by whom.
func (e *Eraser) stop(ctx context.Context, r Request, by string) (Request, error) {
	now := time.Now()
	if r.Phase != Stopped && !r.Done(now) {
		r.Phase, r.Pause = Stopped, nil
		r.PutBack = &PutBack{Rows: OpenRows, At: now}
	}
	r.noteErasure(by, now)
	if err := e.Store.SaveRequest(ctx, r, Tally{}); err != nil {
		return r, err
	}
	r.Version++
	return r, nil
}

// noteErasure adds the erasure of r to its actions, once.
func (r *Request) noteErasure(by string, at time.Time) {
	if !slices.ContainsFunc(r.Audit, func(a Action) bool { return a.What == "erase" }) {
		r.Audit = r.remembering(Action{What: "erase", By: by, At: at, Rows: r.Total})
	}
}

// isBeingAccepted reports whether a round of r is being put on the queue.
func (r Request) isBeingAccepted(now time.Time) bool {
	return r.Phase == Accepting && !r.Abandoned(now) || now.Before(r.AcceptedUntil)
}

// Run carries out what was asked for, as much as there is time for.
func (e *Eraser) Run(ctx context.Context) error {
	if e == nil {
		return nil
	}
	work, record, err := e.read(ctx)
	if err != nil {
		return err
	}
	var faults []error
	until := time.Now().Add(eraseSlice)
	for i := 0; i < len(work.Open) && !e.isOutOfTime(ctx, until); {
		finished, err := e.carryOut(ctx, &work.Open[i], until)
		if err != nil {
			faults = append(faults, fmt.Errorf("erase what was asked for at %s: %w", work.Open[i].AskedAt.UTC().Format(time.RFC3339), err))
		}
		if finished {
			work.Open = slices.Delete(work.Open, i, i+1)
		} else {
			i++
		}
		if err := saveRecord(ctx, e.Store, record, work); err != nil { // with a conflict the next run continues: nothing is lost
			return errors.Join(append(faults, unlessConflict(err))...)
		}
		record.Version++
	}
	return errors.Join(faults...)
}

func (e *Eraser) isOutOfTime(ctx context.Context, until time.Time) bool {
	return !time.Now().Before(until) || outOfTime(ctx, time.Now(), requeueBudget)
}

// carryOut continues one erasure and reports whether it is finished.
func (e *Eraser) carryOut(ctx context.Context, x *Erasure, until time.Time) (finished bool, err error) {
	switch {
	case x.RequestID != "":
		return e.eraseWhole(ctx, x, until)
	case time.Now().Before(x.AskedAt.Add(eraseSettles)):
		return false, nil
	}
	if err := e.search(ctx, x, until); err != nil {
		return false, err
	}
	if !x.Searched || len(x.Waiting) > 0 {
		return false, nil
	}
	return e.eraseClaim(ctx, x)
}

// search erases the person in the requests that were not searched yet, and in those
// that had rows without an outcome.
func (e *Eraser) search(ctx context.Context, x *Erasure, until time.Time) error {
	waiting := x.Waiting
	x.Waiting = nil
	for i, id := range waiting {
		if e.isOutOfTime(ctx, until) {
			x.Waiting = append(x.Waiting, waiting[i:]...)
			return nil
		}
		r, err := e.Store.Request(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err == nil {
			err = e.searchOne(ctx, x, r, until)
		}
		if err != nil {
			x.Waiting = append(x.Waiting, waiting[i:]...)
			return err
		}
	}
	for !x.Searched && !e.isOutOfTime(ctx, until) {
		page, err := e.Store.ListRequests(ctx, x.After, exportPage)
		if err != nil { // also one that is damaged: an erasure that is not whole must not end
			return fmt.Errorf("list the requests: %w", err)
		}
		for _, r := range page {
			if e.isOutOfTime(ctx, until) {
				return nil
			}
			if err := e.searchOne(ctx, x, r, until); err != nil {
				return err
			}
			x.After = r.ID
		}
		x.Searched = len(page) < exportPage
	}
	return nil
}

// searchOne erases the person in one request, or notes that it has to wait.
func (e *Eraser) searchOne(ctx context.Context, x *Erasure, r Request, until time.Time) error {
	if r.SubmittedAt.After(x.AskedAt.Add(AcceptWindow)) {
		return nil // it is no part of what was asked for
	}
	whole, err := e.eraseIn(ctx, x, r, until)
	if !whole && err == nil && !slices.Contains(x.Waiting, r.ID) {
		x.Waiting = append(x.Waiting, r.ID)
	}
	return err
}

// eraseWhole erases a request once all of its rows have their outcome.
func (e *Eraser) eraseWhole(ctx context.Context, x *Erasure, until time.Time) (finished bool, err error) {
	r, err := e.Store.Request(ctx, x.RequestID)
	if errors.Is(err, ErrNotFound) {
		return true, nil
	}
	now := time.Now()
	switch {
	case err != nil:
		return false, err
	case r.isBeingAccepted(now):
		return false, nil
	case !r.Done(now):
		if r.Phase != Stopped {
			_, err = e.stop(ctx, r, x.By)
		}
		return false, unlessConflict(err)
	}
	whole, err := e.eraseIn(ctx, x, r, until)
	if err != nil || !whole {
		return false, err
	}
	if r, err = e.Store.Request(ctx, r.ID); err != nil || !r.Done(now) {
		return false, err
	}
	r.noteErasure(x.By, x.AskedAt) // if it was done already, it had not to be stopped
	r.Label, r.Columns, r.Separator, r.Said, r.ErasedAt = "", nil, "", Said{}, time.Now()
	err = e.Store.SaveRequest(ctx, r, Tally{})
	return err == nil, unlessConflict(err)
}
