package peers

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill cmd when this process ends in whatever way,
// so that a killed test run leaves no server behind.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
