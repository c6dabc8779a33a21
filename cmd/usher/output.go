package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/spf13/cobra"

	"usher.example/internal/client"
	"usher.example/internal/intake"
)

// The output formats.
const (
	formTable = "table"
	formJSON  = "json"
	formCSV   = "csv"
)

// addOutput gives a command the flag -o.
func (p *program) addOutput(cmd *cobra.Command, usual string) {
	cmd.Flags().StringP("output", "o", usual, "output format: table, json or csv")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{formTable, formJSON, formCSV}, cobra.ShellCompDirectiveNoFileComp))
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p.output = cmd.Flag("output").Value.String()
		if err := choice("output", p.output, formTable, formJSON, formCSV); err != nil {
			return err
		}
		return run(cmd, args)
	}
}

// writeJSON writes a document of the API, indented.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writeTable writes rows in columns, the first row being their names.
func writeTable(w io.Writer, rows [][]string) error {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cleanLine(cell)
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// writeCSV writes rows as CSV in which a spreadsheet sees no formula.
func writeCSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true // RFC 4180, as the API does
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = intake.Protect(cell)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeInvitations writes invitations in the chosen format.
func (p *program) writeInvitations(list []client.Invitation) error {
	switch p.output {
	case formJSON:
		if list == nil {
			list = []client.Invitation{}
		}
		return writeJSON(p.out, struct {
			Invitations []client.Invitation `json:"invitations"`
		}{list})
	case formCSV:
		return p.exportInvitations(list)
	}
	rows := [][]string{{"ROW", "EMAIL", "STATE", "CODE", "REASON"}}
	reported := slices.ContainsFunc(list, func(inv client.Invitation) bool { return inv.Delivery != "" })
	if reported {
		rows[0] = append(rows[0][:3:3], "MAIL", "CODE", "REASON")
	}
	for _, inv := range list {
		row := []string{fmt.Sprint(inv.Row), inv.Email, string(inv.State)}
		if reported {
			row = append(row, string(inv.Delivery))
		}
		rows = append(rows, append(row, string(inv.Code), inv.Reason))
	}
	return writeTable(p.out, rows)
}

func (p *program) exportInvitations(list []client.Invitation) error {
	export := intake.NewExport(p.out, []string{"row", "email"}, intake.Dialect{})
	for _, inv := range list {
		row := intake.Result{Cells: []string{fmt.Sprint(inv.Row), inv.Email}, State: inv.State, Code: inv.Code, Reason: inv.Reason}
		if err := export.Write(row); err != nil {
			return err
		}
	}
	return export.Flush()
}

// clean replaces control characters, which a terminal would obey. All text from
// files and servers passes through it. Line ends stay.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, text)
}

// cleanLine is clean, on one line.
func cleanLine(text string) string { return strings.ReplaceAll(clean(text), "\n", "\uFFFD") }

func (p *program) red(text string) string   { return p.painted("31", text) }
func (p *program) green(text string) string { return p.painted("32", text) }

// painted colors a message on a terminal, unless the person asked for no color
// (no-color.org).
func (p *program) painted(color, text string) string {
	if _, ok := isTerminal(p.err); !ok || p.getenv("NO_COLOR") != "" || p.getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}
