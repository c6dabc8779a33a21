package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// writeCSV answers with every invitation to show, as CSV. When a page cannot be
// read after the first was sent, the connection is cut, so that half a result
// never looks like a whole one.
func (a *api) writeCSV(w http.ResponseWriter, r *http.Request, l *listing) error {
	page, more, err := l.page(r.Context(), maxInvitationPage)
	if err != nil {
		return err
	}
	if err := l.export(r.Context(), w, page, more); err != nil {
		a.Log.Error("a result was cut off on its way", "request_id", l.request.ID, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// export sends the invitations in the caller's own columns followed by their
// verdicts: the first page, and those that are read after it.
func (l *listing) export(ctx context.Context, w http.ResponseWriter, page []onboard.Invitation, more bool) (err error) {
	columns := l.request.Columns
	if columns == nil {
		columns = []string{"row", "email", "ref"}
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="usher-`+l.request.ID+`.csv"`)
	w.WriteHeader(http.StatusOK)
	export := intake.NewExport(w, columns)
	for {
		for _, inv := range page {
			if err := export.Write(l.result(inv)); err != nil {
				return err
			}
		}
		if !more {
			return export.Flush()
		}
		if page, more, err = l.page(ctx, maxInvitationPage); err != nil {
			return err
		}
	}
}

func (l *listing) result(inv onboard.Invitation) intake.Result {
	cells := inv.Cells
	if l.request.Columns == nil {
		cells = []string{strconv.Itoa(inv.Row), inv.Email, inv.Ref}
	}
	return intake.Result{Cells: cells, State: inv.State, Code: inv.Code, Reason: inv.Reason}
}
