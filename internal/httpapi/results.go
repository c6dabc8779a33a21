package httpapi

import (
	"net/http"
	"strconv"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// writeCSV sends every invitation to show, in the caller's own columns followed
// by its verdict. It reads and sends page by page. When a page cannot be read
// after the first was sent, the connection is cut, so that half a result never
// looks like a whole one.
func (l *listing) writeCSV(w http.ResponseWriter, r *http.Request) error {
	page, more, err := l.page(r.Context(), maxInvitationPage)
	if err != nil {
		return err
	}
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
				panic(http.ErrAbortHandler)
			}
		}
		if !more {
			break
		}
		if page, more, err = l.page(r.Context(), maxInvitationPage); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if err := export.Flush(); err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}

func (l *listing) result(inv onboard.Invitation) intake.Result {
	cells := inv.Cells
	if l.request.Columns == nil {
		cells = []string{strconv.Itoa(inv.Row), inv.Email, inv.Ref}
	}
	return intake.Result{Cells: cells, State: inv.State, Code: inv.Code, Reason: inv.Reason}
}
