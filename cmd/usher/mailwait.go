package main

import (
	"context"
	"time"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// waitsForMail reports whether the usher in this process has nothing left to do for a
// request today: all its open rows wait for mail, and the pool sends none.
func (p *program) waitsForMail(ctx context.Context, r client.Request) bool {
	if p.usher == nil || !onlyMail(r) {
		return false
	}
	again, err := p.usher.MailAgainAt(ctx)
	return err == nil && !again.IsZero()
}

// onlyMail reports whether all open rows wait for mail.
func onlyMail(r client.Request) bool {
	waiting := r.Counts[onboard.Deferred]
	return !r.Done && r.State != onboard.StatePaused && r.Counts[onboard.Pending] == 0 &&
		waiting > 0 && r.Codes[onboard.CodeMailQuota] >= waiting
}

// hintMail says when to continue a request whose rows wait for mail; false: it does not
// wait for mail, or not in this process.
func (p *program) hintMail(r client.Request) bool {
	if p.usher == nil || !onlyMail(r) {
		return false
	}
	again, err := p.usher.MailAgainAt(context.Background())
	if err != nil || again.IsZero() {
		return false
	}
	p.say("%d of %d settled. Today's mail is used up; %s and nothing is lost.",
		r.Counts.Settled(), r.Counts.Total(), counted(r.Counts[onboard.Deferred], "person waits", "people wait"))
	p.say("Continue after %s:  usher invite        (from cron: usher invite --yes)", clockUTC(again))
	return true
}

// clockUTC is a time of the day, with the date if it is not within a day.
func clockUTC(t time.Time) string {
	if time.Until(t) > 24*time.Hour {
		return t.UTC().Format("2006-01-02 15:04 UTC")
	}
	return t.UTC().Format("15:04 UTC")
}
