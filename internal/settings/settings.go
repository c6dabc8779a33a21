// Package settings reads a program's settings from its environment: once, at
// the start, with all faults reported together, so that a deployment with three
// mistakes can be corrected in one round.
package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reader reads settings and collects their faults. It is for one goroutine, at
// the start of a program.
type Reader struct {
	getenv func(string) string
	faults []error
	noted  map[string]bool // texts of faults
}

// NewReader returns a reader over getenv, usually [os.Getenv]. A variable that
// is set to an empty value counts as not set.
func NewReader(getenv func(string) string) *Reader {
	return &Reader{getenv: getenv, noted: map[string]bool{}}
}

// Err returns all faults so far, or nil.
func (r *Reader) Err() error { return errors.Join(r.faults...) }

// Required returns a variable that must be set.
func (r *Reader) Required(name string) string {
	value := r.getenv(name)
	if value == "" {
		r.Fault(name, "is not set")
	}
	return value
}

// String returns a variable, or otherwise when it is not set.
func (r *Reader) String(name, otherwise string) string {
	if value := r.getenv(name); value != "" {
		return value
	}
	return otherwise
}

// OneOf returns a variable that must be one of a few words.
func (r *Reader) OneOf(name, otherwise string, words ...string) string {
	value := r.String(name, otherwise)
	if !slices.Contains(words, value) {
		r.Fault(name, "must be one of %s", strings.Join(words, ", "))
		return otherwise
	}
	return value
}

// Int returns a whole number of at least least.
func (r *Reader) Int(name string, otherwise, least int) int {
	text := r.getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		r.Fault(name, "is %q; it must be a whole number of at least %d", text, least)
		return otherwise
	}
	return n
}

// Number returns a number above least and up to most.
func (r *Reader) Number(name string, otherwise, least, most float64) float64 {
	text := r.getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > least && n <= most) {
		r.Fault(name, "is %q; it must be a number above %g and up to %g", text, least, most)
		return otherwise
	}
	return n
}

// Share returns a part of a whole, from 0 to 1; 0 when it is not set.
func (r *Reader) Share(name string) float64 {
	text := r.getenv(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= 1) {
		r.Fault(name, "is %q; it must be a number from 0 to 1", text)
		return 0
	}
	return n
}

// Duration returns a time span of zero or more, such as "250ms".
func (r *Reader) Duration(name string, otherwise time.Duration) time.Duration {
	text := r.getenv(name)
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		r.Fault(name, `is %q; it must be a time span such as "250ms" or "2s"`, text)
		return otherwise
	}
	return d
}

// Bool reports whether a variable is set to true.
func (r *Reader) Bool(name string) bool {
	text := r.getenv(name)
	if text == "" {
		return false
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		r.Fault(name, `is %q; it must be "true" or "false"`, text)
	}
	return b
}

// Fault notes that a variable is invalid; the text continues from its name. The
// same fault of a variable that several parts read is noted once.
func (r *Reader) Fault(name, format string, args ...any) {
	fault := fmt.Errorf("%s %s", name, fmt.Sprintf(format, args...))
	if !r.noted[fault.Error()] {
		r.noted[fault.Error()] = true
		r.faults = append(r.faults, fault)
	}
}
