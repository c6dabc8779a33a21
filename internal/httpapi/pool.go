package httpapi

import (
	"net/http"

	"usher.example/internal/onboard"
)

// poolReport is what the pool doctor says.
type poolReport struct {
	Pool     *poolView     `json:"pool"` // null if it could not be read
	Ready    bool          `json:"ready"`
	Findings []findingView `json:"findings"`
}

// findingView is a finding as callers read it.
type findingView struct {
	Code     onboard.Code     `json:"code"`
	Severity onboard.Severity `json:"severity"`
	Effect   string           `json:"effect"`
	Fix      string           `json:"fix"`
}

// poolView is the pool's setup as far as it bears on invitations.
type poolView struct {
	ID                    string   `json:"id"`
	Name                  string   `json:"name"`
	EstimatedUsers        int      `json:"estimated_users"`
	OwnSender             bool     `json:"own_sender"`
	NoPasswords           bool     `json:"no_passwords"`
	TemporaryPasswordDays int      `json:"temporary_password_days"`
	Groups                []string `json:"groups"`
	Attributes            []string `json:"attributes"`

	Sender senderView `json:"sender"`
}

// senderView is what sends the pool's mails, and what its account says of it. What is
// not known is null, and Unknown says why.
type senderView struct {
	Kind    onboard.SenderKind   `json:"kind"`
	From    *string              `json:"from"`
	Known   bool                 `json:"known"`
	Unknown *onboard.MailUnknown `json:"unknown"`

	accountView
}

// accountView is what Amazon SES says of the account and the identity that mail.
type accountView struct {
	Region           *string              `json:"region"`
	Sandbox          *bool                `json:"sandbox"`
	Paused           *bool                `json:"paused"`
	Enforcement      *onboard.Enforcement `json:"enforcement"`
	IdentityVerified *bool                `json:"identity_verified"`
	Quota            *int                 `json:"quota_24h"` // null also where there is no limit
	Sent             *int                 `json:"sent_24h"`
	Rate             *float64             `json:"rate_per_second"` // null also where there is no limit
}

// getPool answers with what would stop or spoil a large invitation.
func (a *api) getPool(w http.ResponseWriter, r *http.Request) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	diagnosis := a.doctor.Examine(r.Context())
	report := poolReport{Findings: viewOfFindings(diagnosis.Findings), Ready: diagnosis.Ready()}
	if diagnosis.Settings != nil {
		report.Pool = viewOfPool(diagnosis.Settings)
	}
	return writeJSON(w, http.StatusOK, report)
}

func viewOfFindings(findings []onboard.Finding) []findingView {
	list := make([]findingView, len(findings))
	for i, f := range findings {
		list[i] = findingView(f)
	}
	return list
}

func viewOfPool(s *onboard.PoolSettings) *poolView {
	v := &poolView{
		ID: s.ID, Name: s.Name, EstimatedUsers: s.EstimatedUsers, OwnSender: s.OwnSender, NoPasswords: s.Passwordless,
		TemporaryPasswordDays: s.TemporaryPasswordDays, Groups: []string{}, Attributes: []string{},
	}
	v.Sender = viewOfSender(s)
	v.Groups = append(v.Groups, s.Groups...)
	for _, attribute := range s.Attributes {
		v.Attributes = append(v.Attributes, attribute.Name)
	}
	return v
}

func viewOfSender(s *onboard.PoolSettings) senderView {
	m := s.Mail
	v := senderView{Kind: s.SentBy(), From: orNull(s.Sender), Known: m.Known}
	if !m.Known {
		v.Unknown = given(m.Unknown)
		return v
	}
	v.Region, v.Sandbox, v.Paused, v.Enforcement, v.Sent = &m.Region, &m.Sandbox, &m.Paused, given(m.Enforcement), &m.SentToday
	v.Quota, v.Rate = given(m.DailyQuota), given(m.Rate)
	if m.Identity != "" {
		verified := m.Identity == onboard.IdentityVerified
		v.IdentityVerified = &verified
	}
	return v
}

// given returns a value, or nil for one that says nothing.
func given[T comparable](value T) *T {
	var nothing T
	if value == nothing {
		return nil
	}
	return &value
}
