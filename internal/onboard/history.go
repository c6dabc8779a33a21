package onboard

import (
	"slices"
	"time"
)

// Touch is one row that got its outcome, or was put aside, while it held a claim.
type Touch struct {
	RequestID string
	Row       int
	At        time.Time // when, in whole seconds

	// MailAfter is a time shortly before a mail of the row to the address left, in whole
	// seconds: what the sender reports of the mail comes later. Zero if none left.
	MailAfter time.Time
}

// A claim remembers the latest rows that touched it. It is written when they settle
// anyway, so this costs no write. With up to five the item of a usual address stays
// below 1 kB, the unit that Amazon DynamoDB bills writes by.
const (
	MaxTouches = 10
	keptMailed = 3 // the latest mails are kept, however many rows without one follow
)

// touch adds a row to the history, newest last. A row that touched the claim last and
// sent no mail takes its own place.
func (c *Claim) touch(t Touch) {
	t.At, t.MailAfter = t.At.Truncate(time.Second), t.MailAfter.Truncate(time.Second)
	history := slices.Clone(c.History)
	if last := len(history) - 1; last >= 0 && history[last].replacedBy(t) {
		history = history[:last]
	}
	history = append(history, t)
	if len(history) > MaxTouches {
		history = slices.Delete(history, leastWorth(history), leastWorth(history)+1)
	}
	c.History = history
}

func (t Touch) replacedBy(next Touch) bool {
	return t.MailAfter.IsZero() && t.RequestID == next.RequestID && t.Row == next.Row
}

// leastWorth is the index of the oldest touch that is not one of the latest mails.
func leastWorth(history []Touch) int {
	mailed := 0
	for _, t := range history {
		if !t.MailAfter.IsZero() {
			mailed++
		}
	}
	for i, t := range history {
		if t.MailAfter.IsZero() || mailed > keptMailed {
			return i
		}
	}
	return 0
}

// touched is what the row's outcome adds to the history of its claim. It has to be
// asked before the trail is dropped: the trail says from when on a mail may have left.
func (x *task) touched(mailed bool, now time.Time) Touch {
	t := Touch{RequestID: x.inv.RequestID, Row: x.inv.Row, At: now}
	if !mailed {
		return t
	}
	t.MailAfter = now.Add(-clockSkew)
	if trail := x.claim.Trail; trail.By.Same(x.self()) {
		t.MailAfter = laterOf(trail.mailAfter(), trail.From)
	}
	return t
}
