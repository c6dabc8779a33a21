package httpapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// submit accepts a submission, or says what would become of it.
func (a *api) submit(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r, "dry_run", "on_existing", "mail", "force", "label", "columns", "group", "keep_columns", "ignore_pool")
	dryRun := q.flag("dry_run")
	options := onboard.Options{
		OnExisting: onboard.OnExisting(q.choice("on_existing", string(onboard.Skip), string(onboard.Resend))),
		Mail:       onboard.Mail(q.choice("mail", string(onboard.Send), string(onboard.Suppress))),
		Force:      q.flag("force"),
	}
	label, ignorePool := q.label(a.Limits), q.flag("ignore_pool")
	reading := intake.Options{Columns: q.columns(), Groups: q.values["group"], KeepColumns: q.flag("keep_columns")}
	if q.err != nil {
		return q.err
	}
	order, body, err := a.order(w, r, options)
	if err != nil {
		return err
	}
	order.IgnorePool = ignorePool
	order.Submission, err = intake.ReadWith(r.Header.Get("Content-Type"), body, a.Limits, reading)
	if err != nil {
		return err
	}
	order.Submission.Said = onboard.Said{Columns: reading.Columns, Groups: reading.Groups, KeepColumns: reading.KeepColumns}
	if label != "" {
		order.Submission.Label = label
	}
	judged := a.submitter.Judge(r.Context(), order)
	if dryRun {
		return a.dryRun(w, r, judged)
	}
	return a.accept(w, r, judged)
}

// order reads the body and returns what the caller orders, but for its rows. It
// is repeatable if the call has a key.
func (a *api) order(w http.ResponseWriter, r *http.Request, options onboard.Options) (onboard.Order, []byte, error) {
	if _, err := idempotencyKey(r.Header); err != nil {
		return onboard.Order{}, nil, err
	}
	body, err := readBody(w, r, a.Limits.Bytes)
	if err != nil {
		return onboard.Order{}, nil, err
	}
	order, err := a.orderOf(r, body, options)
	return order, body, err
}

// orderOf is order for a body that has been read.
func (a *api) orderOf(r *http.Request, body []byte, options onboard.Options) (onboard.Order, error) {
	by := caller(r.Context())
	order := onboard.Order{By: by.Who(), ShareOf: by.id(), Options: options}
	key, err := idempotencyKey(r.Header)
	if key != "" {
		order.KeyID, order.BodyHash = onboard.KeyID(by.id(), key), bodyHash(r, body)
	}
	return order, err
}

// accept puts a submission on the queue and answers with its request.
func (a *api) accept(w http.ResponseWriter, r *http.Request, judged onboard.Judged) error {
	lanes := a.lanesAhead(r.Context(), judged.Memberships > 0)
	request, replayed, err := a.submitter.Accept(r.Context(), judged)
	deedOf(r.Context()).ofSubmission(judged, request, replayed)
	known := lanes()
	if err != nil {
		return err
	}
	view := viewAt(request, func() onboard.Lanes { return known })
	view.Warnings, view.Columns = warnings(judged.Warnings), viewOfColumns(judged.Submission.Reading)
	return accepted(w, view, replayed)
}

// lanesAhead begins to read what a forecast needs, so that the answer to a submission
// need not wait for it after all else is done. The returned function waits for it; it
// must be called, for nothing may be left running behind an answer.
func (a *api) lanesAhead(ctx context.Context, groups bool) func() onboard.Lanes {
	read := make(chan onboard.Lanes, 1)
	go func() { read <- a.submitter.Forecaster.Lanes(ctx, groups) }()
	return func() onboard.Lanes { return <-read }
}

// accepted answers 202 with a request.
func accepted(w http.ResponseWriter, view requestView, replayed bool) error {
	h := w.Header()
	h.Set("Location", view.Links.Self)
	if replayed {
		h.Set("Idempotency-Replayed", "true")
	}
	view.setRetryAfter(h)
	return writeJSON(w, http.StatusAccepted, view)
}

// label reads the query's label and checks it against the rules of a body's.
func (q *query) label(limits intake.Limits) string {
	label, err := intake.CheckLabel(q.text("label"), limits)
	if err != nil {
		q.fail("%s", err)
	}
	return label
}

// columns reads what the caller says of columns: Vorname:given_name, once for each,
// or one JSON object. The meaning is what follows the last colon, or begins with
// custom: after it.
func (q *query) columns() map[string]string {
	var said map[string]string
	for _, value := range q.values["columns"] {
		if said == nil {
			said = map[string]string{}
		}
		if strings.HasPrefix(value, "{") {
			var object map[string]string
			if json.Unmarshal([]byte(value), &object) != nil {
				q.fail(`columns must be a JSON object of strings, such as {"Vorname":"given_name"}, or Vorname:given_name.`)
			}
			maps.Copy(said, object)
			continue
		}
		at := strings.LastIndex(value, ":custom:")
		if at < 0 {
			at = strings.LastIndexByte(value, ':')
		}
		if at <= 0 {
			q.fail("columns must be the name of a column, a colon and what it means, such as Vorname:given_name.")
			return nil
		}
		said[value[:at]] = value[at+1:]
	}
	return said
}

// columnView is how a column was read.
type columnView struct {
	Name    string  `json:"name"`
	Meaning string  `json:"meaning"`
	Sample  *string `json:"sample"`
	Guessed bool    `json:"guessed"`
}

func viewOfColumns(columns []onboard.Column) []columnView {
	var list []columnView
	for _, c := range columns {
		list = append(list, columnView{c.Name, c.Meaning, orNull(c.Sample), c.Guessed})
	}
	return list
}
