package runtimeapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// initLimit is how long a function may take until it asks for its first event.
//
// Source: AWS Lambda Developer Guide, "Understanding the Lambda execution
// environment lifecycle", Init phase.
const initLimit = 10 * time.Second

// Function is a running Lambda program. Its methods are safe for concurrent use;
// events are handed out one after the other.
type Function struct {
	api  *api
	cmd  *exec.Cmd
	logs *logs

	started time.Time
	ended   chan struct{} // closed when the program has ended
	turn    sync.Mutex    // held from an event to its answer
}

// Start starts binary and returns at once; [Function.Init] returns whether it
// started. The program sees the variables that Lambda sets and those of env
// (NAME=value; env wins where both set one), and nothing of the test's own
// environment. By default its credentials are invalid and nothing listens at its
// AWS endpoint. The program is killed when t ends.
func Start(t testing.TB, binary string, env []string) *Function {
	t.Helper()
	api := newAPI()
	f := &Function{api: api, logs: new(logs), ended: make(chan struct{})}
	f.cmd = exec.Command(binary)
	f.cmd.Dir = filepath.Dir(binary)
	f.cmd.Env = append(lambdaEnvironment(api.address(), f.cmd.Dir), env...)
	f.cmd.Stdout, f.cmd.Stderr = f.logs, f.logs
	f.started = time.Now()
	if err := f.cmd.Start(); err != nil {
		api.close()
		t.Fatalf("start function: %v", err)
	}
	go func() {
		_ = f.cmd.Wait() // how it ended is in ProcessState
		close(f.ended)
	}()
	t.Cleanup(f.Stop)
	return f
}

// Init waits until the program asks for its first event and returns the time it
// took from its start. If the program ends instead, the error is an [*ExitError].
func (f *Function) Init() (time.Duration, error) {
	limit := time.NewTimer(time.Until(f.started.Add(initLimit)))
	defer limit.Stop()
	select {
	case <-f.api.ready: // first: it stays true after the program's end
		return f.api.readyAt.Sub(f.started), nil
	default:
	}
	select {
	case <-f.api.ready:
		return f.api.readyAt.Sub(f.started), nil
	case <-f.ended:
		return 0, f.exitError()
	case <-limit.C:
		return 0, fmt.Errorf("init: no event asked for within %v; the function said: %s", initLimit, f.Logs())
	}
}

// Invoke hands the program an event and returns its answer. The event is sent as
// it is if it is bytes, and as JSON otherwise. The program has timeout for it and
// is killed at its end.
//
// The error is [*FunctionError] if the program reported one, [*ExitError] if it
// ended without an answer, and wraps [ErrTimeout] if it took too long.
func (f *Function) Invoke(event any, timeout time.Duration) ([]byte, error) {
	if _, err := f.Init(); err != nil {
		return nil, err
	}
	payload, err := encode(event)
	if err != nil {
		return nil, err
	}
	f.turn.Lock()
	defer f.turn.Unlock()
	invocation := newInvocation(payload, time.Now().Add(timeout))
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case f.api.events <- invocation:
	case <-f.ended:
		return nil, f.exitError()
	case <-limit.C:
		return nil, f.timeOut(timeout)
	}
	select {
	case answer := <-invocation.answered:
		return answer.payload, answer.err
	case <-f.ended:
		return f.lastWords(invocation)
	case <-limit.C:
		return nil, f.timeOut(timeout)
	}
}

func encode(event any) ([]byte, error) {
	switch event := event.(type) {
	case []byte:
		return event, nil
	case json.RawMessage:
		return event, nil
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return payload, nil
}

// lastWords is the answer that a program may have given before it ended, as
// one that panics does.
func (f *Function) lastWords(invocation *invocation) ([]byte, error) {
	select {
	case answer := <-invocation.answered:
		return answer.payload, answer.err
	default:
		return nil, f.exitError()
	}
}

func (f *Function) timeOut(timeout time.Duration) error {
	f.kill()
	return fmt.Errorf("%w after %v", ErrTimeout, timeout)
}

func (f *Function) exitError() error {
	return &ExitError{Code: f.cmd.ProcessState.ExitCode(), Fault: f.api.initFault(), Logs: f.Logs()}
}

// Logs returns what the program has written to standard output and standard
// error so far.
func (f *Function) Logs() string { return f.logs.String() }

// Stop kills the program, as Lambda ends an environment, and waits until it has
// gone. It may be called more than once.
func (f *Function) Stop() {
	f.kill()
	f.api.close()
}

func (f *Function) kill() {
	_ = f.cmd.Process.Kill() // it may have ended by itself
	<-f.ended
}

// logs collects what a program writes. It is safe for concurrent use.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
