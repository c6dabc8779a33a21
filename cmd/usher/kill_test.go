package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/testing/fakecognito"
)

var (
	kills    = flag.Int("kills", 6, "how often usher invite is killed")
	killRows = flag.Int("kill-rows", 250, "how many people it invites meanwhile")
)

// TestKilledAtAnyMoment kills usher invite at random moments while the pool loses 3 % of
// the answers, and then lets it finish: every person has one user and one mail, and is
// reported as invited.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{CreationRate: 50, Latency: 30 * time.Millisecond, Faults: memory.Faults{LostAnswers: 0.03}})
	var rows strings.Builder
	rows.WriteString("email\n")
	for i := range *killRows {
		fmt.Fprintf(&rows, "person%05d@example.org\n", i)
	}
	d.write("people.csv", rows.String())
	invite := []string{"invite", "people.csv", "--pool", fakecognito.PoolID, "--yes", "--results-to", "results.csv"}
	cut, began := 0, time.Now()
	for i := range *kills {
		if d.killed(i%4 != 3, time.Duration(rand.IntN(700))*time.Millisecond, invite) {
			cut++
		}
	}
	t.Logf("%d kills in %s, %d starts said what was cut off: %+v", *kills, time.Since(began).Round(time.Second), cut, d.fake.Report())
	last := d.run(invite...)
	last.want(t, exitDone, "Done: every person is invited")
	if r := d.fake.Report(); r.Users != *killRows || r.Mails != *killRows || r.Twice != 0 || r.Unmailed != 0 {
		t.Errorf("%+v", r)
	}
	if got := d.states("results.csv"); got["invited"] != *killRows || len(got) != 1 {
		t.Errorf("reported: %v", got)
	}
	if cut == 0 {
		t.Error("no start said that the last run was cut off")
	}
	t.Logf("after the last kill: %+v, %s", d.fake.Report(), time.Since(began).Round(time.Second))
}

// killed runs usher for a while, once it has invited somebody or from its start, and kills
// it. It reports whether usher said that the run before was cut off. How long usher takes
// to start depends on the machine, and kills that come before the first invitation show little.
func (d *desk) killed(atWork bool, life time.Duration, args []string) bool {
	d.t.Helper()
	var said bytes.Buffer
	cmd := d.command(args...)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended, users := make(chan struct{}), d.fake.Report().Users
	defer close(ended)
	go func() {
		for atWork && d.fake.Report().Users == users {
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
		time.Sleep(life)
		_ = cmd.Process.Kill()
	}()
	if err := cmd.Wait(); err != nil {
		if _, ok := err.(*exec.ExitError); !ok || cmd.ProcessState.Exited() {
			d.t.Fatalf("ended by itself: %v\n%s", err, said.String())
		}
	}
	return strings.Contains(said.String(), "The last run was cut off:")
}
