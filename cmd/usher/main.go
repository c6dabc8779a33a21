// Usher onboards people into an Amazon Cognito user pool. `usher local` runs all
// of it in this process; the other commands talk to a running usher.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start()) }

// start runs the command line of this process and returns its exit code. The
// first Ctrl-C ends it in good order, the second at once.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	p := &program{name: os.Args[0], in: os.Stdin, out: onScreen(os.Stdout), err: os.Stderr, getenv: os.Getenv}
	return p.run(ctx, os.Args[1:])
}
