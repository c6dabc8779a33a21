package sqlite

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Config says where the state is and how the queue behaves.
type Config struct {
	State string // the file of requests, rows and messages
	Pace  string // the file of the pace, shared by all processes that call one account and Region

	// Visibility is how long a received message stays hidden; more than 0.
	Visibility time.Duration

	// MaxReceives is after how many receipts a message that is not deleted goes to
	// the dead-letter queue, when it would be received once more; 0: never.
	MaxReceives int

	// Clock is the time of day, and Awake the time since some moment that the machine did
	// not sleep; nil: the machine's. Where they part, the machine has slept, or its clock
	// was set, and what the state has under way follows.
	Clock func() time.Time
	Awake func() time.Duration
}

// State is usher's state in its files. Make it with [Open].
type State struct {
	state, pace *file
	queue       *Queue
	cutOff      CutOff
	saving      sync.Mutex // of cells, which are in two files
}

// CutOff counts what the end of the process before was in the middle of.
type CutOff struct {
	Messages    int // were being worked on
	Claims      int // were held: a call for the address may have left
	Submissions int // were not accepted to the end; nobody was invited
}

// Open opens the state, or makes it where there is none, and puts in order what a
// process that was killed has left. The folders must exist.
//
// Errors: [ErrInUse], [ErrForeign], [ErrNewer], [onboard.ErrDamaged], [ErrFull],
// [ErrReadOnly], [ErrNetwork], [ErrNoFolder]; each names the file.
func Open(ctx context.Context, cfg Config) (s *State, err error) {
	s = &State{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if s.state, err = openFile(ctx, cfg.State, stateKind, false, newClock(cfg)); err != nil {
		return s, err
	}
	if s.pace, err = openFile(ctx, cfg.Pace, paceKind, true, newClock(cfg)); err != nil {
		return s, err
	}
	s.state.writer.follow, s.pace.writer.follow = follow, followPace
	s.queue = newQueue(s.state, cfg)
	return s, s.recover(ctx)
}

// Close ends what is under way and closes the files. What was answered is kept.
func (s *State) Close() error {
	var faults []error
	for _, f := range []*file{s.state, s.pace} {
		if f != nil {
			faults = append(faults, f.close())
		}
	}
	return errors.Join(faults...)
}

// CutOff returns what the process before left undone, as [Open] found it.
func (s *State) CutOff() CutOff { return s.cutOff }

// Store returns the store.
func (s *State) Store() *Store {
	return &Store{s.state, &pace{file: s.pace, own: s.state, saving: &s.saving}}
}

// Queue returns the queue.
func (s *State) Queue() *Queue { return s.queue }

// Backup copies the state in a file to a new one, also while a process is using it.
// There must be no file of that name.
func Backup(ctx context.Context, from, to string) error {
	version, err := inspect(ctx, from, stateKind)
	switch {
	case err != nil:
		return backupFailure(from, err)
	case version == 0:
		return backupFailure(from, ErrForeign)
	}
	return backupFailure(to, copyFile(ctx, from, to))
}
