package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// defaultLimit is how many requests are listed without --limit.
const defaultLimit = 20

func (p *program) newRequests() *cobra.Command {
	var (
		limit int
		label string
	)
	cmd := &cobra.Command{
		Use:     "requests",
		Short:   "List the requests, newest first",
		Long:    "List the requests, newest first: when they were submitted, their state and their\nprogress. -o csv also says who submitted them, and all counts.",
		Example: "  usher requests\n  usher requests --label autumn\n  usher requests --limit 0 -o csv > all.csv",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return misused("--limit is %d; give the number of requests to list, or 0 for all", limit)
			}
			c, err := p.newClient(cmd.Context())
			if err != nil {
				return err
			}
			list := []client.Request{}
			for r, err := range c.RequestsLabeled(cmd.Context(), label, limit) {
				if err != nil {
					return err
				}
				list = append(list, r)
			}
			if len(list) == 0 && label != "" && p.output == formTable {
				p.say("No request has %q in its label.", label)
				return nil
			}
			return p.writeRequests(list)
		},
	}
	cmd.Flags().StringVar(&label, "label", "", "only requests with this in their label")
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "how many requests to list; 0 for all")
	p.addOutput(cmd, formTable)
	return cmd
}

func (p *program) writeRequests(list []client.Request) error {
	switch p.output {
	case formJSON:
		return writeJSON(p.out, struct {
			Requests []client.Request `json:"requests"`
		}{list})
	case formCSV:
		return writeCSV(p.out, requestRows(list))
	}
	if len(list) == 0 {
		p.say("There are no requests yet. To begin, write a file, fill it in and submit it:\n  usher template > people.csv\n  usher submit people.csv")
		return nil
	}
	rows := [][]string{{"REQUEST", "SUBMITTED", "ROWS", "STATE", "LABEL"}}
	for _, r := range list {
		rows = append(rows, []string{r.ID, dayAndTime(r.SubmittedAt), fmt.Sprint(r.Counts.Total()), stateOf(r), r.Label})
	}
	return writeTable(p.out, rows, p.columnsOf(p.out))
}

// stateOf says in a few words how far a request is, and how many rows need attention.
func stateOf(r client.Request) string {
	text := string(r.State)
	switch r.State {
	case onboard.StateErrors, onboard.StateCompleted:
		text = "done"
	case onboard.StateRunning:
		text = fmt.Sprintf("%.3g %% done", r.Percent)
	}
	if n := r.Counts[onboard.Failed] + r.Counts[onboard.NotMailed]; n > 0 {
		text += fmt.Sprintf(", %d to fix", n)
	}
	return text
}

// dayAndTime is "27 Nov 23:05", with the year in place of the time unless it is this one.
func dayAndTime(t time.Time) string {
	if t = t.Local(); t.Year() != time.Now().Year() {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2 Jan 15:04")
}

// requestRows are requests as the rows of a CSV, its header first.
func requestRows(list []client.Request) [][]string {
	header := []string{"request_id", "state", "label", "submitted_by", "submitted_at", "finished_at", "percent_done", "total"}
	for _, s := range onboard.States {
		header = append(header, string(s))
	}
	rows := [][]string{header}
	for _, r := range list {
		row := []string{
			r.ID, string(r.State), r.Label, r.SubmittedBy, machineTime(r.SubmittedAt), machineTime(r.FinishedAt),
			fmt.Sprint(r.Percent), fmt.Sprint(r.Counts.Total()),
		}
		for _, s := range onboard.States {
			row = append(row, fmt.Sprint(r.Counts[s]))
		}
		rows = append(rows, row)
	}
	return rows
}

// machineTime formats a time as the API does; "" for none.
func machineTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
