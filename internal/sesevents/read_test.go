package sesevents_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/sesevents"
)

var sentAt = time.Date(2026, 11, 27, 9, 0, 0, 412e6, time.UTC)

func TestRead(t *testing.T) {
	t.Parallel()
	says := func(d onboard.MailDelivery, address string, at string) []onboard.MailEvent {
		when, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		return []onboard.MailEvent{{Address: address, SentAt: sentAt, At: when, Says: d}}
	}
	for name, want := range map[string][]onboard.MailEvent{
		"delivered":            says(onboard.MailDelivered, "ada.moss@example.org", "2026-11-27T09:00:01.904Z"),
		"permanent":            says(onboard.MailBounced, "ben.nash@example.org", "2026-11-27T09:00:02.101Z"),
		"mailbox_full":         says(onboard.MailBounced, "cy.orr@example.org", "2026-11-27T09:00:02.101Z"),
		"suppressed":           says(onboard.MailBounced, "di.pek@example.org", "2026-11-27T09:00:02.101Z"),
		"suppressed_for_all":   says(onboard.MailBounced, "di.pek@example.org", "2026-11-27T09:00:02.101Z"),
		"complained":           says(onboard.MailComplained, "ed.quin@example.org", "2026-11-27T10:00:00Z"),
		"complained_before":    says(onboard.MailBounced, "ed.quin@example.org", "2026-11-27T09:00:02.101Z"),
		"rejected":             says(onboard.MailBounced, "ada.moss@example.org", "2026-11-27T09:00:02Z"),
		"forwarded":            says(onboard.MailBounced, "ada.moss@example.org", "2026-11-27T09:00:02.101Z"),
		"named":                says(onboard.MailDelivered, "ada.moss@example.org", "2026-11-27T09:00:01.904Z"),
		"auto_reply":           nil,
		"delayed":              nil,
		"delayed_bounce":       nil,
		"undetermined":         nil,
		"sent":                 nil,
		"schedule":             nil, // its detail is a string
		"test_event_of_bucket": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := sesevents.Read(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A mail of another program may have many recipients: each gets an event of its own.
func TestReadKeepsRecipientsOfOneMailApart(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/two_recipients.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := sesevents.Read(body)
	if err != nil || len(got) != 1 || got[0].Address != "ben.nash@example.org" {
		t.Errorf("got %+v, %v; want only the one that bounced", got, err)
	}
}

func TestReadRefusesWhatIsNoEventWithoutQuotingIt(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "null x", `{"source":`, `[]`, `"ann@example.org"`,
		`{"source":"aws.ses","detail":"ann@example.org"}`,
		`{"source":"aws.ses","detail":{"eventType":"Delivery","mail":{"timestamp":"ann@example.org"}}}`,
	} {
		got, err := sesevents.Read([]byte(body))
		if err == nil {
			t.Errorf("%s: read as %+v", body, got)
		} else if strings.Contains(err.Error(), "ann@") {
			t.Errorf("%s: the error quotes it: %v", body, err)
		}
	}
}
