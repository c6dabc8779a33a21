package httpapi

import (
	"bytes"
	"context"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"

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
	from   int // 0: from the beginning, in one piece
	to     int // the last one; 0: to the end
	header bool
}

func (q *query) rows() rows {
	return rows{
		from: q.number("from_row", 0, math.MaxInt32), to: q.number("to_row", 0, math.MaxInt32),
		header: q.choice("header", "true", "false") == "true",
	}
}

// writeCSV answers with invitations as CSV: with all of them or, from a row on,
// with as many as fit into one answer. Everything is read before anything is
// sent, so that half a result never looks like a whole one.
func (a *api) writeCSV(w http.ResponseWriter, r *http.Request, l *listing, part rows) error {
	body, next, rows, err := l.export(r.Context(), part.header)
	if err != nil {
		return err
	}
	deedOf(r.Context()).say(slog.Int("rows", rows), slog.Any("states", l.states))
	h := w.Header()
	if next != 0 {
		if part.from == 0 {
			return &problem{
				Status: http.StatusBadRequest, Code: codeRangeNeeded,
				Detail: "The result is larger than one answer can be. Ask with from_row=1, then follow the header Link until there is none.",
			}
		}
		h.Set("Link", "<"+l.linkFrom(next, part.to)+`>; rel="next"`)
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
func (l *listing) linkFrom(row, to int) string {
	query := url.Values{"from_row": {strconv.Itoa(row)}, "header": {"false"}}
	if to != 0 {
		query.Set("to_row", strconv.Itoa(to))
	}
	for _, s := range l.states {
		query.Add("state", string(s))
	}
	return "/requests/" + url.PathEscape(l.request.ID) + "/invitations?" + query.Encode()
}

// export writes the invitations in the caller's own columns followed by their
// outcomes, up to [maxPart] bytes. Next is the row to continue with, 0 at the end;
// rows is how many were written.
func (l *listing) export(ctx context.Context, header bool) (body []byte, next, rows int, err error) {
	columns := l.request.Columns
	if !l.request.FromCSV() {
		columns = []string{"row", "email", "ref"}
	}
	var out bytes.Buffer
	export := intake.NewExport(&out, columns)
	_ = export.Flush() // into memory: it cannot fail
	if !header {
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
				return out.Bytes()[:before], inv.Row, rows, nil
			}
			first = false
			rows++
		}
	}
	return out.Bytes(), 0, rows, nil
}

func (l *listing) result(inv onboard.Invitation) intake.Result {
	cells := inv.Cells
	if !l.request.FromCSV() {
		cells = []string{strconv.Itoa(inv.Row), inv.Email, inv.Ref}
	}
	return intake.Result{Cells: cells, State: inv.State, Code: inv.Code, Reason: inv.Reason}
}
