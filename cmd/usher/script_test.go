package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"usher.example/internal/local"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/peoplefiles"
)

func TestMain(m *testing.M) {
	// A program with the race detector would rest for a second before it ends.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	testscript.Main(leakFree{m}, map[string]func(){"usher": main})
}

// leakFree fails a run of tests that leaves goroutines behind.
type leakFree struct{ m *testing.M }

func (l leakFree) Run() int {
	code := l.m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Each script is a session of a person with a local usher of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, Setup: setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server": startServer, "fixed": fixPool, "now": noteConnections, "called": waitCalled, "ended": wantEnded, "code": wantCode, "id": takeID, "mails": wantMails,
			"cognito": startCognito, "peoplefiles": writePeopleFiles, "mode": wantMode, "lines": wantLines, "same": wantSame,
		},
	})
}

func setUp(env *testscript.Env) error {
	for _, name := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "USHER_TOKEN", "USHER_URL"} {
		env.Setenv(name, "")
	}
	env.Setenv("HOME", env.WorkDir)
	env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
	env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	env.Setenv("TZ", "UTC")
	env.Setenv("GORACE", os.Getenv("GORACE"))
	env.Values["server"] = new(server)
	return nil
}

// server is the local usher of one script.
type server struct {
	url      string
	listener *watched
	stop     func()
	next     <-chan struct{} // closed at the first connection after "now"
	caller   *exec.Cmd       // in the background when "called" was over
	fixed    atomic.Bool     // the pool answers as it should
}

// answers are how a pool can answer every call until it is fixed.
var answers = map[string]*onboard.PoolError{
	"": nil,
	"misconfigured": {
		Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured,
		Cause: onboard.CauseNoRight,
	},
	"refusing": {Class: onboard.ErrRefused, Code: onboard.CodeRefusedByTrigger},
	unmailed:   {Class: onboard.ErrRefused, Code: onboard.CodeMailNotDelivered, Unmailed: true},
}

// unmailed is the pool that makes every user and then refuses the mail.
const unmailed = "unmailed"

// run starts a local usher with the variables that NAME=VALUE give. The first
// cut connections are closed as soon as they are made. The pool answers as the
// name says until it is fixed.
func (s *server) run(assignments []string, cut int, pool string) error {
	variables := map[string]string{}
	for _, a := range assignments {
		name, value, _ := strings.Cut(a, "=")
		variables[name] = value
	}
	cfg, err := local.ConfigFrom(func(name string) string { return variables[name] })
	if err != nil {
		return err
	}
	cfg.Addr = "127.0.0.1:0"
	cfg.Faults.Answer = func(memory.Op, string) *onboard.PoolError {
		if s.fixed.Load() || pool == unmailed {
			return nil
		}
		return answers[pool]
	}
	cfg.Faults.MailAnswer = func(memory.Op, string) *onboard.PoolError {
		if s.fixed.Load() || pool != unmailed {
			return nil
		}
		return answers[pool]
	}
	system := local.New(cfg, slog.New(slog.DiscardHandler))
	listener, err := system.Listen()
	if err != nil {
		return err
	}
	s.url = "http://" + listener.Addr().String()
	s.listener = &watched{Listener: listener, cut: cut, changed: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = system.Run(ctx, s.listener) })
	s.stop = func() { cancel(); running.Wait() }
	return nil
}

// watched is a listener that counts, and may cut, its connections.
type watched struct {
	net.Listener
	cut int

	mu       sync.Mutex
	accepted int
	changed  chan struct{} // closed and renewed with every connection
}

func (w *watched) Accept() (net.Conn, error) {
	for {
		conn, err := w.Listener.Accept()
		if err != nil {
			return nil, err
		}
		w.mu.Lock()
		w.accepted++
		n := w.accepted
		close(w.changed)
		w.changed = make(chan struct{})
		w.mu.Unlock()
		if n > w.cut {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// state is how many connections there were, and what is closed at the next one.
func (w *watched) state() (accepted int, changed <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accepted, w.changed
}

func serverOf(ts *testscript.TestScript) *server { return ts.Value("server").(*server) }

// startServer is "server [cut=N] [pool=misconfigured|refusing|unmailed] [NAME=VALUE...]".
// It sets USHER_URL.
func startServer(ts *testscript.TestScript, _ bool, args []string) {
	var (
		assignments []string
		cut         int
		pool        string
		err         error
	)
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "cut":
			cut, err = strconv.Atoi(value)
			ts.Check(err)
		case "pool":
			pool = value
			if answers[pool] == nil {
				ts.Fatalf("no pool answers %q", pool)
			}
		default:
			assignments = append(assignments, arg)
		}
	}
	s := serverOf(ts)
	ts.Check(s.run(assignments, cut, pool))
	ts.Defer(s.stop)
	ts.Setenv("USHER_URL", s.url)
}

// fixPool is "fixed": from now on the pool answers as it should.
func fixPool(ts *testscript.TestScript, _ bool, _ []string) { serverOf(ts).fixed.Store(true) }

// noteConnections is "now": what comes after counts for "called".
func noteConnections(ts *testscript.TestScript, _ bool, _ []string) {
	s := serverOf(ts)
	_, s.next = s.listener.state()
}

// waitCalled is "called": it waits until the server was called after "now".
func waitCalled(ts *testscript.TestScript, _ bool, _ []string) {
	s := serverOf(ts)
	<-s.next
	s.caller = ts.BackgroundCmds()[0]
}

// wantEnded is "ended N": what called has ended with that code.
func wantEnded(ts *testscript.TestScript, _ bool, args []string) {
	if got := serverOf(ts).caller.ProcessState.ExitCode(); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// wantCode is "code N PROGRAM ARGS...": the program must end with that code.
func wantCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

var shownID = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b`)

// takeID is "id NAME": the id that the last command wrote comes into $NAME.
func takeID(ts *testscript.TestScript, _ bool, args []string) {
	id := shownID.FindString(ts.ReadFile("stdout"))
	if id == "" {
		ts.Fatalf("no id in the output")
	}
	ts.Setenv(args[0], id)
}

// wantMails is "mails N": so many mails were sent, no two to the same person.
func wantMails(ts *testscript.TestScript, _ bool, args []string) {
	response, err := http.Get(serverOf(ts).url + "/local/mailbox")
	ts.Check(err)
	defer response.Body.Close()
	var mails []struct {
		To string `json:"to"`
	}
	ts.Check(json.NewDecoder(response.Body).Decode(&mails))
	people := map[string]bool{}
	for _, m := range mails {
		people[m.To] = true
	}
	if strconv.Itoa(len(mails)) != args[0] || len(people) != len(mails) {
		ts.Fatalf("%d mails to %d people, want %s", len(mails), len(people), args[0])
	}
}

// wantMode is "mode 0600 FILE".
func wantMode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}

// wantLines is "lines N FILE": the file has N lines.
func wantLines(ts *testscript.TestScript, _ bool, args []string) {
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s has %d lines, want %s", args[1], got, args[0])
	}
}

// writePeopleFiles is "peoplefiles": schule.xlsx, google.csv and outlook.csv are in
// the folder.
func writePeopleFiles(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(peoplefiles.Write(ts.MkAbs(".")))
}

// wantSame is "same FILE FILE": the files have the same lines, however they end.
func wantSame(ts *testscript.TestScript, _ bool, args []string) {
	lines := func(name string) string { return strings.ReplaceAll(ts.ReadFile(name), "\r\n", "\n") }
	if diff := cmp.Diff(lines(args[1]), lines(args[0])); diff != "" {
		ts.Fatalf("%s is not %s:\n%s", args[0], args[1], diff)
	}
}
