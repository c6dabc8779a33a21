package httpapi

import (
	"math"
	"net/http"
	"time"

	"usher.example/internal/onboard"
)

// maxRemarked is on how many rows of a dry run warnings are shown: all of them are
// counted in the warnings of the whole, and the answer has its limits.
const maxRemarked = 1000

// stateDryRun is what a dry run shows as its state: nothing was stored.
const stateDryRun onboard.RequestState = "dry_run"

// previewRows is how many rows of a dry run show their groups and attributes: enough
// to see whether the columns were read as they are meant. With those of all rows the
// answer might be larger than Lambda sends.
const previewRows = 20

// dryRunView is what would become of a submission: a request that does not
// exist, each row's outcome, and what the whole would take.
type dryRunView struct {
	requestView

	Invitations []invitationView `json:"invitations"`
	Known       *knownView       `json:"known"` // null if it could not be read
	Forecast    forecastView     `json:"forecast"`
	Mail        *mailView        `json:"mail"` // null if no mail is sent or the pool is not known
	Findings    []findingView    `json:"findings"`
}

// mailView is [onboard.MailPreview] as callers read it. What is not known is null.
type mailView struct {
	WrittenBy onboard.Author `json:"written_by"`
	From      *string        `json:"from"`
	Subject   *string        `json:"subject"`
	Text      *string        `json:"text"`
	Note      *string        `json:"note"`
}

// forecastView is [onboard.Forecast] as callers read it. What is not known is null.
type forecastView struct {
	Seconds          *int     `json:"seconds"` // at the present pace, with nothing else on the way
	RatePerSecond    *float64 `json:"rate_per_second"`
	GroupRate        *float64 `json:"group_rate_per_second"`
	GroupMemberships int      `json:"group_memberships"`
	Administrators   int      `json:"administrators,omitempty"`
	Mails            int      `json:"mails"`
	MailQuota        *int     `json:"mail_quota"` // a day
	MailsLeft        *int     `json:"mails_left"` // today, at most
	MailDays         *int     `json:"mail_days"`  // today included
	MailRolling      bool     `json:"mail_rolling,omitempty"`
	BilledUsers      int      `json:"billed_users"`
}

// dryRun answers with what would become of a submission. It writes nothing.
func (a *api) dryRun(w http.ResponseWriter, r *http.Request, judged onboard.Judged) error {
	judged = a.submitter.Check(r.Context(), judged)
	d := deedOf(r.Context())
	d.action = deedCheck
	d.ofJudged(judged, false)
	view := dryRunView{
		requestView: wouldBe(judged), Invitations: make([]invitationView, len(judged.Messages)), Known: viewOfKnown(judged.Known),
	}
	remarked := 0
	for i, m := range judged.Messages {
		view.Invitations[i] = viewOfMessage(m)
		if i < previewRows {
			view.Invitations[i].Groups, view.Invitations[i].Attributes = m.Groups, m.Attributes
		}
		if remarks := judged.Remarks[i]; len(remarks) > 0 && remarked < maxRemarked {
			remarked++
			for _, remark := range remarks {
				view.Invitations[i].Warnings = append(view.Invitations[i].Warnings, warningView{remark.Code, remark.Detail})
			}
		}
		view.Invitations[i].Known = viewOfKnownRow(judged.Known, m.Row)
	}
	forecast := a.submitter.Forecaster.Forecast(r.Context(), judged)
	view.Forecast = viewOfForecast(forecast)
	view.Rate, view.SecondsLeft = view.Forecast.RatePerSecond, view.Forecast.Seconds
	if !forecast.Mail.AllToday() { // then the mails decide how long it takes
		view.SecondsLeft = nil
	}
	view.Mail = viewOfMail(judged.Mail())
	findings := a.doctor.Recall(r.Context()).Findings
	if f, ok := forecast.Mail.Finding(); ok && judged.NotReady == nil {
		findings = append(findings, f)
	}
	view.Findings = viewOfFindings(findings)
	return writeJSON(w, http.StatusOK, view)
}

// wouldBe shows the request that a submission would make.
func wouldBe(judged onboard.Judged) requestView {
	v := viewOf(judged.WouldBe(), time.Now())
	v.RequestID, v.State, v.Done, v.Links, v.FinishedAt = nil, stateDryRun, false, nil, nil
	v.Percent = 0 // nothing has been done
	v.Warnings, v.Columns = warnings(judged.Warnings), viewOfColumns(judged.Submission.Reading)
	return v
}

func viewOfMessage(m onboard.Message) invitationView {
	inv := m.Invitation()
	if m.State != "" {
		inv.State, inv.Code, inv.Reason = m.State, m.Code, m.Reason
	}
	return viewOfInvitation(inv)
}

func viewOfForecast(f onboard.Forecast) forecastView {
	v := forecastView{
		RatePerSecond: tenths(f.Rate), GroupRate: tenths(f.GroupRate), GroupMemberships: f.Memberships, Administrators: f.Administrators,
		Mails: f.Mail.Mails, MailRolling: f.Mail.Rolling && f.Mail.Quota > 0, BilledUsers: f.NewPeople,
	}
	if f.Rate > 0 {
		v.Seconds = &f.Seconds
	}
	if f.Mail.Quota > 0 {
		v.MailQuota, v.MailDays = &f.Mail.Quota, &f.Mail.Days
	}
	if f.Mail.LeftKnown {
		v.MailsLeft = &f.Mail.Left
	}
	return v
}

func viewOfMail(m *onboard.MailPreview) *mailView {
	if m == nil {
		return nil
	}
	return &mailView{WrittenBy: m.Author, From: orNull(m.From), Subject: orNull(m.Subject), Text: orNull(m.Text), Note: orNull(m.Note)}
}

// tenths rounds a rate to one decimal; one that is not known is null.
func tenths(perSecond float64) *float64 {
	if perSecond <= 0 {
		return nil
	}
	rounded := math.Round(perSecond*10) / 10
	return &rounded
}
