package main

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func (p *program) newRetry() *cobra.Command {
	return p.newAction(&cobra.Command{
		Use:   "retry ID",
		Short: "Try again what failed by no fault of its row",
		Long: `Try again the rows of a finished request that failed by no fault of their own, such
as those that the pool did not answer for. Rows that are wrong stay as they are:
correct them (usher failures) and submit them.`,
		Example: "  usher retry 01JXYZ...",
	}, (*client.Client).Retry)
}

func (p *program) newResume() *cobra.Command {
	return p.newAction(&cobra.Command{
		Use:     "resume ID",
		Short:   "Let a paused request go on",
		Long:    "Let a request go on that was paused because no row could pass, once that is mended.",
		Example: "  usher doctor && usher resume 01JXYZ...",
	}, (*client.Client).Resume)
}

// newAction makes a command that does something to a request and follows it.
func (p *program) newAction(cmd *cobra.Command, act func(*client.Client, context.Context, string) (client.Request, error)) *cobra.Command {
	var w waiting
	cmd.Args = exactly("ID")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.newClient(cmd.Context())
		if err != nil {
			return err
		}
		r, err := act(c, cmd.Context(), args[0])
		if err != nil {
			return err
		}
		_, err = p.await(cmd.Context(), c, r, w)
		return err
	}
	w.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

func (p *program) newCancel() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cancel ID",
		Short:   "Stop a request; who is invited stays invited",
		Long:    "Stop a request. Who is invited stays invited, and the rest is not.",
		Example: "  usher cancel 01JXYZ...",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			r, err := c.Cancel(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return p.writeRequest(r)
		},
	}
	p.addOutput(cmd, formTable)
	return cmd
}

func (p *program) newResend() *cobra.Command {
	var (
		w                waiting
		filter           string
		force, yes, anew bool
	)
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
		RunE: func(cmd *cobra.Command, args []string) error {
			err := choice("filter", filter, string(onboard.Expired), string(onboard.NotSignedIn), string(onboard.Unmailed))
			if err != nil {
				return err
			}
			if err := p.agreeToResend(cmd.Context(), args[0], filter, yes); err != nil {
				return err
			}
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			ask := client.Resend{Filter: onboard.Filter(filter), Force: force}
			if anew {
				ask.Key = rand.Text()
			}
			accepted, err := c.Resend(cmd.Context(), args[0], ask)
			if err != nil {
				return err
			}
			if accepted.Replayed {
				p.say("The same was asked before, at %s; this is what became of it. --new asks again.", stamped(accepted.Request.SubmittedAt))
			}
			_, err = p.await(cmd.Context(), c, accepted.Request, w)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&filter, "filter", "", "whom to send to: expired, not_signed_in or not_mailed")
	flags.BoolVar(&force, "force", false, "also to those who were mailed a short while ago")
	flags.BoolVarP(&yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&anew, "new", false, "make a new request even if the same was asked before")
	w.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

func (p *program) agreeToResend(ctx context.Context, id, filter string, yes bool) error {
	if yes {
		return nil
	}
	a, err := p.newAsker()
	if err != nil {
		return misused("resend asks before it sends, and %w; add --yes", err)
	}
	defer a.close()
	agreed, err := a.agreed(ctx, fmt.Sprintf("Everybody of request %s that the filter %s finds gets a new temporary password by mail; old ones are void. Go on?", id, filter))
	if err == nil && !agreed {
		return endsWith(exitError, "nothing was sent")
	}
	return err
}
