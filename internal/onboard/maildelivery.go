package onboard

import (
	"context"
	"time"
)

// MailDelivery is what became of the mail of a row, as far as is known; "" if nothing
// is. It is a fact beside the row's state and changes none: invited means that the
// mail was handed over.
type MailDelivery string

// What can become of a mail.
const (
	MailDelivered  MailDelivery = "delivered"  // the recipient's server took it
	MailBounced    MailDelivery = "bounced"    // it did not arrive, and will not
	MailComplained MailDelivery = "complained" // it arrived, and was marked as unwanted
)

// MailDeliveries lists them, the worst last: of all that is said of a mail the worst
// is kept. A server may take a mail and return it later, and people complain about
// mail that has arrived, so that this order is also the order in time.
var MailDeliveries = []MailDelivery{MailDelivered, MailBounced, MailComplained}

// rank is the place among [MailDeliveries], counted from 1; 0 where nothing is known.
func (d MailDelivery) rank() int {
	for i, other := range MailDeliveries {
		if d == other {
			return i + 1
		}
	}
	return 0
}

// Worst returns the worse of the two.
func (d MailDelivery) Worst(other MailDelivery) MailDelivery {
	if other.rank() > d.rank() {
		return other
	}
	return d
}

// MailNotes keeps what became of mails. It is apart from the invitations: a note
// needs no version and no count, so that it costs one write, may be repeated, may
// come before the row has its outcome, and stands in no worker's way.
type MailNotes interface {
	// NoteMails adds to what is known of the mails to rows of a request. Of what was
	// ever noted of a row the worst is kept ([MailDeliveries]), whatever the order. After
	// an error some may be noted. They are kept until expires; a later call for the same
	// rows may change that.
	NoteMails(ctx context.Context, requestID string, of map[int]MailDelivery, expires time.Time) error

	// NotedMails returns what is known of the mails to the rows of a request, by row and
	// up to date. Rows of which nothing is known are missing.
	NotedMails(ctx context.Context, requestID string) (map[int]MailDelivery, error)
}
