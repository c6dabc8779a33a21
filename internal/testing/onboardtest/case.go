package onboardtest

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// In runs one case: [testing/synctest.Test] or [Direct].
type In func(*testing.T, func(*testing.T))

// Direct runs a case without a wrapper.
func Direct(t *testing.T, run func(*testing.T)) { run(t) }

// Differences says in which cases a peer is known to behave otherwise, and why.
type Differences map[string]string

// contract is a named case against a harness.
type contract[H any] struct {
	name string
	run  func(*caseT, H)
}

// hold runs every case on a harness of its own.
func hold[H any](t *testing.T, in In, cases []contract[H], newHarness func(*testing.T) (H, Differences)) {
	names := map[string]bool{}
	for _, c := range cases {
		if names[c.name] {
			t.Fatalf("two cases are named %s", c.name)
		}
		names[c.name] = true
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var skip string // told here: a bubble does not pass a skip on
			in(t, func(t *testing.T) {
				h, differences := newHarness(t)
				for name := range differences {
					if !names[name] {
						t.Errorf("the harness knows a difference in %s, but there is no such case", name)
					}
				}
				reason, different := differences[c.name]
				one := &caseT{T: t, different: different}
				one.attempt(func() { c.run(one, h) })
				skip = one.judge(reason)
			})
			if skip != "" {
				t.Skip(skip)
			}
		})
	}
}

// caseT is the testing.T of one case. In a case with a known difference it keeps
// failures to itself.
type caseT struct {
	*testing.T
	different bool
	skip      string

	mu     sync.Mutex
	failed bool
}

// attempt runs a case to its end, its first fatal failure or its skip. It does
// so in a goroutine of its own, so that none of these ends the test.
func (c *caseT) attempt(run func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	<-done
}

// judge returns why a case that has run counts as skipped, "" if it does not.
func (c *caseT) judge(reason string) string {
	c.Helper()
	switch {
	case c.skip != "", !c.different, c.T.Failed():
		return c.skip
	case c.failed:
		return "known difference: " + reason
	}
	c.T.Errorf("the known difference is gone (%s): take it out of the harness", reason)
	return ""
}

// Errorf implements [testing.TB].
func (c *caseT) Errorf(format string, args ...any) {
	c.Helper()
	if !c.different {
		c.T.Errorf(format, args...)
		return
	}
	c.T.Logf("as known: "+format, args...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = true
}

// Fatalf implements [testing.TB].
func (c *caseT) Fatalf(format string, args ...any) {
	c.Helper()
	if !c.different {
		c.T.Fatalf(format, args...)
	}
	c.Errorf(format, args...)
	runtime.Goexit()
}

// must ends the case on an error.
func (c *caseT) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatalf("error: %v", err)
	}
}

// need skips a case whose means the harness does not give.
func (c *caseT) need(given bool, means string) {
	c.Helper()
	if !given {
		c.skip = "the harness has no " + means
		runtime.Goexit()
	}
}

const (
	// patience is how long cases wait for what should come: lists may be a second
	// behind, and the machine may be busy with other tests.
	patience = 30 * time.Second

	// interval lies between two looks.
	interval = 20 * time.Millisecond
)

// eventually waits for something that may take a moment to show.
func (c *caseT) eventually(what string, holds func() bool) {
	c.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(interval) {
		if holds() {
			return
		}
		if time.Now().After(until) {
			c.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// together runs n functions at once and waits for all of them.
func together(n int, run func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			run(i)
		})
	}
	close(start)
	wg.Wait()
}
