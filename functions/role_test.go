package functions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/iam"
	"usher.example/internal/testing/peers"
	"usher.example/internal/testing/runtimeapi"
	"usher.example/internal/testing/standin"
)

// TestEachRoleIsWhatItsFunctionDoes takes every function through all that it
// calls services for. A role must allow no more than that. That it allows no less
// is seen here and in every other test of the functions: see newSystem.
func TestEachRoleIsWhatItsFunctionDoes(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	roles := rolesOf(t)
	work := map[string]func(*testing.T){
		"ApiFunction": s.administer, "WorkerFunction": s.invite, "DeadLetterFunction": s.settle, "RequeueFunction": s.putBack,
		"MailEventsFunction": s.pauseForBounces,
	}
	for function, role := range roles {
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			if work[function] == nil {
				t.Fatal("no work for it here: its role is not tested")
			}
			work[function](t)
			s.roles[function].Use(s.placed(role.Lambda)...)
			for _, right := range s.roles[function].Unused() {
				t.Errorf("%s in template.yaml allows %s, which %s never does", role.Name, right, function)
			}
		})
	}
}

// administer has the api function check and take a submission, list requests, look at the
// pool, look one person up and put a failed row back on the queue.
func (s *system) administer(t *testing.T) {
	const id = "one-that-failed"
	s.mailThroughSES(t)
	s.plant(t, id, 1, onboard.Invitation{Row: 1, Person: onboard.Person{Email: "cy@example.org"}, State: onboard.Failed, Code: onboard.CodeAttemptsExhausted, Round: 1})
	api := s.start(t, "ApiFunction")
	check := strings.Replace(string(example(t, "post-requests.json")), `"rawQueryString": ""`, `"rawQueryString": "dry_run=true&mail=suppress"`, 1)
	if answer := call(t, api, json.RawMessage(check)); answer.StatusCode != 200 || !strings.Contains(answer.Body, `"known":{"rows":0`) {
		t.Errorf("dry run: %d %s", answer.StatusCode, answer.Body)
	}
	for event, status := range map[string]int{
		"post-requests.json": 202, "get-requests.json": 200, "get-pool.json": 200, "post-requests-id-retry.json": 202,
		"post-people-lookup.json": 200,
	} {
		text := strings.ReplaceAll(string(example(t, event)), standin.ExampleRequest, id)
		if answer := call(t, api, json.RawMessage(text)); answer.StatusCode != status {
			t.Errorf("%s: %d %s, want %d", event, answer.StatusCode, answer.Body, status)
		}
	}
}

