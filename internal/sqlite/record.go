package sqlite

import (
	"encoding/json"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// Records are kept as JSON under names of their own, so that a field of the domain
// can be renamed and the file still be read. What is zero is left out.

// moment is a time in Unix nanoseconds; 0 is the zero time.
type moment int64

func at(t time.Time) moment {
	if t.IsZero() {
		return 0
	}
	return moment(t.UnixNano())
}

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(m)).UTC()
}

// expiry is a time of expiry as a column has it: what has none is kept for good.
func expiry(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixNano()
}

func fromExpiry(n int64) time.Time {
	if n == never {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// encode returns a record's body.
func encode(record any) []byte {
	body, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("sqlite: %T cannot be encoded: %v", record, err)) // records hold nothing that cannot
	}
	return body
}

// decode reads a record's body. The error does not quote it: there may be an address
// in it.
func decode[T any](what string, body []byte) (record T, err error) {
	if err := json.Unmarshal(body, &record); err != nil {
		return record, fmt.Errorf("%s: %w", what, onboard.ErrDamaged)
	}
	return record, nil
}
