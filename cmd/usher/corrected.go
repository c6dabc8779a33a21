package main

import (
	"maps"
	"slices"
	"strings"

	"usher.example/internal/client"
	"usher.example/internal/onboard"
)

// sayCorrect says what to do with a file that holds so many failed rows of a request.
func (p *program) sayCorrect(r client.Request, file string, rows int) {
	p.say("%s: %s to correct. Then run:\n  usher submit %s%s", cleanLine(file), rowsOf(rows), quotedForShell(cleanLine(file)), cleanLine(flagsOf(r.Options)))
}

// flagsOf are the flags that rows need again which come back from a submission:
// without them its corrected rows would lose their groups and attributes, or be mailed
// although nobody was to be.
func flagsOf(s client.Options) string {
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
