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
		sent client.Options
		want string
	}{
		{"nothing said", client.Options{Mail: onboard.Send, OnExisting: onboard.Skip}, ""},
		{"columns in order", client.Options{Columns: map[string]string{"Klasse": "groups", "Abteilung": "custom:department"}},
			" --column Abteilung=custom:department --column Klasse=groups"},
		{"names that a shell would take apart", client.Options{Columns: map[string]string{"Chef's $(mail)": "email"}}, ` --column 'Chef'\''s $(mail)=email'`},
		{"a column that was left out does not come back", client.Options{Columns: map[string]string{"Notiz": onboard.MeansNone}}, ""},
		{"a column that was kept does", client.Options{Columns: map[string]string{"Notiz": onboard.MeansNone}, KeepColumns: true}, " --column Notiz=none --keep-columns"},
		{"groups", client.Options{Groups: []string{"staff", "new people"}}, " --group staff --group 'new people'"},
		{"no mail", client.Options{Mail: onboard.Suppress, OnExisting: onboard.Resend}, " --mail suppress --on-existing resend"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := flagsOf(c.sent); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}
