// Package signin signs a person in to the user pool and keeps what comes of it:
// the tokens with which the command line calls usher.
package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Login is what a sign-in leaves behind: where usher is, and the tokens for it.
type Login struct {
	URL      string `json:"url"` // of the API
	Region   string `json:"region"`
	ClientID string `json:"client_id"` // of the user pool's client
	User     string `json:"user"`
	Tokens
}

// Tokens are what the pool gave at the sign-in.
type Tokens struct {
	Access    string    `json:"access_token"`
	Refresh   string    `json:"refresh_token"`
	ExpiresAt time.Time `json:"expires_at"` // of Access
}

// ErrNone says that nobody has signed in on this machine.
var ErrNone = errors.New("nobody is signed in here; run usher login")

// File is the file that a login is kept in.
type File string

// DefaultFile is the file of the person who runs the program.
func DefaultFile() (File, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find where settings are kept: %w", err)
	}
	return File(filepath.Join(dir, "usher", "login.json")), nil
}

// Read returns the login that is kept. The error is [ErrNone] if there is none.
func (f File) Read() (Login, error) {
	content, err := os.ReadFile(string(f))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Login{}, ErrNone
	case err != nil:
		return Login{}, err
	}
	var l Login
	if err := json.Unmarshal(content, &l); err != nil {
		return Login{}, fmt.Errorf("%s cannot be read (%w); remove it and run usher login", f, err)
	}
	return l, nil
}

// Remove forgets the login that is kept. The error is [ErrNone] if there is none.
func (f File) Remove() error {
	err := os.Remove(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNone
	}
	return err
}

// Write keeps a login where only the person who runs the program can read it, in
// place of the one that was there. At no moment is there half a file.
func (f File) Write(l Login) (err error) {
	content, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(string(f))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the login: %w", err)
	}
	fresh, err := os.CreateTemp(dir, ".login-*") // mode 0600
	if err != nil {
		return fmt.Errorf("keep the login: %w", err)
	}
	_, err = fresh.Write(append(content, '\n'))
	if err = errors.Join(err, fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), string(f))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep the login: %w", err), os.Remove(fresh.Name()))
	}
	return nil
}
