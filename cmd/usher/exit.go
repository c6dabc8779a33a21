package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// The exit codes, as the help of usher tells them.
const (
	exitDone        = 0
	exitError       = 1
	exitUsage       = 2
	exitFailedRows  = 3
	exitInvalidFile = 4
	exitGaveUp      = 5
	exitInterrupted = 130 // 128 and the number of SIGINT, as shells have it
)

// ended is an error that knows its exit code.
type ended struct {
	code int
	err  error // nil if everything was said already
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

// misused is an error of the command line itself.
func misused(format string, args ...any) error { return endsWith(exitUsage, format, args...) }

// finish says what is left to say about err and returns the exit code.
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

// complain says that something is wrong.
func (p *program) complain(text string) { p.say("%s %s", p.red("usher:"), clean(text)) }

// advice names the command that helps where the API cannot know of it.
func advice(err error) string {
	var refused *client.Error
	if !errors.As(err, &refused) {
		return ""
	}
	switch refused.Status {
	case 401:
		return "\nusher login signs in; usher doctor tells what is wrong."
	case 403:
		return "\nusher doctor tells as whom you are signed in."
	}
	if refused.Code == "not_found" {
		return "\nusher requests lists the requests there are."
	}
	return ""
}

// outcome is the error that stands for how a finished request ended; nil if
// everybody is invited or was there.
func outcome(r client.Request) error {
	if r.State == onboard.StateCompleted {
		return nil
	}
	return &ended{code: exitFailedRows}
}
