package sqlite

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// onNetwork reports whether a folder is on a network drive: one with a letter, or
// \\server\share. One that cannot be asked is taken for a drive of this machine: opening
// says what is wrong.
func onNetwork(folder string) bool {
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(folder) + `\`)
	return err == nil && windows.GetDriveType(root) == windows.DRIVE_REMOTE
}
