package main

import (
	"testing"
	"time"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

func TestTheQuestionIsTrueOnASecondRun(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, time.November, 27, 12, 0, 0, 0, time.Local)
	request := func(label string, rows int) client.KnownRequest {
		return client.KnownRequest{ID: "01R", Label: label, SubmittedAt: at, Rows: rows}
	}
	for _, test := range []struct {
		name    string
		pending int
		known   *client.Known
		want    string
	}{
		{name: "not known", pending: 3, known: nil, want: "Continue?"},
		{name: "nobody", pending: 3, known: &client.Known{}, want: "Continue?"},
		{name: "some", pending: 3, known: &client.Known{Rows: 2, Requests: []client.KnownRequest{request("a", 2)}}, want: "Continue?"},
		{
			name: "all", pending: 488, known: &client.Known{Rows: 488, Requests: []client.KnownRequest{request("people.csv", 488)}},
			want: "0 to invite, 488 already invited (people.csv, 27 Nov 2024). Continue?",
		},
		{
			name: "all, of a request without a label that is gone", pending: 2,
			known: &client.Known{Rows: 2, Requests: []client.KnownRequest{{ID: "01R", Rows: 2}}},
			want:  "0 to invite, 2 already invited (01R). Continue?",
		},
		{
			name: "all, of three requests", pending: 6,
			known: &client.Known{Rows: 6, Requests: []client.KnownRequest{request("a", 3), request("b", 2), request("c", 1)}},
			want:  "0 to invite, 6 already invited (a, 27 Nov 2024; b, 27 Nov 2024; and others). Continue?",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := report{Check: client.Check{Counts: client.Counts{onboard.Pending: test.pending}, Known: test.known}}
			if got := r.question(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestNoTimeIsPromisedThatTheMailDoesNotAllow(t *testing.T) {
	t.Parallel()
	seconds := 1
	for code, want := range map[string]string{
		"builtin_sender":      "This takes about 1 second, at 47.5 rows per second.",
		"mail_quota_short":    "",
		"mail_takes_too_long": "",
	} {
		r := report{Check: client.Check{Forecast: client.Forecast{Seconds: &seconds, Rate: 47.5}, Findings: []client.Finding{{Code: code}}}}
		if got := r.forecast(); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	seconds = 0
	if got := (report{Check: client.Check{Forecast: client.Forecast{Seconds: &seconds, Rate: 47.5}}}).forecast(); got != "" {
		t.Errorf("nothing to do: %q", got)
	}
}
