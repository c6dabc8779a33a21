//go:build !linux

package runtimeapi

import "errors"

// PeakMemory returns [errors.ErrUnsupported]: only Linux has it for a running
// program.
func (f *Function) PeakMemory() (int64, error) { return 0, errors.ErrUnsupported }
