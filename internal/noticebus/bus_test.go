package noticebus_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/smithy-go/logging"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/noticebus"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

var anyTime = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func notice() onboard.Notice {
	return onboard.Notice{
		ID: "r1.2.ended", Kind: onboard.NoticeEnded, At: anyTime, RequestID: "r1", Round: 2, Label: "autumn term", State: onboard.StateErrors,
		Total: 12, Counts: map[onboard.State]int{onboard.Invited: 11, onboard.Failed: 1}, Codes: map[onboard.Code]int{onboard.CodeEmailInvalid: 1},
	}
}

func over(stub *awsstub.Client, opts ...func(*eventbridge.Options)) *noticebus.Bus {
	return noticebus.New(eventbridge.NewFromConfig(stub.Config(), opts...), noticebus.Config{Stage: "prd", URL: "https://usher.example.org"})
}

var confirmed = awsstub.OK(map[string]any{"FailedEntryCount": 0, "Entries": []any{map[string]string{"EventId": "e-1"}}})

func TestANoticeAsItIsSent(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(awsstub.Script(confirmed))
	if err := over(stub).Notify(t.Context(), notice()); err != nil {
		t.Fatal(err)
	}
	calls := stub.Calls()
	if len(calls) != 1 || calls[0].Operation != "PutEvents" {
		t.Fatalf("called %v, want one PutEvents", calls)
	}
	var sent struct {
		EventBusName string
		Entries      []struct {
			Source, DetailType, Detail string
			Time                       float64
		}
	}
	calls[0].Decode(&sent)
	if len(sent.Entries) != 1 || sent.EventBusName != "" {
		t.Fatalf("sent %+v, want one event for the default bus", sent)
	}
	event := sent.Entries[0]
	if event.Source != "usher" || event.DetailType != "Request Completed" || int64(event.Time) != anyTime.Unix() {
		t.Errorf("event %+v", event)
	}
	var got any
	if err := json.Unmarshal([]byte(event.Detail), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "r1.2.ended", "stage": "prd", "request_id": "r1", "round": 2.0, "label": "autumn term", "state": "completed_with_errors",
		"total": 12.0, "counts": map[string]any{"invited": 11.0, "failed": 1.0}, "codes": map[string]any{"email_invalid": 1.0},
		"message": "Request r1 (autumn term) is done with errors: 11 invited, 1 failed.",
		"links": map[string]any{
			"console": "https://usher.example.org/console/#/requests/r1", "request": "https://usher.example.org/requests/r1",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
}

// Who hears of passwords that expire is one click from the button that helps.
func TestANoticeOfExpiringPasswordsLinksToSignIns(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(awsstub.Script(confirmed))
	n := notice()
	n.Kind = onboard.NoticeExpiring
	if err := over(stub).Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if body := string(stub.Calls()[0].Body); !strings.Contains(body, `https://usher.example.org/console/#/requests/r1/sign-ins\"`) {
		t.Errorf("sent %s", body)
	}
}

func TestEveryKindOfNoticeHasItsDetailType(t *testing.T) {
	t.Parallel()
	for kind, want := range map[onboard.NoticeKind]string{
		onboard.NoticeEnded: "Request Completed", onboard.NoticePaused: "Request Paused", onboard.NoticeWaiting: "Request Waiting For Mail", onboard.NoticeExpiring: "Passwords Expiring",
	} {
		stub := awsstub.New(awsstub.Script(confirmed))
		n := notice()
		n.Kind = kind
		if err := over(stub).Notify(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if body := string(stub.Calls()[0].Body); !strings.Contains(body, `"DetailType":"`+want+`"`) {
			t.Errorf("%s: sent %s, want the detail type %s", kind, body, want)
		}
	}
}

func TestWhatIsNotConfirmedIsAnError(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]awsstub.Answer{
		"no right":         awsstub.Refusal(400, "AccessDeniedException", "about autumn term"),
		"entry refused":    awsstub.OK(map[string]any{"FailedEntryCount": 1, "Entries": []any{map[string]string{"ErrorCode": "ThrottlingException", "ErrorMessage": "autumn term"}}}),
		"nothing said":     awsstub.OK(nil),
		"lost":             awsstub.Lost(errors.New("connection reset")),
		"server's fault":   awsstub.Refusal(500, "InternalException", "autumn term"),
		"no event's id":    awsstub.OK(map[string]any{"FailedEntryCount": 0, "Entries": []any{map[string]string{}}}),
		"no answer at all": awsstub.Silence(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(awsstub.Script(answer))
				began := time.Now()
				err := over(stub).Notify(t.Context(), notice())
				if err == nil {
					t.Fatal("no error")
				}
				if strings.Contains(err.Error(), "autumn") || !strings.Contains(err.Error(), "r1.2.ended") {
					t.Errorf("error %q: want the id and nothing of the notice", err)
				}
				if took := time.Since(began); took > 5*time.Second || len(stub.Calls()) > 2 {
					t.Errorf("took %s and %d calls", took, len(stub.Calls()))
				}
			})
		})
	}
}

func TestASecondAttemptIsTheSameEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(awsstub.Script(awsstub.Refusal(500, "InternalException", ""), confirmed))
		if err := over(stub).Notify(t.Context(), notice()); err != nil {
			t.Fatal(err)
		}
		calls := stub.Calls()
		if len(calls) != 2 || string(calls[0].Body) != string(calls[1].Body) {
			t.Errorf("%d calls, want the same twice", len(calls))
		}
	})
}

func TestNoRequestAndNoAnswerIsLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	bus := over(awsstub.New(awsstub.Script(confirmed)), func(o *eventbridge.Options) {
		o.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody
		o.Logger = logging.NewStandardLogger(&log)
	})
	if err := bus.Notify(t.Context(), notice()); err != nil {
		t.Fatal(err)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}
