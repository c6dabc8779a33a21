package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/local"
	"usher.example/internal/onboard"
)

// demoPeople is how many people the made-up organization has unless --people says
// otherwise: enough that something goes wrong for many of them.
const demoPeople = 200

// newDemo returns the command that shows what usher does about faults.
func (p *program) newDemo() *cobra.Command {
	var people int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show how usher invites while things go wrong, without an AWS account",
		Long: `Run usher local with a made-up organization, and let things go wrong: calls to the
pool and their answers are lost, messages are delivered twice, and all workers are
killed in the middle of the work. Counters show what has happened, and at the end it
says what came of it, as counted at the pool and its mailbox. It takes two or three
minutes, because nobody may touch a killed worker's rows for a minute: its last calls
might still have an effect.

Nothing leaves this machine, and nothing is left on it. The exit code is 1 if anybody
was mailed twice or forgotten.`,
		Example: "  usher demo\n  usher demo --people 50",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if people < 1 || people > local.MostPeople {
				return misused("--people %d is not valid; give a number from 1 to %d", people, local.MostPeople)
			}
			return p.demo(cmd.Context(), people)
		},
	}
	cmd.Flags().IntVar(&people, "people", demoPeople, "how many people the organization has")
	return cmd
}

// demo runs a demo to its end.
func (p *program) demo(ctx context.Context, people int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d := local.NewDemo(people, slog.New(slog.DiscardHandler))
	url := "http://" + listener.Addr().String()
	serving, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	var served error
	running.Go(func() { served = d.Run(serving, listener) })
	r, err := p.demonstrate(ctx, d, url)
	stop()
	running.Wait()
	if err = errors.Join(err, served); err != nil {
		return err
	}
	return p.concludeDemo(r, d.Tally())
}

// demonstrate submits the organization and shows the counters until the request is done.
func (p *program) demonstrate(ctx context.Context, d *local.Demo, url string) (client.Request, error) {
	c, err := client.New(client.Config{URL: url, Agent: agent()})
	if err != nil {
		return client.Request{}, err
	}
	accepted, err := c.Submit(ctx, client.Submission{Body: []byte(d.List()), Type: typesByName["csv"], Label: "made-up university"})
	if err != nil {
		return client.Request{}, err
	}
	p.say("A made-up university submits %s. Calls to the pool and their answers get lost,\nmessages are delivered twice, and all workers are killed half-way. To watch it in\nthe browser:\n\n  %s/console/#/requests/%s\n",
		rowsOf(accepted.Request.Counts.Total()), url, accepted.Request.ID)
	show := p.newCounters()
	defer show.end()
	killed := false
	for {
		r, err := c.Request(ctx, accepted.Request.ID)
		if err != nil {
			return r, err
		}
		t := d.Tally()
		if t.Killed && !killed {
			killed = true
			show.note("All workers were killed. Others have taken over; the rows of the killed ones wait\nfor about a minute, until their last calls can no longer have an effect.")
		}
		show.update(counters(r, t), r.Done)
		if r.Done || !onboard.Sleep(ctx, time.Second) {
			return r, context.Cause(ctx)
		}
	}
}

// counters are the live counters, in one line.
func counters(r client.Request, t local.Tally) string {
	return fmt.Sprintf("%d of %d rows; mails per address: at most %d (%d sent); lost %d; doubled %d",
		r.Counts.Settled(), r.Counts.Total(), t.Most, t.Mails, t.Unanswered, t.Doubled)
}

// concludeDemo says what happened. It returns an error if a promise was broken.
func (p *program) concludeDemo(r client.Request, t local.Tally) error {
	invited := r.Counts[onboard.Invited]
	p.say("What happened:")
	for _, line := range []string{
		fmt.Sprintf("%s submitted: %d invited, %d twice in the list, %d with a typo", rowsOf(r.Counts.Total()), invited, r.Counts[onboard.Duplicate], r.Counts[onboard.Failed]),
		fmt.Sprintf("%s to the pool; %d got no answer", counted(t.Calls, "call", "calls"), t.Unanswered),
		fmt.Sprintf("%s delivered twice", counted(t.Doubled, "message was", "messages were")),
		fmt.Sprintf("all workers killed once, with %s under way whose answer nobody heard", counted(t.Unheard, "call", "calls")),
		fmt.Sprintf("%s in the pool, and %s sent to %d addresses", counted(t.Users, "account", "accounts"), counted(t.Mails, "mail", "mails"), t.Addresses),
		fmt.Sprintf("mails per address: at most %d", t.Most),
	} {
		p.say("  %s", line)
	}
	switch open := r.Counts.Total() - r.Counts.Settled() + r.Counts[onboard.Existing] + r.Counts[onboard.NotMailed]; {
	case t.Most > 1:
		return endsWith(exitError, "an address was mailed %d times; this is a bug", t.Most)
	case open > 0 || t.Users != invited || t.Addresses != invited:
		return endsWith(exitError, "%d invited, %d with an account, %d mailed: these differ; this is a bug", invited, t.Users, t.Addresses)
	}
	p.say("%s", p.green("Nobody was mailed twice, and nobody was forgotten."))
	return nil
}
