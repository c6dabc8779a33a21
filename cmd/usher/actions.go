package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
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
		Long:    "Let a request go on that was paused because no row could pass, once that is fixed.",
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
			return p.notNow(cmd.Context(), c, args[0], err)
		}
		return p.await(cmd.Context(), c, r, w)
	}
	w.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

func (p *program) newCancel() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cancel ID",
		Short:   "Stop a request; who is invited stays invited",
		Long:    "Stop a request. Who is invited stays invited, rows that are on their way at that\nmoment may still be, and the rest is not.",
		Example: "  usher cancel 01JXYZ...",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			r, err := c.Cancel(cmd.Context(), args[0])
			if err != nil {
				return p.notNow(cmd.Context(), c, args[0], err)
			}
			err = p.writeRequest(r)
			p.hint(r, "")
			return err
		},
	}
	p.addOutput(cmd, formTable)
	return cmd
}

// notNow turns the refusal of an action that makes no sense as the request stands
// into what does: it tells both, and returns an error that needs no more words.
// Another error it returns as it is.
func (p *program) notNow(ctx context.Context, c *client.Client, id string, err error) error {
	if !isNotNow(err) {
		return err
	}
	r, unknown := c.Request(ctx, id)
	if unknown != nil {
		return err
	}
	p.complain(err.Error())
	p.hint(r, "")
	return &ended{code: exitError}
}

func isNotNow(err error) bool {
	var refused *client.Error
	return errors.As(err, &refused) && refused.Code == "not_now"
}
