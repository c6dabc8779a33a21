package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// The groups that the help shows commands in.
const (
	groupInvite = "invite"
	groupFollow = "follow"
	groupFix    = "fix"
	groupSetUp  = "set up"
)

func (p *program) newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "usher",
		Short: "Onboard people into an Amazon Cognito user pool",
		Long: `Onboard people into an Amazon Cognito user pool: hand over a file, see what would
happen, watch it happen, and fix the rows that did not.

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
		&cobra.Group{ID: groupFix, Title: "Fix:"}, &cobra.Group{ID: groupSetUp, Title: "Set up:"},
	)
	p.add(root, groupInvite, p.newSubmit(), p.newCheck(), p.newTemplate())
	p.add(root, groupFollow, p.newRequests(), p.newStatus(), p.newWatch(), p.newResults())
	p.add(root, groupFix, p.newFailures(), p.newRetry(), p.newResend(), p.newCancel(), p.newResume())
	p.add(root, groupSetUp, p.newLogin(), p.newLogout(), p.newDoctor(), p.newLocal(), p.newVersion())
	root.SetHelpCommandGroupID(groupSetUp)
	mendHelp(root)
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

// mendHelp has the command help refuse what is no command: cobra's own shows the
// help of all instead, and ends well.
func mendHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		return
	}
	help.Short = "Tell how a command is used"
	help.Long = "Tell how a command is used, with its flags and examples. Without a name it lists\nthe commands."
	help.Example = "  usher help submit"
	help.Args = func(_ *cobra.Command, args []string) error {
		if found, _, err := root.Find(args); err == nil && found != root {
			return nil
		}
		return known(root, args)
	}
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
