package main

import (
	"time"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// hint says what to do next about a request. Kept is the name of the file that already
// holds its failed rows; "" if there is none.
func (p *program) hint(r client.Request, kept string) {
	c := r.Counts
	switch {
	case r.Pause != nil:
		p.say("%s %s Fix this, then run:\n  usher resume %s", p.red("Paused:"), onboard.Sentence(cleanLine(r.Pause.Reason)), r.ID)
	case r.Rests(time.Now()):
		p.hintRest(r)
	case !r.Done && r.State == onboard.StateCanceled:
		p.say("Canceled. People who are invited stay invited; the open rows end within minutes. To see how they ended:\n  usher status %s", r.ID)
	case !r.Done:
		p.say("To watch it:\n  usher watch %s", r.ID)
	case c[onboard.Failed]+c[onboard.NotMailed]+c[onboard.Canceled]+r.Deliveries[onboard.MailBounced] == 0:
		p.say("%s", p.green(allWell(c)))
	}
	if wait := waitOf(r); wait != "" && !r.Rests(time.Now()) {
		p.say("%s.", onboard.Sentence(wait))
	}
	p.hintFailures(r, kept)
	lost := r.Codes[onboard.CodeMailNotRepeatable]
	if n := c[onboard.NotMailed] - lost; n > 0 {
		p.say("%s. To mail them again:\n  usher resend %s --filter %s", p.red(peopleOf(n)+" could not be mailed"), r.ID, onboard.Unmailed)
	}
	if lost > 0 {
		p.say("%s, and Cognito cannot mail them again: the pool makes no passwords. Tell them by other means how to sign in; to list them:\n  usher results %s -o table | grep %s",
			p.red(peopleOf(lost)+" could not be mailed"), r.ID, onboard.CodeMailNotRepeatable)
	}
	if n := r.Deliveries[onboard.MailBounced]; n > 0 {
		p.say("%s. To correct and submit again:\n  usher failures %s --to failures.csv", p.red(counted(n, "mail bounced", "mails bounced")), r.ID)
	}
	if n := r.Codes[onboard.CodeGroupNotAdded]; n > 0 {
		p.say("%s, but not in all their groups. Add them by hand; to list them:\n  usher results %s -o table | grep %s",
			p.red(counted(n, "person is invited", "people are invited")), r.ID, onboard.CodeGroupNotAdded)
	}
	if n := r.Codes[onboard.CodeResentRecently]; n > 0 {
		p.say("%s mailed less than 24 hours ago, so not again now. To mail them anyway, run the same command again with --force.", counted(n, "person was", "people were"))
	}
	switch {
	case r.Codes[onboard.CodeNotAccepted] > 0:
		p.say("The submission was cut off and invited nobody. Submit the file again.")
	case c[onboard.Canceled] > 0 && r.Done:
		p.say("%s. To invite them:\n  usher results %s --state %s --to rest.csv\n  usher submit rest.csv",
			counted(c[onboard.Canceled], "row was canceled before it was attempted", "rows were canceled before they were attempted"), r.ID, onboard.Canceled)
	}
}

// allWell is the message for a request with nothing left to do.
func allWell(c client.Counts) string {
	if c[onboard.Created] > 0 {
		return "Done: every person has an account. No mail was sent, as requested."
	}
	return "Done: every person is invited or had an account already."
}

// hintFailures separates failed rows that can be retried as they are from those
// that need a correction.
func (p *program) hintFailures(r client.Request, kept string) {
	faulty := 0
	for code, n := range r.Codes {
		if code.RowAtFault() {
			faulty += n
		}
	}
	faulty = min(faulty, r.Counts[onboard.Failed])
	switch innocent := r.Counts[onboard.Failed] - faulty; {
	case innocent == 0 || !r.Done:
	case r.State == onboard.StateCanceled || r.Codes[onboard.CodeExpired] > 0: // usher refuses to retry these
		p.say("%s, but the data is correct. To submit them again:\n  usher results %s --state %s --to failed.csv\n  usher submit failed.csv",
			p.red(rowsOf(innocent)+" failed"), r.ID, onboard.Failed)
	default:
		p.say("%s, but the data is correct. To try again:\n  usher retry %s", p.red(rowsOf(innocent)+" failed"), r.ID)
	}
	switch {
	case kept != "":
		p.sayCorrect(r, kept, r.Counts[onboard.Failed])
	case faulty > 0:
		p.say("%s. To correct and submit again:\n  usher failures %s --to failures.csv", p.red(rowsOf(faulty)+" failed"), r.ID)
	}
}
