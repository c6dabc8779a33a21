package runtimeapi

import (
	"os"
	"strings"
	"sync"
	"testing"
)

// What is tested must be what is deployed.
func TestBuildFlagsAreTheMakefiles(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Join(buildFlags, " "); !strings.Contains(string(makefile), want) {
		t.Errorf("the Makefile builds functions with other flags than %q", want)
	}
}

func TestProgramsAreBuiltOnce(t *testing.T) {
	t.Parallel()
	var programs Programs
	var binaries [2]string
	var wg sync.WaitGroup
	for i := range binaries {
		wg.Go(func() { binaries[i] = programs.Build(t, "./testdata/echo") })
	}
	wg.Wait()
	if info, err := os.Stat(binaries[0]); err != nil || info.Size() == 0 || binaries[0] != binaries[1] {
		t.Errorf("built as %q: %v; want one program for both", binaries, err)
	}
	programs.Remove()
	if _, err := os.Stat(binaries[0]); !os.IsNotExist(err) {
		t.Errorf("after its removal the program is still there: %v", err)
	}
}
