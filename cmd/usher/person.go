package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

func (p *program) newPerson() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "person ADDRESS",
		Short: "Show what became of one person",
		Long: `Show what became of one person, over all requests: when they were invited and by
whom, whether they have signed in, and until when their password works.`,
		Example: "  usher person ann@example.org\n  usher person ann@example.org -o json | jq .summary",
		Args:    exactly("ADDRESS"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			return p.showPerson(cmd.Context(), c, args[0])
		},
	}
	p.addOutput(cmd, formTable)
	return cmd
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
