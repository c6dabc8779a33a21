package functions_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/iam"
	"usher.example/internal/testing/peers"
	"usher.example/internal/testing/runtimeapi"
	"usher.example/internal/testing/stack"
	"usher.example/internal/testing/standin"
)

// invokeTimeout is generous: the machine may be busy with other tests.
const invokeTimeout = 50 * time.Second

// system is a stack on stand-ins with the built functions before it. Each
// function calls under its role of template.yaml and with its rights alone.
type system struct {
	stack    standin.Stack
	services aws.Config
	tables   *dynamodb.Client
	store    *dynamostore.Store
	roles    map[string]*iam.Role // by function, which is also its access key
	env      map[string][]string  // by function
}

// All tests share the stand-ins and the programs.
var (
	fleet    peers.Fleet
	programs runtimeapi.Programs
)

func TestMain(m *testing.M) {
	code := fleet.Run(m)
	programs.Remove()
	os.Exit(code)
}

// packages names the programs' folders, by function.
var packages = map[string]string{
	"ApiFunction": "./api", "WorkerFunction": "./worker", "DeadLetterFunction": "./deadletter", "RequeueFunction": "./requeue",
	"MailEventsFunction": "./mailevents",
}

func newSystem(t testing.TB) *system {
	t.Helper()
	return newSystemBehind(t, func(services http.Handler) http.Handler { return services })
}

// newSystemBehind returns a system whose functions reach the stand-ins over road.
func newSystemBehind(t testing.TB, road func(services http.Handler) http.Handler) *system {
	t.Helper()
	moto, database := fleet.Moto(t), fleet.DynamoDB(t)
	s := &system{services: peers.Config(moto), roles: map[string]*iam.Role{}, env: map[string][]string{}}
	tables := peers.Config(database)
	var err error
	if s.stack, err = standin.Create(t.Context(), s.services, tables, strings.ReplaceAll(t.Name(), "/", "-")+"-"+rand.Text()[:6]); err != nil {
		t.Fatal(err)
	}
	if err := s.stack.Seed(t.Context(), tables); err != nil {
		t.Fatal(err)
	}
	s.tables = dynamodb.NewFromConfig(tables)
	s.store = dynamostore.New(s.tables, s.stack.TableName)
	for function, role := range rolesOf(t) {
		s.roles[function] = iam.NewRole(s.placed(role.Allows)...)
	}
	gate := iam.NewGate(s.roles)
	moto, database = before(t, gate, road, moto), before(t, gate, road, database)
	variables := s.stack.Environment(moto, database)
	variables["MailEventsFunction"] = map[string]string{
		"AWS_ENDPOINT_URL": moto, "AWS_ENDPOINT_URL_DYNAMODB": database, "TABLE_NAME": s.stack.TableName, "LOG_LEVEL": "DEBUG",
	}
	for function, variables := range variables {
		s.env[function] = append(peers.Environ(moto), "AWS_ACCESS_KEY_ID="+function)
		for name, value := range variables {
			s.env[function] = append(s.env[function], name+"="+value)
		}
	}
	t.Cleanup(func() { s.reportRefused(t) })
	return s
}

// rolesOf reads the roles of all functions that there can be, in the Region in which the
// stand-ins are.
func rolesOf(t testing.TB) map[string]stack.Role {
	t.Helper()
	return stack.Roles(t, "AWS::Region="+peers.Region, "SesIdentityArn="+iam.Identity(peers.Region, "example.org"), "MailConfigurationSet="+configurationSet)
}

// placed returns rights of template.yaml as rights on this stack.
func (s *system) placed(rights []iam.Right) []iam.Right {
	names := strings.NewReplacer(
		"<Table.Arn>", iam.Table(peers.Region, s.stack.TableName),
		"<Queue.Arn>", iam.Queue(peers.Region, path.Base(s.stack.QueueURL)),
		"<DeadLetterQueue.Arn>", iam.Queue(peers.Region, path.Base(s.stack.DeadLetterQueueURL)),
		"<UserPool>", s.stack.UserPoolID,
	)
	placed := make([]iam.Right, len(rights))
	for i, right := range rights {
		placed[i] = iam.Right{Action: right.Action, Resource: names.Replace(right.Resource)}
	}
	return placed
}

