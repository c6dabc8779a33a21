package direct

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Folder is where the state of one pool is.
type Folder struct {
	Path    string
	Account string
	Pool    string
}

// Saved is what continues a pool's work without the flags of the first run.
type Saved struct {
	Region    string  `json:"region"`
	Profile   string  `json:"profile,omitempty"`
	Quota     float64 `json:"quota,omitempty"`
	MailQuota int     `json:"mail_quota,omitempty"`

	TemporaryPasswords string `json:"temporary_passwords,omitempty"`
}

// The files of a pool's folder, and of the pace, which lies beside the folders of its
// account.
const (
	stateFile = "state.db"
	savedFile = "pool.json"
)

// Root is the folder of all states: usher below XDG_STATE_HOME, by default
// ~/.local/state (XDG Base Directory Specification), or below LOCALAPPDATA on Windows.
// None of these is synced to other machines by default.
func Root(getenv func(string) string) (string, error) {
	if base := getenv("XDG_STATE_HOME"); filepath.IsAbs(base) { // others are to be ignored, by the specification
		return filepath.Join(base, "usher"), nil
	}
	if base := getenv("LOCALAPPDATA"); runtime.GOOS == "windows" && base != "" {
		return filepath.Join(base, "usher", "state"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the state: %w; set XDG_STATE_HOME", err)
	}
	return filepath.Join(home, ".local", "state", "usher"), nil
}

// Folders lists the folders below root that have a state, by account and pool.
func Folders(root string) ([]Folder, error) {
	files, err := filepath.Glob(filepath.Join(globEscaped(root), "*", "*", stateFile))
	if err != nil {
		return nil, err
	}
	var list []Folder
	for _, file := range files {
		list = append(list, folderAt(filepath.Dir(file)))
	}
	return list, nil
}

// FolderOf finds the folder of a pool; ok is false if it has none yet. An id belongs to
// one account only.
func FolderOf(root, pool string) (f Folder, ok bool, err error) {
	list, err := Folders(root)
	i := slices.IndexFunc(list, func(f Folder) bool { return f.Pool == pool })
	if err != nil || i < 0 {
		return Folder{}, false, err
	}
	return list[i], true, nil
}

// NewFolder names the folder of a pool.
func NewFolder(root, account, pool string) Folder {
	return folderAt(filepath.Join(root, account, pool))
}

func folderAt(path string) Folder {
	return Folder{Path: path, Account: filepath.Base(filepath.Dir(path)), Pool: filepath.Base(path)}
}

// globEscaped makes a path match itself alone.
func globEscaped(path string) string {
	if runtime.GOOS == "windows" {
		return path // nothing can be escaped there
	}
	var escaped []rune
	for _, r := range path {
		if slices.Contains([]rune(`*?[\`), r) {
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, r)
	}
	return string(escaped)
}

// State is the file of the state.
func (f Folder) State() string { return filepath.Join(f.Path, stateFile) }

// pace is the file of the pace, which all pools of an account and Region share.
func (f Folder) pace(region string) string {
	return filepath.Join(filepath.Dir(f.Path), "pace-"+region+".db")
}

func (f Folder) make() error {
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		return fmt.Errorf("make the folder for the state: %w", err)
	}
	return nil
}

// Saved reads what the last run has saved; zero if nothing.
func (f Folder) Saved() (s Saved, err error) {
	content, err := os.ReadFile(filepath.Join(f.Path, savedFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Saved{}, nil
	case err != nil:
		return Saved{}, err
	}
	if err := json.Unmarshal(content, &s); err != nil {
		return Saved{}, fmt.Errorf("%s cannot be read; delete it and give the flags again: %w", filepath.Join(f.Path, savedFile), err)
	}
	return s, nil
}

// save writes what the next run needs. It replaces the file as a whole.
func (f Folder) save(s Saved) error {
	content, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	name := filepath.Join(f.Path, savedFile)
	if err := os.WriteFile(name+".new", append(content, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
