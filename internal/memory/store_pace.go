package memory

import (
	"context"
	"fmt"

	"usher.example/internal/onboard"
)

// Reserve implements [onboard.PaceStore].
func (s *Store) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	if err := ctx.Err(); err != nil {
		return onboard.Reservation{}, err
	}
	now := plain(want.Clock())
	s.mu.Lock()
	defer s.mu.Unlock()
	cell := s.cells[lane]
	if why := want.Refused(cell, now); why != "" {
		return onboard.Reservation{Refused: why, Cell: cell}, nil
	}
	start := now.Add(want.Lead)
	if cell.Reserved.After(start) {
		start = cell.Reserved
	}
	cell = cell.Hear(want.Answers)
	cell.Reserved, cell.ClearAt = start.Add(want.Span), plain(cell.ClearAt)
	s.cells[lane] = cell
	return onboard.Reservation{Start: start, Cell: cell}, nil
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
	c.Reserved, c.ClearAt, c.Unclear = stored.Reserved, stored.ClearAt, stored.Unclear
	c.Cut.At, c.MailCut.At, c.ClosedUntil = plain(c.Cut.At), plain(c.MailCut.At), plain(c.ClosedUntil)
	c.Pass.Since, c.Pass.After.At = plain(c.Pass.Since), plain(c.Pass.After.At)
	c.Version++
	s.cells[lane] = c
	return nil
}
