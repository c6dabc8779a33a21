package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/testing/peoplefiles"
)

const page = "../../docs/command-line.md"

// line is a command of a transcript with what it printed.
type line struct{ command, printed string }

// transcript reads the commands of a page: indented lines that begin with $, each
// with what follows it.
func transcript(t *testing.T) []line {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	open := false
	for text := range strings.Lines(string(text)) {
		shown, indented := strings.CutPrefix(text, "    ")
		command, isCommand := strings.CutPrefix(shown, "$ ")
		switch {
		case indented && isCommand:
			lines = append(lines, line{command: strings.TrimSuffix(command, "\n")})
			open = true
		case indented && open:
			lines[len(lines)-1].printed += shown
		default:
			open = false
		}
	}
	return lines
}

// varying is what differs from one run to the next.
var varying = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{pattern: regexp.MustCompile(`(?m)^\d+ of \d+ \(.*\n`), instead: ""}, // progress
	{pattern: regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{26}`), instead: "ID"},
	{pattern: regexp.MustCompile(`\d\d? [A-Z][a-z][a-z] (\d\d:\d\d|\d{4}) +`), instead: "TIME "},
	{pattern: regexp.MustCompile(`SUBMITTED +`), instead: "SUBMITTED "},
	{pattern: regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), instead: "TIME"},
	{pattern: regexp.MustCompile(`, \d\d? [A-Z][a-z][a-z]( \d{4})?\)`), instead: ", DAY)"},
	{pattern: regexp.MustCompile(`, (after [\dm.]+s|at once)`), instead: "after a while"},
	{pattern: regexp.MustCompile(`This takes about \d+ seconds?, for (\d+) group memberships? at [\d.]+ per second`), instead: "This takes a while for $1"},
	{pattern: regexp.MustCompile(`This takes about \d+ seconds?, at [\d.]+ rows per second`), instead: "This takes a while"},
	{pattern: regexp.MustCompile(`http://127\.0\.0\.1:\d+ answers in \d+ ms`), instead: "URL answers"},
	{pattern: regexp.MustCompile(`in \d attempts`), instead: "in some attempts"},
	{pattern: regexp.MustCompile(`\r|\x{feff}`), instead: ""},
	{pattern: regexp.MustCompile(`(?m)^ +(\d+)$`), instead: "$1"}, // wc of some systems
}

func lasting(text string) string {
	for _, p := range varying {
		text = p.pattern.ReplaceAllString(text, p.instead)
	}
	return text
}

// What the page shows is what the program prints.
func TestPageShowsWhatHappens(t *testing.T) {
	t.Parallel()
	server := localServer(t, "USER_CREATION_RATE=500")
	dir := t.TempDir()
	if err := peoplefiles.Write(dir); err != nil {
		t.Fatal(err)
	}
	lines := transcript(t)
	if len(lines) < 10 {
		t.Fatalf("the page has only %d commands", len(lines))
	}
	for _, l := range lines {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", l.command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "USHER_URL="+server.url, "XDG_CONFIG_HOME="+dir, "USHER_TOKEN=", "TZ=UTC")
		printed, _ := cmd.CombinedOutput() // how it ends is in the transcript where it matters
		if diff := cmp.Diff(lasting(l.printed), lasting(string(printed))); diff != "" {
			t.Fatalf("%s shows another end of this:\n$ %s\n%s", page, l.command, diff)
		}
	}
}
