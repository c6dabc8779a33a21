package sqsqueue_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"usher.example/internal/onboard"
	"usher.example/internal/sqsqueue"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
)

const queueURL = "https://sqs.us-east-1.amazonaws.com/123456789012/invitations"

// over returns a queue whose calls the stub answers. Options change the SDK's
// client, as a program's wiring might.
func over(t *testing.T, stub *awsstub.Client, opts ...func(*sqs.Options)) *sqsqueue.Queue {
	t.Helper()
	return overParallel(t, stub, 0, opts...)
}

func overParallel(t *testing.T, stub *awsstub.Client, parallel int, opts ...func(*sqs.Options)) *sqsqueue.Queue {
	t.Helper()
	queue, err := sqsqueue.New(sqs.NewFromConfig(stub.Config(), opts...), queueURL, sqsqueue.Options{Parallel: parallel})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return queue
}

// sent is a SendMessageBatch as it went over the wire.
type sent struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []sentEntry
}

type sentEntry struct {
	ID             string `json:"Id"`
	MessageBody    string
	MessageGroupID string `json:"MessageGroupId"`
	DelaySeconds   int
}

// sends returns the batches that were sent. It fails on any other call.
func sends(t *testing.T, stub *awsstub.Client) []sent {
	t.Helper()
	var all []sent
	for _, call := range stub.Calls() {
		if call.Operation != "SendMessageBatch" {
			t.Fatalf("called %s", call.Operation)
		}
		all = append(all, sendOf(call))
	}
	return all
}

// sendOf reads a call of SendMessageBatch.
func sendOf(call awsstub.Call) sent {
	var s sent
	call.Decode(&s)
	return s
}

// spans returns the rows of each batch that was sent, as in "[1,2]".
func spans(t *testing.T, stub *awsstub.Client) []string {
	t.Helper()
	var all []string
	for _, s := range sends(t, stub) {
		all = append(all, strings.ReplaceAll(fmt.Sprint(s.rows(t)), " ", ","))
	}
	return all
}

// rows returns the rows of a batch's messages.
func (s sent) rows(t *testing.T) []int {
	t.Helper()
	var rows []int
	for _, e := range s.Entries {
		m, err := onboard.DecodeMessage([]byte(e.MessageBody))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, m.Row)
	}
	return rows
}

// failure is one entry of an answer's Failed.
type failure struct {
	code   string
	sender bool
}

// batchAnswer answers a SendMessageBatch: every entry stored but those that fail
// says otherwise about (Amazon SQS API Reference, "SendMessageBatch": the answer
// is 200 even if entries failed).
func batchAnswer(call awsstub.Call, fails func(row int) *failure) awsstub.Answer {
	good, bad := []any{}, []any{}
	for _, e := range sendOf(call).Entries {
		m, err := onboard.DecodeMessage([]byte(e.MessageBody))
		if err != nil {
			panic(err)
		}
		if f := fails(m.Row); f != nil {
			bad = append(bad, map[string]any{"Id": e.ID, "Code": f.code, "SenderFault": f.sender, "Message": "about " + m.Email})
			continue
		}
		good = append(good, stored(e))
	}
	return awsstub.OK(map[string]any{"Successful": good, "Failed": bad})
}

func stored(e sentEntry) map[string]string {
	sum := md5.Sum([]byte(e.MessageBody))
	return map[string]string{"Id": e.ID, "MessageId": "m-" + e.ID, "MD5OfMessageBody": hex.EncodeToString(sum[:])}
}

// accepts answers every SendMessageBatch with success.
func accepts(call awsstub.Call) awsstub.Answer {
	good := []any{}
	for _, e := range sendOf(call).Entries {
		good = append(good, stored(e))
	}
	return awsstub.OK(map[string]any{"Successful": good})
}

// acceptsAfter answers n calls by other means before it accepts every batch.
func acceptsAfter(n int, first func(awsstub.Call) awsstub.Answer) func(awsstub.Call) awsstub.Answer {
	calls := 0
	return func(call awsstub.Call) awsstub.Answer {
		if calls++; calls <= n {
			return first(call)
		}
		return accepts(call)
	}
}

// rowsOf returns the messages of rows 1 to n of one request.
func rowsOf(n int) []onboard.Message {
	messages := make([]onboard.Message, n)
	for i := range messages {
		messages[i] = onboardtest.Message(onboardtest.RequestID(1), i+1)
	}
	return messages
}

// bodySized returns a message whose body has n bytes.
func bodySized(t *testing.T, row, n int) onboard.Message {
	t.Helper()
	m := onboardtest.Message(onboardtest.RequestID(1), row)
	m.Cells = []string{""}
	m.Cells[0] = strings.Repeat("x", n-len(m.Encode()))
	if got := len(m.Encode()); got != n {
		t.Fatalf("made a body of %d bytes, want %d", got, n)
	}
	return m
}
