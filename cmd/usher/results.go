package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func (p *program) newFailures() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "failures ID",
		Short: "Write the rows that failed, ready to correct and submit again",
		Long: `Write the rows that failed: your own columns as you sent them, then state, code and
reason. Correct the rows and submit the file again; the three columns may stay.`,
		Example: `  usher failures 01JXYZ... --to failures.csv
  usher failures 01JXYZ... -o table`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.writeResults(cmd.Context(), args[0], to, onboard.Failed)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "write to this file, which only you can read")
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
		Short: "Write the rows of a request with what became of each",
		Long: `Write the rows of a request with what became of each: your own columns, then state,
code and reason. Rows whose turn has not come yet are not in it.`,
		Example: `  usher results 01JXYZ... --to results.csv
  usher results 01JXYZ... --state existing,duplicate
  usher results 01JXYZ... -o json`,
		Args: exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			chosen, err := statesOf(states)
			if err != nil {
				return err
			}
			return p.writeResults(cmd.Context(), args[0], to, chosen...)
		},
	}
	cmd.Flags().StringSliceVar(&states, "state", nil, "only rows in these states")
	cmd.Flags().StringVar(&to, "to", "", "write to this file, which only you can read")
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

func (p *program) writeResults(ctx context.Context, id, to string, states ...onboard.State) error {
	if to != "" && p.output != formCSV {
		return misused("--to writes csv; leave out -o")
	}
	c, err := p.newClient(ctx)
	if err != nil {
		return err
	}
	if p.output != formCSV {
		return p.listResults(ctx, c, id, states)
	}
	rows, err := c.Results(ctx, id, states...)
	if err != nil {
		return err
	}
	if to != "" {
		return writeWhole(to, rows)
	}
	_, err = p.out.Write(rows)
	return err
}

func (p *program) listResults(ctx context.Context, c *client.Client, id string, states []onboard.State) error {
	var list []client.Invitation
	for inv, err := range c.Invitations(ctx, id, states...) {
		if err != nil {
			return err
		}
		list = append(list, inv)
	}
	return p.writeInvitations(slices.Clip(list))
}

// writeWhole writes a file that only its owner can read, whole or not at all: it
// holds people's addresses.
func writeWhole(name string, content []byte) error {
	fresh, err := os.CreateTemp(filepath.Dir(name), ".usher-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = fresh.Write(content)
	if err = errors.Join(err, fresh.Close()); err == nil {
		err = os.Rename(fresh.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	return nil
}
