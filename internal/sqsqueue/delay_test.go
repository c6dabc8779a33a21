package sqsqueue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
)

func delivery() onboard.Delivery {
	m := onboardtest.Message(onboardtest.RequestID(1), 7, func(m *onboard.Message) { m.Email = canary })
	return onboard.Delivery{Message: m, Handle: "AQEB-handle", ID: "m-1", Receives: 1}
}

func TestDelayOnTheWire(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]float64{
		0: 0, 1: 1, 2 * time.Second: 2, 2*time.Second + 1: 3, 12 * time.Hour: 43200,
		-1: -1, 12*time.Hour + 1: -1, // refused
	}
	for wait, want := range tests {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(awsstub.Script(awsstub.OK(nil)))
			err := over(t, stub).Delay(t.Context(), delivery(), wait)
			calls := stub.Calls()
			if want < 0 {
				if err == nil || len(calls) > 0 || !strings.Contains(err.Error(), "12h0m0s") {
					t.Errorf("err = %v after %d calls, want a refusal that names the limit", err, len(calls))
				}
				return
			}
			if err != nil || len(calls) != 1 || calls[0].Operation != "ChangeMessageVisibility" {
				t.Fatalf("err = %v, calls %v", err, calls)
			}
			fields := map[string]any{"QueueUrl": queueURL, "ReceiptHandle": "AQEB-handle", "VisibilityTimeout": want}
			if diff := cmp.Diff(fields, calls[0].Fields()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

// Codes of Amazon SQS API Reference, "ChangeMessageVisibility" and "Common
// Errors"; InvalidParameterValue as public issue aws/aws-sdk-java#1628 shows it.
func TestDelayThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer awsstub.Answer
		cause  string // "": no error
		calls  int
	}{
		"not in flight":      {answer: awsstub.QueryRefusal(400, "AWS.SimpleQueueService.MessageNotInflight", "Sender"), cause: "", calls: 1},
		"not in flight, new": {answer: awsstub.Refusal(400, "com.amazonaws.sqs#MessageNotInflight", ""), cause: "", calls: 1},
		"deleted or expired": {answer: awsstub.QueryRefusal(400, "InvalidParameterValue", "Sender"), cause: "", calls: 1},
		"never a receipt":    {answer: awsstub.QueryRefusal(400, "ReceiptHandleIsInvalid", "Sender"), cause: "ReceiptHandleIsInvalid", calls: 1},
		"no such queue":      {answer: awsstub.QueryRefusal(400, "AWS.SimpleQueueService.NonExistentQueue", "Sender"), cause: "NonExistentQueue", calls: 1},
		"no rights":          {answer: awsstub.Refusal(403, "AccessDeniedException", canary), cause: "AccessDeniedException", calls: 1},
		"internal error":     {answer: awsstub.QueryRefusal(500, "InternalFailure", "Receiver"), cause: "InternalFailure", calls: 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(awsstub.Script(tt.answer))
				err := over(t, stub).Delay(t.Context(), delivery(), time.Minute)
				if n := len(stub.Calls()); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
				if tt.cause == "" {
					if err != nil {
						t.Errorf("err = %v, want none", err)
					}
					return
				}
				if err == nil || !strings.Contains(err.Error(), tt.cause) || !strings.Contains(err.Error(), "row 7") {
					t.Fatalf("err = %v, want one that names %s and row 7", err, tt.cause)
				}
				if strings.Contains(err.Error(), "@") {
					t.Errorf("error shows an address: %v", err)
				}
			})
		})
	}
}

func TestDelayThatIsInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := over(t, awsstub.New(awsstub.Script(awsstub.Silence())))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := queue.Delay(ctx, delivery(), 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want context.DeadlineExceeded", err)
		}
		began := time.Now()
		if err := queue.Delay(t.Context(), delivery(), 0); err == nil || time.Since(began) != 5*time.Second {
			t.Errorf("err = %v after %s, want one after 5s", err, time.Since(began))
		}
	})
}
