package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// preparer is a connection, or a pool of them.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// statements runs statements, each prepared once. Its errors are classified; see
// [failure].
type statements struct {
	on    preparer
	clock *clock

	mu       sync.Mutex
	prepared map[string]*sql.Stmt
}

func newStatements(on preparer, clock *clock) *statements {
	return &statements{on: on, clock: clock, prepared: map[string]*sql.Stmt{}}
}

// now returns the time of day as columns have it.
func (s *statements) now() int64 { return s.clock.wall().UnixNano() }

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var faults []error
	for _, stmt := range s.prepared {
		faults = append(faults, stmt.Close())
	}
	clear(s.prepared)
	return errors.Join(faults...)
}

func (s *statements) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.on.PrepareContext(ctx, query)
	if err == nil {
		s.prepared[query] = stmt
	}
	return stmt, err
}

// exec runs a statement and returns how many rows it changed.
func (s *statements) exec(ctx context.Context, query string, args ...any) (int, error) {
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return 0, failure(ctx, err)
	}
	r, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, failure(ctx, err)
	}
	n, err := r.RowsAffected()
	return int(n), failure(ctx, err)
}

// each calls scan for every row of a query until it returns false.
func (s *statements) each(ctx context.Context, scan func(*sql.Rows) (more bool, err error), query string, args ...any) error {
	stmt, err := s.stmt(ctx, query)
	if err != nil {
		return failure(ctx, err)
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return failure(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		more, err := scan(rows)
		if err != nil {
			return failure(ctx, err)
		}
		if !more {
			return nil
		}
	}
	return failure(ctx, rows.Err())
}

// one reads the only row of a query into targets; false: there is none.
func (s *statements) one(ctx context.Context, targets []any, query string, args ...any) (found bool, err error) {
	err = s.each(ctx, func(rows *sql.Rows) (bool, error) {
		found = true
		return false, rows.Scan(targets...)
	}, query, args...)
	return found && err == nil, err
}

// into lists where one goes.
func into(targets ...any) []any { return targets }
