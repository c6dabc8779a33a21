package runtimeapi

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// buildFlags are those of the Makefile's functions targets.
var buildFlags = []string{"-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags=-s"}

// Build compiles the main package pkg, a folder ("./testdata/echo") or an import
// path, for this machine with the flags used for deployment, and returns the
// path of the program. It is removed when t ends. t fails if pkg does not compile.
func Build(t testing.TB, pkg string) (binary string) {
	t.Helper()
	binary = filepath.Join(t.TempDir(), "bootstrap")
	if err := compile(t.Context(), pkg, binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

func compile(ctx context.Context, pkg, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary)
	cmd.Args = append(append(cmd.Args, buildFlags...), pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, output)
	}
	return nil
}