// mailThroughSES has the pool mail as an identity. Moto knows no account of SES, so usher
// learns nothing by asking.
func (s *system) mailThroughSES(t *testing.T) {
	t.Helper()
	_, err := cognitoidentityprovider.NewFromConfig(s.services).UpdateUserPool(t.Context(), &cognitoidentityprovider.UpdateUserPoolInput{
		UserPoolId: aws.String(s.stack.UserPoolID),
		EmailConfiguration: &types.EmailConfigurationType{
			EmailSendingAccount: types.EmailSendingAccountTypeDeveloper, SourceArn: aws.String(iam.Identity(peers.Region, "example.org")),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// invite makes the worker invite one person, find the result of an attempt for
// another, wait for an address that is claimed, fail to add a deleted user to a
// group, and drop a message of a request that does not exist.
func (s *system) invite(t *testing.T) {
	const id = "four-to-invite"
	s.plant(t, id, 4)
	s.leaveOpen(t, id, 2, "dee@example.org", "")
	s.hold(t, "eli@example.org")
	s.leaveOpen(t, id, 4, "ivy@example.org", "sub-of-somebody-gone")
	s.deliver(t, s.start(t, "WorkerFunction"), []string{id + "-4"},
		onboard.Message{RequestID: id, Row: 1, Person: onboard.Person{Email: "cy@example.org"}},
		onboard.Message{RequestID: id, Row: 2, Person: onboard.Person{Email: "dee@example.org"}},
		onboard.Message{RequestID: id, Row: 3, Person: onboard.Person{Email: "eli@example.org"}},
		onboard.Message{RequestID: id, Row: 4, Person: onboard.Person{Email: "ivy@example.org"}},
		onboard.Message{RequestID: nowhere, Row: 1, Person: onboard.Person{Email: "flo@example.org"}},
	)
	s.counts(t, id, map[onboard.State]int{onboard.Invited: 2})
}

// settle has the dead letters' function find out what became of an attempt, and
// drop a message of a request that does not exist.
func (s *system) settle(t *testing.T) {
	const id = "one-dead-letter"
	s.plant(t, id, 2)
	s.leaveOpen(t, id, 1, "gus@example.org", "")
	s.hold(t, "kim@example.org")
	s.deliver(t, s.start(t, "DeadLetterFunction"), []string{id + "-2"},
		onboard.Message{RequestID: id, Row: 1, Person: onboard.Person{Email: "gus@example.org"}},
		onboard.Message{RequestID: id, Row: 2, Person: onboard.Person{Email: "kim@example.org"}}, // it waits where it is
		onboard.Message{RequestID: nowhere, Row: 1, Person: onboard.Person{Email: "flo@example.org"}},
	)
	s.counts(t, id, map[onboard.State]int{onboard.Failed: 1})
}

// putBack has the requeue function put a row back whose time has come, take one
// out of the line whose request is paused, write down that a request has ended, scan
// who of it has signed in, and erase a request and a person.
func (s *system) putBack(t *testing.T) {
	s.plant(t, "one-ended", 1, onboard.Invitation{Row: 1, Person: onboard.Person{Email: "ida@example.org"}, State: onboard.Invited, Round: 1, UpdatedAt: time.Now()})
	s.plant(t, "one-paused", 1, onboard.Invitation{Row: 1, Person: onboard.Person{Email: "jan@example.org"}, State: onboard.Deferred, Code: onboard.CodeMailQuota, DueAt: time.Now().Add(-time.Hour)})
	paused, err := s.store.Request(t.Context(), "one-paused")
	if err == nil {
		paused.Phase, paused.Pause = onboard.Paused, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "no rights", Since: time.Now()}
		err = s.store.SaveRequest(t.Context(), paused, onboard.Tally{})
	}
	if err != nil {
		t.Fatal(err)
	}
	due := onboard.Invitation{Row: 1, Person: onboard.Person{Email: "hal@example.org"}, State: onboard.Deferred, Code: onboard.CodeMailQuota, DueAt: time.Now().Add(-time.Minute)}
	s.plant(t, "one-deferred", 1, due)
	s.plant(t, "one-erased", 1, onboard.Invitation{Row: 1, Person: onboard.Person{Email: "lea@example.org"}, State: onboard.Invited, Round: 1, UpdatedAt: time.Now()})
	erasures := onboard.Record{Name: "erasures", Data: []byte(`{"open":[{"request":"one-erased","by":"eve","asked_at":"2026-01-01T00:00:00Z"},{"email":"mia@example.org","by":"eve","asked_at":"2026-01-01T00:00:00Z"}]}`)}
	if err := s.store.SaveRecord(t.Context(), erasures); err != nil {
		t.Fatal(err)
	}
	requeue := s.start(t, "RequeueFunction")
	if answer, err := requeue.Invoke(example(t, "requeue.json"), invokeTimeout); err != nil || string(answer) != `{"count":1}` {
		t.Errorf("%s, %v\n%s", answer, err, requeue.Logs())
	}
	if ended, err := s.store.Request(t.Context(), "one-ended"); err != nil || ended.EndedAt.IsZero() {
		t.Errorf("the end of a request was not written: %+v, %v", ended, err)
	}
	if found, err := onboard.ReadSignIns(t.Context(), s.store, "one-ended"); err != nil || found.At.IsZero() {
		t.Errorf("the daily scan found %+v, %v", found, err)
	}
	if erased, err := s.store.Request(t.Context(), "one-erased"); err != nil || erased.ErasedAt.IsZero() {
		t.Errorf("a request was not erased: %+v, %v", erased, err)
	}
	if left, err := s.store.Record(t.Context(), "erasures"); err != nil || string(left.Data) != `{"open":[]}` {
		t.Errorf("erasures that are left: %s, %v", left.Data, err)
	}
	s.counts(t, "one-paused", map[onboard.State]int{onboard.Deferred: 1})
}

// nowhere is a request that is not stored.
const nowhere = "nowhere"

// deliver hands messages to a function, which is to keep the given ones.
func (s *system) deliver(t *testing.T, f *runtimeapi.Function, kept []string, list ...onboard.Message) {
	t.Helper()
	if diff := cmp.Diff(kept, deliver(t, f, messages(list...))); diff != "" {
		t.Errorf("messages that are kept (-want +got):\n%s\n%s", diff, f.Logs())
	}
}

// plant stores a running request of so many rows, and those of them that have
// come to something already.
func (s *system) plant(t *testing.T, id string, total int, invitations ...onboard.Invitation) {
	t.Helper()
	now := time.Now()
	r := onboard.Request{ID: id, Phase: onboard.Running, Round: 1, Total: total, SubmittedAt: now, ExpiresAt: now.Add(time.Hour)}
	if err := s.store.CreateRequest(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	for _, inv := range invitations {
		inv.RequestID = id
		s.save(t, onboard.Write{Invitation: inv, Tally: onboard.Change(onboard.Invitation{}, inv, r.Round)})
	}
}

// leaveOpen stores an attempt of a row which is over: its answer was lost, or made
// a user who is not in their groups yet.
func (s *system) leaveOpen(t *testing.T, id string, row int, email, userSub string) {
	t.Helper()
	over := time.Now().Add(-time.Minute)
	var groups []string
	if userSub != "" {
		groups = []string{standin.OtherGroup}
	}
	s.save(t, onboard.Write{
		Invitation: onboard.Invitation{RequestID: id, Row: row, Person: onboard.Person{Email: email, Groups: groups}, State: onboard.Pending, Attempts: 1, UserSub: userSub},
		Claim: &onboard.Claim{Address: email, Trail: onboard.Trail{
			By: onboard.Holder{RequestID: id, Row: row}, From: over.Add(-time.Minute), To: over,
		}},
	})
}

// hold stores that another request's row has claimed an address.
func (s *system) hold(t *testing.T, email string) {
	t.Helper()
	s.save(t, onboard.Write{
		Invitation: onboard.Invitation{RequestID: "holder-of-" + email, Row: 1, Person: onboard.Person{Email: email}, State: onboard.Pending},
		Claim: &onboard.Claim{
			Address: email, Holder: onboard.Holder{RequestID: "holder-of-" + email, Row: 1, Token: "token"}, Until: time.Now().Add(time.Hour),
		},
	})
}

func (s *system) save(t *testing.T, write onboard.Write) {
	t.Helper()
	if err := s.store.Save(t.Context(), write); err != nil {
		t.Fatal(err)
	}
}

// counts fails t unless the request has the wanted counts.
func (s *system) counts(t *testing.T, id string, want map[onboard.State]int) {
	t.Helper()
	r, err := s.store.Request(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, r.Tally.States); diff != "" {
		t.Errorf("outcomes of %s (-want +got):\n%s", id, diff)
	}
}

// messages returns the event with which Lambda delivers messages of a first
// round. Each is known by its request and row.
func messages(list ...onboard.Message) events.SQSEvent {
	var event events.SQSEvent
	for _, m := range list {
		m.Version, m.Round = onboard.MessageVersion, 1
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: fmt.Sprintf("%s-%d", m.RequestID, m.Row), ReceiptHandle: "handle", Body: string(m.Encode()), EventSource: "aws:sqs",
		})
	}
	return event
}
