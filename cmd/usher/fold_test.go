package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"usher.example/internal/testing/peoplefiles"
)

func TestFolded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"short", "Done.", "Done."},
		{"between words", "one two three four five", "one two three\nfour five"},
		{"a long word", "a https://usher.example.org b", "a\nhttps://usher.example.org\nb"},
		{"indented", "  one two three four", "  one two\n  three four"},
		{"a command stays one", "  usher submit f.csv --column 'A B=email'", "  usher \\\n    submit \\\n    f.csv \\\n    --column \\\n    'A B=email'"},
		{"color takes no room", "\x1b[31mone two th\x1b[0m", "\x1b[31mone two th\x1b[0m"},
		{"line by line", "Run:\n  usher status", "Run:\n  usher status"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const columns = 14
			if got := folded(test.text, columns); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if got := folded(test.text, 0); got != test.text {
				t.Errorf("a file gets %q", got)
			}
		})
	}
}

// fits reports each line that is wider than a screen. A line that is one word, as an
// address of the web, cannot be narrower.
func fits(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if width(line) > screenColumns && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%s: a line has %d columns:\n%s", what, width(line), line)
		}
	}
}

func TestHelpFitsTheScreen(t *testing.T) {
	t.Parallel()
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		var text bytes.Buffer
		c.SetOut(&text)
		if err := c.Help(); err != nil {
			t.Error(err)
		}
		fits(t, c.CommandPath(), text.String())
		for _, sub := range c.Commands() {
			look(sub)
		}
	}
	look((&program{out: io.Discard, err: io.Discard}).newRoot())
}

// Whatever a terminal of 80 columns shows fits it: reports, tables, progress and hints.
func TestOutputFitsTheScreen(t *testing.T) {
	t.Parallel()
	server := localServer(t, "USER_CREATION_RATE=500", "MAIL_QUOTA=150")
	dir := t.TempDir()
	if err := peoplefiles.Write(dir); err != nil {
		t.Fatal(err)
	}
	file := func(name string) string { return filepath.Join(dir, name) }
	shown := func(code int, args ...string) string {
		t.Helper()
		var out, err bytes.Buffer
		p := &program{
			name: "usher", in: strings.NewReader(""), out: &out, err: &err, columns: screenColumns,
			getenv: func(name string) string { return map[string]string{"USHER_URL": server.url}[name] },
		}
		if got := p.run(t.Context(), args); got != code {
			t.Errorf("%v: exit code %d, want %d\n%s%s", args, got, code, out.String(), err.String())
		}
		fits(t, strings.Join(args, " "), out.String())
		fits(t, strings.Join(args, " "), err.String())
		return out.String()
	}
	shown(exitInvalidFile, "check", file("schule.xlsx"))
	shown(exitFailedRows, "submit", file("google.csv"), "--yes", "--column", "Employee Type=groups", "--failures-to", file("google-failures.csv"), "--label", "people of the north and of the south, autumn term of 2026")
	shown(exitWaits, "submit", file("schule.xlsx"), "--yes", "--column", "Abteilung=custom:department", "--column", "Klasse/Gruppe=groups", "--keep-columns")
	id := shownID.FindString(shown(exitDone, "requests"))
	shown(exitDone, "requests", "-o", "table", "--limit", "1")
	shown(exitDone, "status", id)
	shown(exitDone, "failures", id, "-o", "table")
	shown(exitDone, "failures", id, "--to", file("failures.csv"))
	shown(exitError, "resume", id)
	shown(exitGaveUp, "watch", id, "--wait-for-all", "--timeout", "100ms")
	shown(exitDone, "cancel", id)
	shown(exitDone, "doctor")
	shown(exitError, "doctor", "--url", "http://127.0.0.1:1")
	shown(exitError, "status", "01NONE")
	shown(exitUsage, "submit")
	if _, err := os.Stat(file("failures.csv")); err != nil {
		t.Error(err)
	}
}
