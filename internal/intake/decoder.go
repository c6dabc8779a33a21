package intake

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// decoder reads JSON token by token. It adds to [jsontext.Decoder] what people see:
// the place of an error, a limit of depth, and the rule that no two keys of an
// object are the same or differ only in case. jsontext's own check, which sees the
// first kind alone, is off.
type decoder struct {
	jsontext.Decoder

	text     string
	line     int // of the body, on which the text begins
	maxDepth int
	keys     []map[string]string // of each open object, by its depth: as sent, by folded key
}

func newDecoder(maxDepth int) decoder {
	return decoder{maxDepth: maxDepth, keys: make([]map[string]string, maxDepth+1)}
}

// read begins a text, which is valid UTF-8 and begins on that line of the body.
// Half a surrogate pair becomes U+FFFD, as in encoding/json.
func (d *decoder) read(text string, line int) {
	d.text, d.line = text, line
	d.Reset(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// object has read take the value of each member of the object that comes next.
func (d *decoder) object(read func(key string) error) error {
	if err := d.enter(); err != nil {
		return err
	}
	keys := d.noKeys()
	for d.PeekKind() != jsontext.KindEndObject {
		key, err := d.scalar()
		if err != nil {
			return err
		}
		if err := d.unique(keys, key); err != nil {
			return err
		}
		if err := read(key); err != nil {
			return err
		}
	}
	return d.token()
}

// array has read take each value of the array that comes next.
func (d *decoder) array(read func() error) error {
	if err := d.enter(); err != nil {
		return err
	}
	for d.PeekKind() != jsontext.KindEndArray {
		if err := read(); err != nil {
			return err
		}
	}
	return d.token()
}

func (d *decoder) enter() error {
	at := d.next()
	if err := d.token(); err != nil {
		return err
	}
	if d.StackDepth() > d.maxDepth {
		return d.place(at).malformed(CodeJSONDepth, "More than %d objects and arrays are inside one another, which is the limit. Send a flatter document.", d.maxDepth)
	}
	return nil
}

// skip reads past the next value.
func (d *decoder) skip() error {
	switch d.PeekKind() {
	case jsontext.KindBeginObject:
		return d.object(func(string) error { return d.skip() })
	case jsontext.KindBeginArray:
		return d.array(d.skip)
	}
	return d.token()
}

func (d *decoder) token() error {
	if _, err := d.ReadToken(); err != nil {
		return d.broken(err)
	}
	return nil
}

// scalar reads a string, number or boolean as text; null is an empty one.
func (d *decoder) scalar() (string, error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", d.broken(err)
	}
	if token.Kind() == jsontext.KindNull {
		return "", nil
	}
	return token.String(), nil
}

// manyKeys is how many keys make a map too large to be cleared for the next
// object: a body may have one object of a million keys and then a million objects.
const manyKeys = 64

// noKeys gives an empty map for the keys of the object just entered.
func (d *decoder) noKeys() map[string]string {
	keys := &d.keys[d.StackDepth()]
	if *keys == nil || len(*keys) > manyKeys {
		*keys = map[string]string{}
	}
	clear(*keys)
	return *keys
}

// unique refuses a key that the object has already.
func (d *decoder) unique(keys map[string]string, key string) error {
	folded := foldCase(key)
	other, twice := keys[folded]
	keys[folded] = key
	switch {
	case !twice:
		return nil
	case other == key:
		return d.place(d.next()).malformed(CodeDuplicateKey, "The key %s appears twice in one object. Keep one.", quoted(key))
	}
	return d.place(d.next()).malformed(CodeDuplicateKey, "The keys %s and %s of one object differ only in case. Keep one.", quoted(other), quoted(key))
}

// foldCase maps strings that differ only in case, as [strings.EqualFold] sees it,
// to one string. Lower-case ASCII stays as it is, which costs no allocation.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		if 'A' <= least && least <= 'Z' {
			return least - 'A' + 'a'
		}
		return least
	}, s)
}

// kind names the type of the next value.
func (d *decoder) kind() string {
	switch d.PeekKind() {
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "an array"
	case jsontext.KindString:
		return "a string"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "a boolean"
	case jsontext.KindNull:
		return "null"
	}
	return "a number"
}

const blanks = " \t\r\n" // white space of JSON (RFC 8259, section 2)

// next is the byte of the text at which the next key or value begins.
func (d *decoder) next() int {
	return len(d.text) - len(strings.TrimLeft(d.text[d.InputOffset():], blanks+",:"))
}

// atEnd reports whether nothing follows what was read.
func (d *decoder) atEnd() bool {
	return strings.Trim(d.text[d.InputOffset():], blanks) == ""
}
