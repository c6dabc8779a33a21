package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// resending is one run of resend: its flags.
type resending struct {
	program *program

	asker *asker // nil with --yes

	waiting
	filter              string
	force, yes, makeNew bool
}

func (p *program) newResend() *cobra.Command {
	run := &resending{program: p}
	cmd := &cobra.Command{
		Use:   "resend ID",
		Short: "Send new temporary passwords to people who never signed in",
		Long: `Send new temporary passwords to people of a request who never signed in. This makes
a new request. The old temporary passwords stop working. Without --filter, usher asks
who should get one.

Filters:
  expired        people whose temporary password has expired
  not_signed_in  people who were mailed but have not signed in
  not_mailed     people who have an account but could not be mailed`,
		Example: "  usher resend 01JXYZ... --filter not_mailed\n  usher resend 01JXYZ... --filter expired --yes",
		Args:    exactly("ID"),

		ValidArgsFunction: p.completeIDs(doneRequest),
		RunE:              func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&run.filter, "filter", "", "who gets a new password: expired, not_signed_in or not_mailed")
	offerValues(cmd, "filter", filterNames()...)
	flags.BoolVar(&run.force, "force", false, "also send to people who were mailed less than 24 hours ago")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask for confirmation")
	flags.BoolVar(&run.makeNew, "new", false, "make a new request even if you sent the same before")
	run.waiting.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

// filters are those of a resend, in the order in which they are offered.
var filters = []onboard.Filter{onboard.Expired, onboard.NotSignedIn, onboard.Unmailed}

// chosenBy describes the people that each filter chooses.
var chosenBy = map[onboard.Filter]string{
	onboard.Expired:     "whose temporary password has expired",
	onboard.NotSignedIn: "without a sign-in since their mail",
	onboard.Unmailed:    "with an account but without a mail",
}

func filterNames() []string {
	var names []string
	for _, f := range filters {
		names = append(names, string(f))
	}
	return names
}

func (s *resending) run(ctx context.Context, id string) (err error) {
	p := s.program
	if s.filter != "" {
		if err := choice("filter", s.filter, filterNames()...); err != nil {
			return err
		}
	}
	if !s.yes {
		if s.asker, err = p.newAsker(); err != nil {
			return misused("cannot ask for confirmation: %w; add --filter and --yes", err)
		}
		defer s.asker.close()
	} else if s.filter == "" {
		return misused("--filter is missing; use one of: %s", strings.Join(filterNames(), ", "))
	}
	c, err := p.newClient(ctx)
	if err != nil {
		return err
	}
	if err := s.agree(ctx, c, id); err != nil {
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

// agree asks who should get a mail, unless a filter says so, and then, with their number,
// whether to send it.
func (s *resending) agree(ctx context.Context, c *client.Client, id string) error {
	if s.yes {
		return nil
	}
	if s.filter == "" {
		if err := s.choose(ctx, c, id); err != nil {
			return err
		}
	}
	people, err := c.ResendCount(ctx, id, onboard.Filter(s.filter))
	if err != nil {
		return s.refused(ctx, c, id, err)
	}
	if people == 0 {
		return nil // usher says why, and who else could be mailed
	}
	text := fmt.Sprintf("New temporary passwords are mailed to %s %s. The old passwords stop working.", peopleOf(people), chosenBy[onboard.Filter(s.filter)])
	if !s.force {
		text += " Those who were mailed less than 24 hours ago get no mail without --force."
	}
	s.program.say("%s", text)
	agreed, err := s.asker.agreed(ctx, "Mail "+peopleOf(people)+" again?")
	if err == nil && !agreed {
		return endsWith(exitError, "nothing was sent")
	}
	return err
}

// choose asks who should get a mail.
func (s *resending) choose(ctx context.Context, c *client.Client, id string) error {
	s.program.say("Who should get a new temporary password?")
	for i, filter := range filters {
		people, err := c.ResendCount(ctx, id, filter)
		if err != nil {
			return s.refused(ctx, c, id, err)
		}
		s.program.say("  %d  %s %s (--filter %s)", i+1, peopleOf(people), chosenBy[filter], filter)
	}
	text, err := s.asker.answer(ctx, fmt.Sprintf("Number, or nothing to stop [1-%d]: ", len(filters)), false)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > len(filters) {
		return endsWith(exitError, "nothing was sent")
	}
	s.filter = string(filters[n-1])
	return nil
}

// refused suggests the widest filter if this one chooses no one.
func (s *resending) refused(ctx context.Context, c *client.Client, id string, err error) error {
	if !isNotNow(err) || s.filter == string(onboard.NotSignedIn) {
		return s.program.notNow(ctx, c, id, err)
	}
	return fmt.Errorf("%w\n--filter %s chooses all people %s. To see the request:\n  usher status %s",
		err, onboard.NotSignedIn, chosenBy[onboard.NotSignedIn], id)
}
