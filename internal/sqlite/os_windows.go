package sqlite

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lock locks f for this process, alone or with others; false: another process has it.
// A lock that f has is given up first: Windows turns none into another.
func lock(f *os.File, alone bool) (bool, error) {
	handle, region := windows.Handle(f.Fd()), new(windows.Overlapped)
	_ = windows.UnlockFileEx(handle, 0, 1, 0, region)
	var flags uint32 = windows.LOCKFILE_FAIL_IMMEDIATELY
	if alone {
		flags |= windows.LOCKFILE_EXCLUSIVE_LOCK
	}
	err := windows.LockFileEx(handle, flags, 0, 1, 0, region)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// syncFolder does nothing: NTFS writes names through its own journal.
func syncFolder(string) error { return nil }
