package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writable returns why writeWhole could not write a file of that name; nil if it can.
func writable(name string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return errors.New("it is a folder; give a file name")
	}
	fresh, err := os.CreateTemp(filepath.Dir(name), ".usher-*")
	if err != nil {
		return inner(err)
	}
	return errors.Join(fresh.Close(), os.Remove(fresh.Name()))
}

// writeWhole writes a file completely or not at all. Only its owner can read it,
// because it holds people's addresses.
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

// inner strips an error of the file system of its operation and path, which the
// caller words itself.
func inner(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
