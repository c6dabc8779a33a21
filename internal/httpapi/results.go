package httpapi

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// maxPart is how many bytes of CSV one answer has at most. Lambda sends 6 MB, of
// which base64, the worst that can happen to a body, leaves 4.5 MB (AWS Lambda
// Developer Guide, "Lambda quotas"). The same holds outside Lambda, so that a
// program which works against one form of usher works against all.
const maxPart = 4_000_000

// rows is the part of a result that a caller asks for.
type rows struct {
	from      int // 0: from the beginning, in one piece
	to        int // the last one; 0: to the end
	header    bool
	separator string // "": that of the submission
}

func (q *query) rows() rows {
	return rows{
		from: q.number("from_row", 0, math.MaxInt32), to: q.number("to_row", 0, math.MaxInt32),
		header: q.choice("header", "true", "false") == "true", separator: q.separator(),
	}
}

// separator returns the name of what is to be between the cells, "" if it is not
// given.
func (q *query) separator() string {
	name := q.text("separator")
	if _, ok := intake.Separator(name); name != "" && !ok {
		q.fail("separator must be comma, semicolon or tab.")
	}
	return name
}

// dialect is how the result is written: as the submission was, so that the program
// that wrote the one opens the other. Excel needs the byte order mark; programs
// that send JSON would have to skip it.
func (l *listing) dialect(part rows) intake.Dialect {
	d := intake.Dialect{Mark: l.request.FromCSV()}
	d.Separator, _ = intake.Separator(cmp.Or(part.separator, l.request.Separator))
	return d
}

// writeCSV answers with invitations as CSV: with all of them or, from a row on,
// with as many as fit into one answer. Everything is read before anything is
// sent, so that half a result never looks like a whole one.
func (a *api) writeCSV(w http.ResponseWriter, r *http.Request, l *listing, part rows) error {
	if err := l.readColumns(r.Context(), a.Store); err != nil {
		return err
	}
	if err := l.readSignIns(r.Context(), a.Store); err != nil {
		return err
	}
	body, next, written, err := l.export(r.Context(), part)
	if err != nil {
		return err
	}
	deedOf(r.Context()).say(slog.Int("rows", written), slog.Any("states", l.show.states))
	h := w.Header()
	if next != 0 {
		if part.from == 0 {
			return &problem{
				Status: http.StatusBadRequest, Code: codeRangeNeeded,
				Detail: "The result is larger than one answer can be. Ask with from_row=1, then follow the header Link until there is none.",
			}
		}
		h.Set("Link", "<"+l.linkFrom(next, part)+`>; rel="next"`)
	}
	h.Set("Content-Type", "text/csv; charset=utf-8; header="+presence(part.header))
	h.Set("Content-Disposition", `attachment; filename="usher-`+l.request.ID+`.csv"`)
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // a caller who has gone away gets nothing
	return nil
}

// presence is the parameter of the media type (RFC 4180, 3).
func presence(header bool) string {
	if header {
		return "present"
	}
	return "absent"
}

// linkFrom is where the result continues. What comes from there has no header,
// so the parts make up the whole one after the other.
func (l *listing) linkFrom(row int, part rows) string {
	query := url.Values{"from_row": {strconv.Itoa(row)}, "header": {"false"}}
	if part.to != 0 {
		query.Set("to_row", strconv.Itoa(part.to))
	}
	if part.separator != "" {
		query.Set("separator", part.separator)
	}
	for _, s := range l.show.states {
		query.Add("state", string(s))
	}
	for _, d := range l.show.deliveries {
		query.Add("delivery", string(d))
	}
	if l.show.withoutErased {
		query.Set("erased", "false")
	}
	return "/requests/" + url.PathEscape(l.request.ID) + "/invitations?" + query.Encode()
}

// export writes the invitations in the caller's own columns followed by their
// outcomes, up to [maxPart] bytes. Next is the row to continue with, 0 at the end;
// written is how many there are.
func (l *listing) export(ctx context.Context, part rows) (body []byte, next, written int, err error) {
	var out bytes.Buffer
	export := intake.NewExport(&out, l.columns(), l.dialect(part), l.facts()...)
	_ = export.Flush() // into memory: it cannot fail
	if !part.header {
		out.Reset()
	}
	for first, more := true, true; more; {
		var page []onboard.Invitation
		if page, more, err = l.page(ctx, maxInvitationPage); err != nil {
			return nil, 0, 0, err
		}
		for _, inv := range page {
			before := out.Len()
			_ = export.Write(l.result(inv))
			_ = export.Flush()
			if out.Len() > maxPart && !first {
				return out.Bytes()[:before], inv.Row, written, nil
			}
			first = false
			written++
		}
	}
	return out.Bytes(), 0, written, nil
}

// readColumns finds what the rows of a request that did not come as CSV say besides
// the address. It reads every row, whichever are shown: all parts of a result have
// the same columns, and so have results that differ in their states.
func (l *listing) readColumns(ctx context.Context, store onboard.Store) error {
	if l.request.FromCSV() {
		return nil
	}
	rows, found := onboard.NewRowReader(store, l.request, 0, scanPage), map[string]bool{}
	for {
		row, ok, err := rows.Next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			l.attributes = slices.Sorted(maps.Keys(found))
			return nil
		}
		l.grouped = l.grouped || len(row.Groups) > 0
		for name := range row.Attributes {
			found[name] = true
		}
	}
}

// columns are the caller's own or, where there are none, the ones that [intake.Read]
// takes for what the row says: so that failures, corrected and sent again, lose
// nothing.
func (l *listing) columns() []string {
	if l.request.FromCSV() {
		return l.request.Columns
	}
	columns := []string{"row", "email"}
	if l.grouped {
		columns = append(columns, "groups")
	}
	return slices.Concat(columns, l.attributes, []string{"ref"})
}

// groupSeparator is one at which [intake.Read] separates the groups in a cell.
const groupSeparator = ";"

func (l *listing) result(inv onboard.Invitation) intake.Result {
	cells := inv.Cells
	if !l.request.FromCSV() {
		cells = []string{strconv.Itoa(inv.Row), inv.Email}
		if l.grouped {
			cells = append(cells, strings.Join(inv.Groups, groupSeparator))
		}
		for _, name := range l.attributes {
			cells = append(cells, inv.Attributes[name])
		}
		cells = append(cells, inv.Ref)
	}
	result := intake.Result{Cells: cells, State: inv.State, Code: inv.Code, Reason: inv.Reason}
	for _, fact := range l.facts() {
		switch fact {
		case intake.ColumnDelivery:
			result.Facts = append(result.Facts, string(l.noted[inv.Row]))
		case intake.ColumnSignedIn:
			result.Facts = append(result.Facts, l.signedIn(inv))
		}
	}
	return result
}

// facts are the columns after the outcome: those of which anything is known.
func (l *listing) facts() (columns []string) {
	if len(l.noted) > 0 {
		columns = append(columns, intake.ColumnDelivery)
	}
	if !l.signIns.At.IsZero() {
		columns = append(columns, intake.ColumnSignedIn)
	}
	return columns
}
