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
			p.hint(r)
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
			_, err = p.await(cmd.Context(), c, client.Request{ID: args[0]}, w)
			return err
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
		add("finished", fmt.Sprintf("%s, after %s", stamped(r.FinishedAt), r.FinishedAt.Sub(r.SubmittedAt).Round(100*time.Millisecond)))
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

// hint says what to do about what did not work.
func (p *program) hint(r client.Request) {
	c := r.Counts
	switch {
	case r.Pause != nil:
		p.say("%s %s. When that is mended: usher resume %s", p.red("Paused:"), cleanLine(r.Pause.Reason), r.ID)
	case !r.Done:
		p.say("To watch it: usher watch %s", r.ID)
	case c.Failed+c.NotMailed+c.Canceled == 0:
		p.say("%s", p.green("Done: everybody is invited or was there before."))
	}
	if c.Failed > 0 {
		p.say("%s. To correct and submit again: usher failures %s > failures.csv", p.red(rowsOf(c.Failed)+" failed"), r.ID)
	}
	if r.Done && mendable(r.Codes) {
		p.say("Those that failed by no fault of their row: usher retry %s", r.ID)
	}
	if c.NotMailed > 0 {
		p.say("%s. To mail them again: usher resend %s --filter %s", p.red(peopleOf(c.NotMailed)+" could not be mailed"), r.ID, onboard.Unmailed)
	}
	if c.Canceled > 0 {
		p.say("%s canceled before their turn; to invite them after all, submit them again.", counted(c.Canceled, "row was", "rows were"))
	}
}

// mendable reports whether some rows failed by no fault of their own.
func mendable(codes map[onboard.Code]int) bool {
	for _, code := range []onboard.Code{
		onboard.CodeAttemptsExhausted, onboard.CodeRefusedByPool, onboard.CodeRefusedByTrigger, onboard.CodePasswordPolicy,
	} {
		if codes[code] > 0 {
			return true
		}
	}
	return false
}
