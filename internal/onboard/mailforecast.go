package onboard

import (
	"context"
	"fmt"
	"time"
)

// builtInMails is how many mails a day Cognito's own sender sends for a whole
// account (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito").
const builtInMails = 50

// mailQuota is how many mails a day can be sent: by the account that sends them, else by
// what the installation says, else by the pool's own sender; 0 if that is not known, or
// there is no limit.
func mailQuota(configured int, pool *PoolSettings) int {
	switch {
	case pool != nil && pool.Mail.Known:
		return pool.Mail.DailyQuota
	case pool != nil && pool.sendsBuiltIn() && configured == 0:
		return builtInMails
	}
	return configured
}

// MailForecast says on how many mail days a number of mails goes out: as many
// today as are left, and on each day after as many as the quota has.
type MailForecast struct {
	Mails int
	Quota int // mails a day; 0: not known
	Days  int // mail days, today included; of a known quota only

	// Left is how many mails are left today, at most; of a count that could be
	// read only, which LeftKnown says. Where the account that sends the mails has said so,
	// it is for the 24 hours that end now, and counts what others send as well.
	Left      int
	LeftKnown bool

	// Rolling says that Quota and Left are of any 24 hours, as the account says, and not
	// of a mail day: see [MailAccount].
	Rolling bool

	builtIn bool // the pool is known to mail through Cognito's own sender
	open    int  // days for which a request may be open
}

func (f *Forecaster) mail(ctx context.Context, mails int, pool *PoolSettings) MailForecast {
	m := MailForecast{
		Mails: mails, Quota: mailQuota(f.MailQuota, pool),
		builtIn: pool != nil && pool.sendsBuiltIn(), Rolling: pool != nil && pool.Mail.Known, open: int(f.MaxOpen / day),
	}
	today, err := MailToday(ctx, f.Store, time.Now())
	if err != nil {
		f.Log.Warn("the day's count of mails could not be read; the forecast assumes that none were sent", "error", err)
	}
	if m.Rolling {
		today.Sent = pool.Mail.SentToday
	}
	left := max(0, m.Quota-today.Sent)
	if today.UsedUp {
		left, m.Rolling = 0, false // it sends again at 09:00 UTC
	}
	if m.LeftKnown = (err == nil || m.Rolling) && (m.Quota > 0 || today.UsedUp); m.LeftKnown {
		m.Left = left
	}
	if m.Quota > 0 {
		m.Days = mailDays(mails, left, m.Quota)
	}
	return m
}

// mailDays is how many mail days it takes to send mails, today included.
func mailDays(mails, left, quota int) int {
	switch {
	case mails == 0:
		return 0
	case mails <= left:
		return 1
	}
	return 1 + (mails-left+quota-1)/quota
}

// AllToday reports whether all mails can go out today, as far as is known.
func (m MailForecast) AllToday() bool { return m.Days <= 1 && !m.noneLeft() }

// noneLeft reports whether mails are needed and today's are used up.
func (m MailForecast) noneLeft() bool { return m.LeftKnown && m.Left == 0 && m.Mails > 0 }

// takesTooLong reports whether some mails would go out after their request has
// ended.
func (m MailForecast) takesTooLong() bool { return m.Quota > 0 && m.Days > m.open }

// tooMany says that the mails take too long, and what to do.
func (m MailForecast) tooMany() string {
	today := m.Quota
	if m.LeftKnown {
		today = m.Left
	}
	most := max(m.Quota, today+(m.open-1)*m.Quota) // a day's mail is always taken
	return fmt.Sprintf("%d mails at %d a day take %d days, and a request is open for %d. Send at most %d people in one request, use an SES identity with a larger quota, or suppress the mail.",
		m.Mails, m.Quota, m.Days, m.open, most)
}

// Finding returns the finding that not all mails can go out today; ok is false
// where they can. Where the pool is known to mail through Cognito's own sender,
// another finding has said what to do about that.
func (m MailForecast) Finding() (f Finding, ok bool) {
	if m.takesTooLong() {
		return Finding{CodeMailTakesTooLong, SeverityError, "usher refuses this submission.", m.tooMany()}, true
	}
	if m.AllToday() {
		return Finding{}, false
	}
	if m.Rolling {
		return m.shortOfSES(), true
	}
	fix := "Send through an SES identity with a larger quota, or split the people over several days."
	if m.builtIn {
		fix = "Split the people over several days, unless they may wait."
	}
	return Finding{"mail_quota_short", SeverityWarning, m.effect(m.noneLeft()) + ". Rows that wait for mail are deferred.", fix}, true
}

// shortOfSES is the finding that the account sends less in 24 hours. What Cognito does
// with a mail beyond that is documented nowhere.
func (m MailForecast) shortOfSES() Finding {
	left := counted(m.Left, "is left", "are left")
	if m.Left == 0 {
		left = "none are left"
	}
	return Finding{
		"mail_quota_short", SeverityWarning,
		fmt.Sprintf("%s needed. Amazon SES lets the account send %d in 24 hours, of which %s now. Rows beyond that are deferred or end as not_mailed.",
			counted(m.Mails, "mail is", "mails are"), m.Quota, left),
		fmt.Sprintf("Split the people over %s, or request a larger sending quota (Service Quotas, Amazon SES).", counted(m.Days, "day", "days")),
	}
}

// effect says how the mails go out where what is left today is not enough.
func (m MailForecast) effect(usedUp bool) string {
	needed := counted(m.Mails, "mail is", "mails are") + " needed"
	switch {
	case m.Quota == 0:
		return needed + " and none are left today, so they go out after 09:00 UTC"
	case usedUp && m.Days == 2:
		return fmt.Sprintf("%s, none are left today and %d a day can be sent, so they go out after 09:00 UTC", needed, m.Quota)
	case usedUp:
		return fmt.Sprintf("%s, none are left today and %d a day can be sent, so they go out over %d days after 09:00 UTC", needed, m.Quota, m.Days-1)
	case m.LeftKnown && m.Left < m.Quota:
		return fmt.Sprintf("%s, at most %s left today and %d a day can be sent, so they go out over %d days", needed, counted(m.Left, "is", "are"), m.Quota, m.Days)
	}
	return fmt.Sprintf("%s and %d a day can be sent, so they go out over %d days", needed, m.Quota, m.Days)
}
