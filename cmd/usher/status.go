package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
)

func (p *program) newStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "status ID",
		Short:   "Tell how a request stands",
		Long:    "Tell how a request stands at this moment, and what to do about what did not work.",
		Example: "  usher status 01JXYZ...\n  usher status 01JXYZ... -o json | jq .counts",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			r, err := c.Request(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if err := p.writeRequest(r); err != nil {
				return err
			}
			p.hint(r, "")
			return nil
		},
	}
	p.addOutput(cmd, formTable)
	return cmd
}

func (p *program) newWatch() *cobra.Command {
	var w waiting
	cmd := &cobra.Command{
		Use:     "watch ID",
		Short:   "Follow a request to its end",
		Long:    "Follow a request to its end. Ctrl-C ends the watching and not the request.",
		Example: "  usher watch 01JXYZ...\n  usher watch 01JXYZ... --timeout 10m || echo \"exit code $?\"",
		Args:    exactly("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			return p.await(cmd.Context(), c, client.Request{ID: args[0]}, w)
		},
	}
	w.addTimeout(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

// writeRequest writes one request in the form that was asked for.
func (p *program) writeRequest(r client.Request) error {
	switch p.output {
	case formJSON:
		return writeJSON(p.out, r)
	case formCSV:
		return writeCSV(p.out, requestRows([]client.Request{r}))
	}
	rows := [][]string{{"request", r.ID}, {"state", string(r.State)}}
	add := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	add("label", r.Label)
	add("submitted", stamped(r.SubmittedAt)+" by "+r.SubmittedBy)
	if !r.FinishedAt.IsZero() {
		add("finished", stamped(r.FinishedAt)+", "+after(r.FinishedAt.Sub(r.SubmittedAt)))
	}
	if r.Pause != nil {
		add("paused", r.Pause.Reason)
	}
	add("rows", fmt.Sprint(r.Counts.Total))
	for _, o := range outcomes(r.Counts) {
		add("  "+o[0], o[1])
	}
	add("codes", listed(r.Codes))
	return writeTable(p.out, rows)
}

// after is how long a request took, for people.
func after(d time.Duration) string {
	if d = d.Round(100 * time.Millisecond); d > 0 {
		return "after " + d.String()
	}
	return "at once"
}
