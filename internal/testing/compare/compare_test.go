//go:build linux

package compare

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/testing/fakecognito"
	"usher.example/internal/testing/peers"
)

var (
	rows = flag.Int("rows", 10, "how many people each program invites; the AWS CLI, which takes a second to start, a tenth of them")
	only = flag.String("only", ".", "the programs whose names match")
)

// contender is a program that invites the people in people.csv.
type contender struct {
	name string
	args []string // its command, which writes report.csv with the columns email and state
	rows int      // how many people it invites
	half int      // of those who have a user when nothing goes wrong

	flawless func(circumstance) bool // it reports everybody rightly; nil: never
}

// circumstance is what goes wrong while a program runs.
type circumstance struct {
	name   string
	faults memory.Faults
	killed bool // when half of those have a user whom it invites undisturbed; the same command then runs again
}

var circumstances = []circumstance{
	{name: "nothing goes wrong"},
	{name: "3 % of the answers are lost", faults: memory.Faults{LostAnswers: 0.03}},
	{name: "killed half-way, and run again", killed: true},
}

// result is what a program came to.
type result struct {
	fakecognito.Report
	took    time.Duration
	wrong   int // people whom the report contradicts
	without int // people without a user
}

// TestUsherBesideWhatPeopleUse prints the table of docs/one-machine.md. usher reports
// everybody rightly and leaves nobody out. That programs which call one after the other
// do so too while nothing goes wrong shows that the comparison is a fair one.
func TestUsherBesideWhatPeopleUse(t *testing.T) {
	contenders := prepare(t)
	for _, when := range circumstances {
		t.Logf("| %s | people | time | throttled calls | reported wrongly | without a user |", when.name)
		t.Log("|---|---|---|---|---|---|")
		for i, c := range contenders {
			got := c.run(t, when)
			contenders[i].half = max(c.half, got.Users/2)
			t.Logf("| %s | %d | %.0f s | %d | %d | %d |", c.name, c.rows, got.took.Seconds(), got.Throttled, got.wrong, got.without)
			flawless := c.flawless != nil && c.flawless(when)
			if flawless && (got.wrong > 0 || got.without > 0 || got.Throttled > 0 || got.Mails != c.rows) {
				t.Errorf("%s, %s: %+v", c.name, when.name, got)
			}
			if !flawless && when.faults.LostAnswers > 0 && c.rows > 200 && got.wrong == 0 {
				t.Errorf("%s reports everybody rightly: no answer was lost", c.name)
			}
		}
	}
}

// prepare builds and finds the programs: usher, two that call one after the other, and
// two that call at once.
func prepare(t *testing.T) []contender {
	t.Helper()
	named, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	python, aws := peers.Boto3(t), peers.AWSCLI(t)
	t.Setenv("PATH", filepath.Dir(aws)+string(os.PathListSeparator)+os.Getenv("PATH"))
	usher, loop := build(t, "../../../cmd/usher"), build(t, "./testdata/goroutines")
	for _, c := range [][]string{{python, "-c", "import boto3; print('boto3', boto3.__version__)"}, {aws, "--version"}} {
		said, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", c, err, said)
		}
		t.Logf("%s", strings.TrimSpace(string(said)))
	}
	invite := []string{usher, "invite", "people.csv", "--pool", fakecognito.PoolID, "--yes", "--results-to", "report.csv"}
	script := func(program ...string) []string {
		return append(program, "people.csv", fakecognito.PoolID, "report.csv")
	}
	always, undisturbed := func(circumstance) bool { return true }, func(when circumstance) bool { return when.name == circumstances[0].name }
	all := []contender{
		{name: "`usher invite`", args: invite, rows: *rows, flawless: always},
		{name: "a loop with boto3", args: script(python, absolute(t, "testdata/loop.py")), rows: *rows, flawless: undisturbed},
		{name: "a loop with the AWS CLI", args: script("bash", absolute(t, "testdata/loop.sh")), rows: max(2, *rows/10), flawless: undisturbed},
		{name: "boto3, 16 threads, adaptive retries", args: script(python, absolute(t, "testdata/threads.py")), rows: *rows},
		{name: "Go, 50 goroutines", args: script(loop), rows: *rows},
	}
	return slices.DeleteFunc(all, func(c contender) bool { return !named.MatchString(c.name) })
}

// latency of a call. AWS publishes none for AdminCreateUser.
const latency = 100 * time.Millisecond

// run has a program invite everybody into a new pool with Cognito's default quota. Each
// program loses the answers for the same people.
func (c contender) run(t *testing.T, when circumstance) result {
	t.Helper()
	fake := fakecognito.New(memory.PoolConfig{Latency: latency, Faults: when.faults, Seed: 1})
	server := httptest.NewServer(fake)
	defer server.Close()
	dir := t.TempDir()
	c.write(t, filepath.Join(dir, "people.csv"))
	command := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), c.args[0], c.args[1:]...)
		cmd.Dir, cmd.Env = dir, environ(dir, server.URL)
		// A loop in a shell has children, and none of them may outlive the test.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		return cmd
	}
	began := time.Now()
	if when.killed {
		c.killHalfWay(t, command(), fake)
	}
	if said, err := command().CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, said)
	}
	got := result{took: time.Since(began), Report: fake.Report()}
	got.wrong, got.without = c.compare(t, filepath.Join(dir, "report.csv"), fake)
	return got
}

// killHalfWay runs a program and kills it with all its children half-way.
func (c contender) killHalfWay(t *testing.T, cmd *exec.Cmd, fake *fakecognito.Fake) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	for fake.Report().Users < c.half {
		select {
		case <-ended:
			t.Fatalf("%q ended before it could be killed", cmd.Args)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-ended
}

// compare counts the people whose line in the report is not true, or who have none, and
// those without a user. All users of the pool are the program's own.
func (c contender) compare(t *testing.T, report string, fake *fakecognito.Fake) (wrong, without int) {
	t.Helper()
	content, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll() // the mark is for Excel
	if err != nil || len(lines) == 0 {
		t.Fatalf("%s has %d lines, %v", report, len(lines), err)
	}
	said := map[string]string{}
	email, state := slices.Index(lines[0], "email"), slices.Index(lines[0], "state")
	for _, line := range lines[1:] {
		said[line[email]] = line[state]
	}
	users := map[string]bool{}
	for _, u := range fake.Pool.Users() {
		users[u.Email] = true
	}
	for i := range c.rows {
		if (said[person(i)] == "invited") != users[person(i)] {
			wrong++
		}
		if !users[person(i)] {
			without++
		}
	}
	return wrong, without
}

func person(i int) string { return fmt.Sprintf("person%05d@example.org", i) }

func (c contender) write(t *testing.T, path string) {
	t.Helper()
	var text strings.Builder
	text.WriteString("email\n")
	for i := range c.rows {
		text.WriteString(person(i) + "\n")
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// environ has a program use the fake, and nothing of the person who runs the test.
func environ(home, endpoint string) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "USHER_") && !strings.HasPrefix(v, "XDG_") {
			env = append(env, v)
		}
	}
	return append(env, "HOME="+home, "AWS_ENDPOINT_URL="+endpoint, "AWS_REGION="+fakecognito.Region, "AWS_DEFAULT_REGION="+fakecognito.Region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true")
}

func build(t *testing.T, pkg string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if said, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, said)
	}
	return path
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
