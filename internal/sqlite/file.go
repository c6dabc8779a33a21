package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite"
)

// readers is how many reads of one file run at once.
const readers = 4

// file is one SQLite file that is open: a writer, a pool of readers, and a lock on
// the file beside it.
type file struct {
	path   string
	clock  *clock
	lock   *os.File
	alone  bool // no other process has it open
	pool   *sql.DB
	reader *statements
	writer *writer
}

// openFile opens the file of that kind, or makes it. Unless it may be shared, no
// other process can have it open.
func openFile(ctx context.Context, path string, k kind, shared bool, clock *clock) (f *file, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f = &file{path: path, clock: clock}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open %s: %w", path, err), f.close())
			f = nil
		}
	}()
	if onNetwork(filepath.Dir(path)) {
		return f, ErrNetwork
	}
	if err := f.takeLock(shared); err != nil {
		return f, err
	}
	if err := create(path); err != nil {
		return f, err
	}
	version, err := inspect(ctx, path, k)
	if err != nil {
		return f, err
	}
	if version > 0 && version < len(k.steps) {
		if err := copyFile(ctx, path, fmt.Sprintf("%s.version-%d", path, version)); err != nil {
			return f, fmt.Errorf("back it up before its form is changed: %w", err)
		}
	}
	return f, f.connect(ctx, k, version)
}

// connect opens the connections, and brings the schema up to date.
//
// A commit is as durable with fdatasync, which leaves out the file's timestamps, and
// takes about half the time. Where there is none nothing changes.
func (f *file) connect(ctx context.Context, k kind, version int) error {
	_, _ = driver.Fdatasync(true)
	db, err := open(f.path, writing())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if f.writer, err = newWriter(ctx, db, f.clock); err != nil {
		return errors.Join(failure(ctx, err), db.Close())
	}
	if version < len(k.steps) {
		if err := f.writer.do(ctx, k.upgrade(version)); err != nil {
			return err
		}
	}
	if f.pool, err = open(f.path, reading()); err != nil {
		return err
	}
	f.pool.SetMaxOpenConns(readers)
	f.pool.SetMaxIdleConns(readers)
	f.reader = newStatements(f.pool, f.clock)
	return nil
}

// upgrade is the change that brings a schema up to date.
func (k kind) upgrade(version int) func(*statements) error {
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", k.application, len(k.steps))
	return func(s *statements) error {
		for statement := range strings.SplitSeq(strings.Join(k.steps[version:], "")+marks, ";") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := s.exec(context.Background(), statement); err != nil {
				return err
			}
		}
		return nil
	}
}

func (f *file) close() error {
	var faults []error
	if f.reader != nil {
		faults = append(faults, f.reader.close(), f.pool.Close())
	}
	if f.writer != nil { // the last: it clears away the log
		faults = append(faults, f.writer.close())
	}
	if f.lock != nil {
		faults = append(faults, f.lock.Close())
	}
	return errors.Join(faults...)
}

// read calls scan for every row of a query.
func (f *file) read(ctx context.Context, scan func(*sql.Rows) (more bool, err error), query string, args ...any) error {
	if err := f.ready(ctx); err != nil {
		return err
	}
	return f.reader.each(ctx, scan, query, args...)
}

// readOne reads the only row of a query; false: there is none.
func (f *file) readOne(ctx context.Context, targets []any, query string, args ...any) (bool, error) {
	if err := f.ready(ctx); err != nil {
		return false, err
	}
	return f.reader.one(ctx, targets, query, args...)
}
