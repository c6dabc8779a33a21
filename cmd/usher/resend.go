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
	filter           string
	force, yes, anew bool
}

func (p *program) newResend() *cobra.Command {
	run := &resending{program: p}
	cmd := &cobra.Command{
		Use:   "resend ID --filter FILTER",
		Short: "Send new temporary passwords to people of a request who never signed in",
		Long: `Send new temporary passwords to people of a request who never signed in. It makes a
new request. Their old temporary passwords are void from then on.

Filters:
  expired        whose temporary password has expired
  not_signed_in  who were mailed and have not signed in
  not_mailed     who have a user, but the mail did not go out`,
		Example: "  usher resend 01JXYZ... --filter not_mailed\n  usher resend 01JXYZ... --filter expired --yes",
		Args:    exactly("ID"),
		RunE:    func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&run.filter, "filter", "", "whom to send to: expired, not_signed_in or not_mailed")
	flags.BoolVar(&run.force, "force", false, "also to those who were mailed a short while ago")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&run.anew, "new", false, "make a new request even if the same was asked before")
	run.waiting.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

// whom says in words whom each filter finds.
var whom = map[onboard.Filter]string{
	onboard.Expired:     "whose temporary password has expired",
	onboard.NotSignedIn: "who was mailed and has not signed in",
	onboard.Unmailed:    "whose mail did not go out",
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
	ask := client.Resend{Filter: onboard.Filter(s.filter), Force: s.force}
	if s.anew {
		ask.Key = rand.Text()
	}
	accepted, err := c.Resend(ctx, id, ask)
	if err != nil {
		return s.refused(ctx, c, id, err)
	}
	if accepted.Replayed {
		p.say("The same was asked before, at %s; this is what became of it. --new asks again.", stamped(accepted.Request.SubmittedAt))
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
		return misused("resend asks before it sends, and %w; add --yes", err)
	}
	defer a.close()
	p.say("Everybody of request %s %s gets a new temporary password by mail. The old ones are void from then on.",
		cleanLine(id), whom[onboard.Filter(s.filter)])
	agreed, err := a.agreed(ctx, "Go on?")
	if err == nil && !agreed {
		return endsWith(exitError, "nothing was sent")
	}
	return err
}

// refused says which filter finds more if this one finds nobody.
func (s *resending) refused(ctx context.Context, c *client.Client, id string, err error) error {
	if !isNotNow(err) || s.filter == string(onboard.NotSignedIn) {
		return s.program.notNow(ctx, c, id, err)
	}
	return fmt.Errorf("%w\n--filter %s finds everybody %s. How the request stands:\n  usher status %s",
		err, onboard.NotSignedIn, whom[onboard.NotSignedIn], id)
}
