package runtimeapi

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// PeakMemory returns the most memory, in bytes, that the running program has had
// in use (resident) so far.
//
// It reads the program's own high-water mark. The one that wait reports begins
// with the memory of the process that started it: the test's.
func (f *Function) PeakMemory() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("peak memory: %w", err)
	}
	for line := range bytes.Lines(status) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == "VmHWM:" && string(fields[2]) == "kB" {
			kib, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("peak memory: no VmHWM for process %d: has it ended?", f.cmd.Process.Pid)
}
