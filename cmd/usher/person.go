package main

import (
	"context"
	"crypto/rand"
	"strconv"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

// aboutPerson is one run of person: its flags.
type aboutPerson struct {
	program *program

	waiting
	resend, cancel, force, yes bool
}

func (p *program) newPerson() *cobra.Command {
	run := &aboutPerson{program: p}
	cmd := &cobra.Command{
		Use:   "person ADDRESS",
		Short: "Show what became of one person, mail or cancel them",
		Long: `Show what became of one person, over all requests: when they were invited and by
whom, whether they have signed in, and until when their password works.

  --resend  mail them a new temporary password; the old one stops working
  --cancel  cancel what still waits for them, in every request`,
		Example: "  usher person ann@example.org\n  usher person ann@example.org --resend",
		Args:    exactly("ADDRESS"),
		RunE:    func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&run.resend, "resend", false, "mail the person a new temporary password")
	flags.BoolVar(&run.cancel, "cancel", false, "cancel what still waits for the person")
	flags.BoolVar(&run.force, "force", false, "with --resend: also if the last mail is less than 24 hours old")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask for confirmation")
	cmd.MarkFlagsMutuallyExclusive("resend", "cancel")
	run.waiting.addTo(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

func (a *aboutPerson) run(ctx context.Context, email string) error {
	p := a.program
	if a.force && !a.resend {
		return misused("--force goes with --resend")
	}
	c, err := p.newClient(ctx)
	if err != nil {
		return err
	}
	switch {
	case a.resend:
		if err := a.agree(ctx, email, "gets a new temporary password by mail. The old one stops working."); err != nil {
			return err
		}
		sent, err := c.ResendToPerson(ctx, email, a.force, rand.Text())
		if err != nil {
			return err
		}
		return p.await(ctx, c, sent, a.waiting)
	case a.cancel:
		if err := a.agree(ctx, email, "is not invited where the invitation still waits. What was sent stays sent."); err != nil {
			return err
		}
		canceled, err := c.CancelPerson(ctx, email)
		if err != nil {
			return err
		}
		p.say("Canceled: %s.", rowsOf(canceled.Rows))
	}
	return p.showPerson(ctx, c, email)
}

// agree asks for confirmation; what happens is said of the address.
func (a *aboutPerson) agree(ctx context.Context, email, what string) error {
	if a.yes {
		return nil
	}
	p := a.program
	asker, err := p.newAsker()
	if err != nil {
		return misused("cannot ask for confirmation: %w; add --yes", err)
	}
	defer asker.close()
	p.say("%s %s", cleanLine(email), what)
	agreed, err := asker.agreed(ctx, "Continue?")
	if err == nil && !agreed {
		return endsWith(exitError, "nothing was done")
	}
	return err
}

func (p *program) showPerson(ctx context.Context, c *client.Client, email string) error {
	person, err := c.Person(ctx, email)
	if err != nil {
		return err
	}
	switch p.output {
	case formJSON:
		return writeJSON(p.out, person)
	case formCSV:
		return writeCSV(p.out, personRows(person))
	}
	if err := writeTable(p.out, [][]string{{person.Email}, {person.Summary}}); err != nil {
		return err
	}
	if len(person.Rows) == 0 {
		return nil
	}
	rows := [][]string{{"REQUEST", "ROW", "STATE", "SUBMITTED", "BY", "LABEL"}}
	for _, row := range person.Rows {
		rows = append(rows, []string{
			row.RequestID, rowNumber(row), string(row.Invitation.State), stamped(row.SubmittedAt), row.SubmittedBy, row.Label,
		})
	}
	p.say("")
	return writeTable(p.out, rows)
}

// personRows are a person's rows as the rows of a CSV, its header first.
func personRows(person client.Person) [][]string {
	rows := [][]string{{"request_id", "row", "email", "state", "code", "reason", "submitted_at", "submitted_by", "label"}}
	for _, row := range person.Rows {
		inv := row.Invitation
		rows = append(rows, []string{
			row.RequestID, rowNumber(row), inv.Email, string(inv.State), string(inv.Code), inv.Reason,
			machineTime(row.SubmittedAt), row.SubmittedBy, row.Label,
		})
	}
	return rows
}

func rowNumber(row client.PersonRow) string { return strconv.Itoa(row.Invitation.Row) }
