package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// resending is one run of resend: its flags.
type resending struct {
	program *program

	waiting
	filter              string
	force, yes, makeNew bool
}

func (p *program) newResend() *cobra.Command {
	run := &resending{program: p}
	cmd := &cobra.Command{
		Use:   "resend ID --filter FILTER",
		Short: "Send new temporary passwords to people who never signed in",
		Long: `Send new temporary passwords to people of a request who never signed in. This makes
a new request. The old temporary passwords stop working.

Filters:
  expired        people whose temporary password has expired
  not_signed_in  people who were mailed but have not signed in
  not_mailed     people who have an account but could not be mailed`,
		Example: "  usher resend 01JXYZ... --filter not_mailed\n  usher resend 01JXYZ... --filter expired --yes",
		Args:    exactly("ID"),
		RunE:    func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&run.filter, "filter", "", "who gets a new password: expired, not_signed_in or not_mailed")
	flags.BoolVar(&run.force, "force", false, "also send to people who were mailed less than 24 hours ago")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask for confirmation")
	flags.BoolVar(&run.makeNew, "new", false, "make a new request even if you sent the same before")
	run.waiting.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

// chosenBy describes the people that each filter chooses.
var chosenBy = map[onboard.Filter]string{
	onboard.Expired:     "whose temporary password has expired",
	onboard.NotSignedIn: "who were mailed but have not signed in",
	onboard.Unmailed:    "who could not be mailed",
}

func (s *resending) run(ctx context.Context, id string) error {
	p := s.program
	err := choice("filter", s.filter, string(onboard.Expired), string(onboard.NotSignedIn), string(onboard.Unmailed))
	if err != nil {
		return err
	}
	c, err := p.newClient(ctx)
	if err != nil {
		return err
	}
	if err := s.agree(ctx, id); err != nil {
		return err
	}
	resend := client.Resend{Filter: onboard.Filter(s.filter), Force: s.force}
	if s.makeNew {
		resend.Key = rand.Text()
	}
	accepted, err := c.Resend(ctx, id, resend)
	if err != nil {
		return s.refused(ctx, c, id, err)
	}
	if accepted.Replayed {
		p.say("You sent the same before, at %s; this is that request. To send it again, add --new.", stamped(accepted.Request.SubmittedAt))
	}
	return p.await(ctx, c, accepted.Request, s.waiting)
}

func (s *resending) agree(ctx context.Context, id string) error {
	if s.yes {
		return nil
	}
	p := s.program
	a, err := p.newAsker()
	if err != nil {
		return misused("cannot ask for confirmation: %w; add --yes", err)
	}
	defer a.close()
	p.say("All people of request %s %s get a new temporary password by mail. Their old ones stop working.",
		cleanLine(id), chosenBy[onboard.Filter(s.filter)])
	agreed, err := a.agreed(ctx, "Continue?")
	if err == nil && !agreed {
		return endsWith(exitError, "nothing was sent")
	}
	return err
}

// refused suggests the widest filter if this one chooses no one.
func (s *resending) refused(ctx context.Context, c *client.Client, id string, err error) error {
	if !isNotNow(err) || s.filter == string(onboard.NotSignedIn) {
		return s.program.notNow(ctx, c, id, err)
	}
	return fmt.Errorf("%w\n--filter %s chooses all people %s. To see the request:\n  usher status %s",
		err, onboard.NotSignedIn, chosenBy[onboard.NotSignedIn], id)
}
