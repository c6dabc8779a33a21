package httpapi

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// builtInMails is how many mails a day Cognito's own sender sends for a whole
// account (Amazon Cognito Developer Guide, "Quotas in Amazon Cognito").
const builtInMails = 50

// mailQuota is how many mails a day can be sent; 0 if that is not known.
func (a *api) mailQuota(pool *onboard.PoolSettings) int {
	if a.MailQuota == 0 && pool != nil && !pool.OwnSender {
		return builtInMails
	}
	return a.MailQuota
}

// mails tells on how many mail days the mails of a forecast go out: as many
// today as are left, and on each day after as many as the quota has.
func (a *api) mails(ctx context.Context, f *forecastView, quota int) {
	today, err := onboard.MailToday(ctx, a.Store, time.Now())
	known := err == nil
	if !known {
		a.Log.Warn("the day's count of mails could not be read; the forecast takes none to be sent", "error", err)
	}
	left := max(0, quota-today.Sent)
	if today.UsedUp {
		left = 0
	}
	if known && (quota > 0 || today.UsedUp) {
		f.MailsLeft = &left
	}
	if quota > 0 {
		days := mailDays(f.Mails, left, quota)
		f.MailQuota, f.MailDays = &quota, &days
	}
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

// shortOfMail returns the finding that not all mails can go out today. Where the
// pool is known to mail through Cognito's own sender, another finding has said
// what to do about that.
func (a *api) shortOfMail(f forecastView, pool *onboard.PoolSettings) (finding, bool) {
	if f.MailDays != nil && *f.MailDays > a.maxOpenDays() {
		return finding{
			Code: codeMailDays, Severity: severityError, Effect: "usher refuses this submission",
			Fix: a.tooManyMails(f),
		}, true
	}
	usedUp := f.MailsLeft != nil && *f.MailsLeft == 0 && f.Mails > 0
	if !usedUp && (f.MailDays == nil || *f.MailDays <= 1) {
		return finding{}, false
	}
	fix := "send through an SES identity with a larger quota, or split the people over several days"
	if pool != nil && !pool.OwnSender {
		fix = "split the people over several days, unless they may wait"
	}
	return finding{
		Code: "mail_quota_short", Severity: severityWarning,
		Effect: f.mailEffect(usedUp) + "; those that wait are deferred", Fix: fix,
	}, true
}

// mailEffect says how the mails go out where what is left today is not enough
// for them.
func (f forecastView) mailEffect(usedUp bool) string {
	needed := counted(f.Mails, "mail is", "mails are") + " needed"
	switch {
	case f.MailDays == nil:
		return needed + " and none are left today, so they go out after 09:00 UTC"
	case usedUp && *f.MailDays == 2:
		return fmt.Sprintf("%s, none are left today and %d a day can be sent, so they go out after 09:00 UTC", needed, *f.MailQuota)
	case usedUp:
		return fmt.Sprintf("%s, none are left today and %d a day can be sent, so they go out over %d days after 09:00 UTC", needed, *f.MailQuota, *f.MailDays-1)
	case f.MailsLeft != nil && *f.MailsLeft < *f.MailQuota:
		left := counted(*f.MailsLeft, "is", "are")
		return fmt.Sprintf("%s, at most %s left today and %d a day can be sent, so they go out over %d days", needed, left, *f.MailQuota, *f.MailDays)
	}
	return fmt.Sprintf("%s and %d a day can be sent, so they go out over %d days", needed, *f.MailQuota, *f.MailDays)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
