package sqlite

import (
	"context"
	"fmt"

	"usher.example/internal/onboard"
)

// pace is [onboard.PaceStore] in a file that processes share: each change reads the
// cell under the file's write lock.
type pace struct{ file *file }

const (
	selectCell = "SELECT body FROM cells WHERE lane = ?"
	putCell    = "INSERT INTO cells (lane, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
)

// Reserve implements [onboard.PaceStore].
func (p *pace) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	r, err := result(ctx, p.file.writer, func(s *statements) (onboard.Reservation, error) {
		cell, err := storedCell(s, lane)
		if err != nil {
			return onboard.Reservation{}, err
		}
		now := want.Clock().UTC()
		if why := want.Refused(cell, now); why != "" {
			return onboard.Reservation{Refused: why, Cell: cell}, nil
		}
		start := now.Add(want.Lead).Round(0)
		if cell.Reserved.After(start) {
			start = cell.Reserved
		}
		cell = cell.Hear(want.Answers)
		cell.Reserved = start.Add(want.Span)
		cell, err = storeCell(s, lane, cell)
		return onboard.Reservation{Start: start, Cell: cell}, err
	})
	if err != nil {
		return r, fmt.Errorf("reserve in lane %s: %w", lane, err)
	}
	return r, nil
}

// Cell implements [onboard.PaceStore].
func (p *pace) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	err := ctx.Err()
	var cell onboard.Cell
	if err == nil {
		cell, err = readStoredCell(ctx, p.file.reader, lane)
	}
	if err != nil {
		return onboard.Cell{}, fmt.Errorf("read the cell of lane %s: %w", lane, err)
	}
	return cell, nil
}

// SaveCell implements [onboard.PaceStore].
func (p *pace) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	err := p.file.writer.do(ctx, func(s *statements) error {
		stored, err := storedCell(s, lane)
		if err != nil {
			return err
		}
		if c.Version != stored.Version {
			return fmt.Errorf("version %d given, %d stored: %w", c.Version, stored.Version, onboard.ErrConflict)
		}
		next := c
		next.Reserved, next.ClearAt, next.Unclear = stored.Reserved, stored.ClearAt, stored.Unclear
		next.Version++
		_, err = storeCell(s, lane, next)
		return err
	})
	if err != nil {
		return fmt.Errorf("save the cell of lane %s: %w", lane, err)
	}
	return nil
}

func storedCell(s *statements, lane string) (onboard.Cell, error) {
	return readStoredCell(background, s, lane)
}

// readStoredCell returns the zero cell for a lane that was never used.
func readStoredCell(ctx context.Context, s *statements, lane string) (onboard.Cell, error) {
	var body []byte
	found, err := s.one(ctx, into(&body), selectCell, lane)
	if err != nil || !found {
		return onboard.Cell{}, err
	}
	return readCell("its cell", body)
}

// storeCell writes a cell and returns it as it will be read.
func storeCell(s *statements, lane string, c onboard.Cell) (onboard.Cell, error) {
	body := cellBody(c)
	if _, err := s.exec(background, putCell, lane, body); err != nil {
		return onboard.Cell{}, err
	}
	return readCell("its cell", body)
}
