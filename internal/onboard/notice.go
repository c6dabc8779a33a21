package onboard

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Notices takes what people should hear of a request's course. It is safe for
// concurrent use.
type Notices interface {
	// Notify passes a notice on. A nil error means that it is certainly on its way. After
	// an error it may be too: it is given again, with the same ID.
	Notify(ctx context.Context, n Notice) error
}

// Notice says what has happened to a request, without anybody's address.
type Notice struct {
	// ID is the same each time the notice is given: receivers can tell a second copy.
	ID   string
	Kind NoticeKind
	At   time.Time // when it happened

	RequestID string
	Round     int
	Label     string // "" where it could hold an address
	State     RequestState
	Total     int
	Counts    map[State]int // zeros left out
	Codes     map[Code]int
	Pause     Code   // why the request is paused; "" if it is not
	Reason    string // the sentence for that code

	// Expiring is how many people's passwords expire soon who have not signed in, and
	// ExpiresAt when the first does. Of NoticeExpiring.
	Expiring  int
	ExpiresAt time.Time
}

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notices.
const (
	NoticeEnded   NoticeKind = "ended"   // every row has its outcome; one for each round
	NoticePaused  NoticeKind = "paused"  // somebody must fix the pool first; one for each pause
	NoticeWaiting NoticeKind = "waiting" // rows wait for mail for more than a day; one for each round

	NoticeExpiring NoticeKind = "expiring" // passwords of people who have not signed in expire within two days; one for each round
)

const (
	// longWait is how long rows wait for mail before that is worth a notice.
	longWait = 24 * time.Hour

	// noticePatience is how long the end of a request is not stored because the notice of
	// it cannot be given. Then it is stored without: a bus that was deleted must not keep
	// requests open for good.
	noticePatience = 24 * time.Hour
)

// dueNotice returns the notice that should be given of an open request now and was not
// yet; ok is false if there is none.
func (r Request) dueNotice(now time.Time) (n Notice, ok bool) {
	n = r.noticeOf(now)
	return n, n.Kind != "" && r.Noticed[n.Kind] != n.ID
}

// noticeOf returns the notice that belongs to what the request is now; the zero Notice
// if none does. A submission that was cut off has none: its caller was told.
func (r Request) noticeOf(now time.Time) Notice {
	ended := r.FinishedAt(now)
	switch waits := r.Tally.Codes[CodeMailQuota]; {
	case r.Round == 0 || now.Before(r.AcceptedUntil):
		return Notice{}
	case !ended.IsZero():
		return r.notice(NoticeEnded, now, ended)
	case r.Phase == Paused && r.Pause != nil:
		return r.notice(NoticePaused, now, r.Pause.Since)
	case r.Phase == Running && waits > 0 && now.Sub(r.roundBegan()) >= longWait:
		return r.notice(NoticeWaiting, now, r.roundBegan().Add(longWait))
	}
	return Notice{}
}

// notice returns a notice of r as it is now.
func (r Request) notice(kind NoticeKind, now, at time.Time) Notice {
	n := Notice{
		ID: fmt.Sprintf("%s.%d.%s", r.ID, r.Round, kind), Kind: kind, At: at,
		RequestID: r.ID, Round: r.Round, Label: r.Label, State: r.State(now),
		Total: r.Total, Counts: r.Counts(now), Codes: r.Codes(now),
	}
	if strings.Contains(n.Label, "@") {
		n.Label = ""
	}
	maps.DeleteFunc(n.Counts, func(_ State, rows int) bool { return rows == 0 })
	if kind == NoticePaused {
		n.ID += fmt.Sprintf(".%d", r.Pause.Since.Unix())
		n.Pause, n.Reason = r.Pause.Code, r.Pause.Reason
	}
	return n
}

// noticed returns r with the mark that n was given. It keeps one for each kind: the
// latest.
func (r Request) noticed(n Notice) Request {
	marks := maps.Clone(r.Noticed)
	if marks == nil {
		marks = map[NoticeKind]string{}
	}
	marks[n.Kind] = n.ID
	r.Noticed = marks
	return r
}

// roundBegan returns when the latest round was submitted or retried.
func (r Request) roundBegan() time.Time {
	for _, a := range slices.Backward(r.Audit) {
		if a.What == "retry" {
			return a.At
		}
	}
	return r.SubmittedAt
}

// Sentence says the notice in words for people.
func (n Notice) Sentence() string {
	request := "Request " + n.RequestID
	if n.Label != "" {
		request += " (" + n.Label + ")"
	}
	switch n.Kind {
	case NoticePaused:
		return fmt.Sprintf("%s is paused. %s Fix this, then resume the request. Until then %s.",
			request, n.Reason, n.tally())
	case NoticeWaiting:
		return fmt.Sprintf("%s has waited for mail for more than a day: %s. usher continues when the sender may mail again.", request, n.tally())
	}
	if n.Kind == NoticeExpiring {
		return fmt.Sprintf("%s: %s not signed in, and the temporary password expires soon, the first on %s. Nothing is mailed by itself. To mail them, open the request in the console.",
			request, counted(n.Expiring, "person has", "people have"), n.ExpiresAt.UTC().Format("2 January 15:04 UTC"))
	}
	how := "is done"
	switch n.State {
	case StateCanceled:
		how = "was canceled"
	case StateErrors:
		how = "is done with errors"
	}
	return fmt.Sprintf("%s %s: %s.", request, how, n.tally())
}

// tally lists how many rows are in which state.
func (n Notice) tally() string {
	var parts []string
	for _, s := range States {
		if rows := n.Counts[s]; rows > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", rows, strings.ReplaceAll(string(s), "_", " ")))
		}
	}
	return strings.Join(parts, ", ")
}
