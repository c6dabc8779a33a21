package main

import (
	"bytes"
	"encoding/csv"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/fakecognito"
)

// desk is a person's machine with credentials for a pool: the program runs on it as a
// process of its own.
type desk struct {
	t    *testing.T
	fake *fakecognito.Fake
	dir  string
	env  []string
}

func newDesk(t *testing.T, cfg memory.PoolConfig) *desk {
	t.Helper()
	fake := fakecognito.New(cfg)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	return deskAt(t, fake, server.URL)
}

// deskAt is a machine whose AWS is at an endpoint.
func deskAt(t *testing.T, fake *fakecognito.Fake, endpoint string) *desk {
	dir := t.TempDir()
	d := &desk{t: t, fake: fake, dir: dir}
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "USHER_") {
			d.env = append(d.env, v)
		}
	}
	d.env = append(d.env, "HOME="+dir, "XDG_STATE_HOME="+dir+"/.local/state", "XDG_CONFIG_HOME="+dir+"/config", "TZ=UTC",
		"AWS_ENDPOINT_URL="+endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
	return d
}

// command prepares a run of usher.
func (d *desk) command(args ...string) *exec.Cmd {
	path, err := exec.LookPath("usher") // this test's program: see TestMain
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = d.dir, d.env
	return cmd
}

// run runs usher and returns what it came to.
func (d *desk) run(args ...string) ran {
	d.t.Helper()
	var out, err bytes.Buffer
	cmd := d.command(args...)
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run() // how it ended is in the exit code
	return ran{code: cmd.ProcessState.ExitCode(), out: out.String(), err: err.String()}
}

func (d *desk) write(name, content string) {
	d.t.Helper()
	if err := os.WriteFile(d.dir+"/"+name, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

// states counts the states in a file of results.
func (d *desk) states(name string) map[string]int {
	d.t.Helper()
	content, err := os.ReadFile(d.dir + "/" + name)
	if err != nil {
		d.t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(rows) == 0 {
		d.t.Fatalf("%s: %q, %v", name, content, err)
	}
	counts := map[string]int{}
	for i, cell := range rows[0] {
		if cell != "state" {
			continue
		}
		for _, row := range rows[1:] {
			counts[row[i]]++
		}
	}
	return counts
}

// pausesInvites answers invitations, but not resends, as a pool does whose rights were
// taken away: the check of the rights passes, and the request pauses.
func pausesInvites(op memory.Op, _ string) *onboard.PoolError {
	if op != memory.OpInvite {
		return nil
	}
	return &onboard.PoolError{Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Cause: onboard.CauseNoRight, Detail: "NotAuthorizedException"}
}
