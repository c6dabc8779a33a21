package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func (p *program) newStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "status ID",
		Short:   "Show a request",
		Long:    "Show the state and counts of a request, and what to do about rows that failed.",
		Example: "  usher status 01JXYZ...\n  usher status 01JXYZ... -o json | jq .counts",
		Args:    exactly("ID"),

		ValidArgsFunction: p.completeIDs(anyRequest),
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
			if !r.ErasedAt.IsZero() && p.output == formTable {
				p.say("Its people were erased on %s. Only counts are left.", dayAndTime(r.ErasedAt))
				return nil
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
		Short:   "Follow a request until it is done",
		Long:    "Follow a request until it is done or paused, or until only rows are left that wait\nfor mail (exit code 6; --wait-for-all waits for those, too). Ctrl-C stops watching;\nthe request continues.",
		Example: "  usher watch 01JXYZ...\n  usher watch 01JXYZ... --timeout 10m || echo \"exit code $?\"",
		Args:    exactly("ID"),

		ValidArgsFunction: p.completeIDs(openRequest),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			return p.await(cmd.Context(), c, client.Request{ID: args[0]}, w)
		},
	}
	w.addWait(cmd)
	p.addOutput(cmd, formTable)
	return cmd
}

// writeRequest writes one request in the chosen format.
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
	if wait := waitOf(r); wait != "" {
		add("waiting", wait)
	}
	if r.SecondsLeft != nil {
		add("left", "about "+about(max(*r.SecondsLeft, 1)))
	}
	add("rows", fmt.Sprint(r.Counts.Total()))
	for _, o := range outcomes(r.Counts) {
		add("  "+o[0], o[1])
	}
	for _, says := range onboard.MailDeliveries {
		if n := r.Deliveries[says]; n > 0 {
			add("mails "+string(says), fmt.Sprint(n))
		}
	}
	add("codes", listed(r.Codes))
	add("signed in", signInsText(r.SignIns))
	return writeTable(p.out, rows, p.columnsOf(p.out))
}

// after says how long a request took.
func after(d time.Duration) string {
	if d = d.Round(100 * time.Millisecond); d > 0 {
		return "after " + d.String()
	}
	return "at once"
}
