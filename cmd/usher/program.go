package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"usher.example/cmd/usher/direct"
	"usher.example/internal/client"
)

// program is one run of the command line: where it reads and writes, and what
// all its commands share.
type program struct {
	name   string // by which it was called
	in     io.Reader
	out    io.Writer // data
	err    io.Writer // progress, questions and messages
	getenv func(string) string

	url, token    string // from the flags
	stack, region string
	output        string

	columns int // how wide a line is at most that goes to no terminal; 0: as wide as it is

	direct pooled        // from the flags
	usher  *direct.Usher // in this process, over a pool; nil: none

	// patience is how long a call is tried again; 0 means the client's default.
	patience time.Duration

	// trouble receives why a call is tried again; nil prints it on err.
	trouble func(text string)
}

// run runs one command line and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.newRoot()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	command, err := root.ExecuteContextC(ctx)
	err = errors.Join(err, p.close())
	return p.finish(ctx, command, err)
}

// say writes a message for the person, with a line end.
func (p *program) say(format string, args ...any) {
	fmt.Fprintln(p.err, folded(p.addressed(fmt.Sprintf(format, args...)), p.columnsOf(p.err)))
}

// newClient returns a client for the usher that flags and environment name. For a pool
// that is the one in this process, whose workers stay idle until a request is followed.
func (p *program) newClient(ctx context.Context) (*client.Client, error) {
	if pool := p.poolID(); pool != "" {
		account, err := p.connect(ctx, pool)
		if err != nil {
			return nil, err
		}
		if err := p.open(ctx, account, pool, ""); err != nil {
			return nil, err
		}
		return p.directClient()
	}
	t, err := p.findTarget(ctx)
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{
		URL: t.url, Token: t.token, Agent: agent(), Trouble: p.reportTrouble, Patience: p.patience,
	})
}

// isTerminal returns a stream as a file, and whether it is a terminal.
func isTerminal(stream any) (*os.File, bool) {
	if s, ok := stream.(*screen); ok {
		return s.File, true
	}
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}
