//go:build !linux

package runtimeapi

import "errors"

// PeakMemory returns [errors.ErrUnsupported]: only Linux tells it of a running
// program.
func (f *Function) PeakMemory() (int64, error) { return 0, errors.ErrUnsupported }
