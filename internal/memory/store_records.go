package memory

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// Record implements [onboard.Records].
func (s *Store) Record(ctx context.Context, name string) (onboard.Record, error) {
	if err := ctx.Err(); err != nil {
		return onboard.Record{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record(name), nil
}

func (s *Store) record(name string) onboard.Record {
	r, ok := s.records[name]
	if !ok || gone(r.ExpiresAt, time.Now()) {
		return onboard.Record{Name: name}
	}
	r.Data = slices.Clone(r.Data)
	return r
}

// SaveRecord implements [onboard.Records].
func (s *Store) SaveRecord(ctx context.Context, r onboard.Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stored := s.record(r.Name).Version; stored != r.Version {
		return fmt.Errorf("memory: save record %s: version %d, want %d: %w", r.Name, stored, r.Version, onboard.ErrConflict)
	}
	r.Data, r.ExpiresAt = slices.Clone(r.Data), plain(r.ExpiresAt)
	r.Version++
	s.records[r.Name] = r
	return nil
}
