package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

// scanPoll is how often the command looks whether its scan has ended; the requeuer
// begins one within a minute.
const scanPoll = 5 * time.Second

func (p *program) newSignIns() *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "signed-in ID",
		Short: "Find out how many people of a request have signed in",
		Long: `Find out how many people of a request have signed in. usher lists the pool's users
who have not, which takes a minute or two and bills nobody. A person who is missing
from that list has signed in, or was deleted. To see who: usher results ID.`,
		Example: "  usher signed-in 01JXYZ...\n  usher resend 01JXYZ... --filter not_signed_in",
		Args:    exactly("ID"),

		ValidArgsFunction: p.completeIDs(anyRequest),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			r, err := p.scan(cmd.Context(), c, args[0], timeout)
			if err != nil {
				return err
			}
			return p.writeRequest(r)
		},
	}
	cmd.Flags().DurationVar(&timeout, "timeout", 10*time.Minute, "how long to wait; the scan continues")
	p.addOutput(cmd, formTable)
	return cmd
}

// scan asks for a scan and waits for its end. When the time is up it returns what is
// known.
func (p *program) scan(ctx context.Context, c *client.Client, id string, timeout time.Duration) (client.Request, error) {
	r, err := c.Scan(ctx, id)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	tick := time.NewTicker(scanPoll)
	defer tick.Stop()
	for r.SignIns != nil && r.SignIns.Scanning {
		select {
		case <-ctx.Done():
			p.say("The scan is not done yet. See usher status %s later.", id)
			return r, nil
		case <-tick.C:
		}
		next, err := c.Request(ctx, id)
		switch {
		case err != nil && ctx.Err() != nil:
		case err != nil:
			return r, err
		default:
			r = next
		}
	}
	return r, nil
}

// signInsText says who has signed in, "" if nobody asked.
func signInsText(s *client.SignIns) string {
	switch {
	case s == nil:
		return ""
	case s.AsOf.IsZero():
		return "usher is finding out"
	}
	text := fmt.Sprintf("%d yes, %d no", s.Yes, s.No)
	if s.Expired > 0 {
		text += fmt.Sprintf(" (%d with an expired password)", s.Expired)
	}
	return text + fmt.Sprintf(", %d unknown; as of %s", s.Unknown, stamped(s.AsOf))
}
