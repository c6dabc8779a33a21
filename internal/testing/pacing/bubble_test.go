package pacing_test

import (
	"testing"
	"testing/synctest"
)

// inBubble runs f in virtual time, from a test or a benchmark. A bubble wants a
// test, and the testing package makes one for a benchmark only by itself.
func inBubble(tb testing.TB, f func(t *testing.T)) {
	tb.Helper()
	if t, ok := tb.(*testing.T); ok {
		synctest.Test(t, f)
		return
	}
	all := func(string, string) (bool, error) { return true, nil }
	bubble := func(t *testing.T) { synctest.Test(t, f) }
	if !testing.RunTests(all, []testing.InternalTest{{Name: tb.Name(), F: bubble}}) {
		tb.Fatal("the run above failed")
	}
}
