package httpapi

import (
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// personAsk is the body of a call about one person. The address is never in a path or
// a query, which land in logs.
type personAsk struct {
	email  string
	force  bool
	cursor string
}

// maxPersonBody is room for the longest address, escaped, and little else, in bytes.
const maxPersonBody = 4096

// readPerson reads {"email": "..."} and those of the further fields that are known here.
func (a *api) readPerson(w http.ResponseWriter, r *http.Request, further ...string) (personAsk, []byte, error) {
	if q := readQuery(r); q.err != nil {
		return personAsk{}, nil, q.err
	}
	body, err := readBody(w, r, maxPersonBody)
	if err != nil {
		return personAsk{}, nil, err
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return personAsk{}, nil, &intake.Error{Kind: intake.Unsupported, Code: intake.CodeTypeUnsupported, Detail: "Send the address as application/json."}
	}
	fields, err := fieldsOf(body)
	if err != nil {
		return personAsk{}, nil, err
	}
	var ask personAsk
	known := append([]string{"email"}, further...)
	for _, name := range slices.Sorted(maps.Keys(fields)) { // of several faults always the same is reported
		ok := true
		switch {
		case !slices.Contains(known, name):
			return personAsk{}, nil, bodyProblem(intake.CodeUnknownField, "Unknown field %s. Known here: %s.", quotedName(name), strings.Join(known, ", "))
		case name == "email":
			ask.email, ok = fields[name].(string)
		case name == "cursor":
			ask.cursor, ok = fields[name].(string)
		case name == "force":
			ask.force, ok = fields[name].(bool)
		}
		if !ok {
			return personAsk{}, nil, bodyProblem(codePerson, "%s has a value of the wrong kind: email and cursor are texts, force is true or false.", name)
		}
	}
	email, fault := onboard.CheckEmail(ask.email)
	if fault != nil {
		return personAsk{}, nil, bodyProblem(codePerson, "Send one address: {\"email\":\"ann@example.org\"}. %s", fault.Detail)
	}
	ask.email = email
	return ask, body, nil
}

const codePerson = "person_invalid"

// personView is [onboard.PersonFound] as callers read it.
type personView struct {
	Email       string          `json:"email"`
	Summary     string          `json:"summary"`
	Rows        []personRowView `json:"rows"`
	Complete    bool            `json:"complete"`
	Users       []foundUserView `json:"users"` // null if the pool could not be asked
	Erasure     *erasureView    `json:"erasure,omitempty"`
	MailedAt    *string         `json:"mailed_at"`
	MailedAgain *string         `json:"can_be_mailed_at"` // without force; null: now
}

type personRowView struct {
	RequestID   string  `json:"request_id"`
	Label       *string `json:"label"`
	SubmittedBy string  `json:"submitted_by"`
	SubmittedAt *string `json:"submitted_at"`
	Open        bool    `json:"open"`
	Delivery    *string `json:"delivery"`

	Invitation invitationView `json:"invitation"`

	Cells []string `json:"cells,omitempty"` // of the list, in an export
}

type foundUserView struct {
	Sub        string           `json:"sub"`
	Standing   onboard.Standing `json:"standing"`
	Enabled    bool             `json:"enabled"`
	CreatedAt  *string          `json:"created_at"`
	ModifiedAt *string          `json:"modified_at"`
}

// lookUp answers with what is known of one person.
func (a *api) lookUp(w http.ResponseWriter, r *http.Request) error {
	ask, _, err := a.readPerson(w, r)
	if err != nil {
		return err
	}
	found, err := a.people.Find(r.Context(), ask.email)
	if err != nil {
		return err
	}
	deedOf(r.Context()).say(slog.Any("requests", requestsOf(found.Rows)))
	return writeJSON(w, http.StatusOK, viewOfPerson(found, time.Now()))
}

// requestsOf names the requests of rows, each once.
func requestsOf(rows []onboard.PersonRow) []string {
	ids := []string{}
	for _, row := range rows {
		if !slices.Contains(ids, row.Request.ID) {
			ids = append(ids, row.Request.ID)
		}
	}
	return ids
}

func viewOfPersonRow(row onboard.PersonRow, now time.Time) personRowView {
	return personRowView{
		RequestID: row.Request.ID, Label: orNull(row.Request.Label), SubmittedBy: row.Request.SubmittedBy,
		SubmittedAt: stamp(row.Request.SubmittedAt), Open: row.IsOpen(now), Delivery: orNull(string(row.Delivery)),
		Invitation: viewOfInvitation(row.Invitation),
	}
}

func viewOfPerson(f onboard.PersonFound, now time.Time) personView {
	v := personView{
		Email: f.Email, Summary: f.Summary(now), Rows: []personRowView{}, Complete: f.Complete,
		MailedAt: stamp(f.MailedAt), MailedAgain: stamp(f.MailedAgain),
	}
	if f.Erasure != nil {
		erasure := viewOfErasure(*f.Erasure)
		v.Erasure = &erasure
	}
	for _, row := range f.Rows {
		v.Rows = append(v.Rows, viewOfPersonRow(row, now))
	}
	if !f.PoolRead {
		return v
	}
	v.Users = []foundUserView{}
	for _, u := range f.Users {
		v.Users = append(v.Users, foundUserView{u.Sub, u.Standing, u.Enabled, stamp(u.CreatedAt), stamp(u.ModifiedAt)})
	}
	return v
}

// resendPerson submits a request of one row that mails the person again.
func (a *api) resendPerson(w http.ResponseWriter, r *http.Request) error {
	ask, body, err := a.readPerson(w, r, "force")
	if err != nil {
		return err
	}
	order, err := a.orderOf(r, body, onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Send, Force: ask.force})
	if err != nil {
		return err
	}
	request, replayed, err := a.people.Resend(r.Context(), ask.email, order)
	d := deedOf(r.Context())
	d.requestID = request.ID
	d.ofOrder(order, replayed)
	if err != nil {
		return err
	}
	return accepted(w, a.view(r.Context(), request), replayed)
}

