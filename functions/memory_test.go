package functions_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"usher.example/internal/testing/runtimeapi"
)

// maxPeakMemory is what the api function may take for the largest submission, in
// bytes.
const maxPeakMemory = 64_000_000

// BenchmarkPeakMemory measures how much memory the api function takes when it
// accepts 10,000 rows at once.
func BenchmarkPeakMemory(b *testing.B) {
	services := httptest.NewServer(http.HandlerFunc(yes))
	defer services.Close()
	binary := runtimeapi.Build(b, "./api")
	var body bytes.Buffer
	body.WriteString("email,given_name,custom:department\n")
	for i := range 10_000 {
		fmt.Fprintf(&body, "person%05d@example.org,Person,Department of Examples\n", i)
	}
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RawPath: "/requests", Body: body.String(),
		Headers: map[string]string{"content-type": "text/csv"},
	}
	event.RequestContext.HTTP.Method = http.MethodPost

	for b.Loop() {
		f := runtimeapi.Start(b, binary, []string{
			"TABLE_NAME=usher", "QUEUE_URL=" + services.URL + "/1/usher", "USER_POOL_ID=eu-west-1_AbCd12345",
			"ADMIN_GROUP=administrators", "AWS_ENDPOINT_URL=" + services.URL,
			"AWS_SAM_LOCAL=true", "LOCAL_ADMINISTRATOR=eve",
		})
		raw, err := f.Invoke(event, invokeTimeout)
		if err != nil {
			b.Fatalf("%v\n%s", err, f.Logs())
		}
		var answer events.APIGatewayV2HTTPResponse
		if err := json.Unmarshal(raw, &answer); err != nil || answer.StatusCode != http.StatusAccepted {
			b.Fatalf("%s, %v\n%s", raw, err, f.Logs())
		}
		peak, err := f.PeakMemory()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(peak)/1e6, "MB-peak")
		if peak > maxPeakMemory {
			b.Errorf("%d bytes at the peak, want at most %d", peak, maxPeakMemory)
		}
		f.Stop()
	}
}

// yes answers as SQS does when it has stored a batch, as DynamoDB does after a
// write, and refuses everything else.
func yes(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	switch target := r.Header.Get("X-Amz-Target"); target {
	case "AmazonSQS.SendMessageBatch":
		var batch sentBatch
		if err := json.NewDecoder(r.Body).Decode(&batch); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		batch.confirm(w)
	case "DynamoDB_20120810.PutItem", "DynamoDB_20120810.UpdateItem", "DynamoDB_20120810.TransactWriteItems",
		"DynamoDB_20120810.Query", "DynamoDB_20120810.GetItem":
		_, _ = w.Write([]byte("{}"))
	default:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"AccessDeniedException"}`))
	}
}

// sentBatch is a call of SendMessageBatch.
type sentBatch struct {
	Entries []struct {
		ID    string `json:"Id"`
		Body  string `json:"MessageBody"`
		Delay int    `json:"DelaySeconds"`
	}
}

// confirm answers as SQS does when it has stored the batch.
func (b sentBatch) confirm(w http.ResponseWriter) {
	type success struct {
		ID        string `json:"Id"`
		MessageID string `json:"MessageId"`
		MD5       string `json:"MD5OfMessageBody"`
	}
	answer := map[string][]success{"Successful": nil}
	for _, entry := range b.Entries {
		sum := md5.Sum([]byte(entry.Body))
		answer["Successful"] = append(answer["Successful"], success{ID: entry.ID, MessageID: "m-" + entry.ID, MD5: hex.EncodeToString(sum[:])})
	}
	_ = json.NewEncoder(w).Encode(answer) // a client that went away fails by itself
}
