package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"usher.example/internal/onboard"
)

// requestView is a request as callers read it.
type requestView struct {
	RequestID   *string              `json:"request_id"` // null in a dry run
	State       onboard.RequestState `json:"state"`
	Done        bool                 `json:"done"`
	Label       *string              `json:"label"`
	SubmittedBy string               `json:"submitted_by"`
	SubmittedAt *string              `json:"submitted_at"`
	FinishedAt  *string              `json:"finished_at"`
	Counts      counts               `json:"counts"`
	Deliveries  *deliveries          `json:"deliveries,omitempty"` // of one request, where the sender reports them
	Codes       map[onboard.Code]int `json:"codes"`
	Percent     float64              `json:"percent_done"`
	Rate        *float64             `json:"rate_per_second"`
	SecondsLeft *int                 `json:"seconds_left"`
	Pause       *pauseView           `json:"pause"`
	Wait        *waitView            `json:"wait"`
	Options     optionsView          `json:"options"`
	NoPasswords bool                 `json:"no_passwords,omitempty"` // the pool makes none: nobody is mailed twice
	Audit       []actionView         `json:"audit"`
	ExpiresAt   *string              `json:"expires_at"`
	ErasedAt    *string              `json:"erased_at,omitempty"` // only its counts are left
	Warnings    []warningView        `json:"warnings,omitempty"`
	Columns     []columnView         `json:"columns,omitempty"`  // only in the answer to a submission
	SignIns     *signInsView         `json:"sign_ins,omitempty"` // of one request, where a scan was asked for
	Links       *linksView           `json:"links"`

	recentlyActed bool          // an action within maxPoll may have requeued rows
	moving        time.Duration // how long the pending rows take; 0: not known
}

// counts are the rows in each state, zeros included. They add up to total.
type counts struct {
	total int
	in    map[onboard.State]int
}

// MarshalJSON writes one field for the total and one for each state, in the order
// of [onboard.States].
func (c counts) MarshalJSON() ([]byte, error) {
	b := fmt.Appendf(nil, `{"total":%d`, c.total)
	for _, s := range onboard.States {
		b = fmt.Appendf(b, `,%q:%d`, s, c.in[s])
	}
	return append(b, '}'), nil
}

// deliveries count what became of a request's mails, as far as is known.
type deliveries map[onboard.MailDelivery]int

// deliveriesOf counts the notes; nil if there are none.
func deliveriesOf(noted map[int]onboard.MailDelivery) *deliveries {
	if len(noted) == 0 {
		return nil
	}
	d := deliveries{}
	for _, says := range onboard.MailDeliveries {
		d[says] = 0
	}
	for _, says := range noted {
		d[says]++
	}
	return &d
}

type pauseView struct {
	Code   onboard.Code `json:"code"`
	Reason string       `json:"reason"`
	Since  *string      `json:"since"`
}

// waitView says why rows wait, and until when; null: they continue now.
type waitView struct {
	Code  onboard.Code `json:"code"`
	Rows  int          `json:"rows"`
	Until *string      `json:"until"`
}

type optionsView struct {
	OnExisting onboard.OnExisting `json:"on_existing"`
	Mail       onboard.Mail       `json:"mail"`
	Force      bool               `json:"force"`
	ResendOnly bool               `json:"resend_only"`

	// What was said of the reading of the rows, for those that are corrected.
	Columns     map[string]string `json:"columns,omitempty"`
	Groups      []string          `json:"groups,omitempty"`
	KeepColumns bool              `json:"keep_columns,omitempty"`
}

type actionView struct {
	What string  `json:"what"`
	By   string  `json:"by"`
	At   *string `json:"at"`
	Rows int     `json:"rows"`

	RequestID string `json:"request_id,omitempty"` // that it made
}

type warningView struct {
	Code   onboard.Code `json:"code"`
	Detail string       `json:"detail"`
}

type linksView struct {
	Self        string `json:"self"`
	Invitations string `json:"invitations"`
}

// view shows a request as it stands, with a forecast while it runs.
func (a *api) view(ctx context.Context, r onboard.Request) requestView {
	return viewAt(r, func() onboard.Lanes { return a.submitter.Forecaster.Lanes(ctx, r.Memberships > 0) })
}

