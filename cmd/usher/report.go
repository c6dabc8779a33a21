package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// shownRows is how many bad rows a report shows at most.
const shownRows = 10

// report prints the result of a check for people.
type report struct {
	name string // of the file
	unit string // what its rows are counted in
	client.Check
}

// writeTo writes the report: counts, the first rows with errors, warnings. A line has at
// most so many columns; 0: as many as it needs.
func (r report) writeTo(w io.Writer, columns int) {
	fmt.Fprintf(w, "%s: %s\n", cleanLine(nameOf(r.name)), rowsOf(r.Counts.Total()))
	fmt.Fprintf(w, "%7d  can be invited\n", r.ToInvite())
	if n := r.AlreadyInvited(); n > 0 {
		fmt.Fprintln(w, folded(fmt.Sprintf("%7d  already invited%s", n, r.before()), columns))
	}
	if r.Counts[onboard.Duplicate] > 0 {
		fmt.Fprintf(w, "%7d  duplicate: the address appears earlier in the file\n", r.Counts[onboard.Duplicate])
	}
	if r.Counts[onboard.Failed] > 0 {
		faults := fmt.Sprintf("%7d  cannot be invited: %s", r.Counts[onboard.Failed], listed(r.faults()))
		fmt.Fprintln(w, folded(faults, columns))
		r.writeRows(w, columns)
	}
	for _, warning := range r.Warnings {
		fmt.Fprintln(w, folded("Note: "+cleanLine(warning.Detail), columns))
	}
	for _, f := range r.Findings {
		fmt.Fprintln(w, folded(fmt.Sprintf("Pool %s: %s Fix: %s", f.Severity, cleanLine(f.Effect), cleanLine(f.Fix)), columns))
	}
}

// quoted begins the lines of a mail that is shown.
const quoted = "  | "

// writeMail writes the mail that people get.
func (r report) writeMail(w io.Writer, columns int) {
	if r.Mail == nil {
		return
	}
	fmt.Fprintln(w, "The mail, for the first of these people:")
	for _, line := range [][2]string{{"From:", r.Mail.From}, {"Subject:", r.Mail.Subject}} {
		if line[1] != "" {
			fmt.Fprintln(w, folded(fmt.Sprintf("    %-8s %s", line[0], cleanLine(line[1])), columns))
		}
	}
	for line := range strings.Lines(r.Mail.Text) {
		for part := range strings.SplitSeq(folded(cleanLine(strings.TrimSuffix(line, "\n")), max(columns-len(quoted), 0)), "\n") {
			fmt.Fprintln(w, strings.TrimRight(quoted+part, " "))
		}
	}
	if r.Mail.Note != "" {
		fmt.Fprintln(w, folded("    "+cleanLine(r.Mail.Note), columns))
	}
}

// unusedColumns names the columns that are not used and hold something; "" if there
// is none.
func (r report) unusedColumns() string {
	var names []string
	for _, c := range r.Columns {
		if c.Meaning == onboard.MeansNone && c.Sample != "" {
			names = append(names, cleanLine(c.Name))
		}
	}
	switch n := len(names); {
	case n == 0:
		return ""
	case n > shownRows:
		return fmt.Sprintf("the %d columns that are not used", n)
	}
	return "the unused columns (" + strings.Join(names, ", ") + ")"
}

// faults counts the codes of the rows that cannot be invited.
func (r report) faults() map[onboard.Code]int {
	codes := map[onboard.Code]int{}
	for _, inv := range r.bad() {
		codes[inv.Code]++
	}
	return codes
}

func (r report) bad() []client.Invitation { return withState(r.Invitations, onboard.Failed) }

func withState(list []client.Invitation, states ...onboard.State) []client.Invitation {
	var chosen []client.Invitation
	for _, inv := range list {
		for _, s := range states {
			if inv.State == s {
				chosen = append(chosen, inv)
			}
		}
	}
	return chosen
}

