package main

import (
	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

func (p *program) newErase() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase ID",
		Short: "Erase the people of a request; only its counts are left",
		Long: `Erase the people of a request: addresses, names, attributes, the label and the
columns. What still waits is canceled. Number and outcome of each row stay, so that
counts do. The users in the pool are not touched.

It takes some minutes: usher status ID says when it is done. To erase one person from
all requests: usher person ADDRESS --erase`,
		Example: "  usher erase 01JXYZ...",
		Args:    exactly("ID"),

		ValidArgsFunction: p.completeIDs(func(r client.Request) bool { return r.ErasedAt.IsZero() }),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			c, err := p.newClient(ctx)
			if err != nil {
				return err
			}
			r, err := c.Request(ctx, args[0])
			if err != nil {
				return err
			}
			if !yes && r.ErasedAt.IsZero() {
				err := p.agree(ctx, "The "+rowsOf(r.Counts.Total())+" of "+r.ID+" are erased, and what still waits is canceled. It cannot be undone. The users in the pool are not touched.")
				if err != nil {
					return err
				}
			}
			if r, err = c.Erase(ctx, args[0]); err != nil {
				return p.notNow(ctx, c, args[0], err)
			}
			if p.output != formTable {
				return p.writeRequest(r)
			}
			if !r.ErasedAt.IsZero() {
				p.say("Erased at %s.", dayAndTime(r.ErasedAt))
				return nil
			}
			p.say("The request is being erased. It takes some minutes. To see whether it is done: usher status %s", r.ID)
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask for confirmation")
	p.addOutput(cmd, formTable)
	return cmd
}
