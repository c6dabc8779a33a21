package sqlite

import (
	"context"
	"fmt"
)

// purgedAtOnce is how many records one transaction of a purge deletes: other writes
// wait some milliseconds for it, not for all.
const purgedAtOnce = 500

// purges delete expired records, so many at a time. A tally goes when its request
// has gone.
var purges = []string{
	"DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE expires <= ? LIMIT ?)",
	"DELETE FROM manifest WHERE rowid IN (SELECT rowid FROM manifest WHERE expires <= ? LIMIT ?)",
	"DELETE FROM keys WHERE id IN (SELECT id FROM keys WHERE expires <= ? LIMIT ?)",
	"DELETE FROM counters WHERE name IN (SELECT name FROM counters WHERE expires <= ? LIMIT ?)",
	"DELETE FROM invitations WHERE (request, row) IN (SELECT request, row FROM invitations WHERE expires <= ? LIMIT ?)",
	"DELETE FROM mails WHERE (request, row) IN (SELECT request, row FROM mails WHERE expires <= ? LIMIT ?)",
	"DELETE FROM records WHERE name IN (SELECT name FROM records WHERE expires <= ? LIMIT ?)",
	"DELETE FROM claims WHERE address IN (SELECT address FROM claims WHERE expires <= ? LIMIT ?)",
}

const purgeTallies = "DELETE FROM tallies WHERE request NOT IN (SELECT id FROM requests)"

// Purge deletes all that has expired, and returns how many records. It overwrites
// them in the file and in its log. Others may use the state meanwhile.
func (s *State) Purge(ctx context.Context) (deleted int, err error) {
	now := s.state.reader.now()
	for _, purge := range purges {
		for n := purgedAtOnce; n == purgedAtOnce; deleted += n {
			n, err = result(ctx, s.state.writer, func(st *statements) (int, error) {
				return st.exec(background, purge, now, purgedAtOnce)
			})
			if err != nil {
				return deleted, fmt.Errorf("purge: %w", err)
			}
		}
	}
	if deleted > 0 {
		err = s.state.writer.do(ctx, func(st *statements) error {
			_, err := st.exec(background, purgeTallies)
			return err
		})
	}
	if err == nil { // also if nothing has expired: what was erased is in the log
		err = s.state.emptyLog(ctx)
	}
	if err != nil {
		return deleted, fmt.Errorf("purge: %w", err)
	}
	return deleted, nil
}

// emptyLog moves what the log holds into the file and cuts the log off. Readers may
// hold it up; then the next purge does it.
func (f *file) emptyLog(ctx context.Context) error {
	db, err := open(f.path, writing())
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return failure(ctx, err)
}