func (r report) writeRows(w io.Writer, columns int) {
	bad := r.bad()
	rows := [][]string{{"", strings.ToUpper(r.unit), "EMAIL", "WHAT IS WRONG"}}
	for _, inv := range bad[:min(len(bad), shownRows)] {
		rows = append(rows, []string{"", fmt.Sprint(inv.Row), inv.Email, inv.Reason})
	}
	_ = writeTable(w, rows, columns) // a message, like others: a failed write loses no data
	if more := len(bad) - shownRows; more > 0 {
		fmt.Fprintln(w, folded(fmt.Sprintf("  and %d more; to list all: usher check -o csv %s", more, cleanLine(r.name)), columns))
	}
}

// shortOfMail reports whether a finding says that the daily mail quota is too small.
func (r report) shortOfMail() bool { return r.finds(findingShort) || r.mailTakesTooLong() }

// mailTakesTooLong reports whether a finding says that usher refuses the submission,
// because its last mails would go out after the request has ended.
func (r report) mailTakesTooLong() bool { return r.finds(string(onboard.CodeMailTakesTooLong)) }

func (r report) finds(code string) bool {
	return slices.ContainsFunc(r.Findings, func(f client.Finding) bool { return f.Code == code })
}

// findingShort is the code of the finding that not all mails can go out today.
const findingShort = "mail_quota_short"

// delay completes the sentence that people get an e-mail, for when some do not get
// it today. The finding says how many, and when.
func (r report) delay() string {
	left := r.Forecast.MailsLeft
	switch {
	case !r.shortOfMail():
		return ""
	case r.Forecast.MailRolling:
		return ", but not all of them now, as the warning above says"
	case left != nil && *left == 0:
		return ", but not today, as the warning above says"
	}
	return ", but not all of them today, as the warning above says"
}

// administrators says that people will be able to invite others; "" if none will.
func (r report) administrators() string {
	n := r.Forecast.Administrators
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of these people will be able to invite others.", n)
}

// forecast is how long the request takes and how many mails are left; "" if neither
// is known. It is also "" if there is nothing to do, and if the mail quota is too
// small: the finding says so, and then the time depends on the quota and not on the
// pace.
func (r report) forecast() string {
	if r.shortOfMail() {
		return ""
	}
	var text []string
	if f := r.Forecast; f.Seconds != nil && *f.Seconds > 0 && f.Rate > 0 {
		text = append(text, fmt.Sprintf("This takes about %s, %s per second.", about(*f.Seconds), r.pace()))
	}
	if m := mailForecast(r.Forecast); m != "" {
		text = append(text, m)
	}
	return strings.Join(text, " ")
}

// pace is what decides how long it takes, which is known: groups have a lower one.
func (r report) pace() string {
	f := r.Forecast
	if f.GroupRate > 0 && float64(*f.Seconds) > math.Ceil(float64(r.Counts[onboard.Pending])/f.Rate) {
		return fmt.Sprintf("for %s at %.4g", counted(f.Memberships, "group membership", "group memberships"), f.GroupRate)
	}
	return fmt.Sprintf("at %.4g rows", f.Rate)
}

// mailForecast is how many mails can be sent if they suffice; "" if no mail is
// needed or the quota is not known.
func mailForecast(f client.Forecast) string {
	switch {
	case f.Mails == 0:
		return ""
	case f.MailRolling && f.MailQuota != nil && f.MailsLeft != nil:
		return fmt.Sprintf("Of the %d mails that Amazon SES sends in 24 hours at most %s left now.", *f.MailQuota, counted(*f.MailsLeft, "is", "are"))
	case f.MailsLeft != nil:
		return fmt.Sprintf("At most %s left today.", counted(*f.MailsLeft, "mail is", "mails are"))
	case f.MailQuota != nil:
		return fmt.Sprintf("%s, and at most %d can be sent per day.", counted(f.Mails, "mail is needed", "mails are needed"), *f.MailQuota)
	}
	return ""
}

// writeFault writes why a whole file was refused, and which rows are at fault.
func (p *program) writeFault(name, unit string, e *client.Error) {
	p.say("%s cannot be read. %s", cleanLine(nameOf(name)), cleanLine(e.Error()))
	for i, row := range e.Rows {
		switch {
		case i == shownRows:
			p.say("  and %d more", len(e.Rows)-shownRows)
			return
		case row.Row > 0 && row.Detail != e.Detail:
			p.say("  %s %d: %s", unit, row.Row, cleanLine(row.Detail))
		}
	}
}
