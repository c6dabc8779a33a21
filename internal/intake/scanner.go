package intake

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) in one pass over a text that is valid UTF-8.
// Strings without escapes are parts of the text, so that reading costs next to no
// allocations. Keys that stand twice in an object, or twice but for their case,
// are errors anywhere: encoding/json lets the last one win, and what the caller
// meant is then anybody's guess.
type scanner struct {
	src      string
	at       int
	line     int // the line of the body on which src begins
	maxDepth int

	path []step
	keys []string // of all objects open, innermost last
}

// step is one part of the way to the value being read: a key or an index; an
// index below 0 as long as there is neither.
type step struct {
	key     string
	index   int
	isIndex bool
}

// object is a JSON object being read.
type object struct {
	first int // where its keys begin in scanner.keys
	begun bool
	seen  map[string]string // folded keys, once there are many
}

// manyKeys is where comparing a key with every other gives way to a map: with
// hundreds of thousands of keys in one object, pairs would take minutes.
const manyKeys = 24

// enter steps into the object or array that begins here.
func (s *scanner) enter() error {
	if len(s.path) == s.maxDepth {
		return s.fail(CodeJSONDepth, "more than %d objects and arrays inside one another, which is the limit", s.maxDepth)
	}
	s.at++
	s.path = append(s.path, step{isIndex: true, index: -1})
	return nil
}

func (s *scanner) object() (object, error) {
	if err := s.enter(); err != nil {
		return object{}, err
	}
	return object{first: len(s.keys)}, nil
}

// next moves to the next member's value and gives its key, or false at the
// object's end.
func (s *scanner) next(o *object) (string, bool, error) {
	s.space()
	if s.peek() == '}' {
		s.at++
		s.keys = s.keys[:o.first]
		s.path = s.path[:len(s.path)-1]
		return "", false, nil
	}
	if o.begun {
		if err := s.expect(',', "a comma or the end of the object"); err != nil {
			return "", false, err
		}
		s.space()
	}
	o.begun = true
	if s.peek() != '"' {
		return "", false, s.unexpected("a key in double quotes")
	}
	key, err := s.text()
	if err != nil {
		return "", false, err
	}
	s.path[len(s.path)-1] = step{key: key}
	if err := s.unique(o, key); err != nil {
		return "", false, err
	}
	s.space()
	if err := s.expect(':', "a colon"); err != nil {
		return "", false, err
	}
	s.space()
	return key, true, nil
}

// unique refuses a key that the object has already.
func (s *scanner) unique(o *object, key string) error {
	have := s.keys[o.first:]
	if o.seen == nil && len(have) == manyKeys {
		o.seen = make(map[string]string, 2*manyKeys)
		for _, k := range have {
			o.seen[foldCase(k)] = k
		}
	}
	if o.seen != nil {
		folded := foldCase(key)
		if other, ok := o.seen[folded]; ok {
			return s.duplicate(other, key)
		}
		o.seen[folded] = key
		return nil
	}
	for _, k := range have {
		if strings.EqualFold(k, key) {
			return s.duplicate(k, key)
		}
	}
	s.keys = append(s.keys, key)
	return nil
}

func (s *scanner) duplicate(a, b string) error {
	if a == b {
		return s.fail(CodeDuplicateKey, "the key %s stands twice in one object; keep one", quoted(a))
	}
	return s.fail(CodeDuplicateKey, "the keys %s and %s of one object differ only in case; keep one", quoted(a), quoted(b))
}

// element moves to the next value of the array stepped into, or gives false at
// its end.
func (s *scanner) element() (bool, error) {
	s.space()
	top := &s.path[len(s.path)-1]
	if s.peek() == ']' {
		s.at++
		s.path = s.path[:len(s.path)-1]
		return false, nil
	}
	if top.index >= 0 {
		if err := s.expect(',', "a comma or the end of the array"); err != nil {
			return false, err
		}
		s.space()
	}
	top.index++
	return true, nil
}

// skip reads past any value.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.skipObject()
	case c == '[':
		return s.skipArray()
	case c == '"':
		_, err := s.text()
		return err
	default:
		_, err := s.scalar()
		return err
	}
}

