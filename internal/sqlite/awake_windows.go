package sqlite

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var unbiased = windows.NewLazySystemDLL("kernel32.dll").NewProc("QueryUnbiasedInterruptTime")

// awakeSince measures time without sleep. Go's own clock does not stop here while the
// machine sleeps.
func awakeSince(time.Time) func() time.Duration {
	return func() time.Duration {
		var units uint64 // of 100 ns
		_, _, _ = unbiased.Call(uintptr(unsafe.Pointer(&units)))
		return time.Duration(units) * 100
	}
}
