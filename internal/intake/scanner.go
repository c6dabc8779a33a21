package intake

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher.example/internal/jsonscan"
)

// scanner reads JSON in one pass and knows the place it is at; its own methods
// tell that place, those of the Scanner in it do not. Keys that stand twice in an
// object, or twice but for their case, are errors anywhere: encoding/json lets
// the last one win, and what the caller meant is then anybody's guess.
type scanner struct {
	jsonscan.Scanner

	line     int // the line of the body on which the text begins
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
	s.At++
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
	s.Space()
	if s.Peek() == '}' {
		s.At++
		s.keys = s.keys[:o.first]
		s.path = s.path[:len(s.path)-1]
		return "", false, nil
	}
	if o.begun {
		if err := s.expect(',', "a comma or the end of the object"); err != nil {
			return "", false, err
		}
		s.Space()
	}
	o.begun = true
	if s.Peek() != '"' {
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
	s.Space()
	if err := s.expect(':', "a colon"); err != nil {
		return "", false, err
	}
	s.Space()
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

// foldCase maps strings that differ only in case, as [strings.EqualFold] sees it,
// to one string.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
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
	s.Space()
	top := &s.path[len(s.path)-1]
	if s.Peek() == ']' {
		s.At++
		s.path = s.path[:len(s.path)-1]
		return false, nil
	}
	if top.index >= 0 {
		if err := s.expect(',', "a comma or the end of the array"); err != nil {
			return false, err
		}
		s.Space()
	}
	top.index++
	return true, nil
}

// skip reads past any value.
func (s *scanner) skip() error {
	switch c := s.Peek(); {
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
	written, err := s.Scalar()
	return written, s.located(err)
}

// text reads the string that begins here.
func (s *scanner) text() (string, error) {
	text, err := s.String()
	return text, s.located(err)
}

// expect moves past c.
func (s *scanner) expect(c byte, what string) error { return s.located(s.Expect(c, what)) }

func (s *scanner) unexpected(wanted string) error { return s.located(s.Unexpected(wanted)) }

// located names the place of broken JSON.
func (s *scanner) located(err error) error {
	if err == nil {
		return nil
	}
	return s.fail(CodeJSONSyntax, "%s", err)
}

// fail makes an error that names the place being read.
func (s *scanner) fail(code, format string, args ...any) *Error {
	before := s.Src[:min(s.At, len(s.Src))]
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
