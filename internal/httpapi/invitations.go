package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

const (
	defaultInvitationPage = 100
	maxInvitationPage     = 1000

	// scanPage is how many stored invitations are read at a time at most: one more
	// than a page shows, to tell whether there are more. maxScan is how many rows one
	// answer reads at most: a filter that few rows pass must not outlast the call. A
	// page that ends there is short, and its cursor continues.
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
	Delivery          string        `json:"delivery,omitempty"`  // of its mail, where the sender reports that
	SignedIn          string        `json:"signed_in,omitempty"` // where the request was scanned
	Expired           bool          `json:"expired,omitempty"`   // the password, before it was used
	Erased            bool          `json:"erased,omitempty"`    // nothing of the person is left
	Warnings          []warningView `json:"warnings,omitempty"`  // in a dry run
	Known             *knownRowView `json:"known,omitempty"`     // in a dry run

	// What the row asks for besides; in a dry run, of the first rows only.
	Groups     []string          `json:"groups,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

type invitationList struct {
	Invitations []invitationView `json:"invitations"`
	NextCursor  *string          `json:"next_cursor"`
}

// listInvitations answers with one page of a request's invitations, or with them
// as CSV.
func (a *api) listInvitations(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r, "state", "delivery", "erased", "limit", "cursor", "from_row", "to_row", "header", "separator")
	part := q.rows()
	show := shown{states: q.states("state"), deliveries: q.deliveries("delivery"), withoutErased: q.choice("erased", "true", "false") == "false"}
	after := max(q.rowCursor(), part.from-1)
	limit := q.number("limit", defaultInvitationPage, maxInvitationPage)
	paged := q.text("limit") != "" || q.text("cursor") != ""
	if q.err != nil {
		return q.err
	}
	request, err := a.request(r)
	if err != nil {
		return err
	}
	noted, err := a.Store.NotedMails(r.Context(), request.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Vary", "Accept")
	if wantsCSV(r.Header.Values("Accept")) {
		deedOf(r.Context()).action = deedDownload
		if paged {
			return badQuery("limit and cursor are for JSON. For a part of a CSV give from_row and to_row.")
		}
		return a.writeCSV(w, r, newListing(a.Store, request, show, after, maxInvitationPage).upTo(part.to).with(noted), part)
	}
	if !part.header {
		return badQuery("header is for CSV. Leave it out.")
	}
	if part.separator != "" {
		return badQuery("separator is for CSV. Leave it out.")
	}
	l := newListing(a.Store, request, show, after, limit).upTo(part.to).with(noted)
	if err := l.readSignIns(r.Context(), a.Store); err != nil {
		return err
	}
	page, more, err := l.page(r.Context(), limit)
	if err != nil {
		return err
	}
	if fit := fitting(page); fit < len(page) {
		page, more, l.after = page[:fit], true, page[fit-1].Row
	}
	deedOf(r.Context()).say(slog.Int("rows", len(page)), slog.Any("states", show.states))
	list := invitationList{Invitations: make([]invitationView, len(page))}
	for i, inv := range page {
		list.Invitations[i] = viewOfInvitation(inv)
		list.Invitations[i].Delivery = string(noted[inv.Row])
		list.Invitations[i].SignedIn, list.Invitations[i].Expired = l.signedIn(inv), l.signIns.PasswordExpired(inv, time.Now())
		list.Invitations[i].Groups, list.Invitations[i].Attributes = inv.Groups, inv.Attributes
	}
	if more {
		next := writeCursor(invitationCursor, strconv.Itoa(l.after))
		list.NextCursor = &next
	}
	return writeJSON(w, http.StatusOK, list)
}

// listing goes through all rows of one request in row order.
type listing struct {
	request onboard.Request
	rows    *onboard.RowReader
	noted   map[int]onboard.MailDelivery
	show    shown
	after   int                  // the row that was looked at last
	to      int                  // the last row to look at; 0 is all
	signIns onboard.SignIns      // of the latest scan
	held    *onboard.AcceptedRow // read, and not looked at

	// Of a result as CSV whose request has no columns: what its rows say.
	grouped    bool
	attributes []string
}

// maxPageText is how many bytes of text from the rows a page of JSON has at most:
// escaped it may be six times as long, and most pages have far less.
const maxPageText = 600_000

// fitting is how many of a page's invitations fit into one answer, at least one.
func fitting(page []onboard.Invitation) int {
	text := 0
	for i, inv := range page {
		if text += textOf(inv); text > maxPageText && i > 0 {
			return i
		}
	}
	return len(page)
}

// textOf is how many bytes of text from the row an invitation shows.
func textOf(inv onboard.Invitation) int {
	n := len(inv.Email) + len(inv.Ref) + len(inv.Reason)
	for _, group := range inv.Groups {
		n += len(group)
	}
	for name, value := range inv.Attributes {
		n += len(name) + len(value)
	}
	return n
}

// newListing returns a listing that begins after a row and shows pages of about
// limit rows.
func newListing(store onboard.Store, r onboard.Request, show shown, after, limit int) *listing {
	size := min(scanPage, limit+1)
	if !show.all() { // else a page of one would look for one row in thousands two by two
		size = scanPage
	}
	return &listing{request: r, rows: onboard.NewRowReader(store, r, after, size), show: show, after: after}
}

// with has the listing know what became of the mails.
func (l *listing) with(noted map[int]onboard.MailDelivery) *listing {
	l.noted = noted
	return l
}

// upTo has the listing end with a row; 0 is the last one.
func (l *listing) upTo(row int) *listing {
	l.to = row
	return l
}

// page returns the next up to limit invitations to show, and whether there may
// be more.
func (l *listing) page(ctx context.Context, limit int) (page []onboard.Invitation, more bool, err error) {
	now := time.Now()
	for range maxScan {
		row, ok, err := l.next(ctx)
		if err != nil || !ok {
			return page, false, err
		}
		if l.to != 0 && row.Row > l.to {
			return page, false, nil
		}
		if shown := l.request.Shown(row.Invitation, now); l.shows(shown) {
			if len(page) == limit {
				l.held = &row
				return page, true, nil
			}
			page = append(page, shown)
		}
		l.after = row.Row
	}
	return page, true, nil
}

func (l *listing) next(ctx context.Context) (onboard.AcceptedRow, bool, error) {
	if row := l.held; row != nil {
		l.held = nil
		return *row, true, nil
	}
	return l.rows.Next(ctx)
}

// readSignIns reads what the latest scan found.
func (l *listing) readSignIns(ctx context.Context, store onboard.Store) (err error) {
	l.signIns, err = onboard.ReadSignIns(ctx, store, l.request.ID)
	return err
}

// signedIn is what the latest scan says of a row; "" if there was none.
func (l *listing) signedIn(inv onboard.Invitation) string {
	if l.signIns.At.IsZero() {
		return ""
	}
	return string(l.signIns.Of(inv))
}

// shown are the rows that a caller asks for: those in one of the states, and those
// whose mail met one of the fates. With neither it is all.
type shown struct {
	states        []onboard.State
	deliveries    []onboard.MailDelivery
	withoutErased bool
}

func (s shown) everyOutcome() bool { return len(s.states) == 0 && len(s.deliveries) == 0 }

// all reports whether every row is asked for.
func (s shown) all() bool { return s.everyOutcome() && !s.withoutErased }

func (l *listing) shows(inv onboard.Invitation) bool {
	if l.show.withoutErased && inv.Erased {
		return false
	}
	return l.show.everyOutcome() || slices.Contains(l.show.states, inv.State) || slices.Contains(l.show.deliveries, l.noted[inv.Row])
}

func viewOfInvitation(inv onboard.Invitation) invitationView {
	return invitationView{
		Row: inv.Row, Email: inv.Email, State: inv.State, Code: orNull(string(inv.Code)), Reason: orNull(inv.Reason),
		Ref: orNull(inv.Ref), Attempts: inv.Attempts, UserSub: orNull(inv.UserSub), UpdatedAt: stamp(inv.UpdatedAt),
		RetryAt: stamp(inv.RetryAt), PasswordExpiresAt: stamp(inv.PasswordExpiresAt), Erased: inv.Erased,
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
