package intake

import (
	"strings"

	"usher.example/internal/jsonscan"
	"usher.example/internal/onboard"
)

const sendUsers = `send {"users": [...]}, an array of users, or one user with an "email"`

// jsonReader reads users out of JSON: the document around them here, a single one
// in user.go.
type jsonReader struct {
	scanner

	out  *collector
	user user
}

func (c *collector) newJSONReader(src string, line int) *jsonReader {
	return &jsonReader{
		scanner: scanner{Scanner: jsonscan.Scanner{Src: src}, line: line, maxDepth: c.limits.Depth},
		out:     c,
	}
}

// readJSON reads a whole document: an array of users, an object that holds one
// under "users", or one user.
func (c *collector) readJSON(text string) error {
	c.expect(strings.Count(text, "{"))
	r := c.newJSONReader(text, 1)
	r.Space()
	if err := r.document(); err != nil {
		return err
	}
	return r.end("for one object a line, send it as application/x-ndjson")
}

// readNDJSON reads a user a line. Rows are numbered by line.
func (c *collector) readNDJSON(text string) error {
	c.expect(strings.Count(text, "\n") + 1)
	r := c.newJSONReader("", 0)
	for line := range strings.Lines(text) {
		r.Src, r.At, r.line = strings.TrimRight(line, "\r\n"), 0, r.line+1
		r.Space()
		if r.At == len(r.Src) {
			continue
		}
		if err := r.oneUser(r.line); err != nil {
			return err
		}
		if err := r.end("put every user on a line of its own"); err != nil {
			return err
		}
	}
	return nil
}

// end makes sure that nothing follows the value.
func (r *jsonReader) end(fix string) error {
	r.Space()
	if r.At < len(r.Src) {
		return r.fail(CodeTrailingData, "there is more after the end of the JSON; %s", fix)
	}
	return nil
}

func (r *jsonReader) document() error {
	switch r.Peek() {
	case '[':
		return r.users()
	case '{':
		return r.wrapper()
	case '"':
		return r.oneUser(1)
	}
	if err := r.skip(); err != nil {
		return err
	}
	r.At = 0
	return r.fail(CodeWrongNesting, "the body is neither an array nor an object; %s", sendUsers)
}

// wrapper reads the object of a document. It is the one around the users or, if
// it has no "users", a user itself.
func (r *jsonReader) wrapper() error {
	o, err := r.object()
	if err != nil {
		return err
	}
	var users, single bool
	for {
		key, more, err := r.next(&o)
		switch {
		case err != nil:
			return err
		case !more:
			return r.endWrapper(users, single)
		case key == "label":
			err = r.label()
		case key == "users" && !single:
			users = true
			err = r.users()
		case users:
			return r.unknown(key, `beside "users" there is only "label"`, "users", "label")
		case !single && !userField(key):
			return r.unknown(key, sendUsers, append(userFields(), "users", "label")...)
		default:
			if !single {
				single = true
				if err := r.begin(1); err != nil {
					return err
				}
			}
			err = r.field(key)
		}
		if err != nil {
			return err
		}
	}
}

func (r *jsonReader) endWrapper(users, single bool) error {
	switch {
	case single:
		r.finish()
	case !users:
		return malformed(CodeNoRows, `the object has no "users"; %s`, sendUsers)
	}
	return nil
}

func (r *jsonReader) label() error {
	switch r.Peek() {
	case 'n':
		_, err := r.scalar()
		return err
	case '"':
		text, err := r.text()
		if err != nil {
			return err
		}
		if bad := r.out.label(text); bad != nil {
			bad.Pointer = r.pointer()
			return bad
		}
		return nil
	}
	return r.mustBe(CodeLabelInvalid, "label must be a string")
}

func (r *jsonReader) users() error {
	if r.Peek() != '[' {
		return r.mustBe(CodeWrongNesting, "users must be an array")
	}
	if err := r.enter(); err != nil {
		return err
	}
	for number := 1; ; number++ {
		more, err := r.element()
		if err != nil || !more {
			return err
		}
		if err := r.oneUser(number); err != nil {
			return err
		}
	}
}

// mustBe refuses the value that stands here for its type. Broken JSON is told
// first.
func (r *jsonReader) mustBe(code, what string) error {
	kind, at := r.kind(), r.At
	if err := r.skip(); err != nil {
		return err
	}
	r.At = at
	return r.fail(code, "%s, not %s", what, kind)
}

// unknown refuses a key. It names the known one that was most likely meant, else
// the fix.
func (r *jsonReader) unknown(key, fix string, known ...string) error {
	for _, k := range known {
		if fold(k) == fold(key) || fold(k) == fold(key)+"s" {
			return r.fail(CodeUnknownField, "unknown field %s; write it %s", quoted(key), quoted(k))
		}
	}
	return r.fail(CodeUnknownField, "unknown field %s; %s", quoted(key), fix)
}

// eachField has read take the value of every field of the object that begins here.
func (r *jsonReader) eachField(read func(name string) error) error {
	o, err := r.object()
	if err != nil {
		return err
	}
	for {
		name, more, err := r.next(&o)
		if err != nil || !more {
			return err
		}
		if err := read(name); err != nil {
			return err
		}
	}
}

// kind names the type of the value that stands here.
func (r *jsonReader) kind() string {
	switch c := r.Peek(); {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == 't', c == 'f':
		return "a boolean"
	case c == 'n':
		return "null"
	default:
		return "a number"
	}
}

// wrongType marks the row for the type of the value that stands here, and reads
// past it.
func (r *jsonReader) wrongType(code onboard.Code, what string) error {
	r.out.fault(code, "%s, not %s", what, r.kind())
	return r.skip()
}
