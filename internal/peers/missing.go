package peers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// missingError says that a peer is not installed, and how to get it.
type missingError struct {
	peer string
	what string
	cure string
}

func (e *missingError) Error() string {
	return fmt.Sprintf("%s is not installed (%s): %s", e.peer, e.what, e.cure)
}

// IsMissing reports whether err says that a peer is not installed, rather than
// that it did not work.
func IsMissing(err error) bool {
	var missing *missingError
	return errors.As(err, &missing)
}

var errStopped = errors.New("the fleet has been stopped")

// Missing tells which peers are not installed, an error with the cure for each.
func Missing() error {
	_, noDynamoDB := findDynamoDB()
	_, noMoto := findMoto()
	return errors.Join(noDynamoDB, noMoto)
}

// cacheDir is where make peers puts what it installs, below the module's root.
const cacheDir = ".cache/peers"

// cached is the path of an installed file of a peer.
func cached(peer, name string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, cacheDir, name)
	if _, err := os.Stat(path); err != nil {
		return "", &missingError{peer, path + " does not exist", "run make peers"}
	}
	return path, nil
}

// moduleRoot is the nearest folder, from the working one upwards, with a go.mod.
func moduleRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find the module's root: no go.mod in %s or above it", start)
		}
	}
}

// onPath is the program name, looked up as a shell does.
func onPath(peer, name, cure string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &missingError{peer, name + " is not on PATH", cure}
	}
	return path, nil
}
