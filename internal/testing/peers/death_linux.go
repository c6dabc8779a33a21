package peers

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel kill cmd when this process ends in any way, so
// that a killed test run leaves no server behind.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
