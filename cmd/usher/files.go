package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writable finds out whether writeWhole can write a file of that name.
func writable(name string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return errors.New("it is a folder; give the name of a file")
	}
	fresh, err := os.CreateTemp(filepath.Dir(name), ".usher-*")
	if err != nil {
		return inner(err)
	}
	return errors.Join(fresh.Close(), os.Remove(fresh.Name()))
}

// writeWhole writes a file that only its owner can read, whole or not at all: it
// holds people's addresses.
func writeWhole(name string, content []byte) error {
	fresh, err := os.CreateTemp(filepath.Dir(name), ".usher-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = fresh.Write(content)
	if err = errors.Join(err, fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	return nil
}

// sameFile reports whether two names stand for one file.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return a == b || errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// inner is an error of the file system without its own words for what was done to
// which file.
func inner(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
