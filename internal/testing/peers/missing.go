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
	hint string
}

func (e *missingError) Error() string {
	return fmt.Sprintf("%s is not installed (%s): %s", e.peer, e.what, e.hint)
}

// IsMissing reports whether err says that a peer is not installed, rather than
// that it did not work.
func IsMissing(err error) bool {
	var missing *missingError
	return errors.As(err, &missing)
}

var errStopped = errors.New("the fleet has been stopped")

// Missing returns which peers are not installed, an error with the fix for
// each.
func Missing() error {
	_, noDynamoDB := findDynamoDB()
	_, noMoto := findMoto()
	_, noBoto3 := findBoto3()
	_, noAWSCLI := findAWSCLI()
	return errors.Join(noDynamoDB, noMoto, noBoto3, noAWSCLI)
}

// CacheDir is the folder for what make peers and similar targets install and no
// system package provides: usher in the user's cache folder. It is outside the
// repository because sam build copies that, once for each function. The scripts
// in .ci use the same folder (cache.sh).
func CacheDir() string {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		base = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	return filepath.Join(base, "usher")
}

// cached is the path of an installed file of a peer.
func cached(peer, name string) (string, error) {
	path := filepath.Join(CacheDir(), "peers", name)
	if _, err := os.Stat(path); err != nil {
		return "", &missingError{peer, path + " does not exist", "run make peers"}
	}
	return path, nil
}

// onPath is the program name, looked up as a shell does.
func onPath(peer, name, hint string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &missingError{peer, name + " is not on PATH", hint}
	}
	return path, nil
}
