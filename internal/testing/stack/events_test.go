package stack

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/standin"
)

// event reads one file of events into v and refuses fields that v does not have.
func event(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if dec.More() {
		t.Fatalf("%s has more than one event", file)
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "events", pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no events like %s: %v", pattern, err)
	}
	return found
}

func TestEveryRouteHasItsEvent(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, file := range append(files(t, "get-*.json"), files(t, "post-*.json")...) {
		var e events.APIGatewayV2HTTPRequest
		event(t, file, &e)
		access, ok := routes[e.RouteKey]
		if !ok {
			t.Errorf("%s calls %s, which is no route", file, e.RouteKey)
			continue
		}
		seen[e.RouteKey] = true
		agrees(t, file, e)
		if jwt := e.RequestContext.Authorizer != nil; jwt != (access == "JWT") {
			t.Errorf("%s has an authorizer: %v, but the route is %s", file, jwt, access)
		} else if jwt {
			if diff := cmp.Diff("[administrators]", e.RequestContext.Authorizer.JWT.Claims["cognito:groups"]); diff != "" {
				t.Errorf("%s: groups of the caller (-want +got):\n%s", file, diff)
			}
			holds(t, file, e)
		}
	}
	for key := range routes {
		if !seen[key] {
			t.Errorf("no event calls %s", key)
		}
	}
}

// holds checks that the token which the claims come from was good when the event
// was made, and is of the pool and for the client that the example's variables name.
// TestEverySampleEventIsServed sees that it is the one in the header.
func holds(t *testing.T, file string, e events.APIGatewayV2HTTPRequest) {
	t.Helper()
	claims := e.RequestContext.Authorizer.JWT.Claims
	from, errFrom := strconv.ParseInt(claims["iat"], 10, 64)
	to, errTo := strconv.ParseInt(claims["exp"], 10, 64)
	if now := e.RequestContext.TimeEpoch / 1000; errFrom != nil || errTo != nil || now < from || now >= to {
		t.Errorf("%s: a token good from %s to %s at %d", file, claims["iat"], claims["exp"], now)
	}
	var env map[string]map[string]string
	event(t, filepath.Join(root, "events", "env.example.json"), &env)
	if client, issuer := env["ApiFunction"]["USER_POOL_CLIENT_ID"], env["ApiFunction"]["TOKEN_ISSUER"]; claims["client_id"] != client || claims["iss"] != issuer {
		t.Errorf("%s: token of %s for %s, the variables name %s and %s", file, claims["iss"], claims["client_id"], issuer, client)
	}
}

// agrees checks that the many places where an event says the same thing do so.
func agrees(t *testing.T, file string, e events.APIGatewayV2HTTPRequest) {
	t.Helper()
	method, path, _ := strings.Cut(e.RouteKey, " ")
	for name, value := range e.PathParameters {
		path = strings.NewReplacer("{"+name+"}", value, "{"+name+"+}", value).Replace(path)
	}
	got := []string{e.RequestContext.RouteKey, e.RequestContext.HTTP.Method, e.RequestContext.HTTP.Path, e.RawPath}
	if diff := cmp.Diff([]string{e.RouteKey, method, path, path}, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			t.Errorf("%s: body: %v", file, err)
		}
	}
	if e.Headers["content-type"] == "application/json" && !json.Valid(body) {
		t.Errorf("%s says it is JSON, but is %q", file, body)
	}
}

func TestWorkerEventsCarryMessages(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct{ good, bad int }{
		"worker-one.json":    {good: 1, bad: 0},
		"worker-ten.json":    {good: 10, bad: 0},
		"worker-poison.json": {good: 1, bad: 1},
		"deadletter.json":    {good: 1, bad: 1},
	} {
		file = filepath.Join(root, "events", file)
		var e events.SQSEvent
		event(t, file, &e)
		good, bad := 0, 0
		ids := map[string]bool{}
		for _, r := range e.Records {
			ids[r.MessageId] = true
			if sum := md5.Sum([]byte(r.Body)); hex.EncodeToString(sum[:]) != r.Md5OfBody {
				t.Errorf("%s: md5OfBody of %s is not its body's", file, r.MessageId)
			}
			m, err := onboard.DecodeMessage([]byte(r.Body))
			if err != nil {
				bad++
				continue
			}
			good++
			if got := r.Attributes["MessageGroupId"]; got != m.RequestID {
				t.Errorf("%s: row %d has the group %q, want its request's id", file, m.Row, got)
			}
			if again := string(m.Encode()); again != r.Body {
				t.Errorf("%s: row %d is %s, the queue would carry %s", file, m.Row, r.Body, again)
			}
		}
		if good != want.good || bad != want.bad || len(ids) != len(e.Records) {
			t.Errorf("%s has %d readable and %d unreadable messages with %d ids, want %d and %d", file, good, bad, len(ids), want.good, want.bad)
		}
	}
}

func TestScheduleEventIsEventBridges(t *testing.T) {
	t.Parallel()
	var e events.EventBridgeEvent
	event(t, filepath.Join(root, "events", "requeue.json"), &e)
	if e.Source != "aws.events" || e.DetailType != "Scheduled Event" {
		t.Errorf("event of %q, %q", e.Source, e.DetailType)
	}
}

// sam local drops variables that the template does not declare for a function.
func TestExampleVariablesAreDeclared(t *testing.T) {
	t.Parallel()
	var env map[string]map[string]string
	event(t, filepath.Join(root, "events", "env.example.json"), &env)
	if diff := cmp.Diff(functions, keys(env)); diff != "" {
		t.Errorf("functions (-want +got):\n%s", diff)
	}
	for function, values := range env {
		for name := range values {
			if _, ok := variables[function][name]; !ok {
				t.Errorf("%s is given %s, which template.yaml does not declare for it", function, name)
			}
		}
		// What the template fills in by reference is empty under sam local.
		for name, value := range variables[function] {
			if _, given := values[name]; strings.HasPrefix(value, "<") && !given {
				t.Errorf("%s lacks %s, which only a deployment can fill in", function, name)
			}
		}
	}
}

// Two events that spoke of one row or one person would get in each other's way.
func TestEventsOfQueuesSpeakOfDifferentPeople(t *testing.T) {
	t.Parallel()
	requests, people := map[string]string{}, map[string]string{}
	for id, example := range standin.Examples {
		requests[id] = example.Event
	}
	for _, name := range []string{"worker-one.json", "worker-ten.json", "worker-poison.json", "deadletter.json"} {
		var e events.SQSEvent
		event(t, filepath.Join(root, "events", name), &e)
		for _, r := range e.Records {
			m, err := onboard.DecodeMessage([]byte(r.Body))
			if err != nil {
				continue // unreadable
			}
			if requests[m.RequestID] != name {
				t.Errorf("%s: row %d is of the request %s, which is made for %q", name, m.Row, m.RequestID, requests[m.RequestID])
			}
			if other, taken := people[m.Email]; taken && other != name {
				t.Errorf("%s and %s are both about %s", name, other, m.Email)
			}
			people[m.Email] = name
		}
	}
}
