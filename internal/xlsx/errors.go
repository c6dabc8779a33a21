package xlsx

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The codes of an [Error]. A code's meaning never changes.
const (
	CodeDamaged     = "damaged_workbook"       // it is a workbook, but not all of it can be read
	CodeTooLarge    = "workbook_too_large"     // it would cost more than the limits of this package
	CodeUnsupported = "unsupported_media_type" // it is something else; [Error.Found] says what
)

// Error is why a file was refused. Nothing of it was read.
type Error struct {
	Code string

	// Found is what the file is: [Workbook] unless the code is [CodeUnsupported].
	Found Format

	// Detail is a sentence for people: what is wrong and what to do next. It
	// holds no value from the file but names of cells and sheets.
	Detail string
}

func (e *Error) Error() string { return e.Detail }

func damaged(format string, args ...any) *Error {
	return &Error{Code: CodeDamaged, Found: Workbook, Detail: "the workbook is damaged (" + fmt.Sprintf(format, args...) +
		"); open it in Excel, let Excel repair it, save it and send it again"}
}

func tooLarge(what string) *Error {
	return &Error{Code: CodeTooLarge, Found: Workbook, Detail: what +
		"; copy the people to a new workbook, or save it as CSV UTF-8, and send that"}
}

func unsupported(found Format) *Error {
	return &Error{Code: CodeUnsupported, Found: found, Detail: found.sentence()}
}

// damagedPart makes an Error of whatever ended the reading of a part early. What
// the decoders say of it helps nobody who has a spreadsheet.
func damagedPart(what string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return damaged("%s is not written correctly, line %d", what, e.Line)
	}
	if errors.Is(err, errMalformed) {
		return damaged("%s is not written correctly", what)
	}
	return damaged("%s cannot be unpacked", what)
}

// errMalformed is XML that the decoder lets pass token by token.
var errMalformed = errors.New("malformed XML")

// maxQuoted is how many characters of a name a sentence repeats; a sheet's name
// has at most 31.
const maxQuoted = 31

// quoted gives a name as a sentence may have it. One with an @ is most likely an
// address, which must not get into a log.
func quoted(name string) string {
	if strings.ContainsAny(name, "@\uff20") {
		return "(a name with an @ in it)"
	}
	if runes := []rune(name); len(runes) > maxQuoted {
		name = string(runes[:maxQuoted]) + "..."
	}
	return strconv.Quote(name)
}