// viewAt is view with the lanes from elsewhere; they are asked for only if needed.
func viewAt(r onboard.Request, lanes func() onboard.Lanes) requestView {
	now := time.Now()
	v := viewOf(r, now)
	if v.State == onboard.StateRunning {
		v.forecast(r.Outlook(lanes(), now))
	}
	return v
}

func viewOf(r onboard.Request, now time.Time) requestView {
	v := requestView{
		RequestID: &r.ID, State: r.State(now), Done: r.Done(now), Label: orNull(r.Label),
		SubmittedBy: r.SubmittedBy, SubmittedAt: stamp(r.SubmittedAt), FinishedAt: stamp(r.FinishedAt(now)),
		Counts: counts{r.Total, r.Counts(now)}, Codes: r.Codes(now), Options: viewOfOptions(r.Options, r.Said), NoPasswords: r.Passwordless,
		Audit: []actionView{}, ExpiresAt: stamp(r.ExpiresAt), ErasedAt: stamp(r.ErasedAt),
		Links: &linksView{Self: "/requests/" + r.ID, Invitations: "/requests/" + r.ID + "/invitations"},
	}
	v.Percent = r.PercentDone(now)
	v.recentlyActed = len(r.Audit) > 0 && now.Sub(r.Audit[len(r.Audit)-1].At) < maxPoll
	if r.Pause != nil && v.State == onboard.StatePaused {
		v.Pause = &pauseView{r.Pause.Code, r.Pause.Reason, stamp(r.Pause.Since)}
	}
	for _, action := range r.Audit {
		v.Audit = append(v.Audit, actionView{action.What, action.By, stamp(action.At), action.Rows, action.Request})
	}
	return v
}

func viewOfOptions(o onboard.Options, said onboard.Said) optionsView {
	return optionsView{
		OnExisting: cmp.Or(o.OnExisting, onboard.Skip), Mail: cmp.Or(o.Mail, onboard.Send), Force: o.Force, ResendOnly: o.ResendOnly,
		Columns: said.Columns, Groups: said.Groups, KeepColumns: said.KeepColumns,
	}
}

// forecast says how fast the request goes, what its rows wait for, and when the last
// one will be done.
func (v *requestView) forecast(o onboard.Outlook) {
	v.Rate = tenths(o.Rate)
	if o.LeftKnown {
		left := int(math.Ceil(o.Left.Seconds()))
		v.SecondsLeft = &left
	}
	if o.Wait != nil {
		v.Wait = &waitView{Code: o.Wait.Code, Rows: o.Wait.Rows, Until: stamp(o.Wait.Until)}
	}
	if v.Rate != nil {
		v.moving = time.Duration(float64(v.Counts.in[onboard.Pending]) / o.Rate * float64(time.Second))
	}
}

const (
	minPoll = time.Second
	maxPoll = 30 * time.Second

	// pollShare is which part of the time left a caller should wait before the
	// next look: often enough for a bar that moves.
	pollShare = 20
)

// setRetryAfter tells when to look again, unless the request is done.
func (v *requestView) setRetryAfter(h http.Header) {
	if v.Done {
		return
	}
	wait := maxPoll
	switch {
	case v.moving > 0:
		wait = v.moving / pollShare
	case v.State == onboard.StateAccepting, v.State == onboard.StateCanceled,
		v.State == onboard.StateRunning && (v.Counts.in[onboard.Pending] > 0 || v.recentlyActed):
		wait = minPoll
	}
	h.Set("Retry-After", wholeSeconds(min(max(wait, minPoll), maxPoll)))
}

func warnings(faults []onboard.Fault) []warningView {
	var list []warningView
	for _, f := range faults {
		list = append(list, warningView{f.Code, f.Detail})
	}
	return list
}

// stampLayout is RFC 3339 in UTC to the millisecond.
const stampLayout = "2006-01-02T15:04:05.000Z"

// stamp writes a time; null for none.
func stamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(stampLayout)
	return &s
}

// orNull writes "" as null.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
