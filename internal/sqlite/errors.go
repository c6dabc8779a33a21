package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"usher.example/internal/onboard"
)

// What is wrong with a file or its disk. A damaged file is [onboard.ErrDamaged].
var (
	// ErrInUse: another process has the file open.
	ErrInUse = errors.New("another usher is using it; end that one first")

	// ErrForeign: the file is not one that usher made for this.
	ErrForeign = errors.New("it is not usher's; move it away or choose another place")

	// ErrNewer: a later version of usher wrote the file. It is left as it is.
	ErrNewer = errors.New("a newer version of usher wrote it; use that version")

	// ErrFull: the disk is full. What was acknowledged is kept.
	ErrFull = errors.New("the disk is full; free some space")

	// ErrReadOnly: the file or its folder cannot be written.
	ErrReadOnly = errors.New("it cannot be written; check the rights of the file and its folder")

	// ErrNetwork: the file is on a drive of another machine. Locks do not hold there, and
	// SQLite's log needs memory that all its processes share (https://sqlite.org/wal.html).
	ErrNetwork = errors.New("it is on a network drive; set XDG_STATE_HOME (on Windows LOCALAPPDATA) to a folder on a drive of this machine")

	// ErrNoFolder: the folder does not exist.
	ErrNoFolder = errors.New("its folder does not exist; create it")
)

var errClosed = errors.New("the store is closed")

// failure gives an error of SQLite its class. The text of an error holds no data.
func failure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fault, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return err
	}
	if class := classOf(fault.Code()); class != nil {
		return fmt.Errorf("%w (%w)", class, err)
	}
	return err
}

// classOf returns the class of a result code of SQLite, nil if it has none. The low
// byte of a code is its primary one (https://sqlite.org/rescode.html).
func classOf(code int) error {
	switch code & 0xff {
	case codes.SQLITE_FULL:
		return ErrFull
	case codes.SQLITE_CORRUPT:
		return onboard.ErrDamaged
	case codes.SQLITE_NOTADB:
		return ErrForeign
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return ErrReadOnly
	case codes.SQLITE_IOERR:
		if code == codes.SQLITE_IOERR_SHORT_READ {
			return onboard.ErrDamaged
		}
	}
	return nil
}

// fileFailure gives an error of the operating system its class.
func fileFailure(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrNoFolder
	case errors.Is(err, fs.ErrPermission), isReadOnly(err):
		return ErrReadOnly
	case isFull(err):
		return ErrFull
	}
	return err
}

// damages collects records that cannot be read.
type damages []error

// take keeps err if it says that a record is damaged.
func (d *damages) take(err error) bool {
	if !errors.Is(err, onboard.ErrDamaged) {
		return false
	}
	*d = append(*d, err)
	return true
}

func (d damages) err() error { return errors.Join(d...) }

// backupFailure names the file that a backup failed over.
func backupFailure(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("back up: %s: %w", path, err)
}
