// Package noticebus gives notices to Amazon EventBridge, as events on the account's
// default bus. Rules there pass them on: to mail, to a queue, to any address on the web.
package noticebus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"usher.example/internal/onboard"
)

// Source is the source of all events.
const Source = "usher"

// timeout is how long all attempts together may take. One usually takes 20 ms.
const timeout = 4 * time.Second

// attempts is how often the SDK tries at most. The requeuer tries again every minute.
const attempts = 2

// detailTypes are what the events are called, by kind of notice.
var detailTypes = map[onboard.NoticeKind]string{
	onboard.NoticeEnded:   "Request Completed",
	onboard.NoticePaused:  "Request Paused",
	onboard.NoticeWaiting: "Request Waiting For Mail",

	onboard.NoticeExpiring: "Passwords Expiring",
}

// Config says whose events they are.
type Config struct {
	Stage string // tells the stacks of one account apart
	URL   string // of the API, for links; "" for none
}

// Bus is [onboard.Notices] over EventBridge. It is safe for concurrent use.
type Bus struct {
	client *eventbridge.Client
	cfg    Config
}

var _ onboard.Notices = (*Bus)(nil)

// New returns the bus. The client may be shared with others and keeps its settings.
func New(client *eventbridge.Client, cfg Config) *Bus { return &Bus{client: client, cfg: cfg} }

// detail is the event's detail, as docs/notices.md describes it.
type detail struct {
	ID        string                `json:"id"`
	Stage     string                `json:"stage"`
	RequestID string                `json:"request_id"`
	Round     int                   `json:"round"`
	Label     string                `json:"label,omitempty"`
	State     onboard.RequestState  `json:"state"`
	Total     int                   `json:"total"`
	Counts    map[onboard.State]int `json:"counts"`
	Codes     map[onboard.Code]int  `json:"codes"`
	Pause     onboard.Code          `json:"pause,omitempty"`
	Expiring  int                   `json:"expiring,omitempty"`
	ExpiresAt *time.Time            `json:"passwords_expire_at,omitempty"`
	Message   string                `json:"message"`
	Links     links                 `json:"links"`
}

type links struct {
	Console string `json:"console,omitempty"`
	Request string `json:"request,omitempty"`
}

// Notify implements [onboard.Notices]. It returns nil once EventBridge has confirmed
// the event.
func (b *Bus) Notify(ctx context.Context, n onboard.Notice) error {
	text, err := json.Marshal(b.detail(n))
	if err != nil {
		return fmt.Errorf("noticebus: write notice %s: %w", n.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := b.client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
		Source: aws.String(Source), DetailType: aws.String(detailTypes[n.Kind]), Detail: aws.String(string(text)), Time: aws.Time(n.At),
	}}}, quick)
	if err != nil {
		return fmt.Errorf("noticebus: give notice %s: %w", n.ID, blank(err))
	}
	// An answer of 200 may refuse the entry (Amazon EventBridge API Reference, "PutEvents").
	if out.FailedEntryCount > 0 || len(out.Entries) != 1 || aws.ToString(out.Entries[0].EventId) == "" {
		return fmt.Errorf("noticebus: give notice %s: %w", n.ID, refused(out))
	}
	return nil
}

func (b *Bus) detail(n onboard.Notice) detail {
	d := detail{
		ID: n.ID, Stage: b.cfg.Stage, RequestID: n.RequestID, Round: n.Round, Label: n.Label, State: n.State,
		Total: n.Total, Counts: n.Counts, Codes: n.Codes, Pause: n.Pause, Expiring: n.Expiring, Message: n.Sentence(),
	}
	if !n.ExpiresAt.IsZero() {
		at := n.ExpiresAt.UTC()
		d.ExpiresAt = &at
	}
	if b.cfg.URL != "" {
		d.Links = links{
			Console: b.cfg.URL + "/console/#/requests/" + n.RequestID,
			Request: b.cfg.URL + "/requests/" + n.RequestID,
		}
		if n.Kind == onboard.NoticeExpiring {
			d.Links.Console += "/sign-ins" // whom to mail, and the button for it
		}
	}
	return d
}

// quick keeps requests and answers, which hold labels, out of the SDK's log, and
// bounds the attempts.
func quick(o *eventbridge.Options) {
	o.ClientLogMode = 0
	o.RetryMaxAttempts = attempts
}

// blank returns an error of the SDK without anything of the call.
func blank(err error) error {
	if refusal, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Errorf("EventBridge answered %s", refusal.ErrorCode())
	}
	return err
}

// refused says why an answer confirms no event.
func refused(out *eventbridge.PutEventsOutput) error {
	if len(out.Entries) == 1 {
		if code := aws.ToString(out.Entries[0].ErrorCode); code != "" {
			return fmt.Errorf("EventBridge refused the event: %s", code)
		}
	}
	return errors.New("EventBridge did not confirm the event")
}
