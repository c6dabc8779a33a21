package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"usher.example/internal/client"
	"usher.example/internal/local"
	"usher.example/internal/onboard"
)

// A demo says what happened as it was counted, and does not hide a broken promise.
func TestDemoEndsWithWhatHappened(t *testing.T) {
	t.Parallel()
	counts := client.Counts{onboard.Invited: 10, onboard.Duplicate: 2, onboard.Failed: 2}
	well := local.Tally{Users: 10, Mails: 10, Addresses: 10, Most: 1, Calls: 17, Unanswered: 3, Doubled: 4, Killed: true, Unheard: 1}
	for _, test := range []struct {
		name   string
		change func(*local.Tally, client.Counts)
		code   int
		says   string
	}{
		{"all well", func(*local.Tally, client.Counts) {}, exitDone, "Nobody was mailed twice, and nobody was forgotten."},
		{"mailed twice", func(t *local.Tally, _ client.Counts) { t.Mails, t.Most = 11, 2 }, exitError, "an address was mailed 2 times"},
		{"forgotten", func(t *local.Tally, _ client.Counts) { t.Users, t.Mails, t.Addresses = 9, 9, 9 }, exitError, "10 invited, 9 with an account, 9 mailed"},
		{"an own user called existing", func(_ *local.Tally, c client.Counts) { c[onboard.Invited], c[onboard.Existing] = 9, 1 }, exitError, "these differ"},
		{"a row without an outcome", func(_ *local.Tally, c client.Counts) { c[onboard.Invited], c[onboard.Pending] = 9, 1 }, exitError, "these differ"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tally, rows := well, client.Counts{}
			for state, n := range counts {
				rows[state] = n
			}
			test.change(&tally, rows)
			var said bytes.Buffer
			p := &program{err: &said, getenv: func(string) string { return "" }}
			err, code := p.concludeDemo(client.Request{Counts: rows}, tally), exitDone
			if e := new(ended); errors.As(err, &e) {
				code = e.code
				said.WriteString(e.Error())
			}
			if code != test.code || !strings.Contains(said.String(), test.says) || !strings.Contains(said.String(), "3 got no answer") {
				t.Errorf("exit code %d, want %d, and %q:\n%s", code, test.code, test.says, said.String())
			}
		})
	}
}
