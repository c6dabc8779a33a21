package onboard

import "time"

// What the tests of waiting hold to its tables.
var (
	Backoff     = backoff
	Patience    = patience
	NextMailDay = nextMailDay
)

// What the tests of manifests hold to what was accepted.
var (
	NewManifest = newManifest
	MessagesOf  = ManifestPart.messages
)

// DutyOf says in words what the requeuer has to do for a request.
func DutyOf(r Request, now time.Time, laneOpen bool) string {
	return map[duty]string{noDuty: "nothing", writeEnd: "end", askForOpenRows: "ask", carryOutPutBack: "carry out"}[r.duty(now, laneOpen)]
}

// HearMail has a process hear how a call ended that has mail sent.
func HearMail(p *Pace, place time.Time, err error) { p.hearMail(place, err) }

// PlainText is plainText.
var PlainText = plainText
