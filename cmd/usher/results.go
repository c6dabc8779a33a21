package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func (p *program) newFailures() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "failures ID",
		Short: "Write the rows that failed or bounced, to correct and submit again",
		Long: `Write the rows that failed and those whose mail bounced: your columns as you sent
them, then state, code and reason, and delivery if the sender reports it. Correct the
rows and submit the file; these columns may stay. People who have an account but could
not be mailed are not included: see usher resend.`,
		Example: `  usher failures 01JXYZ... --to failures.csv
  usher failures 01JXYZ... -o table`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, rows, err := p.writeRows(cmd.Context(), to, toCorrect(args[0]))
			if err != nil {
				return err
			}
			return p.sayFailures(cmd.Context(), c, args[0], to, rows)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "write to this file; only you can read it")
	p.addOutput(cmd, formCSV)
	return cmd
}

func (p *program) newResults() *cobra.Command {
	var (
		to     string
		states []string
	)
	cmd := &cobra.Command{
		Use:   "results ID",
		Short: "Write the rows of a request with their outcomes",
		Long: `Write the rows of a request with their outcomes: your columns, then state, code and
reason, and delivery if the sender reports what becomes of the mails. Rows that are not
attempted yet have the state pending.`,
		Example: `  usher results 01JXYZ... --to results.csv
  usher results 01JXYZ... --state existing,duplicate
  usher results 01JXYZ... -o json`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := statesOf(states)
			if err != nil {
				return err
			}
			_, rows, err := p.writeRows(cmd.Context(), to, inStates(args[0], chosen))
			if err == nil && to != "" {
				p.say("%s: %s", cleanLine(to), rowsOf(rows))
			}
			return err
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only rows in these states, such as failed,not_mailed")
	cmd.Flags().StringVar(&to, "to", "", "write to this file; only you can read it")
	p.addOutput(cmd, formCSV)
	return cmd
}

func statesOf(words []string) ([]onboard.State, error) {
	var known []string
	for _, s := range onboard.States {
		known = append(known, string(s))
	}
	var states []onboard.State
	for _, word := range words {
		if err := choice("state", word, known...); err != nil {
			return nil, err
		}
		states = append(states, onboard.State(word))
	}
	return states, nil
}

// sayFailures says what to do with the rows, which were written to the file to or,
// if that is "", to standard output.
func (p *program) sayFailures(ctx context.Context, c *client.Client, id, to string, rows int) error {
	_, seen := isTerminal(p.out)
	switch {
	case rows == 0:
		p.say("No rows failed. To see the status of the request:\n  usher status %s", id)
	case to != "":
		r, err := c.Request(ctx, id) // with what was said of the columns
		if err != nil {
			return err
		}
		p.sayCorrect(r, to, rows)
	case seen || p.output != formCSV:
		p.say("%s to correct. To write them to a file:\n  usher failures %s --to failures.csv", rowsOf(rows), id)
	default:
		p.say("%s to correct. Then submit the file with usher submit.", rowsOf(rows))
	}
	return nil
}

// rowsChosen are rows of a request, as CSV and one by one.
type rowsChosen struct {
	csv  func(context.Context, *client.Client) ([]byte, error)
	each func(context.Context, *client.Client) iter.Seq2[client.Invitation, error]
}

func inStates(id string, states []onboard.State) rowsChosen {
	return rowsChosen{
		csv: func(ctx context.Context, c *client.Client) ([]byte, error) { return c.Results(ctx, id, states...) },
		each: func(ctx context.Context, c *client.Client) iter.Seq2[client.Invitation, error] {
			return c.Invitations(ctx, id, states...)
		},
	}
}

func toCorrect(id string) rowsChosen {
	return rowsChosen{
		csv: func(ctx context.Context, c *client.Client) ([]byte, error) { return c.ResultsToCorrect(ctx, id) },
		each: func(ctx context.Context, c *client.Client) iter.Seq2[client.Invitation, error] {
			return c.InvitationsToCorrect(ctx, id)
		},
	}
}

// writeRows writes rows and returns their number, and the client that read them.
func (p *program) writeRows(ctx context.Context, to string, chosen rowsChosen) (c *client.Client, rows int, err error) {
	if to != "" && p.output != formCSV {
		return nil, 0, misused("--to writes CSV; remove -o")
	}
	if c, err = p.newClient(ctx); err != nil {
		return nil, 0, err
	}
	if p.output != formCSV {
		rows, err = p.listRows(chosen.each(ctx, c))
		return c, rows, err
	}
	export, err := chosen.csv(ctx, c)
	if err != nil {
		return nil, 0, err
	}
	if to != "" {
		err = writeWhole(to, export)
	} else {
		_, err = p.out.Write(export)
	}
	return c, rowsIn(export), err
}

func (p *program) listRows(each iter.Seq2[client.Invitation, error]) (rows int, err error) {
	var list []client.Invitation
	for inv, err := range each {
		if err != nil {
			return 0, err
		}
		list = append(list, inv)
	}
	return len(list), p.writeInvitations(list)
}

// rowsIn counts the rows of an export below its header. A row may have more cells
// than the header, because it comes back as it was sent.
func rowsIn(export []byte) int {
	export = bytes.TrimPrefix(export, []byte("\ufeff"))
	records := csv.NewReader(bytes.NewReader(export))
	for _, separator := range ",;\t" { // the header ends with our own columns
		ours := fmt.Appendf(nil, "state%ccode%[1]creason", separator)
		if bytes.Contains(export, append(ours, "\r\n"...)) || bytes.Contains(export, fmt.Appendf(ours, "%c", separator)) {
			records.Comma = separator
			break
		}
	}
	records.ReuseRecord, records.FieldsPerRecord = true, -1
	n := -1
	for _, err := records.Read(); err == nil; _, err = records.Read() {
		n++
	}
	return max(n, 0)
}
