package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// terminal runs programs as a shell would.
type terminal struct{}

func (terminal) Read(ctx context.Context, name string, args ...string) (string, error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", failure(name, args, err, strings.TrimSpace(said.String()))
	}
	return string(out), nil
}

func (terminal) Run(ctx context.Context, variables []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// sam build runs a make of its own, which is none of the one that runs this.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	})
	cmd.Env = append(cmd.Env, variables...)
	// Ctrl-C has reached it by way of the terminal. Killed, SAM could leave a
	// deployment half described.
	cmd.Cancel = func() error { return nil }
	if err := cmd.Run(); err != nil {
		return failure(name, args, err, "")
	}
	return nil
}

func failure(name string, args []string, err error, said string) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not on PATH; install the %s CLI", name, strings.ToUpper(name))
	}
	if said != "" {
		said = ": " + said
	}
	return fmt.Errorf("%s %s: %w%s", name, args[0], err, said)
}
