package runtimeapi

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// Programs are programs that all tests of a package share: each is compiled when
// the first test asks for it. The zero value is ready. It is safe for concurrent
// use. Call [Programs.Remove] at the end.
type Programs struct {
	mu    sync.Mutex
	dir   string // "" until the first is asked for
	built map[string]*program
}

type program struct {
	once   sync.Once
	binary string
	err    error
}

// Build returns the path of a program as [Build] does, but for all tests.
func (p *Programs) Build(t testing.TB, pkg string) (binary string) {
	t.Helper()
	one, err := p.place(pkg)
	if err != nil {
		t.Fatal(err)
	}
	// Not the test's context: the program outlives the test that came first.
	one.once.Do(func() { one.err = compile(context.Background(), pkg, one.binary) })
	if one.err != nil {
		t.Fatal(one.err)
	}
	return one.binary
}

// Remove removes the programs, once no test needs them any more.
func (p *Programs) Remove() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = os.RemoveAll(p.dir) // what cannot be removed is in the system's folder for temporary files
}

// place returns where a program is built, or already has been.
func (p *Programs) place(pkg string) (*program, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "usher-programs-")
		if err != nil {
			return nil, err
		}
		p.dir, p.built = dir, map[string]*program{}
	}
	one, known := p.built[pkg]
	if !known {
		one = &program{binary: filepath.Join(p.dir, strconv.Itoa(len(p.built)), "bootstrap")}
		p.built[pkg] = one
	}
	return one, nil
}
