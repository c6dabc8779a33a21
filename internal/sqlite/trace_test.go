//go:build linux

package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// traced is one step of a process, as strace saw it.
type traced struct {
	kind   stepKind
	file   string // its name in the folder; "." is the folder
	number int    // of the step, when it had ended
	began  int    // of the step that came last before it

	naming   bool // it changes the folder, not the file
	remove   bool
	truncate bool
	offset   int
	data     []byte
}

type stepKind int

const (
	changes stepKind = iota
	syncs
	acknowledges // data is what was said
)

var (
	line    = regexp.MustCompile(`^(\d+) +(.*)$`)
	resumed = regexp.MustCompile(`^<\.\.\. \w+ resumed>(.*)$`)
	called  = regexp.MustCompile(`^(\w+)\((.*)\) += (-?\d+)`)
	onFile  = regexp.MustCompile(`^(\d+)<([^>]*)>`)
)

// readTrace reads what happened to the files of a folder, and what was said.
func readTrace(trace, folder string) (steps []traced, err error) {
	f, err := os.Open(trace)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	open, since := map[string]string{}, map[string]int{} // calls that have begun, by thread
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		part := line.FindStringSubmatch(lines.Text())
		if part == nil {
			continue
		}
		thread, text, began := part[1], part[2], len(steps)
		if head, ok := strings.CutSuffix(text, "<unfinished ...>"); ok {
			open[thread], since[thread] = head, began
			continue
		}
		if rest := resumed.FindStringSubmatch(text); rest != nil {
			text, began = open[thread]+strings.TrimSpace(rest[1]), since[thread]
		}
		call := called.FindStringSubmatch(text)
		if call == nil || call[3] == "-1" {
			continue
		}
		s, ok, err := stepOf(call[1], call[2], folder)
		if err != nil {
			return nil, fmt.Errorf("%.200s: %w", text, err)
		}
		if ok {
			s.number, s.began = len(steps), began
			steps = append(steps, s)
		}
	}
	return steps, lines.Err()
}

// stepOf reads one call; ok is false for one that is about no file of the folder.
func stepOf(name, args, folder string) (s traced, ok bool, err error) {
	switch name {
	case "open", "openat":
		parts := strings.Split(args, ", ")
		if name == "open" {
			parts = append([]string{""}, parts...)
		}
		path, err := bytesOf(parts[1])
		s = traced{file: filepath.Base(string(path)), naming: true}
		return s, strings.Contains(args, "O_CREAT") && s.of(string(path), folder), err
	case "unlink", "unlinkat":
		parts := strings.Split(args, ", ")
		if name == "unlinkat" {
			parts = parts[1:]
		}
		path, err := bytesOf(parts[0])
		s = traced{file: filepath.Base(string(path)), naming: true, remove: true}
		return s, s.of(string(path), folder), err
	case "creat", "rename", "renameat", "renameat2":
		return s, false, fmt.Errorf("%s is not expected", name)
	}
	file := onFile.FindStringSubmatch(args)
	if file == nil {
		return s, false, nil // not even a file
	}
	named, err := bytesOf(`"` + file[2] + `"`)
	path, rest := string(named), strings.TrimPrefix(strings.TrimPrefix(args, file[0]), ", ")
	if s.file = filepath.Base(path); path == folder {
		s.file = "."
	}
	parts := strings.Split(strings.TrimSpace(rest), ", ")
	switch name {
	case "write":
		if file[1] != "1" {
			return s, false, nil
		}
		s.kind = acknowledges
		s.data, err = bytesOf(parts[0])
		return s, true, err
	case "pwrite64":
		if s.data, err = bytesOf(parts[0]); err == nil {
			s.offset, err = strconv.Atoi(parts[2])
		}
	case "ftruncate":
		s.truncate = true
		s.offset, err = strconv.Atoi(parts[0])
	default:
		s.kind = syncs
	}
	return s, s.of(path, folder), err
}

// of reports whether a path is one whose content counts: that of the shared memory is
// made again from the log after a power cut, and locks are empty.
func (s traced) of(path, folder string) bool {
	inside := path == folder || filepath.Dir(path) == folder
	return inside && !strings.HasSuffix(path, "-shm") && !strings.HasSuffix(path, ".lock")
}

// bytesOf reads a text of strace -xx.
func bytesOf(quoted string) ([]byte, error) {
	text, err := strconv.Unquote(strings.TrimSuffix(quoted, "..."))
	if err == nil && strings.HasSuffix(quoted, "...") {
		err = fmt.Errorf("a text of %d bytes is cut short", len(text))
	}
	return []byte(text), err
}
