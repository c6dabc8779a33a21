// Usher onboards people into an Amazon Cognito user pool. `usher local` runs all
// of it in this process; the other commands talk to a running usher.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		root.PrintErrln("usher:", err)
		return 1
	}
	return 0
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "usher",
		Short:         "Onboard people into an Amazon Cognito user pool",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newLocal())
	return root
}
