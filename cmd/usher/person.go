package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

// aboutPerson is one run of person: its flags.
type aboutPerson struct {
	program *program

	waiting
	resend, cancel, export, erase, force, yes bool
}

func (p *program) newPerson() *cobra.Command {
	run := &aboutPerson{program: p}
	cmd := &cobra.Command{
		Use:   "person ADDRESS",
		Short: "Show what became of one person, mail, cancel or erase them",
		Long: `Show what became of one person, over all requests: when they were invited and by
whom, whether they have signed in, and until when their password works.

  --resend  mail them a new temporary password; the old one stops working
  --cancel  cancel what still waits for them, in every request
  --export  write all that usher keeps of them, as JSON
  --erase   erase all that usher keeps of them; the user in the pool stays`,
		Example: "  usher person ann@example.org\n  usher person ann@example.org --resend",
		Args:    exactly("ADDRESS"),
		RunE:    func(cmd *cobra.Command, args []string) error { return run.run(cmd.Context(), args[0]) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&run.resend, "resend", false, "mail the person a new temporary password")
	flags.BoolVar(&run.cancel, "cancel", false, "cancel what still waits for the person")
	flags.BoolVar(&run.export, "export", false, "write all that usher keeps of the person, as JSON")
	flags.BoolVar(&run.erase, "erase", false, "erase all that usher keeps of the person")
	flags.BoolVar(&run.force, "force", false, "with --resend: also if the last mail is less than 24 hours old")
	flags.BoolVarP(&run.yes, "yes", "y", false, "do not ask for confirmation")
	cmd.MarkFlagsMutuallyExclusive("resend", "cancel", "export", "erase")
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
	case a.export:
		rows, err := c.ExportPerson(ctx, email)
		if err != nil {
			return err
		}
		return writeJSON(p.out, struct {
			Email string            `json:"email"`
			Rows  []json.RawMessage `json:"rows"`
		}{email, rows})
	case a.erase:
		if err := a.agree(ctx, email, "is erased from every request, and what still waits is canceled. Number and outcome of each row stay, so that counts do. The user in the pool is not touched."); err != nil {
			return err
		}
		erasure, err := c.ErasePerson(ctx, email)
		if err != nil {
			return err
		}
		if p.output == formJSON {
			return writeJSON(p.out, erasure)
		}
		p.say("%s", erasure.Summary)
		p.say("To delete the user too:\n  aws cognito-idp admin-delete-user --user-pool-id POOL --username ADDRESS")
		p.say("To see how far it is: usher person ADDRESS")
		return nil
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
	return a.program.agree(ctx, cleanLine(email)+" "+what)
}

// agree says what will happen and asks for confirmation.
func (p *program) agree(ctx context.Context, what string) error {
	asker, err := p.newAsker()
	if err != nil {
		return misused("cannot ask for confirmation: %w; add --yes", err)
	}
	defer asker.close()
	p.say("%s", what)
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
	if err := writeTable(p.out, [][]string{{person.Email}, {person.Summary}}, p.columnsOf(p.out)); err != nil {
		return err
	}
	if person.Erasure != nil {
		p.say("\n%s", person.Erasure.Summary)
	}
	if len(person.Rows) == 0 {
		return nil
	}
	rows := [][]string{{"REQUEST", "ROW", "STATE", "SUBMITTED", "LABEL (BY)"}}
	for _, row := range person.Rows {
		rows = append(rows, []string{
			row.RequestID, rowNumber(row), string(row.Invitation.State), dayAndTime(row.SubmittedAt), strings.TrimSpace(row.Label + " (" + row.SubmittedBy + ")"),
		})
	}
	p.say("")
	return writeTable(p.out, rows, p.columnsOf(p.out))
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
