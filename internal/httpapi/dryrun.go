package httpapi

import (
	"context"
	"math"
	"net/http"
	"time"

	"usher.example/internal/onboard"
)

// stateDryRun is what a dry run shows as its state: nothing was stored.
const stateDryRun onboard.RequestState = "dry_run"

// dryRunView is what would become of a submission: a request that does not
// exist, each row's outcome, and what the whole would take.
type dryRunView struct {
	requestView

	Invitations []invitationView `json:"invitations"`
	Forecast    forecastView     `json:"forecast"`
	Findings    []finding        `json:"findings"`
}

// forecastView is what the pending rows would take at most: addresses that have
// a user already cost nothing, and only the pool knows which those are.
type forecastView struct {
	Seconds          *int     `json:"seconds"` // at the present pace, with nothing else on the way
	RatePerSecond    *float64 `json:"rate_per_second"`
	GroupRate        *float64 `json:"group_rate_per_second"`
	GroupMemberships int      `json:"group_memberships"`
	Mails            int      `json:"mails"`
	MailQuota        *int     `json:"mail_quota"` // a day; null where it is not known
	MailsLeft        *int     `json:"mails_left"` // today, at most; null where it is not known
	MailDays         *int     `json:"mail_days"`  // today included
	BilledUsers      int      `json:"billed_users"`
}

// dryRun answers with what would become of the order. It writes nothing.
func (a *api) dryRun(w http.ResponseWriter, r *http.Request, order onboard.Order) error {
	messages := onboard.Judge(order.Submission, order.Pool)
	view := dryRunView{requestView: a.wouldBe(order, messages), Invitations: make([]invitationView, len(messages))}
	for i, m := range messages {
		view.Invitations[i] = viewOfMessage(m)
	}
	forecast := a.forecastOf(r.Context(), order, messages)
	view.Forecast, view.Rate, view.SecondsLeft = forecast, forecast.RatePerSecond, forecast.Seconds
	view.Findings = a.findings(r.Context())
	if f, short := a.shortOfMail(forecast, order.Pool); short {
		view.Findings = append(view.Findings, f)
	}
	return writeJSON(w, http.StatusOK, view)
}

// wouldBe shows the request that the order would make.
func (a *api) wouldBe(order onboard.Order, messages []onboard.Message) requestView {
	r := onboard.Request{
		Phase: onboard.Running, Label: order.Submission.Label, Options: order.Options, Total: len(messages), SubmittedBy: order.By,
		Tally: onboard.Tally{States: map[onboard.State]int{}, Codes: map[onboard.Code]int{}},
	}
	for _, m := range messages {
		if m.State != "" {
			r.Tally.States[m.State]++
			r.Tally.Codes[m.Code]++
		}
	}
	v := viewOf(r, time.Now())
	v.RequestID, v.State, v.Done, v.Links, v.FinishedAt = nil, stateDryRun, false, nil, nil
	v.Percent = percent(v.Counts, false)
	v.Warnings = warnings(order.Submission.Warnings)
	return v
}

func viewOfMessage(m onboard.Message) invitationView {
	inv := m.Invitation()
	if m.State != "" {
		inv.State, inv.Code, inv.Reason = m.State, m.Code, m.Reason
	}
	return viewOfInvitation(inv)
}

// forecastOf tells what the rows without an outcome would take.
func (a *api) forecastOf(ctx context.Context, order onboard.Order, messages []onboard.Message) forecastView {
	var f forecastView
	people := 0
	for _, m := range messages {
		if m.State == "" {
			people++
			f.GroupMemberships += len(m.Groups)
		}
	}
	f.BilledUsers = people
	if order.Options.Mail != onboard.Suppress {
		f.Mails = people
	}
	a.mails(ctx, &f, a.mailQuota(order.Pool))
	a.duration(ctx, &f)
	return f
}

// duration tells how long the people of a forecast take: as long as the slower
// of its two paces.
func (a *api) duration(ctx context.Context, f *forecastView) {
	pace := a.paceNow(ctx)
	if pace <= 0 {
		return
	}
	seconds := float64(f.BilledUsers) / pace
	f.RatePerSecond = tenths(pace)
	if f.GroupMemberships > 0 {
		if groups := a.rateOf(ctx, a.groupPace); groups > 0 {
			seconds = max(seconds, float64(f.GroupMemberships)/groups)
			f.GroupRate = tenths(groups)
		}
	}
	whole := int(math.Ceil(seconds))
	f.Seconds = &whole
}

func tenths(perSecond float64) *float64 {
	rounded := math.Round(perSecond*10) / 10
	return &rounded
}