func (s *scanner) skipObject() error {
	o, err := s.object()
	if err != nil {
		return err
	}
	for {
		if _, more, err := s.next(&o); err != nil || !more {
			return err
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}

func (s *scanner) skipArray() error {
	if err := s.enter(); err != nil {
		return err
	}
	for {
		if more, err := s.element(); err != nil || !more {
			return err
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}

// scalar reads a number, true, false or null and gives it as written.
func (s *scanner) scalar() (string, error) {
	switch c := s.peek(); {
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	case c == '-', isDigit(c):
		return s.number()
	}
	return "", s.unexpected("a value")
}

func (s *scanner) word(w string) (string, error) {
	if !strings.HasPrefix(s.src[s.at:], w) {
		return "", s.unexpected("a value")
	}
	s.at += len(w)
	return w, nil
}

func (s *scanner) number() (string, error) {
	from := s.at
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if err := s.digits(); err != nil {
		return "", err
	}
	if s.peek() == '.' {
		s.at++
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if err := s.digits(); err != nil {
			return "", err
		}
	}
	return s.src[from:s.at], nil
}

func (s *scanner) digits() error {
	from := s.at
	for isDigit(s.peek()) {
		s.at++
	}
	if s.at == from {
		return s.unexpected("a digit")
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// text reads the string that begins here.
func (s *scanner) text() (string, error) {
	from := s.at + 1
	for i := from; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == '"':
			s.at = i + 1
			return s.src[from:i], nil
		case c == '\\':
			return s.escaped(from, i)
		case c < ' ':
			s.at = i
			return "", s.fail(CodeJSONSyntax, "a control character or line break inside a string; write it as an escape")
		}
	}
	return "", s.fail(CodeJSONSyntax, "a string begins here and has no end; close it with a double quote")
}

// escaped reads on in a string whose first escape stands at i.
func (s *scanner) escaped(from, i int) (string, error) {
	open := s.at
	text := append(make([]byte, 0, i-from+32), s.src[from:i]...)
	for i < len(s.src) {
		switch c := s.src[i]; {
		case c == '"':
			s.at = i + 1
			return string(text), nil
		case c == '\\':
			r, n := unescape(s.src[i:])
			if n == 0 {
				s.at = i
				return "", s.fail(CodeJSONSyntax, "a backslash that begins no escape; write \\\\ for a backslash")
			}
			text = utf8.AppendRune(text, r)
			i += n
		case c < ' ':
			s.at = i
			return "", s.fail(CodeJSONSyntax, "a control character or line break inside a string; write it as an escape")
		default:
			text = append(text, c)
			i++
		}
	}
	s.at = open
	return "", s.fail(CodeJSONSyntax, "a string begins here and has no end; close it with a double quote")
}

func (s *scanner) space() {
	for s.at < len(s.src) {
		switch s.src[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek gives the byte that stands next, or 0 at the end: no value begins with 0.
func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) expect(c byte, what string) error {
	if s.peek() != c {
		return s.unexpected(what)
	}
	s.at++
	return nil
}

func (s *scanner) unexpected(wanted string) error {
	if s.at >= len(s.src) {
		return s.fail(CodeJSONSyntax, "the JSON ends where %s should stand; it may have been cut off", wanted)
	}
	return s.fail(CodeJSONSyntax, "the JSON is broken: %s should stand here", wanted)
}

// fail makes an error that names the place being read.
func (s *scanner) fail(code, format string, args ...any) *Error {
	before := s.src[:min(s.at, len(s.src))]
	line := s.line + strings.Count(before, "\n")
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1

	e := malformed(code, format, args...)
	e.Line = line
	e.Pointer = s.pointer()
	e.Detail = fmt.Sprintf("line %d, column %d: %s", line, column, e.Detail)
	return e
}

// pointer gives the JSON pointer of the value being read, as far as it can be
// told without repeating an address.
func (s *scanner) pointer() string {
	var b strings.Builder
	for _, p := range s.path {
		if !p.isIndex && telling(p.key) || p.isIndex && p.index < 0 {
			break
		}
		b.WriteByte('/')
		if p.isIndex {
			b.WriteString(strconv.Itoa(p.index))
			continue
		}
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(p.key, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
