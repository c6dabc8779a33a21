package onboard

import "time"

// MailEvent is what the service that sends the pool's mails says about one mail to
// one address.
type MailEvent struct {
	Address string    // as the service writes it
	SentAt  time.Time // when the service took the mail
	At      time.Time // when this became of it
	Says    MailDelivery
}
