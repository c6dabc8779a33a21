package functions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/standin"
)

// configurationSet is the set whose events the template's rule takes.
const configurationSet = "usher"

// mailOf is an event of SES in the shape of a file of internal/sesevents/testdata, about a
// mail that was sent at one time and of which something became at another.
func mailOf(t *testing.T, shape, address string, sent, at time.Time) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "internal", "sesevents", "testdata", shape+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(filled(body, "", address, sent, at))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// filled replaces the addresses of people and the times in a part of an event.
func filled(part any, name, address string, sent, at time.Time) any {
	switch part := part.(type) {
	case map[string]any:
		for key, value := range part {
			if key == "mail" {
				part[key] = filled(value, key, address, sent, sent)
			} else {
				part[key] = filled(value, key, address, sent, at)
			}
		}
		return part
	case []any:
		for i, value := range part {
			part[i] = filled(value, name, address, sent, at)
		}
		return part
	case string:
		switch name {
		case "timestamp", "time":
			return at.UTC().Format("2006-01-02T15:04:05.000Z")
		case "destination", "recipients", "emailAddress", "to":
			return address
		}
	}
	return part
}

// reports is the event that Lambda makes of messages with these bodies, which are known
// as m0, m1 and so on.
func reports(bodies ...string) events.SQSEvent {
	var event events.SQSEvent
	for i, body := range bodies {
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: fmt.Sprint("m", i), ReceiptHandle: "handle", Body: body, EventSource: "aws:sqs",
			Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1795770000500"},
		})
	}
	return event
}

// TestWhatBecomesOfMailsIsNoted follows the mails of a submission through the built
// programs: the worker invites, SES reports, and the API says what became of each mail.
// Reports come twice, in the wrong order, too late, about mails that are not usher's, and
// one message is no report.
func TestWhatBecomesOfMailsIsNoted(t *testing.T) {
	t.Parallel()
	s := newSystem(t)
	const id = "six-to-invite"
	s.plant(t, id, 6)
	var list []onboard.Message
	for i, name := range []string{"ann", "bob", "cy", "dee", "eli", "flo"} {
		list = append(list, onboard.Message{RequestID: id, Row: i + 1, Person: onboard.Person{Email: name + "@example.org"}})
	}
	worker, listener, api := s.start(t, "WorkerFunction"), s.start(t, "MailEventsFunction"), s.start(t, "ApiFunction")
	s.deliver(t, worker, nil, list...)
	s.counts(t, id, map[onboard.State]int{onboard.Invited: 6})

	sent := time.Now()
	of := func(shape, address string) string { return mailOf(t, shape, address, sent, sent.Add(time.Second)) }
	later, reset := sent.Add(73*time.Hour), sent.Add(3*time.Hour)
	batch := reports(
		mailOf(t, "permanent", "Ann@Example.org", sent, sent.Add(time.Hour)), // taken first, and returned later
		of("delivered", "ann@example.org"),
		of("delivered", "bob@example.org"), of("delivered", "bob@example.org"),
		"somebody@example.org", // no report
		of("complained", "cy@example.org"),
		mailOf(t, "permanent", "dee@example.org", sent, later),
		mailOf(t, "permanent", "eli@example.org", reset, reset), // a mail that somebody asked for
		of("permanent", "nobody@example.org"),
		of("auto_reply", "flo@example.org"),
	)
	for range 2 { // what is on a queue may come again
		if diff := cmp.Diff([]string{"m4"}, deliver(t, listener, batch)); diff != "" {
			t.Errorf("messages that are kept (-want +got):\n%s\n%s", diff, listener.Logs())
		}
	}
	if diff := cmp.Diff([]string(nil), deliver(t, listener, reports(of("schedule", ""), of("delivered", "cy@example.org")))); diff != "" {
		t.Errorf("messages that are kept (-want +got):\n%s", diff)
	}

	noted, err := s.store.NotedMails(t.Context(), id)
	want := map[int]onboard.MailDelivery{1: onboard.MailBounced, 2: onboard.MailDelivered, 3: onboard.MailComplained}
	if diff := cmp.Diff(want, noted); diff != "" || err != nil {
		t.Errorf("error %v, notes by row (-want +got):\n%s", err, diff)
	}
	answer := call(t, api, json.RawMessage(strings.ReplaceAll(string(example(t, "get-requests-id.json")), standin.ExampleRequest, id)))
	if !strings.Contains(answer.Body, `"deliveries":{"bounced":1,"complained":1,"delivered":1}`) {
		t.Errorf("poll: %d %s", answer.StatusCode, answer.Body)
	}
	if logs := listener.Logs(); strings.Contains(strings.ToLower(logs), "@example.org") || !strings.Contains(logs, "noted=5") {
		t.Errorf("an address is in the log, or not how many reports were noted:\n%s", logs)
	}
}

// TestReportsStayWhileTheTableIsAway has DynamoDB fail, and then answer.
func TestReportsStayWhileTheTableIsAway(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	s := newSystemBehind(t, func(services http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if away.Load() {
				http.Error(w, `{"__type":"InternalServerError","message":"ann@example.org"}`, http.StatusInternalServerError)
				return
			}
			services.ServeHTTP(w, r)
		})
	})
	listener := s.start(t, "MailEventsFunction")
	batch := reports(mailOf(t, "permanent", "ann@example.org", time.Now(), time.Now()))
	away.Store(true)
	kept, err := invoke(listener, batch, invokeTimeout)
	if err == nil {
		t.Fatalf("only %v were kept", kept)
	}
	if text := err.Error() + listener.Logs(); strings.Contains(text, "ann@") {
		t.Errorf("an address is in the error or in the log:\n%s", text)
	}
	away.Store(false)
	if kept := deliver(t, listener, batch); len(kept) != 0 {
		t.Errorf("kept %v when the table had come back", kept)
	}
}

// pauseForBounces has the mailevents function note mails that came back, and pause the
// request that sent them.
func (s *system) pauseForBounces(t *testing.T) {
	const id, bounced, total = "many-bounced", 6, 150
	var list []onboard.Invitation
	for i := range 110 {
		list = append(list, onboard.Invitation{
			Row: i + 1, Person: onboard.Person{Email: person(i)}, State: onboard.Invited, Round: 1, UpdatedAt: time.Now(),
		})
	}
	s.plant(t, id, total, list...)
	listener := s.start(t, "MailEventsFunction")
	sent := time.Now()
	var bodies []string
	for i := range bounced {
		s.save(t, onboard.Write{Invitation: list[i], Claim: &onboard.Claim{
			Address: person(i), History: []onboard.Touch{{RequestID: id, Row: i + 1, At: sent, MailAfter: sent.Add(-time.Second)}},
		}})
		bodies = append(bodies, mailOf(t, "permanent", person(i), sent, sent.Add(time.Second)))
	}
	phase := func() onboard.Request {
		r, err := s.store.Request(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if kept := deliver(t, listener, reports(bodies[:bounced-1]...)); len(kept) != 0 || phase().Phase != onboard.Running {
		t.Errorf("kept %v, the request is %s after five bounces of 110 mails\n%s", kept, phase().Phase, listener.Logs())
	}
	if kept := deliver(t, listener, reports(bodies[bounced-1])); len(kept) != 0 {
		t.Errorf("kept %v", kept)
	}
	if r := phase(); r.Phase != onboard.Paused || r.Pause.Code != onboard.CodeMailsBounce || !strings.Contains(r.Pause.Reason, "6 of 110 mails bounced (example.org 6)") {
		t.Errorf("after six bounces of 110 mails: %s, %+v\n%s", r.Phase, r.Pause, listener.Logs())
	}
}
