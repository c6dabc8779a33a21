package sqsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/testing/awsstub"
)

func TestOnlyWhatFailedIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[int]int{}
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			return batchAnswer(call, func(row int) *failure {
				seen[row]++
				if row%3 == 0 && seen[row] < row/3+1 { // row 3 fails once, 6 twice, 9 three times
					return &failure{code: "InternalError"}
				}
				return nil
			})
		})
		if err := overParallel(t, stub, 1).Send(t.Context(), rowsOf(10), 0); err != nil {
			t.Fatal(err)
		}
		want := []string{"[1,2,3,4,5,6,7,8,9,10]", "[3,6,9]", "[6,9]", "[9]"}
		if diff := cmp.Diff(want, spans(t, stub)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

func TestAnEntryThatKeepsFailingIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			return batchAnswer(call, func(row int) *failure {
				if row == 4 || row == 7 {
					return &failure{code: "ServiceUnavailable"}
				}
				return nil
			})
		})
		began := time.Now()
		err := over(t, stub).Send(t.Context(), rowsOf(10), 0)
		counts(t, err, 2, 10, "ServiceUnavailable")
		if n := len(stub.Calls()); n != 5 {
			t.Errorf("%d rounds, want 5", n)
		}
		if took := time.Since(began); took == 0 || took > 1500*time.Millisecond {
			t.Errorf("waited %s in all, want more than nothing and at most 1.5s", took)
		}
	})
}

func TestAFaultOfOursIsNotSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failed := 0
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			return batchAnswer(call, func(row int) *failure {
				switch {
				case row == 2:
					return &failure{code: "InvalidMessageContents", sender: true}
				case row == 5 && failed < 2:
					failed++
					return &failure{code: "InternalError"}
				}
				return nil
			})
		})
		err := over(t, stub).Send(t.Context(), rowsOf(6), 0)
		counts(t, err, 1, 6, "")
		if diff := cmp.Diff([]string{"[1,2,3,4,5,6]", "[5]", "[5]"}, spans(t, stub)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

func TestAnEntryThatTheAnswerForgetsIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(acceptsAfter(1, func(call awsstub.Call) awsstub.Answer {
			return awsstub.OK(map[string]any{"Successful": []any{stored(sendOf(call).Entries[0])}})
		}))
		if err := over(t, stub).Send(t.Context(), rowsOf(3), 0); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"[1,2,3]", "[2,3]"}, spans(t, stub)); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

// What SQS has stored otherwise than it was sent is not stored.
func TestAChecksumThatDoesNotMatchIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(acceptsAfter(1, func(awsstub.Call) awsstub.Answer {
			return awsstub.OK(map[string]any{"Successful": []any{
				map[string]string{"Id": "0", "MessageId": "m", "MD5OfMessageBody": strings.Repeat("0", 32)},
			}})
		}))
		if err := over(t, stub).Send(t.Context(), rowsOf(1), 0); err != nil {
			t.Fatal(err)
		}
		if n := len(stub.Calls()); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// Codes of Amazon SQS API Reference, "SendMessageBatch" and "Common Errors".
func TestACallThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer awsstub.Answer
		calls  int // 5: sent again until given up
		cause  string
	}{
		"connection lost":     {answer: awsstub.Lost(io.ErrUnexpectedEOF), calls: 5, cause: "unexpected EOF"},
		"no answer":           {answer: awsstub.Silence(), calls: 5, cause: ""},
		"internal error":      {answer: awsstub.QueryRefusal(500, "InternalFailure", "Receiver"), calls: 5, cause: "InternalFailure"},
		"unavailable":         {answer: awsstub.Refusal(503, "ServiceUnavailable", ""), calls: 5, cause: "ServiceUnavailable"},
		"a web page":          {answer: awsstub.Answer{Status: 502, Body: []byte("<html>")}, calls: 5, cause: ""},
		"throttled":           {answer: awsstub.QueryRefusal(403, "RequestThrottled", "Sender"), calls: 5, cause: "RequestThrottled"},
		"too fast":            {answer: awsstub.Refusal(400, "ThrottlingException", ""), calls: 5, cause: "ThrottlingException"},
		"key throttled":       {answer: awsstub.QueryRefusal(400, "KMS.ThrottlingException", "Sender"), calls: 5, cause: "KMS.ThrottlingException"},
		"no such queue":       {answer: awsstub.QueryRefusal(400, "AWS.SimpleQueueService.NonExistentQueue", "Sender"), calls: 1, cause: "NonExistentQueue"},
		"no rights":           {answer: awsstub.Refusal(403, "AccessDeniedException", canary), calls: 1, cause: "AccessDeniedException"},
		"credentials expired": {answer: awsstub.Refusal(403, "ExpiredToken", ""), calls: 1, cause: "ExpiredToken"},
		"key disabled":        {answer: awsstub.QueryRefusal(400, "KMS.DisabledException", "Sender"), calls: 1, cause: "KMS.DisabledException"},
		"batch too long":      {answer: awsstub.QueryRefusal(400, "AWS.SimpleQueueService.BatchRequestTooLong", "Sender"), calls: 1, cause: "BatchRequestTooLong"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(awsstub.Script(tt.answer))
				// However the client is set, it is this package that repeats.
				queue := over(t, stub, func(o *sqs.Options) { o.RetryMaxAttempts = 4 })
				err := queue.Send(t.Context(), rowsOf(7), 0)
				counts(t, err, 7, 7, tt.cause)
				if n := len(stub.Calls()); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
			})
		})
	}
}

func TestAFailureThatPassesIsNoError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(acceptsAfter(4, awsstub.Script(awsstub.Lost(io.ErrUnexpectedEOF))))
		if err := over(t, stub).Send(t.Context(), rowsOf(3), 0); err != nil {
			t.Error(err)
		}
	})
}

func TestNothingIsBegunOnceABatchIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			if sendOf(call).rows(t)[0] > 10 {
				return awsstub.Refusal(403, "AccessDeniedException", "")
			}
			return accepts(call)
		})
		err := overParallel(t, stub, 1).Send(t.Context(), rowsOf(500), 0)
		counts(t, err, 490, 500, "AccessDeniedException")
		if n := len(stub.Calls()); n != 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

func TestSendThatIsInterrupted(t *testing.T) {
	t.Parallel()
	tests := map[string]awsstub.Answer{
		"in flight":            awsstub.Silence(),
		"between two attempts": awsstub.Lost(io.ErrUnexpectedEOF).In(999 * time.Microsecond),
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				err := over(t, awsstub.New(awsstub.Script(answer))).Send(ctx, rowsOf(12), 0)
				counts(t, err, 12, 12, "")
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("err = %v, want also context.DeadlineExceeded", err)
				}
			})
		})
	}
}

// canary is in every answer's message, where AWS may quote what was sent.
const canary = "canary.7f3a@example.com"

// counts checks what an error says, and that it does not say who was invited.
func counts(t *testing.T, err error, missing, all int, cause string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	if want := fmt.Sprintf("%d of %d messages are not confirmed", missing, all); !strings.Contains(text, want) || !strings.Contains(text, cause) {
		t.Errorf("error %q, want %q because of %q in it", text, want, cause)
	}
	if strings.Contains(text, "@") {
		t.Errorf("error shows an address: %s", text)
	}
}
