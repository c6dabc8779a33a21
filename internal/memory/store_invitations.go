package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// place is where one invitation is stored.
type place struct {
	requestID string
	row       int
}

// Load implements [onboard.Invitations].
func (s *Store) Load(ctx context.Context, requestID string, row int, address string) (onboard.Invitation, onboard.Claim, error) {
	if err := ctx.Err(); err != nil {
		return onboard.Invitation{}, onboard.Claim{}, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	inv, ok := s.invitation(place{requestID, row}, now)
	if !ok {
		inv = onboard.Invitation{RequestID: requestID, Row: row}
	}
	if address == "" {
		return copyInvitation(inv), onboard.Claim{}, nil
	}
	claim, ok := s.claim(address, now)
	if !ok {
		claim = onboard.Claim{Address: address}
	}
	return copyInvitation(inv), claim, nil
}

// Claims implements [onboard.Invitations].
func (s *Store) Claims(ctx context.Context, addresses []string) (map[string]onboard.Claim, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]onboard.Claim{}
	for _, address := range addresses {
		if claim, ok := s.claim(address, now); ok {
			found[address] = claim
		}
	}
	return found, nil
}

// Save implements [onboard.Invitations].
func (s *Store) Save(ctx context.Context, w onboard.Write) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(w, now); err != nil {
		return fmt.Errorf("save request %s row %d: %w", w.Invitation.RequestID, w.Invitation.Row, err)
	}
	s.putInvitation(w.Invitation)
	if w.Claim != nil {
		c := copyClaim(*w.Claim)
		c.Version++
		s.claims[c.Address] = c
	}
	if r, ok := s.requests[w.Invitation.RequestID]; ok { // else nobody is left to count for
		r.Tally = r.Tally.Add(copyTally(w.Tally))
		s.requests[r.ID] = r
	}
	return nil
}

// DropClaim implements [onboard.Invitations].
func (s *Store) DropClaim(ctx context.Context, c onboard.Claim) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored, ok := s.claim(c.Address, time.Now()); ok && stored.Version != c.Version {
		return fmt.Errorf("drop a claim: version %d given, %d stored: %w", c.Version, stored.Version, onboard.ErrConflict)
	}
	delete(s.claims, c.Address)
	return nil
}

// ListInvitations implements [onboard.Invitations].
func (s *Store) ListInvitations(ctx context.Context, requestID string, after, limit int) ([]onboard.Invitation, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.rows[requestID]
	if of == nil {
		return nil, nil
	}
	var list []onboard.Invitation
	for _, row := range of.after(after) {
		if len(list) >= limit {
			break
		}
		if inv := of.byNumber[row]; !gone(inv.ExpiresAt, now) {
			list = append(list, copyInvitation(inv))
		}
	}
	return list, nil
}

// DueInvitations implements [onboard.Invitations]. It reads all deferred invitations,
// and no others.
func (s *Store) DueInvitations(ctx context.Context, now time.Time, after onboard.Due, limit int) ([]onboard.Invitation, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	clock := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	var places []onboard.Due
	for at, due := range s.due {
		is := onboard.Due{At: due, RequestID: at.requestID, Row: at.row}
		if _, ok := s.invitation(at, clock); ok && !due.After(now) && compareDue(is, after) > 0 {
			places = append(places, is)
		}
	}
	slices.SortFunc(places, compareDue)
	var list []onboard.Invitation
	for _, at := range places[:min(max(limit, 0), len(places))] {
		list = append(list, copyInvitation(s.rows[at.RequestID].byNumber[at.Row]))
	}
	return list, nil
}

func compareDue(a, b onboard.Due) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Row, b.Row))
}

// check returns an error if a version in w is not the stored one.
func (s *Store) check(w onboard.Write, now time.Time) error {
	inv, _ := s.invitation(place{w.Invitation.RequestID, w.Invitation.Row}, now)
	if inv.Version != w.Invitation.Version {
		return fmt.Errorf("invitation: version %d given, %d stored: %w", w.Invitation.Version, inv.Version, onboard.ErrConflict)
	}
	if w.Claim != nil {
		claim, _ := s.claim(w.Claim.Address, now)
		if claim.Version != w.Claim.Version {
			return fmt.Errorf("claim: version %d given, %d stored: %w", w.Claim.Version, claim.Version, onboard.ErrConflict)
		}
	}
	return nil
}

func (s *Store) putInvitation(inv onboard.Invitation) {
	of := s.rows[inv.RequestID]
	if of == nil {
		of = &rows{byNumber: map[int]onboard.Invitation{}}
		s.rows[inv.RequestID] = of
	}
	inv = copyInvitation(inv)
	inv.Version++
	of.put(inv)
	at := place{inv.RequestID, inv.Row}
	if inv.State == onboard.Deferred && !inv.DueAt.IsZero() {
		s.due[at] = inv.DueAt
	} else {
		delete(s.due, at)
	}
}

// invitation returns what is stored at a place, or the zero invitation.
func (s *Store) invitation(at place, now time.Time) (onboard.Invitation, bool) {
	of := s.rows[at.requestID]
	if of == nil {
		return onboard.Invitation{}, false
	}
	inv, ok := of.byNumber[at.row]
	if !ok || gone(inv.ExpiresAt, now) {
		return onboard.Invitation{}, false
	}
	return inv, true
}

// claim returns the stored claim of an address, or the zero claim.
func (s *Store) claim(address string, now time.Time) (onboard.Claim, bool) {
	c, ok := s.claims[address]
	if !ok || gone(c.ExpiresAt, now) {
		return onboard.Claim{}, false
	}
	return c, true
}

// rows are the stored invitations of one request. Row numbers arrive in the
// order in which workers settle them, so they are sorted only when listed.
type rows struct {
	byNumber map[int]onboard.Invitation
	numbers  []int
	unsorted bool
}

func (r *rows) put(inv onboard.Invitation) {
	if _, ok := r.byNumber[inv.Row]; !ok {
		r.unsorted = r.unsorted || len(r.numbers) > 0 && r.numbers[len(r.numbers)-1] > inv.Row
		r.numbers = append(r.numbers, inv.Row)
	}
	r.byNumber[inv.Row] = inv
}

// after returns the stored row numbers greater than row, ascending.
func (r *rows) after(row int) []int {
	if r.unsorted {
		slices.Sort(r.numbers)
		r.unsorted = false
	}
	i, ok := slices.BinarySearch(r.numbers, row)
	if ok {
		i++
	}
	return r.numbers[i:]
}
