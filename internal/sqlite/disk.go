package sqlite

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
)

// fileMode keeps addresses from other users of the machine. SQLite gives its files
// beside the main one the same mode.
const fileMode = 0o600

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
