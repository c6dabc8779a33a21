package sqlite_test

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
)

var kills = flag.Int("kills", 25, "how often a process that writes is killed")

// TestWhatWasAnsweredSurvivesAKill kills a process that writes, again and again over
// the same files, and looks at what it has left.
func TestWhatWasAnsweredSurvivesAKill(t *testing.T) {
	t.Parallel()
	folder, told := t.TempDir(), &answers{rows: map[string]int{}, sent: map[string]bool{}, settled: map[string]bool{}, deleted: map[string]bool{}}
	cut := sqlite.CutOff{}
	for range *kills {
		told.run(t, folder, time.Duration(10+rand.IntN(200))*time.Millisecond)
		s, err := sqlite.Open(t.Context(), configIn(folder))
		if err != nil {
			t.Fatal(err)
		}
		cut.Messages += s.CutOff().Messages
		cut.Claims += s.CutOff().Claims
		told.check(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	told.drain(t, open(t, configIn(folder)))
	if cut.Messages == 0 || cut.Claims == 0 {
		t.Errorf("no kill met a row that was being worked on: %+v", cut)
	}
	t.Logf("%d kills, %d requests, %d rows settled; cut off: %+v", *kills, len(told.rows), len(told.settled), cut)
}

// answers are what processes that were killed have acknowledged.
type answers struct {
	rows    map[string]int // of a request
	sent    map[string]bool
	settled map[string]bool // by request and row
	deleted map[string]bool
	spent   int
}

// run has a process write for a while and kills it.
func (a *answers) run(t *testing.T, folder string, life time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), childFolder+"="+folder), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // what has no end of line was not said to the end
		}
		if line == "open\n" {
			time.AfterFunc(life, func() { _ = cmd.Process.Kill() })
		}
		a.hear(strings.Fields(line))
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the process ended by itself: %v", err)
	}
}

func (a *answers) hear(words []string) {
	switch row := strings.Join(words[1:], " "); words[0] {
	case "created":
		n := 0
		fmt.Sscan(words[2], &n)
		a.rows[words[1]] = n
	case "sent":
		a.sent[row] = true
	case "settled":
		a.settled[row] = true
	case "deleted":
		a.deleted[row] = true
	case "spent":
		a.spent++
	}
}

// check holds the stored requests and rows to what was acknowledged.
func (a *answers) check(t testing.TB, s *sqlite.State) {
	t.Helper()
	store := s.Store()
	requests, err := store.ListRequests(t.Context(), "", 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]bool{}
	for _, r := range requests {
		stored[r.ID] = true
		if key, err := store.Key(t.Context(), "key-"+r.ID); err != nil || key.RequestID != r.ID {
			t.Errorf("request %s is stored without its key: %v", r.ID, err)
		}
		a.rows[r.ID] = r.Total // it may be there without an answer
		a.checkRows(t, store, r)
	}
	for id := range a.rows {
		if !stored[id] {
			t.Errorf("request %s was acknowledged and is lost", id)
		}
	}
	spent, err := store.Spent(t.Context(), "spent")
	if err != nil || spent < a.spent {
		t.Errorf("%d are spent, %v; %d were acknowledged", spent, err, a.spent)
	}
	a.spent = spent
}

func (a *answers) checkRows(t testing.TB, store *sqlite.Store, r onboard.Request) {
	t.Helper()
	invited := 0
	for row := 1; row <= r.Total; row++ {
		inv, claim, err := store.Load(t.Context(), r.ID, row, addressOf(r.ID, row))
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%s %d", r.ID, row)
		switch done := inv.State == onboard.Invited; {
		case done != (claim.CreditedTo.RequestID == r.ID):
			t.Errorf("row %s is %q, its claim is credited to %+v: half a write", name, inv.State, claim.CreditedTo)
		case !done && a.settled[name]:
			t.Errorf("row %s was acknowledged as settled and is %q", name, inv.State)
		case done:
			a.settled[name] = true
			invited++
		}
		if claim.Holder != (onboard.Holder{}) {
			t.Errorf("the claim of row %s is held by a process that has ended", name)
		}
	}
	if r.Tally.States[onboard.Invited] != invited {
		t.Errorf("request %s counts %d rows as invited; %d are", r.ID, r.Tally.States[onboard.Invited], invited)
	}
}

// drain receives all messages and holds them to what was acknowledged.
func (a *answers) drain(t testing.TB, s *sqlite.State) {
	t.Helper()
	waiting := map[string]bool{}
	for {
		batch, err := s.Queue().Receive(t.Context(), 10, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(batch) == 0 {
			break
		}
		for _, d := range batch {
			name := fmt.Sprintf("%s %d", d.RequestID, d.Row)
			waiting[name] = true
			if d.Receives != 1 {
				t.Errorf("message %s: the end of a process counts against it: receipt %d", name, d.Receives)
			}
		}
	}
	for name := range a.deleted {
		if waiting[name] {
			t.Errorf("message %s was acknowledged as deleted and is back", name)
		}
	}
	for id, rows := range a.rows {
		there := 0
		for row := 1; row <= rows; row++ {
			if name := fmt.Sprintf("%s %d", id, row); waiting[name] || a.settled[name] {
				there++
			}
		}
		if there != rows && (there != 0 || a.sent[id]) {
			t.Errorf("request %s: %d of %d rows are on the queue or settled; sending was acknowledged: %t", id, there, rows, a.sent[id])
		}
	}
}
