package lambdabridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"usher.example/internal/httpapi"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// encodingQueue takes no time but for writing the messages as they go out.
type encodingQueue struct {
	onboard.Queue
	bytes atomic.Int64
}

func (q *encodingQueue) Send(_ context.Context, messages []onboard.Message, _ time.Duration) error {
	n := 0
	for _, m := range messages {
		n += len(m.Encode())
	}
	q.bytes.Add(int64(n))
	return nil
}

// accepting is the API over ports that take no time.
func accepting() *lambdabridge.API {
	store := memory.NewStore()
	var ids atomic.Int64
	submitter := &onboard.Submitter{
		Queue: &encodingQueue{}, Requests: store, Retention: time.Hour,
		NewID: func() string { return fmt.Sprintf("01R%010d", ids.Add(1)) },
	}
	local := httpapi.LocalAdministrator("local", "admins")
	return &lambdabridge.API{LocalAdministrator: &local, Handler: httpapi.New(httpapi.Config{
		Submitter: submitter, Store: store, AdminGroup: "admins", RequestsInFlight: -1,
		Administration: &onboard.Administration{Submitter: submitter, Store: store},
		Pace:           onboard.NewPace(store, onboard.LaneCreate, 50, 0.95),
	})}
}

// jsonUsers and csvUsers are the same rows in two forms.
func jsonUsers(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"email":"person.number%d@department.example.org","groups":["staff"],"ref":"P-%06d"}`, i, i))
	}
	return `{"users":[` + strings.Join(list, ",") + `]}`
}

func csvUsers(n int) string {
	var out strings.Builder
	out.WriteString("email,groups,ref\r\n")
	for i := range n {
		fmt.Fprintf(&out, "person.number%d@department.example.org,staff,P-%06d\r\n", i, i)
	}
	return out.String()
}

// submission is an event that submits a body.
func submission(b testing.TB, contentType, body string) []byte {
	b.Helper()
	e := event(b, "post-requests.json")
	e["body"] = body
	e["headers"].(map[string]any)["content-type"] = contentType
	delete(e["headers"].(map[string]any), "idempotency-key")
	delete(e["requestContext"].(map[string]any), "authorizer")
	return encoded(b, e)
}

// plainDecode is the yardstick: the same event and the rows as JSON, read with
// encoding/json into structs and nothing else.
func plainDecode(b testing.TB, payload []byte) {
	var e events.APIGatewayV2HTTPRequest
	var body struct {
		Users []struct {
			Email      string            `json:"email"`
			Groups     []string          `json:"groups"`
			Attributes map[string]string `json:"attributes"`
			Ref        string            `json:"ref"`
		} `json:"users"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAccept takes in submissions of each size. Beside the time it tells how
// it compares to plainDecode in the same run, by the medians of both, and the
// allocations per row of the whole call.
func BenchmarkAccept(b *testing.B) {
	for _, form := range []struct {
		name, contentType string
		body              func(int) string
	}{{"json", "application/json", jsonUsers}, {"csv", "text/csv", csvUsers}} {
		for _, rows := range []int{1, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/rows=%d", form.name, rows), func(b *testing.B) {
				api := accepting()
				payload, yardstick := submission(b, form.contentType, form.body(rows)), submission(b, "application/json", jsonUsers(rows))
				accept := func() {
					out, err := api.Invoke(b.Context(), payload)
					if err != nil || !strings.Contains(string(out), `"statusCode":202`) {
						b.Fatalf("%s %v", out, err)
					}
				}
				allocs := testing.AllocsPerRun(3, accept)
				var ours, plain []time.Duration
				for b.Loop() {
					ours = append(ours, timed(accept))
					plain = append(plain, timed(func() { plainDecode(b, yardstick) }))
				}
				b.ReportMetric(float64(median(ours).Nanoseconds()), "accept-ns/op")
				b.ReportMetric(float64(median(ours))/float64(median(plain)), "times-decoding")
				b.ReportMetric(allocs/float64(rows), "allocs/row")
			})
		}
	}
}

func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
