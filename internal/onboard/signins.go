package onboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// SignedIn is whether the person of a row has signed in, as of a scan.
type SignedIn string

// The answers. A user who does not wait any more may also have been deleted.
const (
	SignedInYes     SignedIn = "yes"
	SignedInNo      SignedIn = "no" // the temporary password waits to be replaced, or has expired
	SignedInUnknown SignedIn = "unknown"
)

// SignIns is what the latest scan of the pool's waiting users found of a request.
type SignIns struct {
	At      time.Time   `json:"at"` // when it began: later sign-ins do not show. Zero: there was none
	Waiting RowSet      `json:"waiting"`
	Tally   SignInTally `json:"tally"`
	Noticed string      `json:"noticed,omitempty"` // the id of the notice that was given of expiring passwords
}

// SignInTally counts the rows of a request as of a scan. Yes, No and Unknown add up to
// its total.
type SignInTally struct {
	Yes     int `json:"yes"`
	No      int `json:"no"`
	Unknown int `json:"unknown"`
	Expired int `json:"expired"` // of No: the password had expired
}

// RowSet is a set of rows by number, a bit each: 10,000 rows take 1.25 kB.
type RowSet []byte

// maxSetRow is the highest row that a set has, so that a record of it stays below
// what a store takes for one (400 KB, Amazon DynamoDB Developer Guide, "Quotas").
// Requests have 100,000 rows at most; rows of files with more lines are unknown.
const maxSetRow = 1_000_000

// Has reports whether the row is in the set.
func (s RowSet) Has(row int) bool {
	return row >= 0 && row/8 < len(s) && s[row/8]&(1<<(row%8)) != 0
}

// with returns the set with a row more. It may change s.
func (s RowSet) with(row int) RowSet {
	if row < 0 || row > maxSetRow {
		return s
	}
	if more := row/8 + 1 - len(s); more > 0 {
		s = append(s, make([]byte, more)...)
	}
	s[row/8] |= 1 << (row % 8)
	return s
}

// listLag is how far behind the pool's list of users may be. AWS names no bound; new
// users usually show within seconds.
const listLag = 10 * time.Minute

// Of returns whether the person of a row has signed in.
func (s SignIns) Of(inv Invitation) SignedIn {
	switch {
	case s.At.IsZero(), inv.Erased:
		return SignedInUnknown
	case s.Waiting.Has(inv.Row) && inv.Row <= maxSetRow:
		return SignedInNo
	case inv.Confirmed, inv.Row > maxSetRow, inv.UpdatedAt.Add(listLag).After(s.At):
		return SignedInUnknown // never waited, or may not have been listed yet
	case inv.State == Invited, inv.State == Created, inv.State == Resent, inv.State == NotMailed:
		return SignedInYes
	}
	return SignedInUnknown
}

// PasswordExpired reports whether the password that was mailed for the row has expired
// before it was used, as far as is known.
func (s SignIns) PasswordExpired(inv Invitation, now time.Time) bool {
	expired := !inv.PasswordExpiresAt.IsZero() && now.After(inv.PasswordExpiresAt)
	return expired && s.Of(inv) != SignedInYes
}

// Record is a small document that only the domain can read.
type Record struct {
	Name      string
	Data      []byte // 350 kB at most
	ExpiresAt time.Time

	// Version pins a write to what was read; 0 when nothing is stored.
	Version int
}

// Records keeps records by name.
type Records interface {
	// Record returns the record of a name as it is stored, up to date. What was never
	// stored, or has expired, is returned with its name alone.
	Record(ctx context.Context, name string) (Record, error)

	// SaveRecord replaces a record. ErrConflict: r.Version is not the stored one.
	SaveRecord(ctx context.Context, r Record) error
}

// readSignIns returns what the latest scan found of a request.
func readSignIns(ctx context.Context, store Records, requestID string) (SignIns, Record, error) {
	var s SignIns
	record, err := readRecord(ctx, store, "signins/"+requestID, &s)
	return s, record, err
}

// ReadSignIns returns what the latest scan found of a request; the zero SignIns if
// there was none.
func ReadSignIns(ctx context.Context, store Records, requestID string) (SignIns, error) {
	s, _, err := readSignIns(ctx, store, requestID)
	return s, err
}

func readRecord(ctx context.Context, store Records, name string, into any) (Record, error) {
	record, err := store.Record(ctx, name)
	if err != nil {
		return Record{}, fmt.Errorf("read record %s: %w", name, err)
	}
	if len(record.Data) == 0 {
		return record, nil
	}
	if err := json.Unmarshal(record.Data, into); err != nil {
		return Record{}, errors.Join(fmt.Errorf("record %s: %w", name, ErrDamaged), err)
	}
	return record, nil
}

// saveRecord stores value in place of what a record has.
func saveRecord(ctx context.Context, store Records, record Record, value any) error {
	var err error
	if record.Data, err = json.Marshal(value); err != nil {
		return fmt.Errorf("write record %s: %w", record.Name, err)
	}
	if err := store.SaveRecord(ctx, record); err != nil {
		return fmt.Errorf("save record %s: %w", record.Name, err)
	}
	return nil
}
