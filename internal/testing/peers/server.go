package peers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"time"
)

const (
	// startLimit is how long a peer may take until it answers. Alone on two cores the
	// slower one, DynamoDB Local, takes 2.4 s; while compilers run, many times that.
	startLimit = 90 * time.Second

	// pollEvery is how often a starting peer is asked whether it answers.
	pollEvery = 50 * time.Millisecond

	// portAttempts is how many ports are tried: another process may take one
	// before the peer does.
	portAttempts = 3
)

// Server is one running peer.
type Server struct {
	// Endpoint is the address for an SDK's BaseEndpoint, without a final slash.
	Endpoint string

	process *process
	front   interface{ Close() error } // nil if callers reach the process itself
}

// Stop ends the peer at once and waits until it has gone. It may be called more
// than once.
func (s *Server) Stop() {
	if s.front != nil {
		_ = s.front.Close()
	}
	s.process.kill()
}

// start runs the program that command names for a free port, until it answers
// HTTP there.
func start(ctx context.Context, command func(port string) *exec.Cmd) (*Server, error) {
	var faults []error
	for range portAttempts {
		server, err := startOnce(ctx, command)
		if err == nil {
			return server, nil
		}
		faults = append(faults, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(faults...)
}

func startOnce(ctx context.Context, command func(port string) *exec.Cmd) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := command(port)
	running, err := run(cmd)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	server := &Server{Endpoint: "http://" + net.JoinHostPort("127.0.0.1", port), process: running}
	if err := server.awaitAnswer(ctx); err != nil {
		server.Stop()
		return nil, fmt.Errorf("%s on port %s: %w; it said: %s", cmd.Path, port, err, running.output)
	}
	return server, nil
}

// freePort is a port that was free a moment ago.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// awaitAnswer returns once the peer answers a request, with any answer.
func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.process.done:
			return fmt.Errorf("ended before it answered: %v", s.process.err)
		case <-ctx.Done():
			return fmt.Errorf("did not answer: %w", ctx.Err())
		case <-tick.C:
			if answers(ctx, s.Endpoint) {
				return nil
			}
		}
	}
}

func answers(ctx context.Context, endpoint string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return true
}

// process is a started command and the goroutine that waits for it.
type process struct {
	cmd    *exec.Cmd
	output *tail

	done chan struct{} // closed when the process has ended
	err  error         // how it ended; read after done
}

// run starts cmd, which ends at the latest with this process.
func run(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, output: new(tail), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	dieWithParent(cmd)
	started := make(chan error)
	go p.supervise(started)
	return p, <-started
}

// supervise stays on one operating system thread: Linux sends the parent-death
// signal when the thread that started the child ends, not the process.
func (p *process) supervise(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
	}
	close(p.done)
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}
