package sqsqueue_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
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
			{ID: "0", MessageBody: string(one.Encode()), MessageGroupID: onboardtest.RequestID(1), DelaySeconds: 2},
			{ID: "1", MessageBody: string(two.Encode()), MessageGroupID: onboardtest.RequestID(2), DelaySeconds: 2},
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
		"a message of limit-1":  {sizes: []int{limit - 1}, want: []string{"[1]"}},
		"a message of limit":    {sizes: []int{limit}, want: []string{"[1]"}},
		"a message of limit+1":  {sizes: []int{1000, limit + 1}, want: nil},
		"a batch of limit-1":    {sizes: []int{limit / 2, limit/2 - 1}, want: []string{"[1,2]"}},
		"a batch of limit":      {sizes: []int{limit / 2, limit / 2}, want: []string{"[1,2]"}},
		"a batch of limit+1":    {sizes: []int{limit / 2, limit/2 + 1}, want: []string{"[1]", "[2]"}},
		"small, large, small":   {sizes: []int{1000, limit - 1000, 1000}, want: []string{"[1,2]", "[3]"}},
		"large between smaller": {sizes: []int{1000, limit, 1000, 1000}, want: []string{"[1]", "[2]", "[3,4]"}},
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
			if diff := cmp.Diff(tt.want, spans(t, stub)); diff != "" {
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
