package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// maxGroup is how many writes one commit holds at most: what waits for its commit
// while one is being synced is far less, and a commit stays within milliseconds.
const maxGroup = 256

// writer makes all writes of one file, one after the other. Writes that arrive while
// a commit is being synced share the next one: the disk syncs some hundred times a
// second, and many writers write.
type writer struct {
	db   *sql.DB
	conn *sql.Conn // the only one
	*statements

	// follow, unless nil, has the file's times follow a clock that was moved.
	follow func(s *statements, by time.Duration) error

	writes  chan write
	stop    chan struct{}
	stopped sync.WaitGroup
}

// write is one change. It reads before it writes, so that one that refuses with
// [onboard.ErrConflict] or [onboard.ErrNotFound] has changed nothing.
type write struct {
	ctx    context.Context
	run    func(*statements) error
	answer chan error
}

// newWriter returns a writer over the only connection of db.
func newWriter(ctx context.Context, db *sql.DB, clock *clock) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, conn: conn, statements: newStatements(conn, clock), writes: make(chan write), stop: make(chan struct{})}
	w.stopped.Go(w.work)
	return w, nil
}

// close waits for the writes that are under way and refuses further ones.
func (w *writer) close() error {
	close(w.stop)
	w.stopped.Wait()
	return errors.Join(w.statements.close(), w.conn.Close(), w.db.Close())
}

// do makes one change: all of it or nothing. Once it returns nil the change is on
// the disk. When ctx ends while the change waits, it may still be made.
func (w *writer) do(ctx context.Context, run func(*statements) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := write{ctx, run, make(chan error, 1)}
	select {
	case w.writes <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return errClosed
	}
	select {
	case err := <-c.answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// result is [writer.do] for a change that answers. The answer is handed over with
// the commit, so that a caller who has gone away does not read it.
func result[T any](ctx context.Context, w *writer, run func(*statements) (T, error)) (T, error) {
	var answer T
	err := w.do(ctx, func(s *statements) (err error) {
		answer, err = run(s)
		return err
	})
	if err != nil {
		return *new(T), err
	}
	return answer, nil
}

func (w *writer) work() {
	for {
		select {
		case <-w.stop:
			return
		case first := <-w.writes:
			w.commit(w.gather(first))
		}
	}
}

// gather takes the writes that wait now.
func (w *writer) gather(first write) []write {
	group := []write{first}
	for len(group) < maxGroup {
		select {
		case next := <-w.writes:
			group = append(group, next)
		default:
			return group
		}
	}
	return group
}

// commit makes the writes of a group in one transaction. Should that fail, each is
// made in its own, so that it fails only where it is at fault.
func (w *writer) commit(group []write) {
	answers, err := w.transact(group)
	switch {
	case err == nil:
		for i, c := range group {
			c.answer <- answers[i]
		}
	case len(group) == 1:
		group[0].answer <- err
	default:
		for i := range group {
			w.commit(group[i : i+1])
		}
	}
}

// transact makes writes in one transaction and returns what each answers. An error
// means that nothing was written.
func (w *writer) transact(group []write) ([]error, error) {
	if err := w.control("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	moved, err := w.keepUp()
	if err != nil {
		w.rollback()
		return nil, err
	}
	answers := make([]error, len(group))
	for i, c := range group {
		if answers[i] = c.ctx.Err(); answers[i] != nil {
			continue
		}
		if answers[i] = c.run(w.statements); !harmless(answers[i]) {
			w.rollback()
			return nil, answers[i]
		}
	}
	if err := w.control("COMMIT"); err != nil {
		w.rollback()
		return nil, err
	}
	w.clock.accept(moved)
	return answers, nil
}

// keepUp has the file's times follow a clock that was moved, and returns by how much it
// was. Every transaction begins with it: what a write compares with the time of day must
// not be from before.
func (w *writer) keepUp() (by time.Duration, err error) {
	if w.follow == nil {
		return 0, nil
	}
	if by = w.clock.moved(); by != 0 {
		err = w.follow(w.statements, by)
	}
	return by, err
}

// rollback ends a transaction that has failed. SQLite may have ended it already, and
// then has nothing to roll back.
func (w *writer) rollback() { _ = w.control("ROLLBACK") }

func (w *writer) control(statement string) error {
	_, err := w.exec(context.Background(), statement)
	return err
}

// harmless reports whether a write with this answer has changed all it wanted, or
// nothing.
func harmless(err error) bool {
	return err == nil || errors.Is(err, onboard.ErrConflict) || errors.Is(err, onboard.ErrNotFound)
}
