package sqlite

import (
	"context"
	"database/sql"

	"usher.example/internal/onboard"
)

// Store keeps requests, invitations, claims and the pace. It implements
// [onboard.Store].
type Store struct {
	file *file
	*pace
}

var _ onboard.Store = (*Store)(nil)

// numberOf returns the number that a query finds, 0 if it finds no row: the version
// of a record, or a sum.
func numberOf(s *statements, query string, args ...any) (v int, err error) {
	_, err = s.one(background, into(&v), query, args...)
	return v, err
}

// background is the context of what runs within a transaction: that is made or not
// as a whole.
var background = context.Background()

// list reads records until there are limit of them. Those that are damaged are left
// out and joined into the error.
func list[T any](ctx context.Context, s *statements, limit int, read func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	if err := ctx.Err(); err != nil || limit <= 0 {
		return nil, err
	}
	var records []T
	var damaged damages
	err := s.each(ctx, func(rows *sql.Rows) (bool, error) {
		record, err := read(rows)
		if damaged.take(err) {
			return true, nil
		}
		records = append(records, record)
		return len(records) < limit, err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return records, damaged.err()
}

// listed is [list] of what a reader of the file finds.
func listed[T any](ctx context.Context, f *file, limit int, read func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	if err := f.ready(ctx); err != nil {
		return nil, err
	}
	return list(ctx, f.reader, limit, read, query, args...)
}
