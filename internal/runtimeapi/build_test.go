package runtimeapi

import (
	"os"
	"strings"
	"testing"
)

// What is tested must be what is deployed.
func TestBuildFlagsAreTheMakefiles(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(buildFlags, " "); !strings.Contains(string(makefile), want) {
		t.Errorf("the Makefile builds functions with other flags than %q", want)
	}
}
