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

	"usher.example/internal/awsstub"
	"usher.example/internal/onboard"
	"usher.example/internal/onboardtest"
)

func TestSendOnTheWire(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(accepts)
	one, two := onboardtest.Message(onboardtest.RequestID(1), 1), onboardtest.Message(onboardtest.RequestID(2), 2)
	if err := over(t, stub).Send(t.Context(), []onboard.Message{one, two}, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	want := []sent{{
		QueueURL: queueURL,
		Entries: []sentEntry{
			{"0", string(one.Encode()), onboardtest.RequestID(1), 2},
			{"1", string(two.Encode()), onboardtest.RequestID(2), 2},
		},
	}}
	if diff := cmp.Diff(want, sends(t, stub)); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

func TestDelayInWholeSeconds(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]int{
		0: 0, 1: 1, time.Second: 1, time.Second + 1: 2, 15 * time.Minute: 900,
		-1: -1, 15*time.Minute + 1: -1, // refused
	}
	for delay, want := range tests {
		t.Run(delay.String(), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(accepts)
			err := over(t, stub).Send(t.Context(), rowsOf(1), delay)
			if want < 0 {
				if err == nil || len(stub.Calls()) > 0 || !strings.Contains(err.Error(), "15m0s") {
					t.Errorf("err = %v after %d calls, want a refusal that names the limit", err, len(stub.Calls()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := sends(t, stub)[0].Entries[0].DelaySeconds; got != want {
				t.Errorf("DelaySeconds %d, want %d", got, want)
			}
		})
	}
}

func TestBatchesOfTen(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 1, 9: 1, 10: 1, 11: 2, 20: 2, 21: 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(accepts)
			if err := overParallel(t, stub, 1).Send(t.Context(), rowsOf(n), 0); err != nil {
				t.Fatal(err)
			}
			next := 1
			for _, s := range sends(t, stub) {
				for _, row := range s.rows(t) {
					if row != next {
						t.Errorf("row %d sent where %d was due", row, next)
					}
					next++
				}
			}
			if got := len(stub.Calls()); got != want || next != n+1 {
				t.Errorf("%d batches with %d rows, want %d with %d", got, next-1, want, n)
			}
		})
	}
}

// The limits of SendMessageBatch, at one less, at the limit and at one more.
func TestBatchesOfOneMebibyte(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	tests := map[string]struct {
		sizes []int
		want  []string // rows of each batch; nil: refused
	}{
		"a message of limit-1":  {[]int{limit - 1}, []string{"[1]"}},
		"a message of limit":    {[]int{limit}, []string{"[1]"}},
		"a message of limit+1":  {[]int{1000, limit + 1}, nil},
		"a batch of limit-1":    {[]int{limit / 2, limit/2 - 1}, []string{"[1,2]"}},
		"a batch of limit":      {[]int{limit / 2, limit / 2}, []string{"[1,2]"}},
		"a batch of limit+1":    {[]int{limit / 2, limit/2 + 1}, []string{"[1]", "[2]"}},
		"small, large, small":   {[]int{1000, limit - 1000, 1000}, []string{"[1,2]", "[3]"}},
		"large between smaller": {[]int{1000, limit, 1000, 1000}, []string{"[1]", "[2]", "[3,4]"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var messages []onboard.Message
			for i, size := range tt.sizes {
				messages = append(messages, bodySized(t, i+1, size))
			}
			stub := awsstub.New(accepts)
			err := overParallel(t, stub, 1).Send(t.Context(), messages, 0)
			if tt.want == nil {
				if err == nil || len(stub.Calls()) > 0 || !strings.Contains(err.Error(), "row 2 has 1048577 bytes") {
					t.Errorf("err = %v after %d calls, want a refusal that names row and size", err, len(stub.Calls()))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sends(t, stub) {
				got = append(got, span(s.rows(t)))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("batches (-want +got):\n%s", diff)
			}
		})
	}
}

// SQS refuses U+FFFE and U+FFFF, which JSON carries as they are (Amazon SQS API
// Reference, "SendMessage"). Escaped they pass, and mean the same.
func TestCharactersThatSQSRefusesAreEscaped(t *testing.T) {
	t.Parallel()
	m := onboardtest.Message(onboardtest.RequestID(1), 1)
	m.Cells = []string{"a\uFFFEb", "\uFFFF", "\uFFFD", "\x00\x0b", "\U0001F331"}
	stub := awsstub.New(accepts)
	if err := over(t, stub).Send(t.Context(), []onboard.Message{m}, 0); err != nil {
		t.Fatal(err)
	}
	body := sends(t, stub)[0].Entries[0].MessageBody
	for _, r := range body {
		if r == '\uFFFE' || r == '\uFFFF' || r < ' ' {
			t.Errorf("body has %U: %s", r, body)
		}
	}
	got, err := onboard.DecodeMessage([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, got); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestTenThousandRowsWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rows, latency = 10_000, 15 * time.Millisecond
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer { return accepts(call).In(latency) })
		began := time.Now()
		if err := over(t, stub).Send(t.Context(), rowsOf(rows), 0); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		t.Logf("%d rows in %d calls, %d at once, %s", rows, len(stub.Calls()), stub.Widest(), took)
		if len(stub.Calls()) != rows/10 || stub.Widest() != 32 || took > time.Second {
			t.Errorf("%d calls, %d at once, %s; want %d, 32, at most 1s", len(stub.Calls()), stub.Widest(), took, rows/10)
		}
	})
}

func TestParallelIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer { return accepts(call).In(time.Millisecond) })
		if err := overParallel(t, stub, 3).Send(t.Context(), rowsOf(200), 0); err != nil {
			t.Fatal(err)
		}
		if got := stub.Widest(); got != 3 {
			t.Errorf("%d calls at once, want 3", got)
		}
	})
}

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
		var got []string
		for _, s := range sends(t, stub) {
			got = append(got, span(s.rows(t)))
		}
		want := []string{"[1,2,3,4,5,6,7,8,9,10]", "[3,6,9]", "[6,9]", "[9]"}
		if diff := cmp.Diff(want, got); diff != "" {
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
		var got []string
		for _, s := range sends(t, stub) {
			got = append(got, span(s.rows(t)))
		}
		if diff := cmp.Diff([]string{"[1,2,3,4,5,6]", "[5]", "[5]"}, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	})
}

func TestAnEntryThatTheAnswerForgetsIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			if calls++; calls > 1 {
				return accepts(call)
			}
			var s sent
			call.Decode(&s)
			return awsstub.OK(map[string]any{"Successful": []any{stored(s.Entries[0])}})
		})
		if err := over(t, stub).Send(t.Context(), rowsOf(3), 0); err != nil {
			t.Fatal(err)
		}
		if got := span(sends(t, stub)[1].rows(t)); got != "[2,3]" {
			t.Errorf("sent again %s, want [2,3]", got)
		}
	})
}

// What SQS has stored otherwise than it was sent is not stored.
func TestAChecksumThatDoesNotMatchIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			if calls++; calls > 1 {
				return accepts(call)
			}
			return awsstub.OK(map[string]any{"Successful": []any{
				map[string]string{"Id": "0", "MessageId": "m", "MD5OfMessageBody": strings.Repeat("0", 32)},
			}})
		})
		if err := over(t, stub).Send(t.Context(), rowsOf(1), 0); err != nil {
			t.Fatal(err)
		}
		if calls != 2 {
			t.Errorf("%d calls, want 2", calls)
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
		"connection lost":     {awsstub.Lost(io.ErrUnexpectedEOF), 5, "unexpected EOF"},
		"no answer":           {awsstub.Silence(), 5, ""},
		"internal error":      {awsstub.QueryRefusal(500, "InternalFailure", "Receiver"), 5, "InternalFailure"},
		"unavailable":         {awsstub.Refusal(503, "ServiceUnavailable", ""), 5, "ServiceUnavailable"},
		"a web page":          {awsstub.Answer{Status: 502, Body: []byte("<html>")}, 5, ""},
		"throttled":           {awsstub.QueryRefusal(403, "RequestThrottled", "Sender"), 5, "RequestThrottled"},
		"too fast":            {awsstub.Refusal(400, "ThrottlingException", ""), 5, "ThrottlingException"},
		"key throttled":       {awsstub.QueryRefusal(400, "KMS.ThrottlingException", "Sender"), 5, "KMS.ThrottlingException"},
		"no such queue":       {awsstub.QueryRefusal(400, "AWS.SimpleQueueService.NonExistentQueue", "Sender"), 1, "NonExistentQueue"},
		"no rights":           {awsstub.Refusal(403, "AccessDeniedException", canary), 1, "AccessDeniedException"},
		"credentials expired": {awsstub.Refusal(403, "ExpiredToken", ""), 1, "ExpiredToken"},
		"key disabled":        {awsstub.QueryRefusal(400, "KMS.DisabledException", "Sender"), 1, "KMS.DisabledException"},
		"batch too long":      {awsstub.QueryRefusal(400, "AWS.SimpleQueueService.BatchRequestTooLong", "Sender"), 1, "BatchRequestTooLong"},
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
		calls := 0
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			if calls++; calls < 5 {
				return awsstub.Lost(io.ErrUnexpectedEOF)
			}
			return accepts(call)
		})
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

func sendOf(call awsstub.Call) sent {
	var s sent
	call.Decode(&s)
	return s
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

// canary stands in every answer's message, where AWS may quote what was sent.
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
