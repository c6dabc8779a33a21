// Notice writes NOTICE: the licenses of all modules that are linked into usher's
// programs, on any of the systems that they are built for.
//
//	go run .ci/notice.go > NOTICE
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const opening = `usher itself is under the MIT license, see LICENSE.

Its programs contain the modules below, each under the license that follows it. They
also contain Go's runtime and standard library, which are under the license of the
modules golang.org/x.

This file is made by "make notice"; a test compares it with what is linked.
`

// module is one that is linked.
type module struct{ path, version, dir string }

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notice:", err)
		os.Exit(1)
	}
}

func write(out io.Writer) error {
	modules, err := linked()
	if err != nil {
		return err
	}
	// Modules of one repository have one license; it is printed once.
	var texts []string
	under := map[string][]string{}
	for _, m := range modules {
		text, err := licenses(m.dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
		if under[text] == nil {
			texts = append(texts, text)
		}
		under[text] = append(under[text], m.path+" "+m.version)
	}
	fmt.Fprint(out, opening)
	for _, text := range texts {
		fmt.Fprintf(out, "\n%s\n%s\n\n%s", strings.Repeat("=", 80), strings.Join(under[text], "\n"), text)
	}
	return nil
}

// linked lists the modules, sorted by path.
func linked() ([]module, error) {
	seen := map[module]bool{}
	var modules []module
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/...", "./functions/...")
		list.Env, list.Stderr = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0"), os.Stderr
		text, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Split(strings.TrimSpace(line), "\t")
			if len(fields) != 3 {
				continue // of the standard library
			}
			m := module{fields[0], fields[1], fields[2]}
			if !seen[m] {
				seen[m] = true
				modules = append(modules, m)
			}
		}
	}
	if len(modules) == 0 {
		return nil, errors.New("go list names no modules")
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.path, b.path) })
	return modules, nil
}

// licenses returns the license of the module in a folder, and its notice if it has
// one.
func licenses(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	found := false
	for _, entry := range entries {
		name := strings.ToUpper(entry.Name())
		isLicense := strings.HasPrefix(name, "LICENSE") || strings.HasPrefix(name, "LICENCE") || strings.HasPrefix(name, "COPYING")
		if entry.IsDir() || !isLicense && !strings.HasPrefix(name, "NOTICE") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", err
		}
		found = found || isLicense
		text.WriteString(strings.TrimRight(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n") + "\n")
	}
	if !found {
		return "", errors.New("no license in " + dir)
	}
	return text.String(), nil
}
