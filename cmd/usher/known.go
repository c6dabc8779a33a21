package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// shownRequests is how many earlier requests are named.
const shownRequests = 2

// before says which requests invited people before: "(people.csv, 27 Nov)".
func (r report) before() string {
	if r.Known == nil || len(r.Known.Requests) == 0 {
		return ""
	}
	var names []string
	rest := r.Known.Rows
	for _, request := range r.Known.Requests[:min(shownRequests, len(r.Known.Requests))] {
		names = append(names, named(request))
		rest -= request.Rows
	}
	if rest > 0 {
		names = append(names, "and others")
	}
	return " (" + strings.Join(names, "; ") + ")"
}

func named(r client.KnownRequest) string {
	name := cleanLine(cmp.Or(r.Label, r.ID))
	if r.SubmittedAt.IsZero() {
		return name
	}
	return name + ", " + dayOf(r.SubmittedAt)
}

// dayOf is "27 Nov", with the year unless it is this one.
func dayOf(t time.Time) string {
	t = t.Local()
	if t.Year() != time.Now().Year() {
		return t.Format("2 Jan 2006")
	}
	return t.Format("2 Jan")
}

// known says what becomes of people who were invited before; "" if there are none.
func (s *submitting) known(r report) string {
	n := r.AlreadyInvited()
	switch {
	case n == 0:
		return ""
	case s.onExisting != string(onboard.Resend):
		return fmt.Sprintf(" %s already invited%s; nobody gets a second mail, and an account that was deleted since is created again.",
			counted(n, "person was", "people were"), r.before())
	case r.Known.MailedRecently > 0 && !s.force:
		return fmt.Sprintf(" %s already invited%s. %s mailed less than 24 hours ago and get no mail without --force.",
			counted(n, "person was", "people were"), r.before(), counted(r.Known.MailedRecently, "person was", "people were"))
	}
	return fmt.Sprintf(" %s already invited%s.", counted(n, "person was", "people were"), r.before())
}

// restsAll reports whether everybody in the file was mailed too recently to be mailed
// again.
func (s *submitting) restsAll(r report) bool {
	return r.Known != nil && r.Known.MailedRecently == r.Counts[onboard.Pending] && !s.force
}

// question asks for confirmation. It promises nothing that a second run does not do.
func (r report) question() string {
	if r.ToInvite() > 0 || r.AlreadyInvited() == 0 {
		return "Continue?"
	}
	return fmt.Sprintf("0 to invite, %d already invited%s. Continue?", r.AlreadyInvited(), r.before())
}
