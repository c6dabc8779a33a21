package main

import (
	"maps"
	"slices"
	"strings"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// corrections are the failed rows of a request in a file to correct.
type corrections struct {
	file  string // "" for none
	flags string // what the command that submits the file needs besides its name
}

// flagsOf are the flags that rows need again which come back from a submission:
// without them its corrected rows would lose their groups and attributes, or be mailed
// although nobody was to be.
func flagsOf(s client.Submission) string {
	var flags strings.Builder
	add := func(flag, value string) { flags.WriteString(" --" + flag + " " + quotedForShell(value)) }
	for _, name := range slices.Sorted(maps.Keys(s.Columns)) {
		meaning := s.Columns[name]
		if meaning == onboard.MeansNone && !s.KeepColumns {
			continue // the file has no such column
		}
		add("column", name+"="+meaning)
	}
	for _, group := range s.Groups {
		add("group", group)
	}
	if s.Mail == onboard.Suppress {
		add("mail", string(s.Mail))
	}
	if s.OnExisting == onboard.Resend {
		add("on-existing", string(s.OnExisting))
	}
	if s.KeepColumns {
		flags.WriteString(" --keep-columns")
	}
	return flags.String()
}

// quotedForShell quotes an argument if a shell would not read it as it is.
func quotedForShell(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=:./@", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
