//go:build unix

package lambdabridge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"usher.example/internal/httpapi"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/callers"
)

// BenchmarkAccept takes in submissions of each size, as API Gateway hands them
// on, with ports that take no time. It reports the CPU time of one call, how
// that compares to plainDecode in the same run, and what a call allocates.
func BenchmarkAccept(b *testing.B) {
	for _, form := range []struct {
		name, contentType string
		body              func(int) string
	}{{name: "json", contentType: "application/json", body: jsonUsers}, {name: "csv", contentType: "text/csv", body: csvUsers}} {
		for _, rows := range []int{1, 1_000, 10_000} {
			b.Run(fmt.Sprintf("%s/rows=%d", form.name, rows), func(b *testing.B) {
				api := accepting()
				payload, yardstick := submission(b, form.contentType, form.body(rows)), submission(b, "application/json", jsonUsers(rows))
				accept := func() { mustAccept(b, api, payload) }
				allocs := testing.AllocsPerRun(3, accept)
				calls := max(1, rowsMeasured/rows)
				var ours, plain []time.Duration
				for b.Loop() {
					ours = append(ours, cpuTime(b, calls, accept))
					plain = append(plain, cpuTime(b, calls, func() { plainDecode(b, yardstick) }))
				}
				b.ReportMetric(float64(median(ours).Nanoseconds()), "accept-ns/call")
				b.ReportMetric(float64(median(ours))/float64(median(plain)), "times-decoding")
				b.ReportMetric(allocs, "allocs/call")
				b.ReportMetric(allocs/float64(rows), "allocs/row")
			})
		}
	}
}

// BenchmarkAccept runs now and then only; what it measures must work always.
func TestInstantPortsSufficeToAccept(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{1, 1_000} {
		mustAccept(t, accepting(), submission(t, "application/json", jsonUsers(rows)))
	}
}

func mustAccept(t testing.TB, api *lambdabridge.API, payload []byte) {
	t.Helper()
	if out, err := api.Invoke(t.Context(), payload); err != nil || !bytes.Contains(out, []byte(`"statusCode":202`)) {
		t.Fatalf("%s %v", out, err)
	}
}

// rowsMeasured is how many rows one measurement takes in at least: a single call
// with a row is too short for the clock.
const rowsMeasured = 1_000

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

// accepting is the API as the function sets it up, over ports that take no time.
// They keep nothing either: what a store in memory costs is not the API's.
func accepting() *lambdabridge.API {
	var ids atomic.Int64
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	system := onboard.System{
		Queue: &encodingQueue{}, Store: instantStore{}, Inspector: instantPool{},
		Settings: onboard.Settings{DailyInvitations: -1, RequestsInFlight: 1 << 20, NewID: func() string { return fmt.Sprintf("01R%010d", ids.Add(1)) }, Log: log},
	}
	return &lambdabridge.API{Issuer: callers.Issuer, ClientID: callers.Client, Log: log, Handler: httpapi.New(httpapi.Config{
		System: system, AdminGroup: "administrators",
	})}
}

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

// instantStore takes whatever it is given and has nothing.
type instantStore struct{ onboard.Store }

func (instantStore) CreateRequest(context.Context, onboard.Request, *onboard.Key) error { return nil }

func (instantStore) SaveRequest(context.Context, onboard.Request, onboard.Tally) error { return nil }

func (instantStore) SaveManifest(context.Context, string, []onboard.ManifestPart, time.Time) error {
	return nil
}

func (instantStore) Spent(context.Context, string) (int, error) { return 0, nil }

func (instantStore) Spend(context.Context, string, int, int, time.Time) error { return nil }

func (instantStore) OpenRequests(context.Context, string, int) ([]onboard.Request, error) {
	return nil, nil
}

func (instantStore) Cell(context.Context, string) (onboard.Cell, error) { return onboard.Cell{}, nil }

// instantPool is set up for the rows.
type instantPool struct{}

func (instantPool) Inspect(context.Context) (onboard.PoolSettings, error) {
	return onboard.PoolSettings{OwnSender: true, Groups: []string{"administrators", "staff"}}, nil
}

// csvUsers are the rows of jsonUsers in another form.
func csvUsers(n int) string {
	var out strings.Builder
	out.WriteString("email,groups,ref\r\n")
	for i := range n {
		fmt.Fprintf(&out, "person.number%d@department.example.org,staff,P-%06d\r\n", i, i)
	}
	return out.String()
}

// submission is an event that submits a body, with a token's claims.
func submission(b testing.TB, contentType, body string) []byte {
	b.Helper()
	e := event(b, "post-requests.json")
	e["body"] = body
	e["headers"].(map[string]any)["content-type"] = contentType
	delete(e["headers"].(map[string]any), "idempotency-key")
	return encoded(b, e)
}

// cpuTime is the CPU time of one call of f out of several, with its share of
// what the runtime does beside it: collecting garbage, for one.
func cpuTime(b *testing.B, calls int, f func()) time.Duration {
	begin := processTime(b)
	for range calls {
		f()
	}
	return (processTime(b) - begin) / time.Duration(calls)
}

// processTime is the CPU time that the process has used.
func processTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
