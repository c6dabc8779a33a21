package sqlite

import "syscall"

// networkKinds are the file systems that other machines write too, or whose locks and
// shared memory do not hold (statfs(2); for 9P, drives of Windows under WSL).
var networkKinds = map[uint32]string{
	0x00006969: "NFS",
	0x0000517b: "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x5346414f: "AFS",
	0x00c36400: "Ceph",
	0x01021997: "9P",
}

// onNetwork reports whether a folder is on a network drive. One that cannot be asked is
// taken for a drive of this machine: opening says what is wrong.
func onNetwork(folder string) bool {
	var drive syscall.Statfs_t
	if err := syscall.Statfs(folder, &drive); err != nil {
		return false
	}
	return isNetwork(uint32(drive.Type))
}

func isNetwork(kind uint32) bool { return networkKinds[kind] != "" }
