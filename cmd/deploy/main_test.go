package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher.example/internal/installation"
)

// absent is an account without any stack.
type absent struct{ calls []string }

func (a *absent) Read(_ context.Context, name string, args ...string) (string, error) {
	a.calls = append(a.calls, name+" "+args[0])
	return "", errors.New("Stack with id usher-stg does not exist")
}

func (a *absent) Run(_ context.Context, _ []string, name string, args ...string) error {
	a.calls = append(a.calls, name+" "+args[0])
	return errors.New("built nothing")
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct{ says, calls string }{
		"":                        {says: "usage", calls: ""},
		"deploy":                  {says: "usage", calls: ""},
		"remove stg":              {says: "usage", calls: ""},
		"admin stg":               {says: "make admin EMAIL=", calls: ""},
		"out stg ApiEndpoint":     {says: "there is no stack usher-stg", calls: "aws cloudformation"},
		"admin stg a@example.org": {says: "there is no stack usher-stg", calls: "aws cloudformation"},
		"deploy stg":              {says: "built nothing", calls: "aws cloudformation, sam build"},
		"deploy test":             {says: `no stage "test"`, calls: ""},
	} {
		program := &absent{}
		var out bytes.Buffer
		err := run(t.Context(), installation.Operator{Dir: "../..", Program: program, Out: &out}, strings.Fields(line), "")
		if err == nil || !strings.Contains(err.Error(), want.says) || strings.Join(program.calls, ", ") != want.calls {
			t.Errorf("%q: %v after %q, want %q after %q", line, err, program.calls, want.says, want.calls)
		}
	}
}

func TestProgramsAreRun(t *testing.T) {
	t.Setenv("MAKEFLAGS", "w -- ARCH=x86_64")
	if out, err := (terminal{}).Read(t.Context(), "sh", "-c", "echo this; echo that >&2"); err != nil || out != "this\n" {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := (terminal{}).Read(t.Context(), "sh", "-c", "echo why >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "exit status 3: why") {
		t.Errorf("a failure is %v", err)
	}
	if err := (terminal{}).Run(t.Context(), []string{"ARCH=arm64"}, "sh", "-c", `test "$ARCH" = arm64 && test -z "$MAKEFLAGS"`); err != nil {
		t.Errorf("variables: %v", err)
	}
	if err := (terminal{}).Run(t.Context(), nil, "sh", "-c", "exit 4"); err == nil || !strings.Contains(err.Error(), "exit status 4") {
		t.Errorf("a failure is %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := (terminal{}).Read(t.Context(), "aws", "cloudformation"); err == nil || !strings.Contains(err.Error(), "install the AWS CLI") {
		t.Errorf("a program that is not there is %v", err)
	}
}

// Ctrl-C reaches SAM by way of the terminal; it must be let end by itself.
func TestAProgramIsNotKilled(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ended")
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() {
		stopped <- (terminal{}).Run(ctx, nil, "sh", "-c", "touch '"+file+".began'; sleep 0.3; touch '"+file+"'")
	}()
	for {
		if _, err := os.Stat(file + ".began"); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	stop()
	<-stopped
	if _, err := os.Stat(file); err != nil {
		t.Errorf("it did not come to its end: %v", err)
	}
}
