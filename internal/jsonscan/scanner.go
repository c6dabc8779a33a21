package jsonscan

import (
	"errors"
	"fmt"
	"strings"
)

// Scanner reads the values of a JSON text one by one. Set Src before use. A
// method that fails leaves At where the fault is.
type Scanner struct {
	// Src is the text, in valid UTF-8.
	Src string

	// At is the byte of Src that is read next.
	At int
}

// Space moves past white space.
func (s *Scanner) Space() {
	for s.At < len(s.Src) {
		switch s.Src[s.At] {
		case ' ', '\t', '\n', '\r':
			s.At++
		default:
			return
		}
	}
}

// Peek gives the byte that stands next, or 0 at the end: no value begins with 0.
func (s *Scanner) Peek() byte {
	if s.At < len(s.Src) {
		return s.Src[s.At]
	}
	return 0
}

// Expect moves past c. An error says what should stand here.
func (s *Scanner) Expect(c byte, what string) error {
	if s.Peek() != c {
		return s.Unexpected(what)
	}
	s.At++
	return nil
}

// Unexpected returns the error for a place where something else should stand.
func (s *Scanner) Unexpected(wanted string) error {
	if s.At >= len(s.Src) {
		return fmt.Errorf("the JSON ends where %s should stand; it may have been cut off", wanted)
	}
	return fmt.Errorf("the JSON is broken: %s should stand here", wanted)
}

// String reads the string that begins here. One without escapes is a part of Src.
func (s *Scanner) String() (string, error) {
	from, escapes := s.At+1, false
	for i := from; i < len(s.Src); i++ {
		switch c := s.Src[i]; {
		case c == '"':
			if escapes {
				return s.unescaped(from, i)
			}
			s.At = i + 1
			return s.Src[from:i], nil
		case c == '\\':
			escapes = true
			i++
		case c < ' ':
			s.At = i
			return "", errors.New("a control character or line break inside a string; write it as an escape")
		}
	}
	return "", errors.New("a string begins here and has no end; close it with a double quote")
}

// unescaped gives the string between two places, with its escapes read.
func (s *Scanner) unescaped(from, to int) (string, error) {
	var text strings.Builder
	text.Grow(to - from)
	rest := s.Src[from:to]
	for i := strings.IndexByte(rest, '\\'); i >= 0; i = strings.IndexByte(rest, '\\') {
		r, length := unescape(rest[i:])
		if length == 0 {
			s.At = to - len(rest) + i
			return "", errors.New("a backslash that begins no escape; write \\\\ for a backslash")
		}
		text.WriteString(rest[:i])
		text.WriteRune(r)
		rest = rest[i+length:]
	}
	text.WriteString(rest)
	s.At = to + 1
	return text.String(), nil
}

// Scalar reads a number, true, false or null and gives it as written.
func (s *Scanner) Scalar() (string, error) {
	switch c := s.Peek(); {
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-', isDigit(c):
		return s.number()
	}
	return "", s.Unexpected("a value")
}

func (s *Scanner) word(w string) (string, error) {
	if !strings.HasPrefix(s.Src[s.At:], w) {
		return "", s.Unexpected("a value")
	}
	s.At += len(w)
	return w, nil
}

func (s *Scanner) number() (string, error) {
	from := s.At
	if s.Peek() == '-' {
		s.At++
	}
	if s.Peek() == '0' {
		s.At++
	} else if err := s.digits(); err != nil {
		return "", err
	}
	if s.Peek() == '.' {
		s.At++
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	if c := s.Peek(); c == 'e' || c == 'E' {
		s.At++
		if c := s.Peek(); c == '+' || c == '-' {
			s.At++
		}
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	return s.Src[from:s.At], nil
}

func (s *Scanner) digits() error {
	from := s.At
	for isDigit(s.Peek()) {
		s.At++
	}
	if s.At == from {
		return s.Unexpected("a digit")
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
