package httpapi

import (
	"context"
	"log/slog"
	"strings"

	"usher.example/internal/onboard"
)

// deed is what the audit's line says of one call: who did what, to which request,
// and how it ended. Handlers fill in what they know. No line has an address in it.
type deed struct {
	action    string // "": the call has no line
	requestID string
	details   []slog.Attr
}

// The names under which a line says what was done, beside those of [routes].
const (
	deedCheck    = "check"    // a submission that was only tried out
	deedDownload = "download" // invitations as CSV
)

type deedKey struct{}

// deedOf is the deed of the call with that context. It is never nil.
func deedOf(ctx context.Context) *deed {
	if d, ok := ctx.Value(deedKey{}).(*deed); ok {
		return d
	}
	return &deed{}
}

// say adds to the line.
func (d *deed) say(details ...slog.Attr) { d.details = append(d.details, details...) }

// ofOrder says what was ordered.
func (d *deed) ofOrder(o onboard.Order, replayed bool) {
	d.say(slog.Bool("force", o.Options.Force), slog.Bool("mail_suppressed", o.Options.Mail == onboard.Suppress),
		slog.String("on_existing", string(o.Options.OnExisting)), slog.Bool("replayed", replayed))
}

// ofJudged says of how many rows a submission is, and which rights it gives.
func (d *deed) ofJudged(j onboard.Judged, replayed bool) {
	d.say(slog.Int("rows", len(j.Messages)), slog.Int("people", j.People))
	d.ofOrder(j.Order, replayed)
	if len(j.Groups) > 0 {
		d.say(slog.Any("groups", groupsInAudit(j.Groups)), slog.Int("administrators", j.Administrators))
	}
}

// ofSubmission says the same of one that was made, or refused.
func (d *deed) ofSubmission(j onboard.Judged, r onboard.Request, replayed bool) {
	d.requestID = r.ID
	d.ofJudged(j, replayed)
}

// maxGroupsInAudit bounds a line: CloudWatch Logs takes 1 MB, and a submission may
// name a million groups.
const maxGroupsInAudit = 100

// groupsInAudit are the names of groups as a line has them. What may be an address in
// the wrong column is left out.
func groupsInAudit(names []string) []string {
	var list []string
	for _, name := range names {
		if strings.Contains(name, "@") {
			name = "(a name with an @)"
		}
		if len(list) == maxGroupsInAudit {
			return append(list, "(more)")
		}
		list = append(list, name)
	}
	return list
}

// The ends of a deed that is no refusal.
const (
	resultDone     = "done"
	resultPanicked = "panicked"
)

// audit writes the line of a deed. Its logger has no level that a setting could
// switch off.
func (a *api) audit(ctx context.Context, d *deed, result string) {
	c, ok := callerOf(ctx)
	if !ok || d.action == "" { // who has not signed in is in the access log only
		return
	}
	line := []slog.Attr{slog.String("action", d.action), slog.String("by", c.Who())}
	if d.requestID != "" {
		line = append(line, slog.String("request_id", d.requestID))
	}
	line = append(append(line, d.details...), slog.String("sub", c.id()), slog.String("result", result))
	a.Audit.LogAttrs(context.WithoutCancel(ctx), slog.LevelInfo, "audit", line...)
}

// audited serves a call and writes its line, however the call ends.
func (a *api) audited(ctx context.Context, action string, serve func(context.Context) error) (err error) {
	d := &deed{action: action}
	result := resultPanicked
	defer func() { a.audit(ctx, d, result) }()
	if err = serve(context.WithValue(ctx, deedKey{}, d)); err == nil {
		result = resultDone
	} else {
		result = problemOf(err).Code
	}
	return err
}
