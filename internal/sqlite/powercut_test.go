//go:build linux

package sqlite_test

import (
	"bufio"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"usher.example/internal/sqlite"
)

var (
	powerCuts  = flag.Int("power-cuts", 0, "at how many moments the power is cut; it needs strace. 0: 5, if there is strace")
	powerLines = flag.Int("power-lines", 100, "how many acknowledgments are recorded for that")
)

// TestWhatWasAnsweredSurvivesAPowerCut records every write and every sync of a process
// that writes, and what it acknowledges in between. Then it lays out the files as a
// power cut at some moment may leave them, and looks at what is there. What was not
// synced is lost as a whole, in part, or torn in the middle of a block.
func TestWhatWasAnsweredSurvivesAPowerCut(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("strace")
	if err != nil && *powerCuts == 0 {
		t.Skipf("NOT TESTED, peer missing: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "recorded")
	steps := record(t, path, folder)
	acknowledged := map[bool][]int{}
	for i, s := range steps {
		acknowledged[s.kind == acknowledges] = append(acknowledged[s.kind == acknowledges], i)
	}
	cuts := *powerCuts
	if cuts == 0 {
		cuts = 5
	}
	unsynced := 0
	for n := range cuts {
		at := acknowledged[n%2 == 0] // just after an acknowledgment, or anywhere else
		cut := at[rand.IntN(len(at))] + 1
		loss := loss(n / 2 % int(losses))
		d := replay(steps[:cut], loss)
		unsynced += d.lost
		if !d.check(t, t, steps[:cut], n == 0) {
			t.Fatalf("after step %d of %d, %s", cut, len(steps), loss)
		}
	}
	t.Logf("%d steps, %d of them acknowledgments; %d cuts lost or tore %d writes that were not synced", len(steps), len(acknowledged[true]), cuts, unsynced)

	// The check finds a loss: on a disk that does not sync at all, nothing survives.
	lying := &listener{TB: t}
	if replay(steps, ignoresSyncs).check(t, lying, steps, false); !lying.failed {
		t.Error("nothing is missed although no sync had an effect")
	}
}

// listener is a test whose failures are wanted.
type listener struct {
	testing.TB
	failed bool
}

func (l *listener) Errorf(string, ...any) { l.failed = true }
func (l *listener) Fatal(...any)          { l.failed = true }

// record has the process of [child] write under strace until it has acknowledged enough.
func record(t *testing.T, strace, folder string) []traced {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	trace := folder + ".trace"
	cmd := exec.Command(strace, "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1000000", "-o", trace,
		"-e", "trace=open,openat,creat,pwrite64,write,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,renameat,renameat2", os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), childFolder+"="+folder), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines, n := bufio.NewScanner(out), 0; lines.Scan(); n++ {
		if n == *powerLines {
			var pid int
			if _, err := fmt.Sscan(string(start(t, trace)), &pid); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	steps, err := readTrace(trace, folder)
	if err != nil || len(steps) < *powerLines {
		t.Fatalf("%d steps in the trace, %v", len(steps), err)
	}
	return steps
}

// start is the beginning of a trace: the number of the process.
func start(t *testing.T, trace string) []byte {
	t.Helper()
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadBytes(' ')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// loss is what becomes of writes that were not synced.
type loss int

const (
	allLost      loss = iota
	someLost          // each by chance: a disk writes in any order
	someTorn          // likewise, and some in part, by blocks of the disk
	ignoresSyncs      // those that were synced are lost too
	losses       = ignoresSyncs
)

func (l loss) String() string {
	return [...]string{"all that was not synced is lost", "some of it is", "some of it is, or torn", "syncs have no effect"}[l]
}

// block is what a disk writes as a whole, in bytes.
const block = 512

// disk is what a power cut leaves: files by name.
type disk struct {
	files map[string][]byte
	names map[string]bool // that the folder has for certain
	lost  int
}

// replay carries out the steps on a disk, and then cuts the power.
func replay(steps []traced, l loss) *disk {
	d := &disk{files: map[string][]byte{}, names: map[string]bool{}}
	var waiting []traced // that no sync has made certain
	for _, s := range steps {
		switch s.kind {
		case changes:
			waiting = append(waiting, s)
		case syncs:
			if l == ignoresSyncs {
				continue
			}
			var left []traced
			for _, w := range waiting {
				if covers := w.file == s.file && !w.naming || s.file == "." && w.naming; covers && w.number < s.began {
					d.apply(w)
				} else {
					left = append(left, w)
				}
			}
			waiting = left
		}
	}
	for _, w := range waiting {
		switch {
		case l == allLost || l == ignoresSyncs || rand.IntN(2) == 0:
			d.lost++
		case l == someTorn && !w.naming && len(w.data) > block && rand.IntN(2) == 0:
			d.lost++
			whole := block * (1 + rand.IntN((len(w.data)-1)/block))
			if w.data = w.data[:whole]; rand.IntN(2) == 0 && whole < len(w.data) {
				w.offset, w.data = w.offset+whole, w.data[whole:]
			}
			d.apply(w)
		default:
			d.apply(w)
		}
	}
	return d
}

func (d *disk) apply(s traced) {
	switch {
	case s.naming && s.remove:
		delete(d.files, s.file)
		d.names[s.file] = false
	case s.naming:
		d.names[s.file] = true
	case s.truncate:
		d.files[s.file] = resized(d.files[s.file], s.offset)
	default:
		if end := s.offset + len(s.data); len(d.files[s.file]) < end {
			d.files[s.file] = resized(d.files[s.file], end)
		}
		copy(d.files[s.file][s.offset:], s.data)
	}
}

func resized(b []byte, size int) []byte {
	return append(b[:min(len(b), size):min(len(b), size)], make([]byte, max(0, size-len(b)))...)
}

// check opens what is left and compares it with what was acknowledged. It reports
// whether all of it is there; to gets the faults.
func (d *disk) check(t *testing.T, to testing.TB, steps []traced, drained bool) bool {
	t.Helper()
	folder := t.TempDir()
	for name, there := range maps.All(d.names) {
		if there {
			if err := os.WriteFile(filepath.Join(folder, name), d.files[name], 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := &answers{rows: map[string]int{}, sent: map[string]bool{}, settled: map[string]bool{}, deleted: map[string]bool{}}
	for _, s := range steps {
		if s.kind == acknowledges {
			told.hear(strings.Fields(string(s.data)))
		}
	}
	s, err := sqlite.Open(t.Context(), configIn(folder))
	if err != nil {
		to.Errorf("open: %v", err)
		return false
	}
	told.check(to, s)
	if drained {
		told.drain(to, s)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return !t.Failed()
}