// canceledView says what of a person was canceled.
type canceledView struct {
	Rows     int      `json:"rows"`
	Requests []string `json:"requests"`
}

// cancelPerson has what waits for the person end as canceled.
func (a *api) cancelPerson(w http.ResponseWriter, r *http.Request) error {
	ask, _, err := a.readPerson(w, r)
	if err != nil {
		return err
	}
	canceled, err := a.people.Cancel(r.Context(), ask.email, caller(r.Context()).Who())
	if err != nil {
		return actionFault(err)
	}
	view := canceledView{Requests: slices.Sorted(maps.Keys(canceled))}
	for _, rows := range canceled {
		view.Rows += rows
	}
	deedOf(r.Context()).say(slog.Any("requests", view.Requests), slog.Int("rows", view.Rows))
	return writeJSON(w, http.StatusAccepted, view)
}

// erasureView is an erasure that is under way.
type erasureView struct {
	AskedAt   *string `json:"asked_at"`
	By        string  `json:"by"`
	Rows      int     `json:"rows"`       // erased so far
	KeptUntil *string `json:"kept_until"` // only the address is left, until then
	Summary   string  `json:"summary"`
}

func viewOfErasure(e onboard.Erasure) erasureView {
	return erasureView{AskedAt: stamp(e.AskedAt), By: e.By, Rows: e.Rows, KeptUntil: stamp(e.KeptUntil), Summary: e.Summary()}
}

// erasePerson asks that all that usher keeps of a person be erased.
func (a *api) erasePerson(w http.ResponseWriter, r *http.Request) error {
	ask, _, err := a.readPerson(w, r)
	if err != nil {
		return err
	}
	erasure, rows, err := a.people.Erase(r.Context(), ask.email, caller(r.Context()).Who())
	if err != nil {
		return actionFault(err)
	}
	deedOf(r.Context()).say(slog.Any("requests", requestsOf(rows)))
	return writeJSON(w, http.StatusAccepted, viewOfErasure(erasure))
}

// exportView is a part of what usher keeps of a person.
type exportView struct {
	Rows       []personRowView `json:"rows"`
	NextCursor *string         `json:"next_cursor"`
}

// exportPerson answers with a part of what all requests have of a person. The groups,
// attributes and cells of the rows come along.
func (a *api) exportPerson(w http.ResponseWriter, r *http.Request) error {
	ask, _, err := a.readPerson(w, r, "cursor")
	if err != nil {
		return err
	}
	if ask.cursor != "" && !isID(ask.cursor) {
		return bodyProblem(codePerson, "cursor is the next_cursor of the part before, unchanged.")
	}
	rows, next, err := a.people.Export(r.Context(), ask.email, ask.cursor)
	if err != nil {
		return err
	}
	deedOf(r.Context()).say(slog.Any("requests", requestsOf(rows)), slog.Int("rows", len(rows)))
	view := exportView{Rows: []personRowView{}, NextCursor: orNull(next)}
	for _, row := range rows {
		v := viewOfPersonRow(row, time.Now())
		v.Invitation.Groups, v.Invitation.Attributes, v.Cells = row.Groups, row.Attributes, row.Cells
		view.Rows = append(view.Rows, v)
	}
	return writeJSON(w, http.StatusOK, view)
}
