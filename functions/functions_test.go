package functions_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/runtimeapi"
	"usher.example/internal/testing/standin"
)

// TestSubmittedPeopleAreInvited follows one submission through the built
// programs: an API event in, a 202 out, messages on the queue; those messages
// in, users in the pool, outcomes in the table; a poll that says so.
func TestSubmittedPeopleAreInvited(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	api := s.start(t, "ApiFunction")

	answer := call(t, api, example(t, "post-requests.json"))
	if answer.StatusCode != 202 || answer.Headers["location"] == "" {
		t.Fatalf("answer %d %v %s", answer.StatusCode, answer.Headers, answer.Body)
	}
	var request struct {
		ID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(answer.Body), &request); err != nil {
		t.Fatal(err)
	}
	if replay := call(t, api, example(t, "post-requests.json")); replay.Headers["idempotency-replayed"] != "true" {
		t.Errorf("the same key and body again: %d %v", replay.StatusCode, replay.Headers)
	}

	messages := s.received(t)
	if len(messages.Records) != 2 {
		t.Fatalf("%d messages on the queue, want 2", len(messages.Records))
	}
	worker := s.start(t, "WorkerFunction")
	if kept := deliver(t, worker, messages); len(kept) != 0 {
		t.Fatalf("kept %v\n%s", kept, worker.Logs())
	}

	pool := cognitoidentityprovider.NewFromConfig(s.services)
	for _, email := range []string{"ann@example.org", "bob@example.org"} {
		user, err := pool.AdminGetUser(t.Context(), &cognitoidentityprovider.AdminGetUserInput{
			UserPoolId: aws.String(s.stack.UserPoolID), Username: aws.String(email),
		})
		if err != nil || user.UserStatus != "FORCE_CHANGE_PASSWORD" {
			t.Errorf("a submitted person in the pool: %v, %v", user, err)
		}
	}
	poll := strings.ReplaceAll(string(example(t, "get-requests-id.json")), standin.ExampleRequest, request.ID)
	answer = call(t, api, json.RawMessage(poll))
	if answer.StatusCode != 200 || !strings.Contains(answer.Body, `"done":true`) || !strings.Contains(answer.Body, `"invited":2`) {
		t.Errorf("poll %d %s", answer.StatusCode, answer.Body)
	}
	if logs := api.Logs() + worker.Logs(); strings.Contains(logs, "@example.org") {
		t.Errorf("an address is in the log:\n%s", logs)
	}
	if !strings.Contains(worker.Logs(), `"CloudWatchMetrics"`) {
		t.Errorf("no metrics in the worker's log:\n%s", worker.Logs())
	}
}

// TestExampleMessages hands the example events of the queues to the functions.
func TestExampleMessages(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	worker := s.start(t, "WorkerFunction")
	dead := s.start(t, "DeadLetterFunction")
	requeue := s.start(t, "RequeueFunction")

	// In the order of docs/sam-local.md, twice: a message may come again.
	inOrder := []struct {
		event    string
		function *runtimeapi.Function
	}{
		{event: "worker-one.json", function: worker}, {event: "worker-ten.json", function: worker}, {event: "worker-poison.json", function: worker}, {event: "deadletter.json", function: dead},
	}
	for _, tt := range append(inOrder, inOrder...) {
		if diff := cmp.Diff(unreadable(t, tt.event), deliver(t, tt.function, example(t, tt.event))); diff != "" {
			t.Errorf("%s: messages that are kept (-unreadable +kept):\n%s\n%s", tt.event, diff, tt.function.Logs())
		}
	}
	want := map[string]map[onboard.State]int{
		"worker-one.json": {onboard.Invited: 1}, "worker-ten.json": {onboard.Invited: 8, onboard.Failed: 1, onboard.Duplicate: 1},
		"worker-poison.json": {onboard.Invited: 1}, "deadletter.json": {onboard.Failed: 1},
	}
	for id, example := range standin.Examples {
		r, err := s.store.Request(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[example.Event], r.Tally.States); diff != "" {
			t.Errorf("rows of %s (-want +got):\n%s", example.Event, diff)
		}
	}
	if answer, err := requeue.Invoke(example(t, "requeue.json"), invokeTimeout); err != nil || string(answer) != `{"count":0}` {
		t.Errorf("requeue.json: %s, %v", answer, err)
	}
}

// unreadable returns the ids of the unreadable messages of an event.
func unreadable(t *testing.T, name string) []string {
	t.Helper()
	var event events.SQSEvent
	if err := json.Unmarshal(example(t, name), &event); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, record := range event.Records {
		if _, err := onboard.DecodeMessage([]byte(record.Body)); err != nil {
			ids = append(ids, record.MessageId)
		}
	}
	return ids
}

// TestExampleCalls hands every example event of a route to the API function.
func TestExampleCalls(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	api := s.start(t, "ApiFunction")
	files, err := os.ReadDir("../events")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"get-health.json": 200, "get-openapi.json": 200, "get-pool.json": 200, "get-requests.json": 200,
		"get-requests-id.json": 200, "get-requests-id-invitations.json": 200, "get-requests-id-invitations-csv.json": 200,
		"post-requests.json": 202, "post-requests-csv.json": 202, "post-requests-dry-run.json": 200, "post-owner-create.json": 202, "post-people-lookup.json": 200, "post-people-resend.json": 202, "post-people-export.json": 200, "post-people-cancel.json": 409, "post-people-erase.json": 202, "post-requests-id-erase.json": 202,
		"post-requests-id-cancel.json": 202, "post-requests-id-resume.json": 409, "post-requests-id-scan.json": 202, "post-requests-id-retry.json": 409,
		"post-requests-id-resend.json": 409, "get-console.json": 308, "get-console-file.json": 200,
	}
	for _, file := range files {
		name := file.Name()
		if !strings.HasPrefix(name, "get-") && !strings.HasPrefix(name, "post-") {
			continue
		}
		status, ok := want[name]
		if !ok {
			t.Errorf("%s: this test does not know what to expect of it", name)
			continue
		}
		if answer := call(t, api, example(t, name)); answer.StatusCode != status {
			t.Errorf("%s: %d %s, want %d", name, answer.StatusCode, answer.Body, status)
		}
	}
}

// TestFaultySettingsAreReportedTogether starts each function with nothing set.
func TestFaultySettingsAreReportedTogether(t *testing.T) {
	t.Parallel()
	missing := map[string][]string{
		"api":        {"TABLE_NAME", "QUEUE_URL", "USER_POOL_ID", "ADMIN_GROUP"},
		"worker":     {"TABLE_NAME", "QUEUE_URL", "USER_POOL_ID", "ADMIN_GROUP"},
		"deadletter": {"TABLE_NAME", "DEAD_LETTER_QUEUE_URL", "USER_POOL_ID", "ADMIN_GROUP"},
		"requeue":    {"TABLE_NAME", "QUEUE_URL"},
		"mailevents": {"TABLE_NAME"},
	}
	for pkg, names := range missing {
		t.Run(pkg, func(t *testing.T) {
			t.Parallel()
			f := runtimeapi.Start(t, programs.Build(t, "./"+pkg), []string{"RETENTION_DAYS=soon"})
			_, err := f.Init()
			if _, ok := errors.AsType[*runtimeapi.ExitError](err); !ok {
				t.Fatalf("started without its settings: %v", err)
			}
			if pkg != "requeue" && pkg != "mailevents" {
				names = append(names, "RETENTION_DAYS")
			}
			for _, name := range names {
				if !strings.Contains(f.Logs(), name+" is ") {
					t.Errorf("%s is not named in:\n%s", name, f.Logs())
				}
			}
		})
	}
}
