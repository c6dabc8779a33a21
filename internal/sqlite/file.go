package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	driver "modernc.org/sqlite"
)

const (
	// fileMode keeps addresses from other users of the machine. SQLite gives its
	// files beside the main one the same mode.
	fileMode = 0o600

	// readers is how many reads of one file run at once.
	readers = 4

	// lockPatience is how long a process waits for another one that is putting a file
	// in order which both may share, and lockPause how often it looks.
	lockPatience = 10 * time.Second
	lockPause    = 10 * time.Millisecond
)

// file is one SQLite file that is open: a writer, a pool of readers, and a lock on
// the file beside it.
type file struct {
	path   string
	lock   *os.File
	alone  bool // no other process has it open
	pool   *sql.DB
	reader *statements
	writer *writer
}

// openFile opens the file of that kind, or makes it. Unless it may be shared, no
// other process can have it open.
func openFile(ctx context.Context, path string, k kind, shared bool) (f *file, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f = &file{path: path}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("open %s: %w", path, err), f.close())
			f = nil
		}
	}()
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
	if f.writer, err = newWriter(ctx, db); err != nil {
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
	f.reader = newStatements(f.pool)
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

// takeLock locks a file beside the main one, as SQLite locks that by rules of its
// own. The lock ends with the process, however that ends.
func (f *file) takeLock(shared bool) (err error) {
	if f.lock, err = os.OpenFile(f.path+".lock", os.O_CREATE|os.O_RDWR, fileMode); err != nil {
		return fileFailure(err)
	}
	f.alone, err = lock(f.lock, true)
	switch {
	case err != nil:
		return fmt.Errorf("lock it: %w", err)
	case f.alone:
		return nil
	case !shared:
		return ErrInUse
	}
	return f.share()
}

// share lets other processes in. Another one may be putting the file in order, which
// takes it milliseconds.
func (f *file) share() error {
	for giveUp := time.Now().Add(lockPatience); ; time.Sleep(lockPause) {
		shared, err := lock(f.lock, false)
		switch {
		case err != nil:
			return fmt.Errorf("lock it: %w", err)
		case shared:
			return nil
		case time.Now().After(giveUp):
			return ErrInUse
		}
	}
}

// create makes the file if there is none, so that SQLite finds one with the mode
// that it should have.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode)
	if errors.Is(err, os.ErrExist) {
		return fileFailure(os.Chmod(path, fileMode))
	}
	if err != nil {
		return fileFailure(err)
	}
	if err := f.Close(); err != nil {
		return fileFailure(err)
	}
	return fileFailure(syncFolder(filepath.Dir(path)))
}

// inspect returns the version of the file's schema, 0 for a file that is empty. It
// changes nothing, whatever the file is.
func inspect(ctx context.Context, path string, k kind) (version int, err error) {
	db, err := open(path, url.Values{"mode": {"ro"}})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var application, tables int
	for query, target := range map[string]*int{
		"PRAGMA application_id":              &application,
		"PRAGMA user_version":                &version,
		"SELECT count(*) FROM sqlite_schema": &tables,
	} {
		if err := db.QueryRowContext(ctx, query).Scan(target); err != nil {
			return 0, failure(ctx, err)
		}
	}
	switch {
	case application == 0 && version == 0 && tables == 0:
		return 0, nil
	case application != k.application:
		return 0, ErrForeign
	case version > len(k.steps):
		return 0, ErrNewer
	}
	return version, nil
}

// copyFile writes all that a file holds to a new one, also while it is in use.
func copyFile(ctx context.Context, from, to string) error {
	if err := create(to); err != nil {
		return err
	}
	db, err := open(from, copying())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	return failure(ctx, err)
}

// open returns a pool of connections that does nothing yet.
func open(path string, settings url.Values) (*sql.DB, error) {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" {
		path = "/" + path
	}
	location := url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}
	return sql.Open("sqlite", location.String())
}

// writing is how the writer's connection is set up. With a full sync in WAL mode a
// commit is on the disk when it returns; macOS needs to be asked for it by another
// name. What is deleted is overwritten. (https://sqlite.org/pragma.html)
func writing() url.Values {
	return url.Values{"_pragma": {
		"busy_timeout(10000)", // ms; only the pace has other writers
		"journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)", "checkpoint_fullfsync(1)",
		"secure_delete(ON)", "cell_size_check(ON)", "trusted_schema(OFF)",
		"cache_size(-16384)",           // kB; the claims are written all over their table
		"journal_size_limit(67108864)", // bytes that the log keeps after a long read
	}}
}

// copying does not keep the connection from writing: the copy is written by it.
func copying() url.Values {
	return url.Values{"_pragma": {"busy_timeout(10000)", "synchronous(FULL)", "fullfsync(1)"}}
}

func reading() url.Values {
	return url.Values{"_pragma": {"busy_timeout(10000)", "query_only(ON)", "cell_size_check(ON)", "trusted_schema(OFF)"}}
}

// read calls scan for every row of a query.
func (f *file) read(ctx context.Context, scan func(*sql.Rows) (more bool, err error), query string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.reader.each(ctx, scan, query, args...)
}

// readOne reads the only row of a query; false: there is none.
func (f *file) readOne(ctx context.Context, targets []any, query string, args ...any) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return f.reader.one(ctx, targets, query, args...)
}
