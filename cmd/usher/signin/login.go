// Package signin signs a person in to the user pool and stores the tokens with
// which the command line calls usher.
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

// Login is a stored sign-in: the address of usher, and the tokens for it.
type Login struct {
	URL      string `json:"url"` // of the API
	Region   string `json:"region"`
	ClientID string `json:"client_id"` // of the user pool's client
	User     string `json:"user"`
	Tokens
}

// Tokens are the tokens that the pool issued.
type Tokens struct {
	Access    string    `json:"access_token"`
	Refresh   string    `json:"refresh_token"`
	ExpiresAt time.Time `json:"expires_at"` // of Access
}

// ErrNone says that no sign-in is stored on this machine.
var ErrNone = errors.New("you are not signed in; run usher login")

// File is the file that stores a login.
type File string

// DefaultFile is the file in the configuration folder of the person.
func DefaultFile() (File, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the configuration folder: %w", err)
	}
	return File(filepath.Join(dir, "usher", "login.json")), nil
}

// Read returns the stored login. The error is [ErrNone] if there is none.
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

// Remove deletes the stored login. The error is [ErrNone] if there is none.
func (f File) Remove() error {
	err := os.Remove(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNone
	}
	return err
}

// Write stores a login in place of the earlier one, readable only by the person.
// The file is replaced at once, so that it is never incomplete.
func (f File) Write(l Login) (err error) {
	content, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(string(f))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("store the sign-in: %w", err)
	}
	fresh, err := os.CreateTemp(dir, ".login-*") // mode 0600
	if err != nil {
		return fmt.Errorf("store the sign-in: %w", err)
	}
	_, err = fresh.Write(append(content, '\n'))
	if err = errors.Join(err, fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), string(f))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store the sign-in: %w", err), os.Remove(fresh.Name()))
	}
	return nil
}
