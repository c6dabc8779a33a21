package onboard_test

import (
	"encoding/json"
	"testing"

	"usher.example/internal/onboard"
)

// FuzzMessageEncoding holds the hand-written encoder to encoding/json: the same
// bytes, whatever stands in a message.
func FuzzMessageEncoding(f *testing.F) {
	f.Add("01R", 1, 1, "ann@example.org", "staff", "given_name", "Ann", "P-1", "a;b", "failed", "email_invalid", "why", 2)
	f.Add("", 0, -1, "<a&b>\u2028\u2029\xff\"\\", "\x00\x1f\b\f\n\r\t\x7f", "\xf0\x9f", "\ufffd\U0001f600", "", "", "", "", "", 0)
	f.Add("é", 1<<40, 7, "", "", "", "", "\u00a0", "\xe2\x80", "", "", "\xe2\x80\xa8x", -3)
	f.Fuzz(func(t *testing.T, id string, row, round int, email, group, name, value, ref, cell, state, code, reason string, failures int) {
		messages := []onboard.Message{
			{Version: round, RequestID: id, Row: row, Round: round, Email: email, Ref: ref, State: onboard.State(state), Code: onboard.Code(code), Reason: reason, Failures: failures},
			{Version: 1, RequestID: id, Groups: []string{group, email}, Attributes: map[string]string{name: value, "b": ref, "a": cell}, Cells: []string{cell, "", reason}},
			{Groups: []string{}, Attributes: map[string]string{}, Cells: []string{}},
		}
		for _, m := range messages {
			want, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.Encode(); string(got) != string(want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
	})
}
