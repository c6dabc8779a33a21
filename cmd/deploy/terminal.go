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
	// sam build runs its own make, which must not be a child of the one that runs this.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=")
	})
	cmd.Env = append(cmd.Env, variables...)
	// The program gets Ctrl-C from the terminal and ends by itself. If it were killed,
	// SAM could leave a deployment half made.
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
