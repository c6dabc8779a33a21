package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"usher.example/internal/onboard"
)

const (
	defaultInvitationPage = 100
	maxInvitationPage     = 1000

	// scanPage is how many stored invitations are read at a time at most: one more
	// than a page shows, to tell whether there are more. maxScan is how many one answer
	// reads at most: a filter that few rows pass must not outlast the call. A page
	// that ends there is short, and its cursor goes on.
	scanPage = maxInvitationPage + 1
	maxScan  = 20 * scanPage
)

// invitationView is an invitation as callers read it.
type invitationView struct {
	Row               int           `json:"row"`
	Email             string        `json:"email"`
	State             onboard.State `json:"state"`
	Code              *string       `json:"code"`
	Reason            *string       `json:"reason"`
	Ref               *string       `json:"ref"`
	Attempts          int           `json:"attempts"`
	UserSub           *string       `json:"user_sub"`
	UpdatedAt         *string       `json:"updated_at"`
	RetryAt           *string       `json:"retry_at"`
	PasswordExpiresAt *string       `json:"password_expires_at"`
}

type invitationList struct {
	Invitations []invitationView `json:"invitations"`
	NextCursor  *string          `json:"next_cursor"`
}

// listInvitations answers with one page of a request's invitations, or with them
// as CSV.
func (a *api) listInvitations(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r, "state", "limit", "cursor", "from_row", "to_row", "header")
	part := q.rows()
	l := listing{store: a.Store, states: q.states("state"), after: max(q.rowCursor(), part.from-1), to: part.to}
	limit := q.number("limit", defaultInvitationPage, maxInvitationPage)
	paged := q.text("limit") != "" || q.text("cursor") != ""
	if q.err != nil {
		return q.err
	}
	request, err := a.request(r)
	if err != nil {
		return err
	}
	l.request = request
	w.Header().Set("Vary", "Accept")
	if wantsCSV(r.Header.Values("Accept")) {
		if paged {
			return badQuery("limit and cursor are for JSON; for a part of a CSV give from_row and to_row")
		}
		return a.writeCSV(w, r, &l, part)
	}
	if !part.header {
		return badQuery("header is for CSV; leave it out")
	}
	page, more, err := l.page(r.Context(), limit)
	if err != nil {
		return err
	}
	if fit := fitting(page); fit < len(page) {
		page, more, l.after = page[:fit], true, page[fit-1].Row
	}
	list := invitationList{Invitations: make([]invitationView, len(page))}
	for i, inv := range page {
		list.Invitations[i] = viewOfInvitation(inv)
	}
	if more {
		next := writeCursor(invitationCursor, strconv.Itoa(l.after))
		list.NextCursor = &next
	}
	return writeJSON(w, http.StatusOK, list)
}

// listing goes through the stored invitations of one request in row order.
type listing struct {
	store   onboard.Invitations
	request onboard.Request
	states  []onboard.State
	after   int // the row that was looked at last
	to      int // the last row to look at; 0 is all
}

// maxPageText is how many bytes of text from the rows a page of JSON has at most:
// escaped it may be six times as long, and most pages have far less.
const maxPageText = 600_000

// fitting is how many of a page's invitations fit into one answer, at least one.
func fitting(page []onboard.Invitation) int {
	text := 0
	for i, inv := range page {
		if text += len(inv.Email) + len(inv.Ref) + len(inv.Reason); text > maxPageText && i > 0 {
			return i
		}
	}
	return len(page)
}

// page returns the next up to limit invitations to show, and whether there may
// be more.
func (l *listing) page(ctx context.Context, limit int) (page []onboard.Invitation, more bool, err error) {
	size := min(scanPage, limit+1)
	for scanned := 0; scanned < maxScan; {
		stored, err := l.store.ListInvitations(ctx, l.request.ID, l.after, size)
		if err != nil {
			return nil, false, err
		}
		for _, inv := range stored {
			if l.to != 0 && inv.Row > l.to {
				return page, false, nil
			}
			shown := inv.Shown(l.request.Round)
			if l.shows(shown) {
				if len(page) == limit {
					return page, true, nil
				}
				page = append(page, shown)
			}
			l.after = inv.Row
		}
		if len(stored) < size {
			return page, false, nil
		}
		scanned += len(stored)
		size = scanPage // else a page of one would look for one row in thousands two by two
	}
	return page, true, nil
}

// shows reports whether the list is for an invitation. One that is only being
// attempted is shown to those who ask for pending ones.
func (l *listing) shows(inv onboard.Invitation) bool {
	if len(l.states) == 0 {
		return inv.State != onboard.Pending
	}
	return slices.Contains(l.states, inv.State)
}

func viewOfInvitation(inv onboard.Invitation) invitationView {
	return invitationView{
		Row: inv.Row, Email: inv.Email, State: inv.State, Code: orNull(string(inv.Code)), Reason: orNull(inv.Reason),
		Ref: orNull(inv.Ref), Attempts: inv.Attempts, UserSub: orNull(inv.UserSub), UpdatedAt: stamp(inv.UpdatedAt),
		RetryAt: stamp(inv.RetryAt), PasswordExpiresAt: stamp(inv.PasswordExpiresAt),
	}
}

// wantsCSV reports whether an Accept header prefers text/csv to JSON (RFC 9110,
// 12.5.1). Without one, and with a tie of wildcards, it is JSON.
func wantsCSV(headers []string) bool {
	csv, other := 0.0, 0.0
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			media, q := acceptPart(part)
			switch media {
			case "text/csv", "text/*":
				csv = max(csv, q)
			case "application/json", "application/*":
				other = max(other, q)
			}
		}
	}
	return csv > other
}

func acceptPart(part string) (media string, q float64) {
	media, params, _ := strings.Cut(part, ";")
	q = 1
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "q") {
			parsed, err := strconv.ParseFloat(value, 64)
			if err != nil {
				parsed = 0
			}
			q = parsed
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), q
}
