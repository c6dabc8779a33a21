package sqlite

import "testing"

func TestNetworkDrivesAreKnown(t *testing.T) {
	t.Parallel()
	for kind, network := range map[uint32]bool{
		0x6969: true, 0xff534d42: true, 0xfe534d42: true, 0x01021997: true, // NFS, CIFS, SMB2, 9P
		0xef53: false, 0x58465342: false, 0x9123683e: false, 0x01021994: false, 0x794c7630: false, // ext, XFS, Btrfs, tmpfs, overlay
	} {
		if got := isNetwork(kind); got != network {
			t.Errorf("%#x: a network drive: %t, want %t", kind, got, network)
		}
	}
	if onNetwork(t.TempDir()) {
		t.Error("the folder for tests is on a network drive: its kind is in the list, or tests cannot run here")
	}
	if onNetwork("/nowhere") {
		t.Error("a folder that does not exist is on a network drive")
	}
}
