package onboard

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

// MailEvent is what the service that sends the pool's mails says about one mail to
// one address. Events come at least once, in any order, or never, and the same
// service may send mails that are not usher's.
type MailEvent struct {
	Address string    // as the service writes it
	SentAt  time.Time // when the service took the mail
	At      time.Time // when this became of it
	Says    MailDelivery
}

const (
	// mailReported is how long after a mail left a report about it counts. SES tries to
	// hand a mail over for 14 hours (the expirationTime of its events), a server may
	// return later what it took, and people complain when they read their mail.
	mailReported = 72 * time.Hour

	// mailHandedOver is how long after the row's outcome the service may take its mail.
	// What it takes later is another mail, such as a password reset.
	mailHandedOver = time.Hour
)

// MailListener notes what becomes of the mails that usher had the pool send, and pauses
// requests whose mails come back. Its fields are set once, before use; it is then safe
// for concurrent use.
type MailListener struct {
	Store Store

	// Sample is how many mails are needed to speak of a share that bounces.
	Sample int

	Log *slog.Logger
}

// Listen notes what events say, and passes over what is about no mail of usher's. It
// returns how many it noted. After an error it is to be given all of them again; that
// changes nothing which was noted before.
func (l *MailListener) Listen(ctx context.Context, events []MailEvent) (noted int, err error) {
	addresses := make([]string, len(events))
	for i, e := range events {
		addresses[i] = FoldAddress(e.Address)
	}
	claims, err := l.Store.Claims(ctx, addresses)
	if errors.Is(err, ErrDamaged) {
		l.Log.ErrorContext(ctx, "reports of mails to an address whose claim is damaged are passed over", "error", err)
	} else if err != nil {
		return 0, err
	}
	found := mailNotes{}
	for i, e := range events {
		if claim, ok := claims[addresses[i]]; ok && found.add(claim, e) {
			noted++
		}
	}
	for _, of := range found.byRequest() {
		if err := l.Store.NoteMails(ctx, of.requestID, of.rows, of.expires); err != nil {
			return 0, err
		}
		if of.bounced {
			if err := l.judge(ctx, of.requestID); err != nil {
				return 0, err
			}
		}
	}
	return noted, nil
}

// mailNotes are the notes of a batch, by request.
type mailNotes map[string]*requestNotes

// requestNotes are the notes about the mails of one request.
type requestNotes struct {
	requestID string
	rows      map[int]MailDelivery
	expires   time.Time
	bounced   bool
}

// add adds what an event says if it is about a mail of usher's.
func (n mailNotes) add(c Claim, e MailEvent) bool {
	requestID, row, ok := c.mailOf(e)
	if !ok {
		return false
	}
	of := n[requestID]
	if of == nil {
		of = &requestNotes{requestID: requestID, rows: map[int]MailDelivery{}}
		n[requestID] = of
	}
	of.rows[row] = of.rows[row].Worst(e.Says)
	of.expires = laterOf(of.expires, c.ExpiresAt) // a claim is kept as long as its rows
	of.bounced = of.bounced || e.Says == MailBounced
	return true
}

func (n mailNotes) byRequest() []*requestNotes {
	var list []*requestNotes
	for _, of := range n {
		list = append(list, of)
	}
	slices.SortFunc(list, func(a, b *requestNotes) int { return cmp.Compare(a.requestID, b.requestID) })
	return list
}

// mailOf returns the row whose mail an event is about: the one that was at work on its
// mail when the service took it, or else the one that mailed the address last before,
// as clocks may differ and a mail may wait to be handed over.
func (c Claim) mailOf(e MailEvent) (requestID string, row int, ok bool) {
	newest := c.newestMail(func(t Touch) bool {
		return !t.MailAfter.After(e.SentAt) && !e.SentAt.After(t.At.Add(clockSkew))
	})
	if newest.MailAfter.IsZero() {
		newest = c.newestMail(func(t Touch) bool { return !t.MailAfter.After(e.SentAt.Add(clockSkew)) })
	}
	ok = !newest.MailAfter.IsZero() && !e.SentAt.After(newest.At.Add(mailHandedOver)) && !e.At.After(newest.MailAfter.Add(mailReported))
	return newest.RequestID, newest.Row, ok
}

// newestMail returns the newest mail that fits. A mail whose row has no outcome yet is
// known by the claim's trail.
func (c Claim) newestMail(fits func(Touch) bool) (newest Touch) {
	mails := c.History
	if t := c.Trail; !t.Empty() {
		mails = append(slices.Clone(mails), Touch{RequestID: t.By.RequestID, Row: t.By.Row, At: t.To, MailAfter: t.mailAfter()})
	}
	for _, t := range mails {
		if fits(t) && t.MailAfter.After(newest.MailAfter) {
			newest = t
		}
	}
	return newest
}
