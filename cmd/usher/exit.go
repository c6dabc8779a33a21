package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// The exit codes, as the help of usher lists them.
const (
	exitDone        = 0
	exitError       = 1
	exitUsage       = 2
	exitFailedRows  = 3
	exitInvalidFile = 4
	exitGaveUp      = 5
	exitWaits       = 6
	exitInterrupted = 130 // 128 and the number of SIGINT, as shells have it
)

// ended is an error with its own exit code.
type ended struct {
	code int
	err  error // nil if everything was printed already
}

func (e *ended) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *ended) Unwrap() error { return e.err }

// endsWith is an error that ends the program with that code and text.
func endsWith(code int, format string, args ...any) error {
	return &ended{code, fmt.Errorf(format, args...)}
}

// misused is an error in the command line.
func misused(format string, args ...any) error { return endsWith(exitUsage, format, args...) }

// finish prints err, unless that was done, and returns the exit code.
func (p *program) finish(ctx context.Context, command *cobra.Command, err error) int {
	var e *ended
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
	case ctx.Err() != nil:
		e = &ended{exitInterrupted, errors.New("interrupted")}
	default:
		e = &ended{exitError, err}
	}
	if e.err == nil {
		return e.code
	}
	p.complain(e.Error() + advice(e.err))
	if e.code == exitUsage {
		p.say("Help: %s --help", command.CommandPath())
	}
	return e.code
}

// complain prints an error.
func (p *program) complain(text string) { p.say("%s %s", p.red("usher:"), clean(text)) }

// advice names the command that helps: the API does not know the command line.
func advice(err error) string {
	var refused *client.Error
	if !errors.As(err, &refused) {
		return ""
	}
	switch refused.Status {
	case 401:
		return "\nTo sign in:\n  usher login"
	case 403:
		return "\nRun usher doctor to see who you are signed in as."
	}
	if refused.Code == "not_found" {
		return "\nTo list all requests:\n  usher requests"
	}
	return ""
}

// failedRows is the error for a finished request with rows that need attention; nil
// if there are none.
func failedRows(r client.Request) error {
	if r.State == onboard.StateCompleted {
		return nil
	}
	return &ended{code: exitFailedRows}
}
