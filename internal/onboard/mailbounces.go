package onboard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// bounceShare is the share of mails that may bounce, and bounceSample how many mails
	// are needed to speak of a share. AWS reviews an account whose bounces reach 5 % and
	// may stop it at 10 % (Amazon SES Developer Guide, "Sending review process FAQs").
	bounceShare  = 0.05
	bounceSample = 100

	// namedDomains is how many domains the reason of a pause names.
	namedDomains = 3
)

// MailCount is how many mails a request had sent, and how many bounced. All that were
// sent count, and not only those of which something is known: mails to addresses that
// do not exist come back sooner than others arrive.
type MailCount struct{ Mails, Bounced int }

// mailCount counts the mails of r and, among what is noted of them, the bounces.
func (r Request) mailCount(noted map[int]MailDelivery) MailCount {
	c := MailCount{Mails: r.Tally.States[Invited] + r.Tally.States[Resent]}
	for _, says := range noted {
		if says == MailBounced {
			c.Bounced++
		}
	}
	return c
}

// sinceResumed is what of c counts: what came after an administrator last resumed the
// request after such a pause.
func (r Request) sinceResumed(c MailCount) MailCount {
	return MailCount{Mails: c.Mails - r.CountFrom.Mails, Bounced: c.Bounced - r.CountFrom.Bounced}
}

// isTooMany reports whether so many mails bounce that the request has to pause.
func (c MailCount) isTooMany(sample int) bool {
	return c.Mails >= sample && float64(c.Bounced) > bounceShare*float64(c.Mails)
}

// judge pauses a request if too many of its mails bounce.
func (l *MailListener) judge(ctx context.Context, id string) error {
	for {
		r, err := l.Store.Request(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return err
		case r.Phase != Running || r.isSettled(time.Now()):
			return nil
		}
		noted, err := l.Store.NotedMails(ctx, id)
		if err != nil {
			return err
		}
		count := r.sinceResumed(r.mailCount(noted))
		if !count.isTooMany(l.Sample) {
			return nil
		}
		domains, err := l.bouncedDomains(ctx, id, noted)
		if err != nil {
			return err
		}
		r.Phase, r.Pause = Paused, &Pause{Code: CodeMailsBounce, Reason: mailsBounce(count, domains), Since: time.Now()}
		err = l.Store.SaveRequest(ctx, r, Tally{})
		if err == nil {
			l.Log.WarnContext(ctx, "request paused: too many of its mails bounce", "request_id", id, "mails", count.Mails, "bounced", count.Bounced)
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// bouncedDomains returns the domains of the addresses whose mails bounced, the one
// with the most first.
func (l *MailListener) bouncedDomains(ctx context.Context, id string, noted map[int]MailDelivery) ([]domainRows, error) {
	var bounced []Message
	after := 0
	for {
		page, err := l.Store.ListInvitations(ctx, id, after, listPage)
		if err != nil {
			return nil, fmt.Errorf("read the request's invitations: %w", err)
		}
		for _, inv := range page {
			if noted[inv.Row] == MailBounced {
				bounced = append(bounced, Message{Row: inv.Row, Person: inv.Person})
			}
		}
		if len(page) < listPage {
			return domainsOf(bounced), nil
		}
		after = page[len(page)-1].Row
	}
}

// mailsBounce says why a request pauses whose mails bounce.
func mailsBounce(c MailCount, domains []domainRows) string {
	var names []string
	for _, d := range domains[:min(len(domains), namedDomains)] {
		names = append(names, fmt.Sprintf("%s %d", d.name, d.rows))
	}
	if more := len(domains) - len(names); more > 0 {
		names = append(names, counted(more, "more domain", "more domains"))
	}
	return fmt.Sprintf("%d of %d mails bounced (%s). AWS reviews senders at 5 %% and may stop them at 10 %%. Look at the rows that bounced before you resume: cancel the request if its list is old.",
		c.Bounced, c.Mails, strings.Join(names, ", "))
}
