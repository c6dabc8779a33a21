package sqlite

import (
	"fmt"
	"os"
	"time"
)

const (
	// lockPatience is how long a process waits for another one that is putting a file
	// in order which both may share, and lockPause how often it looks.
	lockPatience = 10 * time.Second
	lockPause    = 10 * time.Millisecond

	// lockLinger is how long a lock may outlast the file that it was taken on.
	lockLinger = 200 * time.Millisecond
)

// takeLock locks a file beside the main one, as SQLite locks that by rules of its
// own. The lock ends with the process, however that ends.
func (f *file) takeLock(shared bool) (err error) {
	if f.lock, err = os.OpenFile(f.path+".lock", os.O_CREATE|os.O_RDWR, fileMode); err != nil {
		return fileFailure(err)
	}
	f.alone, err = f.lockAlone()
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

// lockAlone takes the lock for this process alone. A lock that was just released may be
// held for a moment more, by a child that its process had forked and that has not
// started its own program yet.
func (f *file) lockAlone() (alone bool, err error) {
	for giveUp := time.Now().Add(lockLinger); ; time.Sleep(lockPause) {
		if alone, err = lock(f.lock, true); alone || err != nil || time.Now().After(giveUp) {
			return alone, err
		}
	}
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
