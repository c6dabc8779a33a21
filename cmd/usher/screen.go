package main

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"usher.example/internal/onboard"
)

// screen is a terminal that shows what a server sent, in whatever form: it gets none of
// the characters that it would obey, or by which one word looks like another. A file
// gets every byte.
type screen struct {
	*os.File

	rest []byte // of a character that the last write broke off in
}

// onScreen returns the stream, as a screen if it is a terminal.
func onScreen(f *os.File) io.Writer {
	if term.IsTerminal(int(f.Fd())) {
		return &screen{File: f}
	}
	return f
}

// Write implements io.Writer.
func (s *screen) Write(b []byte) (int, error) {
	text, rest := whole(append(s.rest, b...))
	s.rest = rest
	if _, err := s.File.WriteString(harmless(text)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// WriteString implements io.StringWriter, or the file's own would be called.
func (s *screen) WriteString(text string) (int, error) { return s.Write([]byte(text)) }

// whole divides a text into its whole characters and the beginning of one.
func whole(b []byte) (text string, rest []byte) {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return string(b[:len(b)-n]), append([]byte(nil), last...)
			}
			break
		}
	}
	return string(b), nil
}

// harmless replaces the characters that are no text.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if onboard.IsDeceptive(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}
