package sqlite

import (
	"context"
	"fmt"
	"sync"

	"usher.example/internal/onboard"
)

// pace is [onboard.PaceStore] in a file that processes share: each change reads the
// cell under the file's write lock.
//
// What a cell says of rows that wait ([onboard.Cell.Backlog], [onboard.Cell.Pass]) is
// about the rows of one state: two pools that share a pace do not share those. So it is
// kept in the state. It is written after the shared part, whose version it goes with: if
// the process ends in between, the rows are only put back again.
type pace struct {
	file, own *file
	saving    *sync.Mutex
}

const (
	selectCell = "SELECT body FROM cells WHERE lane = ?"
	selectOwn  = "SELECT body FROM waiting WHERE lane = ?"
	putOwn     = "INSERT INTO waiting (lane, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
	putCell    = "INSERT INTO cells (lane, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
)

// Reserve implements [onboard.PaceStore].
func (p *pace) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	own, err := p.waiting(ctx, lane)
	if err != nil {
		return onboard.Reservation{}, fmt.Errorf("reserve in lane %s: %w", lane, err)
	}
	r, err := result(ctx, p.file.writer, func(s *statements) (onboard.Reservation, error) {
		cell, err := storedCell(s, lane)
		if err != nil {
			return onboard.Reservation{}, err
		}
		cell = own.in(cell)
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
		return onboard.Reservation{Start: start, Cell: own.in(cell)}, err
	})
	if err != nil {
		return r, fmt.Errorf("reserve in lane %s: %w", lane, err)
	}
	return r, nil
}

// Cell implements [onboard.PaceStore].
func (p *pace) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	own, err := p.waiting(ctx, lane)
	if err == nil {
		err = p.file.ready(ctx)
	}
	var cell onboard.Cell
	if err == nil {
		cell, err = readStoredCell(ctx, p.file.reader, lane)
		cell = own.in(cell)
	}
	if err != nil {
		return onboard.Cell{}, fmt.Errorf("read the cell of lane %s: %w", lane, err)
	}
	return cell, nil
}

// SaveCell implements [onboard.PaceStore].
func (p *pace) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	p.saving.Lock()
	defer p.saving.Unlock()
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
	if err == nil {
		body := cellBody(onboard.Cell{Backlog: c.Backlog, Pass: c.Pass})
		err = p.own.writer.do(context.WithoutCancel(ctx), func(s *statements) error {
			_, err := s.exec(background, putOwn, lane, body)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("save the cell of lane %s: %w", lane, err)
	}
	return nil
}

// waiting is the part of a cell that is about the rows of one state.
type waiting struct {
	backlog bool
	pass    onboard.Pass
}

// in returns c with it.
func (w waiting) in(c onboard.Cell) onboard.Cell {
	c.Backlog, c.Pass = w.backlog, w.pass
	return c
}

func (p *pace) waiting(ctx context.Context, lane string) (waiting, error) {
	if err := ctx.Err(); err != nil {
		return waiting{}, err
	}
	var body []byte
	found, err := p.own.reader.one(ctx, into(&body), selectOwn, lane)
	if err != nil || !found {
		return waiting{}, err
	}
	cell, err := readCell("what waits", body)
	return waiting{cell.Backlog, cell.Pass}, err
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

// storeCell writes the shared part of a cell and returns it as it will be read.
func storeCell(s *statements, lane string, c onboard.Cell) (onboard.Cell, error) {
	body := cellBody(waiting{}.in(c))
	if _, err := s.exec(background, putCell, lane, body); err != nil {
		return onboard.Cell{}, err
	}
	return readCell("its cell", body)
}
