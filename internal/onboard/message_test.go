package onboard_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

func TestMessageSurvivesTheQueue(t *testing.T) {
	t.Parallel()
	full := onboard.Message{
		Version: onboard.MessageVersion, RequestID: "01J", Row: 10_000, Round: 2, Person: onboard.Person{Email: "jürgen+\"<x>\"@example.org",
			Groups: []string{"staff", "a;b|c"}, Attributes: map[string]string{"custom:tenant": "a\u2028b\x00"}, Ref: "ref",
			Cells: []string{"", " a ", "=1+1"}}, State: onboard.Duplicate, Code: onboard.CodeDuplicate, Reason: "row 3", Failures: 4, Since: 1_763_625_600, Seal: "c2VhbA",
	}
	for name, m := range map[string]onboard.Message{
		"least": {Version: onboard.MessageVersion, RequestID: "01J", Row: 1, Round: 1},
		"full":  full,
	} {
		got, err := onboard.DecodeMessage(m.Encode())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("%s (-sent +read):\n%s", name, diff)
		}
	}
	inv := full.Invitation()
	if again := (onboard.Request{Round: 2}).Message(inv); again.Failures != 0 || again.State != "" || again.Email != full.Email ||
		!cmp.Equal(again.Cells, full.Cells) || !cmp.Equal(again.Attributes, full.Attributes) || inv.State != onboard.Pending {
		t.Errorf("message of its invitation: %+v", again)
	}
}

// canary is an address in bodies that cannot be read.
const canary = "canary@secret.example"

func TestDecodeMessageRefusals(t *testing.T) {
	t.Parallel()
	valid := `{"v":1,"request_id":"01J","row":3,"round":1,"email":"` + canary + `"`
	tests := []struct{ name, body, says string }{
		{name: "nothing", body: ``, says: "not the JSON of an invitation"},
		{name: "no JSON", body: canary, says: "syntax error at byte 1"},
		{name: "cut short", body: valid, says: "unexpected end"},
		{name: "unknown field", body: valid + `,"` + canary + `":1}`, says: "unknown field"},
		{name: "wrong type", body: `{"v":1,"email":{"` + canary + `":1}}`, says: "field email"},
		{name: "wrong type of a row", body: `{"v":1,"row":"` + canary + `"}`, says: "field row"},
		{name: "row with a fraction", body: `{"v":1,"row":1.5}`, says: "field row"},
		{name: "a list", body: `["` + canary + `"]`, says: "wrong type"},
		{name: "a string", body: `"` + canary + `"`, says: "wrong type"},
		{name: "null", body: `null`, says: "version 0"},
		{name: "more data", body: valid + `} "` + canary + `"`, says: "data after"},
		{name: "a closing bracket more", body: valid + `}}`, says: "data after"},
		{name: "two messages", body: valid + `}` + valid + `}`, says: "data after"},
		{name: "no version", body: `{"request_id":"01J","row":3,"round":1}`, says: "version 0"},
		{name: "later version", body: `{"v":2,"request_id":"01J","row":3,"round":1,"email":"` + canary + `"}`, says: "version 2; this worker reads version 1"},
		{name: "no request", body: `{"v":1,"row":3,"round":1,"email":"` + canary + `"}`, says: "request_id"},
		{name: "no row", body: `{"v":1,"request_id":"01J","round":1,"email":"` + canary + `"}`, says: "row 0"},
		{name: "row below 1", body: `{"v":1,"request_id":"01J","row":-1,"round":1}`, says: "row -1"},
		{name: "no round", body: `{"v":1,"request_id":"01J","row":3,"email":"` + canary + `"}`, says: "round 0"},
		{name: "outcome that is no outcome", body: valid + `,"state":"deferred"}`, says: "no outcome"},
		{name: "outcome that is no state", body: valid + `,"state":"` + canary + `"}`, says: "no outcome"},
		{name: "failures below 0", body: valid + `,"failures":-1}`, says: "-1 failures"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := onboard.DecodeMessage([]byte(test.body))
			if err == nil {
				t.Fatalf("read as %+v", m)
			}
			if !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%q, want %q in it and no data", err, test.says)
			}
		})
	}
}

func TestFailuresSoFarCountsAllCopies(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ failures, receives, want int }{{failures: 0, receives: 0, want: 0}, {failures: 0, receives: 1, want: 0}, {failures: 0, receives: 3, want: 2}, {failures: 2, receives: 1, want: 2}, {failures: 2, receives: 3, want: 4}} {
		d := onboard.Delivery{Message: onboard.Message{Failures: test.failures}, Receives: test.receives}
		if got := d.FailuresSoFar(); got != test.want {
			t.Errorf("%d of earlier copies, receipt %d: %d failures, want %d", test.failures, test.receives, got, test.want)
		}
	}
}

func FuzzDecodeMessage(f *testing.F) {
	full := onboard.Message{
		Version: onboard.MessageVersion, RequestID: "01J", Row: 3, Round: 1, Person: onboard.Person{Email: "ann@example.org", Groups: []string{"staff"},
			Attributes: map[string]string{"given_name": "Ann"}, Cells: []string{"a"}}, State: onboard.Failed, Code: onboard.CodeEmailInvalid,
	}
	f.Add(full.Encode())
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := onboard.DecodeMessage(body)
		if err != nil {
			if m.Email != "" || m.RequestID != "" {
				t.Errorf("an error comes with a message: %+v", m)
			}
			return
		}
		if m.Version != onboard.MessageVersion || m.RequestID == "" || m.Row < 1 || m.Round < 1 || m.Failures < 0 {
			t.Errorf("read as no invitation: %+v", m)
		}
		sent := m.Encode()
		again, err := onboard.DecodeMessage(sent)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if !bytes.Equal(sent, again.Encode()) {
			t.Errorf("reading changes the message:\n%s\n%s", sent, again.Encode())
		}
	})
}
