package sqlite

import "golang.org/x/sys/unix"

// onNetwork reports whether a folder is on a network drive. One that cannot be asked is
// taken for a drive of this machine: opening says what is wrong.
func onNetwork(folder string) bool {
	var drive unix.Statfs_t
	return unix.Statfs(folder, &drive) == nil && drive.Flags&unix.MNT_LOCAL == 0
}
