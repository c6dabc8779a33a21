package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"usher.example/internal/client"
)

// program is one run of the command line: where it reads and writes, and what
// all its commands share.
type program struct {
	name   string // that it was called by
	in     io.Reader
	out    io.Writer // data
	err    io.Writer // progress, questions and messages
	getenv func(string) string

	url, token    string // of the flags
	stack, region string
	output        string

	// patience is how long a call is tried again; 0 means as the client has it.
	patience time.Duration

	// trouble hears what keeps a call from getting through; nil says it on err.
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
	return p.finish(ctx, command, err)
}

// The groups that the help shows commands in.
const (
	groupInvite = "invite"
	groupFollow = "follow"
	groupMend   = "mend"
	groupSetUp  = "set up"
)

func (p *program) newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "usher",
		Short: "Onboard people into an Amazon Cognito user pool",
		Long: `Onboard people into an Amazon Cognito user pool: hand over a file, see what would
happen, watch it happen, and mend the rows that did not.

A file is CSV with a header (a column email; also groups, ref, names, any attribute
of the pool), JSON, JSON lines, or plain text with an address a line.

Which usher to talk to, and as whom, is taken from the flags, else from USHER_URL
and USHER_TOKEN, else from what usher login has kept.

Exit codes:
  0    all invited, or there already
  1    an error
  2    the command line is wrong
  3    finished, and rows have failed, could not be mailed or were canceled
  4    the file is not valid, and nothing was sent
  5    gave up waiting, or paused; the request goes on, or can
  130  interrupted; a request that was handed over goes on`,
		Example: `  usher local                          # an usher to try, in another terminal
  export USHER_URL=http://127.0.0.1:8080
  usher template > people.csv          # fill it in
  usher submit people.csv`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,

		SuggestionsMinimumDistance: 2, // letters that may be wrong
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&p.url, "url", "", "address of the API (USHER_URL)")
	flags.StringVar(&p.token, "token", "", "token to call with (USHER_TOKEN, which no list of processes shows)")
	flags.StringVar(&p.stack, "stack", "", "take the address from this deployed CloudFormation stack")
	flags.StringVar(&p.region, "region", "", "AWS region of the stack, or of the pool to sign in to (AWS_REGION)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misused("%s", ofFlag(err)) })
	root.AddGroup(
		&cobra.Group{ID: groupInvite, Title: "Invite:"}, &cobra.Group{ID: groupFollow, Title: "Follow:"},
		&cobra.Group{ID: groupMend, Title: "Mend:"}, &cobra.Group{ID: groupSetUp, Title: "Set up:"},
	)
	p.add(root, groupInvite, p.newSubmit(), p.newCheck(), p.newTemplate())
	p.add(root, groupFollow, p.newRequests(), p.newStatus(), p.newWatch(), p.newResults())
	p.add(root, groupMend, p.newFailures(), p.newRetry(), p.newResend(), p.newCancel(), p.newResume())
	p.add(root, groupSetUp, p.newLogin(), p.newLogout(), p.newDoctor(), p.newLocal(), p.newVersion())
	root.SetHelpCommandGroupID(groupSetUp)
	root.SetCompletionCommandGroupID(groupSetUp)
	return root
}

func (p *program) add(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
		root.AddCommand(c)
	}
}

// known refuses what is no command, with those that it may have been meant for.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("there is no command %q", args[0])
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		text += "; did you mean " + strings.Join(like, " or ") + "?"
	}
	return misused("%s", text)
}

// ofFlag is what is wrong with a flag, without how the program found out.
func ofFlag(err error) string {
	if parsing := errors.Unwrap(err); parsing != nil {
		return strings.TrimSuffix(err.Error(), ": "+parsing.Error())
	}
	return err.Error()
}

// exactly takes as many arguments as there are names for them.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return misused("%s is missing", names[len(args)])
		case len(args) > len(names):
			return misused("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// choice refuses a flag's value that is not among the choices.
func choice(flag, value string, choices ...string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return misused("--%s %q is not known; it is one of %s", flag, value, strings.Join(choices, ", "))
}

// say writes a message for the person, a line of its own.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.err, format+"\n", args...)
}

// newClient returns a client for the usher that flags and environment name.
func (p *program) newClient(ctx context.Context) (*client.Client, error) {
	t, err := p.findTarget(ctx)
	if err != nil {
		return nil, err
	}
	return client.New(client.Config{
		URL: t.url, Token: t.token, Agent: agent(), Trouble: p.toldTrouble, Patience: p.patience,
	})
}

// isTerminal reports whether a stream is a terminal, and as which file.
func isTerminal(stream any) (*os.File, bool) {
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}
