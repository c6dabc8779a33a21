package sesevents

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"usher.example/internal/onboard"
)

// event is what is used of an event (Amazon EventBridge Events Reference, "Amazon
// SES events"; Amazon SES Developer Guide, "Contents of event data").
type event struct {
	Source string          `json:"source"`
	Time   time.Time       `json:"time"`
	Detail json.RawMessage `json:"detail"`
}

type detail struct {
	Type      string     `json:"eventType"`
	Mail      mail       `json:"mail"`
	Delivery  *delivery  `json:"delivery"`
	Bounce    *bounce    `json:"bounce"`
	Complaint *complaint `json:"complaint"`
}

type mail struct {
	Timestamp   time.Time `json:"timestamp"`
	Destination []string  `json:"destination"`
}

type delivery struct {
	Timestamp  time.Time `json:"timestamp"`
	Recipients []string  `json:"recipients"`
}

type bounce struct {
	Type       string      `json:"bounceType"`
	Recipients []recipient `json:"bouncedRecipients"`
	Timestamp  time.Time   `json:"timestamp"`
}

type complaint struct {
	SubType    string      `json:"complaintSubType"`
	Recipients []recipient `json:"complainedRecipients"`
	Timestamp  time.Time   `json:"timestamp"`
}

type recipient struct {
	Address string `json:"emailAddress"`
	Action  string `json:"action"`
}

// errNoEvent does not quote the body: there may be an address in it.
var errNoEvent = errors.New("the message is no event of Amazon SES")

// Read returns what the event in a message of the queue says about mails: nothing if
// it is about something else, or about nothing that is final. An error means that the
// message cannot be read.
func Read(body []byte) ([]onboard.MailEvent, error) {
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, errNoEvent
	}
	if e.Source != "aws.ses" {
		return nil, nil
	}
	var d detail
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return nil, errNoEvent
	}
	f := facts{mail: d.Mail, at: e.Time}
	switch {
	case d.Type == "Delivery" && d.Delivery != nil:
		f.at = d.Delivery.Timestamp
		f.say(onboard.MailDelivered, d.Delivery.Recipients)
	case d.Type == "Bounce" && d.Bounce != nil:
		f.at = d.Bounce.Timestamp
		f.say(onboard.MailBounced, d.Bounce.failed())
	case d.Type == "Complaint" && d.Complaint != nil:
		f.at = d.Complaint.Timestamp
		f.say(d.Complaint.says(), addressesOf(d.Complaint.Recipients))
	case d.Type == "Reject":
		f.say(onboard.MailBounced, d.Mail.Destination)
	}
	return f.list, nil
}

// failed are the recipients whom the mail did not reach. A bounce that is not
// permanent counts for those of whom SES has given up: a report that the mail is
// delayed, or an automatic answer, which SES takes for a bounce too, has no failed
// action (RFC 3464, 2.3.3).
func (b bounce) failed() []string {
	if b.Type == "Permanent" {
		return addressesOf(b.Recipients)
	}
	var list []recipient
	for _, r := range b.Recipients {
		if strings.EqualFold(r.Action, "failed") {
			list = append(list, r)
		}
	}
	return addressesOf(list)
}

// says is what a complaint means. SES sends no mail to an address that is on the
// account's suppression list, also not where a complaint put it there: then nothing
// arrived.
func (c complaint) says() onboard.MailDelivery {
	if c.SubType == "OnAccountSuppressionList" {
		return onboard.MailBounced
	}
	return onboard.MailComplained
}

func addressesOf(list []recipient) []string {
	var addresses []string
	for _, r := range list {
		addresses = append(addresses, r.Address)
	}
	return addresses
}

// facts collects what one event says.
type facts struct {
	mail mail
	at   time.Time
	list []onboard.MailEvent
}

// say notes the same of some recipients. A mail to one address is that address's,
// whatever a server on its way wrote into its report: it may have been forwarded.
func (f *facts) say(says onboard.MailDelivery, recipients []string) {
	if len(recipients) > 0 && len(f.mail.Destination) == 1 {
		recipients = f.mail.Destination
	}
	for _, r := range recipients {
		f.list = append(f.list, onboard.MailEvent{Address: bare(r), SentAt: f.mail.Timestamp, At: f.at, Says: says})
	}
}

// bare returns an address without a name before it.
func bare(address string) string {
	if open := strings.LastIndexByte(address, '<'); open >= 0 {
		address, _, _ = strings.Cut(address[open+1:], ">")
	}
	return strings.TrimSpace(address)
}
