package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// submit takes a submission in, or tells what would become of it.
func (a *api) submit(w http.ResponseWriter, r *http.Request) error {
	q := readQuery(r, "dry_run", "on_existing", "mail", "force", "label")
	dryRun := q.flag("dry_run")
	order := onboard.Order{By: caller(r.Context()).Who(), Options: onboard.Options{
		OnExisting: onboard.OnExisting(q.choice("on_existing", string(onboard.Skip), string(onboard.Resend))),
		Mail:       onboard.Mail(q.choice("mail", string(onboard.Send), string(onboard.Suppress))),
		Force:      q.flag("force"),
	}}
	label := q.label(a.Limits)
	if q.err != nil {
		return q.err
	}
	body, err := a.keyed(w, r, &order)
	if err != nil {
		return err
	}
	order.Submission, err = intake.Read(r.Header.Get("Content-Type"), body, a.Limits)
	if err != nil {
		return err
	}
	if label != "" {
		order.Submission.Label = label
	}
	a.holdToPool(r.Context(), &order)
	if dryRun {
		return a.dryRun(w, r, order)
	}
	return a.accept(w, r, order)
}

// keyed reads the body and makes the order repeatable if the call has a key.
func (a *api) keyed(w http.ResponseWriter, r *http.Request, order *onboard.Order) ([]byte, error) {
	key, err := idempotencyKey(r.Header)
	if err != nil {
		return nil, err
	}
	body, err := readBody(w, r, a.Limits.Bytes)
	if err != nil {
		return nil, err
	}
	if key != "" {
		order.KeyID, order.BodyHash = onboard.KeyID(caller(r.Context()).id(), key), bodyHash(r, body)
	}
	return body, nil
}

// accept puts the order on the queue and answers with its request.
func (a *api) accept(w http.ResponseWriter, r *http.Request, order onboard.Order) error {
	admission, pace := a.admission(r.Context(), order), a.paceAhead(r.Context())
	order.Admit = admission.ask
	request, replayed, err := a.submitter.Submit(r.Context(), order)
	perSecond := pace()
	if err != nil {
		admission.giveBack(r.Context(), order.KeyID != "", err)
		return err
	}
	a.audit(r.Context(), "submit", request.ID, request.Total, replayed)
	view := viewAt(request, func() float64 { return perSecond })
	view.Warnings = warnings(order.Submission.Warnings)
	return accepted(w, view, replayed)
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

// label reads the query's label and holds it to the rules of a body's.
func (q *query) label(limits intake.Limits) string {
	label, err := intake.CheckLabel(q.text("label"), limits)
	if err != nil {
		q.fail("%s", err)
	}
	return label
}

// holdToPool gives the order what the pool can store, and a warning for each
// column that it cannot. What the pool seems not to know is looked up anew
// first: it may have been added a moment ago.
func (a *api) holdToPool(ctx context.Context, order *onboard.Order) {
	settings := a.pool.settings(ctx)
	attributes, groups := unknownTo(settings, order.Submission)
	if len(attributes)+len(groups) > 0 {
		settings = a.pool.renewed(ctx)
		attributes, _ = unknownTo(settings, order.Submission)
	}
	order.Pool = settings
	if !order.Submission.CSV {
		return // there an unknown attribute is the row's fault
	}
	for _, name := range attributes {
		warn(order, intake.CodeNotUsed, "the pool has no attribute %s; the column comes back in the results and is not stored in the pool", name)
	}
	if settings == nil && withAttributes(order.Submission) {
		warn(order, codePoolUnknown, "the pool could not be read; its rows fail if it lacks an attribute that a column is named for")
	}
}

// codePoolUnknown marks a warning: rows could not be held to the pool.
const codePoolUnknown onboard.Code = "pool_unreadable"

func withAttributes(sub onboard.Submission) bool {
	return slices.ContainsFunc(sub.Rows, func(row onboard.Row) bool { return len(row.Attributes) > 0 })
}

func warn(order *onboard.Order, code onboard.Code, format string, args ...any) {
	order.Submission.Warnings = append(order.Submission.Warnings, onboard.Fault{Code: code, Detail: fmt.Sprintf(format, args...)})
}

// unknownTo returns the names in a submission that the pool does not know.
func unknownTo(pool *onboard.PoolSettings, sub onboard.Submission) (attributes, groups []string) {
	if pool == nil {
		return nil, nil
	}
	known := newKnown(pool)
	for i := range sub.Rows {
		for name := range sub.Rows[i].Attributes {
			if known.attribute(name) {
				attributes = append(attributes, name)
			}
		}
		for _, name := range sub.Rows[i].Groups {
			if known.group(name) {
				groups = append(groups, name)
			}
		}
	}
	slices.Sort(attributes) // a map's order is none
	return attributes, groups
}

// known remembers names: those of the pool, and those that were told already.
type known struct{ attributes, groups map[string]bool }

func newKnown(pool *onboard.PoolSettings) known {
	k := known{attributes: map[string]bool{}, groups: make(map[string]bool, len(pool.Groups))}
	for _, a := range pool.Attributes {
		k.attributes[a.Name] = true
	}
	for _, g := range pool.Groups {
		k.groups[g] = true
	}
	return k
}

// attribute reports whether a name is met for the first time and not the pool's.
func (k known) attribute(name string) bool { return first(k.attributes, name) }

func (k known) group(name string) bool { return first(k.groups, name) }

func first(seen map[string]bool, name string) bool {
	if seen[name] {
		return false
	}
	seen[name] = true
	return true
}
