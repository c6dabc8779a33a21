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
		Version: onboard.MessageVersion, RequestID: "01J", Row: 10_000, Round: 2, Email: "jürgen+\"<x>\"@example.org",
		Groups: []string{"staff", "a;b|c"}, Attributes: map[string]string{"custom:tenant": "a\u2028b\x00"}, Ref: "ref",
		Cells: []string{"", " a ", "=1+1"}, State: onboard.Duplicate, Code: onboard.CodeDuplicate, Reason: "row 3", Failures: 4, Since: 1_763_625_600, Seal: "c2VhbA",
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
		{"nothing", ``, "not the JSON of an invitation"},
		{"no JSON", canary, "syntax error at byte 1"},
		{"cut short", valid, "unexpected end"},
		{"unknown field", valid + `,"` + canary + `":1}`, "unknown field"},
		{"wrong type", `{"v":1,"email":{"` + canary + `":1}}`, "field email"},
		{"wrong type of a row", `{"v":1,"row":"` + canary + `"}`, "field row"},
		{"row with a fraction", `{"v":1,"row":1.5}`, "field row"},
		{"a list", `["` + canary + `"]`, "wrong type"},
		{"a string", `"` + canary + `"`, "wrong type"},
		{"null", `null`, "version 0"},
		{"more data", valid + `} "` + canary + `"`, "data after"},
		{"a closing bracket more", valid + `}}`, "data after"},
		{"two messages", valid + `}` + valid + `}`, "data after"},
		{"no version", `{"request_id":"01J","row":3,"round":1}`, "version 0"},
		{"later version", `{"v":2,"request_id":"01J","row":3,"round":1,"email":"` + canary + `"}`, "version 2; this worker reads version 1"},
		{"no request", `{"v":1,"row":3,"round":1,"email":"` + canary + `"}`, "request_id"},
		{"no row", `{"v":1,"request_id":"01J","round":1,"email":"` + canary + `"}`, "row 0"},
		{"row below 1", `{"v":1,"request_id":"01J","row":-1,"round":1}`, "row -1"},
		{"no round", `{"v":1,"request_id":"01J","row":3,"email":"` + canary + `"}`, "round 0"},
		{"outcome that is no outcome", valid + `,"state":"deferred"}`, "no outcome"},
		{"outcome that is no state", valid + `,"state":"` + canary + `"}`, "no outcome"},
		{"failures below 0", valid + `,"failures":-1}`, "-1 failures"},
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
	for _, test := range []struct{ failures, receives, want int }{{0, 0, 0}, {0, 1, 0}, {0, 3, 2}, {2, 1, 2}, {2, 3, 4}} {
		d := onboard.Delivery{Message: onboard.Message{Failures: test.failures}, Receives: test.receives}
		if got := d.FailuresSoFar(); got != test.want {
			t.Errorf("%d of earlier copies, receipt %d: %d failures, want %d", test.failures, test.receives, got, test.want)
		}
	}
}

func FuzzDecodeMessage(f *testing.F) {
	full := onboard.Message{
		Version: onboard.MessageVersion, RequestID: "01J", Row: 3, Round: 1, Email: "ann@example.org", Groups: []string{"staff"},
		Attributes: map[string]string{"given_name": "Ann"}, Cells: []string{"a"}, State: onboard.Failed, Code: onboard.CodeEmailInvalid,
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
