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
		Short: "Try rows again that failed through no fault of their own",
		Long: `Try again the rows of a finished request that failed through no fault of their own,
for example because Cognito did not answer. Rows with errors stay as they are:
correct them (usher failures) and submit them.`,
		Example: "  usher retry 01JXYZ...",
	}, doneRequest, (*client.Client).Retry)
}

func (p *program) newResume() *cobra.Command {
	return p.newAction(&cobra.Command{
		Use:     "resume ID",
		Short:   "Continue a paused request",
		Long:    "Continue a paused request. First fix what paused it: usher status ID shows the reason.",
		Example: "  usher doctor && usher resume 01JXYZ...",
	}, pausedOnly, (*client.Client).Resume)
}

// newAction makes a command that acts on a request, of which isFor says whether it can
// be for it, and then follows it.
func (p *program) newAction(cmd *cobra.Command, isFor func(client.Request) bool, act func(*client.Client, context.Context, string) (client.Request, error)) *cobra.Command {
	var w waiting
	cmd.Args = exactly("ID")
	cmd.ValidArgsFunction = p.completeIDs(isFor)
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
		Short:   "Stop a request; people already invited stay invited",
		Long:    "Stop a request. People who are already invited stay invited. Rows that are being\nprocessed at that moment may still be invited. No other row is.",
		Example: "  usher cancel 01JXYZ...",
		Args:    exactly("ID"),

		ValidArgsFunction: p.completeIDs(openRequest),
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

// notNow explains why an action is refused in the request's present state: it
// prints the refusal and what can be done instead, and returns an error without
// text. It returns any other error as it is.
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
