package memory

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// counter is one sum that [Store.Spend] keeps.
type counter struct {
	sum       int
	expiresAt time.Time
}

// CreateRequest implements [onboard.Requests].
func (s *Store) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.request(r.ID, now); ok {
		return fmt.Errorf("create request %s: id taken: %w", r.ID, onboard.ErrConflict)
	}
	if key != nil {
		if _, ok := s.key(key.ID, now); ok {
			return fmt.Errorf("create request %s: idempotency key taken: %w", r.ID, onboard.ErrConflict)
		}
		k := *key
		k.ExpiresAt = plain(k.ExpiresAt)
		s.keys[k.ID] = k
	}
	r = copyRequest(r)
	r.Version = 1
	s.requests[r.ID] = r
	if i, ok := slices.BinarySearch(s.ids, r.ID); !ok {
		s.ids = slices.Insert(s.ids, i, r.ID)
	}
	return nil
}

// Request implements [onboard.Requests].
func (s *Store) Request(ctx context.Context, id string) (onboard.Request, error) {
	if err := ctx.Err(); err != nil {
		return onboard.Request{}, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.request(id, now)
	if !ok {
		return onboard.Request{}, fmt.Errorf("request %s: %w", id, onboard.ErrNotFound)
	}
	return copyRequest(r), nil
}

// SaveRequest implements [onboard.Requests].
func (s *Store) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	stored, ok := s.request(r.ID, now)
	if !ok {
		return fmt.Errorf("save request %s: %w", r.ID, onboard.ErrNotFound)
	}
	if r.Version != stored.Version {
		return fmt.Errorf("save request %s: version %d given, %d stored: %w", r.ID, r.Version, stored.Version, onboard.ErrConflict)
	}
	r = copyRequest(r)
	r.Version++
	r.Tally = stored.Tally.Add(copyTally(delta))
	s.requests[r.ID] = r
	return nil
}

// ListRequests implements [onboard.Requests].
func (s *Store) ListRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	next := len(s.ids)
	if after != "" {
		next, _ = slices.BinarySearch(s.ids, after)
	}
	var list []onboard.Request
	for i := next - 1; i >= 0 && len(list) < limit; i-- {
		if r, ok := s.request(s.ids[i], now); ok {
			list = append(list, copyRequest(r))
		}
	}
	return list, nil
}

// OpenRequests implements [onboard.Requests].
func (s *Store) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	next, found := slices.BinarySearch(s.ids, after)
	if found {
		next++
	}
	var list []onboard.Request
	for _, id := range s.ids[next:] {
		if len(list) >= limit {
			break
		}
		if r, ok := s.request(id, now); ok && r.EndedAt.IsZero() {
			list = append(list, copyRequest(r))
		}
	}
	return list, nil
}

// SaveManifest implements [onboard.Requests]. It stores all parts or none.
func (s *Store) SaveManifest(ctx context.Context, requestID string, parts []onboard.ManifestPart, expires time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.manifest[requestID]
	for _, part := range parts {
		part.Data = slices.Clone(part.Data)
		i, found := slices.BinarySearchFunc(m, part.Last, byLastRow)
		if !found {
			m = slices.Insert(m, i, manifestPart{})
		}
		m[i] = manifestPart{part, plain(expires)}
	}
	s.manifest[requestID] = m
	return nil
}

// ReplaceManifestPart implements [onboard.Requests].
func (s *Store) ReplaceManifestPart(ctx context.Context, requestID string, read onboard.ManifestPart, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.manifest[requestID]
	i, found := slices.BinarySearchFunc(m, read.Last, byLastRow)
	if !found || !bytes.Equal(m[i].Data, read.Data) {
		return fmt.Errorf("replace a part of the manifest of request %s: %w", requestID, onboard.ErrConflict)
	}
	m[i].Data = slices.Clone(data)
	return nil
}

// ManifestPart implements [onboard.Requests].
func (s *Store) ManifestPart(ctx context.Context, requestID string, after int) (onboard.ManifestPart, error) {
	if err := ctx.Err(); err != nil {
		return onboard.ManifestPart{}, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.manifest[requestID]
	i, _ := slices.BinarySearchFunc(m, after+1, byLastRow)
	for ; i < len(m); i++ {
		if part := m[i]; !gone(part.expiresAt, now) {
			part.Data = slices.Clone(part.Data)
			return part.ManifestPart, nil
		}
	}
	return onboard.ManifestPart{}, fmt.Errorf("manifest of request %s after row %d: %w", requestID, after, onboard.ErrNotFound)
}

// manifestPart is a part of a manifest as it is kept.
type manifestPart struct {
	onboard.ManifestPart
	expiresAt time.Time
}

func byLastRow(p manifestPart, row int) int { return cmp.Compare(p.Last, row) }

// Key implements [onboard.Requests].
func (s *Store) Key(ctx context.Context, id string) (onboard.Key, error) {
	if err := ctx.Err(); err != nil {
		return onboard.Key{}, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.key(id, now)
	if !ok {
		return onboard.Key{}, fmt.Errorf("idempotency key: %w", onboard.ErrNotFound)
	}
	return k, nil
}

// Spend implements [onboard.Requests].
func (s *Store) Spend(ctx context.Context, name string, n, limit int, expires time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counter(name, now)
	if c.sum+n > limit {
		return fmt.Errorf("spend %d more than %d of %d: %w", n, c.sum, limit, onboard.ErrConflict)
	}
	c.sum += n
	c.expiresAt = plain(expires)
	s.counters[name] = c
	return nil
}

// Spent implements [onboard.Requests].
func (s *Store) Spent(ctx context.Context, name string) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counter(name, now).sum, nil
}

func (s *Store) request(id string, now time.Time) (onboard.Request, bool) {
	r, ok := s.requests[id]
	return r, ok && !gone(r.ExpiresAt, now)
}

func (s *Store) key(id string, now time.Time) (onboard.Key, bool) {
	k, ok := s.keys[id]
	return k, ok && !gone(k.ExpiresAt, now)
}

// counter returns a zero counter for one that has expired or never was.
func (s *Store) counter(name string, now time.Time) counter {
	c := s.counters[name]
	if gone(c.expiresAt, now) {
		return counter{}
	}
	return c
}
