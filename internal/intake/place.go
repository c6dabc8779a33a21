package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// place is where something is in a body: the line and column in characters, and
// the JSON pointer.
type place struct {
	line, column int
	pointer      string
}

// place gives the place of a byte, with the pointer to the value read last.
func (d *decoder) place(at int) place {
	before := d.text[:at]
	return place{
		line:    d.line + strings.Count(before, "\n"),
		column:  utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1,
		pointer: d.pointer(),
	}
}

func (p place) malformed(code, format string, args ...any) *Error {
	e := malformed(code, format, args...)
	e.Line, e.Pointer = p.line, p.pointer
	e.Detail = fmt.Sprintf("Line %d, column %d: %s", p.line, p.column, e.Detail)
	return e
}

func (d *decoder) pointer() string { return discreet(d.StackPointer()) }

// discreet cuts a pointer short before a key that may be an address.
func discreet(p jsontext.Pointer) string {
	if !revealing(string(p)) {
		return string(p)
	}
	var kept jsontext.Pointer
	for key := range p.Tokens() {
		if revealing(key) {
			break
		}
		kept = kept.AppendToken(key)
	}
	return string(kept)
}

// broken says in plain words what is wrong with the syntax, where the library
// found it. Its own words quote the text.
func (d *decoder) broken(err error) error {
	from, at := d.next(), len(d.text)
	p := jsontext.Pointer("")
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		p = e.JSONPointer
		if !errors.Is(e, io.ErrUnexpectedEOF) {
			at = min(int(e.ByteOffset), at)
		}
	}
	fail := func(at int, format string, args ...any) error {
		place := d.place(at)
		place.pointer = discreet(p)
		return place.malformed(CodeJSONSyntax, format, args...)
	}
	inString := from < len(d.text) && d.text[from] == '"' && from < at
	switch {
	case inString && at == len(d.text):
		return fail(from, "A string begins here and has no end. Close it with a double quote.")
	case inString && d.text[at] == '\\':
		return fail(at, `A backslash here begins no escape. Write \\ for a backslash.`)
	case inString:
		return fail(at, "A control character or line break is inside a string. Write it as an escape.")
	case at == len(d.text):
		return fail(at, "The JSON ends where %s should follow. It may have been cut off; send it again.", d.wanted(at))
	case d.text[at] == ',':
		return fail(at, "A comma is not expected here. Remove it, or add what is missing beside it.")
	}
	return fail(at, "The JSON is broken: %s is expected here.", d.wanted(at))
}

// wanted names what the syntax asks for at a byte that does not have it.
func (d *decoder) wanted(at int) string {
	in, read := d.StackIndex(d.StackDepth())
	separated := strings.ContainsAny(d.text[d.InputOffset():at], ",:")
	isKey := in == jsontext.KindBeginObject && read%2 == 1
	switch {
	case isKey && !separated:
		return "a colon"
	case in == jsontext.KindBeginObject && !isKey && (read == 0 || separated):
		return "a key in double quotes"
	case in == jsontext.KindBeginObject && !isKey:
		return "a comma or the end of the object"
	case in == jsontext.KindBeginArray && read > 0 && !separated:
		return "a comma or the end of the array"
	}
	return "a value"
}
