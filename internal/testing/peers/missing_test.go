package peers_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"usher.example/internal/testing/peers"
)

// recorder replaces a test and records how it ended.
type recorder struct {
	skipped, failed string
}

func (*recorder) Helper()                          {}
func (*recorder) Cleanup(func())                   {}
func (v *recorder) Skipf(format string, a ...any)  { v.skipped = fmt.Sprintf(format, a...) }
func (v *recorder) Fatalf(format string, a ...any) { v.failed = fmt.Sprintf(format, a...) }

// These tests change the environment of the process, so they do not run in
// parallel with others.

func TestMissingPeerSkipsLoudly(t *testing.T) {
	onBareMachine(t)
	t.Setenv(peers.RequireEnv, "")
	for name, start := range starts {
		var got recorder
		start(&got)
		if got.failed != "" || !strings.Contains(got.skipped, "NOT TESTED") || !strings.Contains(got.skipped, "make peers") {
			t.Errorf("%s: got %+v, want skipped with the hint", name, got)
		}
	}
}

func TestMissingPeerFailsWhereRequired(t *testing.T) {
	onBareMachine(t)
	t.Setenv(peers.RequireEnv, "1")
	for name, start := range starts {
		var got recorder
		start(&got)
		if got.skipped != "" || !strings.Contains(got.failed, "make peers") {
			t.Errorf("%s: got %+v, want failed with the hint", name, got)
		}
	}
}

func TestMissingNamesEveryPeer(t *testing.T) {
	onBareMachine(t)
	err := peers.Missing()
	if !peers.IsMissing(err) {
		t.Fatalf("got %v, want a missing peer", err)
	}
	for _, name := range []string{"DynamoDB Local", "moto", "boto3", "the AWS CLI"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("got %q, want it to name %s", err, name)
		}
	}
}

func TestStoppedFleetStartsNothing(t *testing.T) {
	t.Parallel()
	var (
		fleet peers.Fleet
		got   recorder
	)
	fleet.Stop()
	fleet.DynamoDB(&got)
	if !strings.Contains(got.failed, "stopped") {
		t.Errorf("got %+v, want failed because the fleet is stopped", got)
	}
}

var starts = map[string]func(peers.TB){
	"dynamodb": func(t peers.TB) { peers.DynamoDB(t) },
	"moto":     func(t peers.TB) { peers.Moto(t) },
	"boto3":    func(t peers.TB) { peers.Boto3(t) },
	"aws":      func(t peers.TB) { peers.AWSCLI(t) },
}

// onBareMachine makes the test see a machine on which nothing is installed.
func onBareMachine(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("PATH", "")
}

// Two rules in two languages: what one installs the other must find.
func TestScriptsAndTestsAgreeOnTheCache(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("the scripts need bash")
	}
	for _, env := range []struct{ xdg, home string }{{xdg: "", home: "/home/ann"}, {xdg: "/var/cache/ann", home: "/home/ann"}} {
		t.Setenv("XDG_CACHE_HOME", env.xdg)
		t.Setenv("HOME", env.home)
		said, err := exec.CommandContext(t.Context(), "bash", "-c", `. ../../../.ci/cache.sh && printf %s "$cache"`).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := peers.CacheDir(), string(said); got != want {
			t.Errorf("with %+v tests look in %s, the scripts install into %s", env, got, want)
		}
	}
}
