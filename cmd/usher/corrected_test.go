package main

import (
	"testing"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// Corrected rows are submitted with what their first request was told of them.
func TestFlagsOfCorrections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		sent client.Submission
		want string
	}{
		{"nothing said", client.Submission{Mail: onboard.Send, OnExisting: onboard.Skip, Label: "autumn"}, ""},
		{"columns in order", client.Submission{Columns: map[string]string{"Klasse": "groups", "Abteilung": "custom:department"}},
			" --column Abteilung=custom:department --column Klasse=groups"},
		{"names that a shell would take apart", client.Submission{Columns: map[string]string{"Chef's $(mail)": "email"}}, ` --column 'Chef'\''s $(mail)=email'`},
		{"a column that was left out does not come back", client.Submission{Columns: map[string]string{"Notiz": onboard.MeansNone}}, ""},
		{"a column that was kept does", client.Submission{Columns: map[string]string{"Notiz": onboard.MeansNone}, KeepColumns: true}, " --column Notiz=none --keep-columns"},
		{"groups", client.Submission{Groups: []string{"staff", "new people"}}, " --group staff --group 'new people'"},
		{"no mail", client.Submission{Mail: onboard.Suppress, OnExisting: onboard.Resend}, " --mail suppress --on-existing resend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := flagsOf(c.sent); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
