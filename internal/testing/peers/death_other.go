//go:build !linux

package peers

import "os/exec"

// dieWithParent does nothing: only Linux offers it. A test run that is killed
// elsewhere may leave a peer behind.
func dieWithParent(*exec.Cmd) {}
