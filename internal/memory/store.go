package memory

import (
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// Store keeps requests, invitations, claims, notes of mails and the pace. It implements
// [onboard.Store]; a lookup or a write costs the same however many rows a
// request has. Expired records are not returned; their memory is freed only
// when something is written in their place.
type Store struct {
	mu       sync.Mutex
	requests map[string]onboard.Request
	ids      []string                  // of requests, ascending
	manifest map[string][]manifestPart // by request id, in row order
	keys     map[string]onboard.Key
	counters map[string]counter
	rows     map[string]*rows // by request id
	claims   map[string]onboard.Claim
	notes    map[string]map[int]note // what became of mails, by request id and row
	due      map[place]time.Time     // DueAt of the deferred invitations that have one
	cells    map[string]onboard.Cell
	records  map[string]onboard.Record
}

var _ onboard.Store = (*Store)(nil)

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{
		requests: map[string]onboard.Request{},
		manifest: map[string][]manifestPart{},
		keys:     map[string]onboard.Key{},
		counters: map[string]counter{},
		rows:     map[string]*rows{},
		claims:   map[string]onboard.Claim{},
		notes:    map[string]map[int]note{},
		due:      map[place]time.Time{},
		cells:    map[string]onboard.Cell{},
		records:  map[string]onboard.Record{},
	}
}

// gone reports whether a record with this end has expired. A record without an end
// never does.
func gone(expires, now time.Time) bool {
	return !expires.IsZero() && !now.Before(expires)
}
