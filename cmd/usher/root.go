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
		Long: `Onboard people into an Amazon Cognito user pool: submit a file, see what would
happen, follow the invitations, and fix the rows that failed.

A file is CSV with a header (a column named email; optional: groups, ref, names and
other attributes of the pool), JSON, JSON lines, or plain text with one address per
line.

The address of usher and the token come from the flags, else from USHER_URL and
USHER_TOKEN, else from usher login.

Exit codes:
  0    every person is invited or had an account already
  1    an error, or you answered no
  2    the command line is wrong
  3    finished, but some rows failed, could not be mailed or were canceled
  4    the file is invalid, or for usher check: some rows are; nothing was sent
  5    stopped waiting, or the request is paused; see usher status
  6    only people who wait for mail are left; see usher status for the time
  130  interrupted; a request that was submitted continues`,
		Example: `  usher demo                               # see it work while things go wrong
  usher local                              # run this in another terminal to try
  export USHER_URL=http://127.0.0.1:8080
  usher template > people.csv              # then fill it in
  usher submit people.csv

  usher invite people.csv --pool eu-west-1_AbCd12345   # a real pool, no stack`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          known,

		SuggestionsMinimumDistance: 2, // wrong letters
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&p.url, "url", "", "address of the API (USHER_URL)")
	flags.StringVar(&p.token, "token", "", "token for the API (USHER_TOKEN; better, because process lists show flags)")
	flags.StringVar(&p.stack, "stack", "", "take the address from this deployed CloudFormation stack")
	flags.StringVar(&p.region, "region", "", "AWS region of the stack, or of the pool to sign in to (AWS_REGION)")
	flags.StringVar(&p.direct.pool, "pool", "", "use this user pool from this machine, without a stack (USHER_POOL)")
	flags.StringVar(&p.direct.profile, "profile", "", "with --pool: the AWS profile to use (AWS_PROFILE)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misused("%s", ofFlag(err)) })
	root.AddGroup(
		&cobra.Group{ID: groupInvite, Title: "Invite:"}, &cobra.Group{ID: groupFollow, Title: "Follow:"},
		&cobra.Group{ID: groupFix, Title: "Fix:"}, &cobra.Group{ID: groupSetUp, Title: "Set up:"},
	)
	p.add(root, groupInvite, p.newSubmit(), p.newInvite(), p.newCheck(), p.newTemplate())
	p.add(root, groupFollow, p.newRequests(), p.newStatus(), p.newWatch(), p.newResults(), p.newPerson(), p.newSignIns())
	p.add(root, groupFix, p.newFailures(), p.newRetry(), p.newResend(), p.newCancel(), p.newResume(), p.newErase())
	p.add(root, groupSetUp, p.newLogin(), p.newLogout(), p.newDoctor(), p.newDemo(), p.newLocal(), p.newServe(), p.newBackup(), p.newVersion())
	usage := strings.ReplaceAll(root.UsageTemplate(), "Flags.FlagUsages |", fmt.Sprintf("Flags.FlagUsagesWrapped %d |", screenColumns))
	root.SetUsageTemplate(usage)
	root.SetHelpCommandGroupID(groupSetUp)
	strictHelp(root)
	reflow(root)
	root.SetCompletionCommandGroupID(groupSetUp)
	return root
}

// reflow folds the texts of all commands for a screen. Lines that are indented stay as
// they are.
func reflow(cmd *cobra.Command) {
	var lines []string
	open := false // the last line is prose that continues
	for line := range strings.SplitSeq(cmd.Long, "\n") {
		prose := line != "" && !strings.HasPrefix(line, " ")
		if prose && open {
			lines[len(lines)-1] += " " + line
		} else {
			lines = append(lines, line)
		}
		open = prose
	}
	cmd.Long = folded(strings.Join(lines, "\n"), screenColumns)
	for _, sub := range cmd.Commands() {
		reflow(sub)
	}
}

func (p *program) add(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
		root.AddCommand(c)
	}
}

// known refuses an unknown command and suggests similar ones.
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

// strictHelp makes the help command refuse unknown commands. Cobra's own prints the
// general help instead, and succeeds.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil {
		return
	}
	help.Short = "Show how to use a command"
	help.Long = "Show how to use a command, with its flags and examples. Without a command, list all\ncommands."
	help.Example = "  usher help submit"
	help.Args = func(_ *cobra.Command, args []string) error {
		if found, _, err := root.Find(args); err == nil && found != root {
			return nil
		}
		return known(root, args)
	}
}

// ofFlag words an error of a flag without the error of its parser.
func ofFlag(err error) string {
	if parsing := errors.Unwrap(err); parsing != nil {
		return strings.TrimSuffix(err.Error(), ": "+parsing.Error())
	}
	return err.Error()
}

// exactly accepts as many arguments as there are names.
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

// choice refuses a value of a flag that is not one of the choices.
func choice(flag, value string, choices ...string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return misused("--%s %q is not valid; use one of: %s", flag, value, strings.Join(choices, ", "))
}
