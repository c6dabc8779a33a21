package onboard_test

import (
	"encoding/json"
	"strings"
	"testing"

	"usher.example/internal/onboard"
)

// strays are the two characters that encoding/json leaves as they are and a queue
// refuses.
var strays = strings.NewReplacer("\uFFFE", `\ufffe`, "\uFFFF", `\uffff`)

// FuzzMessageEncoding holds the hand-written encoder to encoding/json: the same
// bytes but for the strays, whatever is in a message, and all of them such as
// a queue carries.
func FuzzMessageEncoding(f *testing.F) {
	f.Add("01R", 1, 1, "ann@example.org", "staff", "given_name", "Ann", "P-1", "a;b", "failed", "email_invalid", "why", 2)
	f.Add("", 0, -1, "<a&b>\u2028\u2029\xff\"\\", "\x00\x1f\b\f\n\r\t\x7f", "\xf0\x9f", "\ufffd\U0001f600", "\ufffe", "a\uffffb", "\ufffe\uffff", "", "", 0)
	f.Add("é", 1<<40, 7, "", "", "", "", "\u00a0", "\xe2\x80", "", "", "\xe2\x80\xa8x", -3)
	f.Fuzz(func(t *testing.T, id string, row, round int, email, group, name, value, ref, cell, state, code, reason string, failures int) {
		messages := []onboard.Message{
			{Version: round, RequestID: id, Row: row, Round: round, Email: email, Ref: ref, State: onboard.State(state), Code: onboard.Code(code), Reason: reason, Failures: failures, Since: int64(row), Seal: ref},
			{Version: 1, RequestID: id, Groups: []string{group, email}, Attributes: map[string]string{name: value, "b": ref, "a": cell}, Cells: []string{cell, "", reason}},
			{Groups: []string{}, Attributes: map[string]string{}, Cells: []string{}},
		}
		for _, m := range messages {
			want, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			got := string(m.Encode())
			if want := strays.Replace(string(want)); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if i := strings.IndexFunc(got, refused); i >= 0 {
				t.Errorf("a queue refuses the character at byte %d of %q", i, got)
			}
		}
	})
}

// refused reports whether a queue refuses a character (Amazon SQS API Reference,
// "SendMessage").
func refused(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF'
}
