package memory

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// Reserve implements [onboard.PaceStore].
func (s *Store) Reserve(ctx context.Context, lane string, now time.Time, span time.Duration) (time.Time, onboard.Cell, error) {
	if err := ctx.Err(); err != nil {
		return time.Time{}, onboard.Cell{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cell := s.cells[lane]
	start := plain(now)
	if cell.Reserved.After(start) {
		start = cell.Reserved
	}
	cell.Reserved = start.Add(span)
	s.cells[lane] = cell
	return start, cell, nil
}

// Cell implements [onboard.PaceStore].
func (s *Store) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	if err := ctx.Err(); err != nil {
		return onboard.Cell{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cells[lane], nil
}

// SaveCell implements [onboard.PaceStore].
func (s *Store) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	stored := s.cells[lane]
	if c.Version != stored.Version {
		return fmt.Errorf("save pace of lane %s: version %d given, %d stored: %w", lane, c.Version, stored.Version, onboard.ErrConflict)
	}
	c.Reserved = stored.Reserved
	c.CutAt, c.ClosedUntil = plain(c.CutAt), plain(c.ClosedUntil)
	c.Pass.Since, c.Pass.After.At = plain(c.Pass.Since), plain(c.Pass.After.At)
	c.Version++
	s.cells[lane] = c
	return nil
}
