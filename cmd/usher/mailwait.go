package main

import (
	"fmt"
	"time"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// waitOf says how many rows wait, for what and until when; "" if none do.
func waitOf(r client.Request) string {
	switch {
	case r.Wait == nil:
		return ""
	case r.Wait.Until.IsZero():
		return rowsOf(r.Wait.Rows) + " waited for mail and continue now"
	}
	return fmt.Sprintf("%s until %s", counted(r.Wait.Rows, "row waits for mail", "rows wait for mail"), clock(r.Wait.Until))
}

// hintRest says when a request continues of which only rows that wait are left.
func (p *program) hintRest(r client.Request) {
	last := ""
	if left := r.SecondsLeft; left != nil && r.Counts[onboard.Deferred] > 1 {
		last = fmt.Sprintf(" The last one is done in about %s.", about(*left))
	}
	p.say("%d of %d settled. Today's mail is used up; %s and nothing is lost.%s",
		r.Counts.Settled(), r.Counts.Total(), counted(r.Wait.Rows, "person waits", "people wait"), last)
	if p.usher != nil {
		p.say("Continue after %s:\n  usher invite\nFrom cron, add --yes.", clock(r.Wait.Until))
		return
	}
	p.say("usher continues on its own after %s. To see how far it is:\n  usher status %s", clock(r.Wait.Until), r.ID)
}

// clock is a time of the day in the person's time zone, with the date if it is not
// within a day.
func clock(t time.Time) string {
	t = t.Local()
	if time.Until(t) > 24*time.Hour {
		return t.Format("2 Jan 15:04 MST")
	}
	return t.Format("15:04 MST")
}
