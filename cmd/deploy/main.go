// Deploy builds and deploys the stack of one stage, prints the outputs of a stack,
// and makes administrators. It needs the AWS CLI and, to deploy, the SAM CLI.
//
//	deploy deploy STAGE
//	deploy out STAGE [OUTPUT]
//	deploy admin STAGE EMAIL
//
// Make runs it in the folder of the project. The variable ARCH chooses the processor
// to build for.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"usher.example/internal/installation"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, installation.Operator{Dir: ".", Program: terminal{}, Out: os.Stdout}, os.Args[1:], os.Getenv("ARCH"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o installation.Operator, args []string, arch string) error {
	args = append(args, "", "", "")
	switch what, stage, which := args[0], args[1], args[2]; {
	case what == "deploy" && stage != "":
		return o.Deploy(ctx, stage, arch)
	case what == "out" && stage != "":
		return o.Output(ctx, stage, which)
	case what == "admin" && stage != "" && which != "":
		return o.Admin(ctx, stage, which)
	case what == "admin" && stage != "":
		return errors.New("the address is missing: make admin EMAIL=you@example.org")
	}
	return errors.New("usage: deploy deploy STAGE | out STAGE [OUTPUT] | admin STAGE EMAIL")
}