// before puts the road and the gate before a stand-in and returns where they listen.
func before(t testing.TB, gate *iam.Gate, road func(http.Handler) http.Handler, endpoint string) string {
	t.Helper()
	service, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(road(gate.Before(service)))
	t.Cleanup(front.Close)
	return front.URL
}

// reportRefused fails t for every call that a role did not allow: the function
// itself may have made the best of it.
func (s *system) reportRefused(t testing.TB) {
	t.Helper()
	roles := rolesOf(t)
	for function, role := range s.roles {
		for _, right := range role.Refused() {
			t.Errorf("%s needs %s, which %s in template.yaml does not allow", function, right, roles[function].Name)
		}
	}
}

// start builds and starts one function.
func (s *system) start(t testing.TB, function string) *runtimeapi.Function {
	t.Helper()
	f := runtimeapi.Start(t, programs.Build(t, packages[function]), s.env[function])
	if _, err := f.Init(); err != nil {
		t.Fatalf("%s: %v\n%s", function, err, f.Logs())
	}
	return f
}

// call hands an API event to the API function and returns its answer.
func call(t testing.TB, api *runtimeapi.Function, event any) events.APIGatewayV2HTTPResponse {
	t.Helper()
	raw, err := api.Invoke(event, invokeTimeout)
	if err != nil {
		t.Fatalf("invoke: %v\n%s", err, api.Logs())
	}
	var answer events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatalf("answer %s: %v", raw, err)
	}
	return answer
}

// deliver hands an SQS event to a function and returns the ids it kept.
func deliver(t *testing.T, f *runtimeapi.Function, event any) []string {
	t.Helper()
	kept, err := invoke(f, event, invokeTimeout)
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Logs())
	}
	return kept
}

// invoke hands an SQS event to a function and returns the ids it kept. An error
// means the whole batch.
func invoke(f *runtimeapi.Function, event any, timeout time.Duration) (kept []string, err error) {
	raw, err := f.Invoke(event, timeout)
	if err != nil {
		return nil, fmt.Errorf("invoke: %w", err)
	}
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.BatchItemFailures == nil {
		return nil, fmt.Errorf("answer %s (%v): the list of failures must never be null", raw, err)
	}
	for _, failure := range answer.BatchItemFailures {
		kept = append(kept, failure.ItemIdentifier)
	}
	return kept, nil
}

// example reads an event of the project's own examples.
func example(t testing.TB, name string) json.RawMessage {
	t.Helper()
	text, err := os.ReadFile("../events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// received takes the messages off the queue and returns them as the event that
// Lambda creates from them. It asks more than once: where the store is slow, the
// API sends messages with a delay of some seconds.
func (s *system) received(t *testing.T) events.SQSEvent {
	t.Helper()
	var out *sqs.ReceiveMessageOutput
	for until := time.Now().Add(longestDelay); ; time.Sleep(100 * time.Millisecond) {
		var err error
		out, err = sqs.NewFromConfig(s.services).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(s.stack.QueueURL), MaxNumberOfMessages: onboard.BatchSize,
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) > 0 || time.Now().After(until) {
			break
		}
	}
	var event events.SQSEvent
	for _, m := range out.Messages {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: aws.ToString(m.MessageId), ReceiptHandle: aws.ToString(m.ReceiptHandle),
			Body: aws.ToString(m.Body), Attributes: m.Attributes, EventSource: "aws:sqs",
		})
	}
	return event
}

// longestDelay is how long the API delays messages at most: its store times out
// after five seconds.
const longestDelay = 10 * time.Second
