package functions_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/runtimeapi"
	"usher.example/internal/testing/standin"
)

const (
	// highestQuota is the quota in users per second where moto is fast enough. At
	// the default of 50 five workers just suffice, and on a busy machine of two
	// processors the share varied between 0.46 and 0.94 by run.
	highestQuota = 20

	// peerMargin is how many times the quota moto alone must manage, so that it is
	// not moto that is measured: it shares the processors with everything else.
	peerMargin = 4

	// busy is how long the large request takes at the full pace.
	busy = 20 * time.Second

	// leastShare is the share of the pace that must be reached. It is far below what
	// a quiet machine measures; where every row loses its turn the share is 0.
	leastShare = 0.5
)

// BenchmarkBinaries runs the built functions over requests in real time, on moto
// and DynamoDB Local, and prints a table of the results. A single row meets an
// idle lane, where no reserved calls hide a slow table. It fails if a row is left,
// a user is created twice, or less than half of the pace is reached.
func BenchmarkBinaries(b *testing.B) {
	alone := motoAlone(b)
	quota := math.Floor(min(highestQuota, alone/peerMargin))
	if quota < 1 {
		b.Fatalf("moto alone creates %.1f users/s, which is too slow to measure anything else", alone)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "store delay\trows\tlast created after\tusers/s\tpace\tof the pace\treservations/row\tAdminCreateUser/row\tstore calls/row\trows left\t")
	for _, delay := range []time.Duration{0, 60 * time.Millisecond} {
		for _, rows := range []int{1, int(quota * busy.Seconds())} {
			b.Run(fmt.Sprintf("delay-%s-rows-%d", delay, rows), func(b *testing.B) {
				var r result
				for b.Loop() {
					r = workOff(b, quota, delay, rows)
				}
				r.check(b)
				b.ReportMetric(r.usersPerSecond(), "users/s")
				b.ReportMetric(r.perRow(r.calls.reservations), "reservations/row")
				fmt.Fprintf(table, "%s\t%d\t%.1f s\t%.2f\t%.2f\t%s\t%.2f\t%.2f\t%.1f\t%d\t\n",
					delay, rows, r.took.Seconds(), r.usersPerSecond(), r.pace, r.shareText(),
					r.perRow(r.calls.reservations), r.perRow(r.calls.create), r.perRow(r.calls.store), r.left)
			})
		}
	}
	fmt.Printf("\nBuilt functions, %d workers. Pool: moto, which alone creates %.0f users/s, one at a time; so the quota is %.0f.\n", workers, alone, quota)
	fmt.Println("Table: DynamoDB Local. Queue: usher's own in memory, because moto's is too slow to be left unmeasured.")
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
}

// result is the result of one request.
type result struct {
	pace    float64 // users per second that usher takes of the quota
	rows    int
	invited int
	left    int           // rows without an outcome
	took    time.Duration // from the acceptance to the last user, 0 if there is none
	calls   calls
}

func (r result) perRow(n int) float64 { return float64(n) / float64(r.rows) }

func (r result) usersPerSecond() float64 {
	if r.took <= 0 {
		return 0
	}
	return float64(len(r.calls.created)) / r.took.Seconds()
}

// share is the part of the pace that was reached.
func (r result) share() float64 { return r.usersPerSecond() / r.pace }

// shareText is the share, but for a single row, which cannot keep a pace.
func (r result) shareText() string {
	if r.rows == 1 {
		return "-"
	}
	return fmt.Sprintf("%.2f", r.share())
}

func (r result) check(b *testing.B) {
	b.Helper()
	switch {
	case r.left > 0:
		b.Errorf("%d of %d rows are left after %d reservations", r.left, r.rows, r.calls.reservations)
	case r.invited != r.rows:
		b.Errorf("%d of %d rows are invited, the others have another outcome", r.invited, r.rows)
	}
	if r.calls.again > 0 {
		b.Errorf("%d AdminCreateUser calls were for people who had been created before", r.calls.again)
	}
	if r.rows > 1 && r.share() < leastShare {
		b.Errorf("%.2f of the pace was reached, want at least %.2f", r.share(), leastShare)
	}
}

// workOff submits so many rows and follows the request until it is done, or for
// half a minute and twice as long as the pace needs.
func workOff(b *testing.B, quota float64, delay time.Duration, rows int) result {
	b.Helper()
	road := newRoad(delay)
	s := newSystemBehind(b, road.before)
	for function := range s.env {
		s.env[function] = append(s.env[function], fmt.Sprint("USER_CREATION_RATE=", quota), "LOG_LEVEL=WARN")
	}
	api := s.start(b, "ApiFunction")
	sources := newSources(b, s, road.queue)
	id := submit(b, api, rows)
	accepted := time.Now()
	r := result{pace: quota * onboard.DefaultShare, rows: rows}
	limit := time.NewTimer(30*time.Second + time.Duration(2*float64(rows)/r.pace*float64(time.Second)))
	defer limit.Stop()
	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	var seen progress
	for late := false; !seen.Done && !late; {
		select {
		case failed := <-sources.failed:
			failed.replace(b)
		case <-limit.C:
			late = true
		case <-poll.C:
		}
		seen = ask(b, api, id)
	}
	sources.end(!seen.Done)
	r.invited, r.left, r.calls = seen.Counts.Invited, seen.Counts.Pending+seen.Counts.Deferred, road.passed()
	if len(r.calls.created) > 0 {
		r.took = r.calls.lastUser.Sub(accepted)
	}
	return r
}

// progress is what the api says of a request.
type progress struct {
	Done   bool
	Counts struct{ Pending, Deferred, Invited int }
}

// submit hands so many rows to the api function and returns the request's id.
func submit(b *testing.B, api *runtimeapi.Function, rows int) (id string) {
	b.Helper()
	var body strings.Builder
	body.WriteString("email,given_name\n")
	for i := range rows {
		fmt.Fprintf(&body, "%s,Person\n", person(i))
	}
	var event events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(example(b, "post-requests-csv.json"), &event); err != nil {
		b.Fatal(err)
	}
	event.Body = base64.StdEncoding.EncodeToString([]byte(body.String()))
	answer := call(b, api, event)
	var request struct {
		ID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(answer.Body), &request); err != nil || answer.StatusCode != 202 {
		b.Fatalf("submission: %d %s, %v\n%s", answer.StatusCode, answer.Body, err, api.Logs())
	}
	return request.ID
}

func person(i int) string { return fmt.Sprintf("person%05d@example.org", i) }

// ask returns how far a request is.
func ask(b *testing.B, api *runtimeapi.Function, id string) (seen progress) {
	b.Helper()
	poll := strings.ReplaceAll(string(example(b, "get-requests-id.json")), standin.ExampleRequest, id)
	answer := call(b, api, json.RawMessage(poll))
	if err := json.Unmarshal([]byte(answer.Body), &seen); err != nil || answer.StatusCode != 200 {
		b.Fatalf("poll: %d %s, %v\n%s", answer.StatusCode, answer.Body, err, api.Logs())
	}
	return seen
}

// motoAlone returns how many users per second moto creates when it has nothing
// else to do.
func motoAlone(b *testing.B) float64 {
	b.Helper()
	const users = 100
	s := newSystem(b)
	pool := cognitoidentityprovider.NewFromConfig(s.services)
	began := time.Now()
	for i := range users {
		_, err := pool.AdminCreateUser(b.Context(), &cognitoidentityprovider.AdminCreateUserInput{
			UserPoolId: aws.String(s.stack.UserPoolID), Username: aws.String(person(i)),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return users / time.Since(began).Seconds()
}
