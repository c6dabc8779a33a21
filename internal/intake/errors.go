package intake

import (
	"fmt"
	"strconv"
	"strings"

	"usher.example/internal/onboard"
)

// Kind says what is wrong with a body as a whole.
type Kind int

// The kinds of [Error], each with the HTTP status that fits it.
const (
	Malformed   Kind = iota + 1 // cannot be read as what it says it is: 400
	Unsupported                 // a type or encoding that is not supported: 415
	TooLarge                    // more rows, columns or bytes than the limit: 413
)

// The codes of an [Error]. A code's meaning never changes.
const (
	CodeEmptyBody       = "empty_body"
	CodeNoRows          = "no_rows"
	CodeJSONSyntax      = "json_syntax"
	CodeJSONDepth       = "json_too_deep"
	CodeTrailingData    = "trailing_data"
	CodeDuplicateKey    = "duplicate_key"
	CodeUnknownField    = "unknown_field"
	CodeWrongNesting    = "wrong_nesting"
	CodeLabelInvalid    = "label_invalid"
	CodeDefaultsInvalid = "defaults_invalid"
	CodeColumnsInvalid  = "columns_invalid"
	CodeCSVHeader       = "csv_header"
	CodeNoEmailColumn   = "no_email_column"
	CodeFormSyntax      = "form_syntax"
	CodeMultipart       = "multipart_syntax"
	CodeOneFile         = "one_file_expected"
	CodeNotUTF8         = "not_utf8"
	CodeTypeUnsupported = "type_unsupported"
	CodeCharset         = "charset_unsupported"
	CodeTooManyBytes    = "too_many_bytes"
	CodeTooManyRows     = "too_many_rows"
	CodeTooManyColumns  = "too_many_columns"

	CodeDamagedWorkbook  = "damaged_workbook"
	CodeWorkbookTooLarge = "workbook_too_large"
)

// The codes of warnings.
const (
	CodeNotUsed  onboard.Code = "not_used"      // something was read that will not be used
	CodeAdjusted onboard.Code = "adjusted"      // something was read otherwise than it was written
	CodeDamaged  onboard.Code = "looks_damaged" // a value that was probably spoiled on its way
)

// Error is why a body was refused as a whole. No person in it is invited.
type Error struct {
	Kind Kind
	Code string

	// Detail is for people, in sentences: where, what, and how to fix it. It
	// contains no value from the body.
	Detail string

	// Pointer is the JSON pointer (RFC 6901) of the place, and Line the line of
	// the body from 1, where there is one to name. In newline-delimited JSON the
	// pointer is one into that line's value.
	Pointer string
	Line    int

	// Columns are those of a table whose address column was not found, without cells.
	Columns []onboard.Column

	// Row is Line where rows are numbered by line, 0 where they are not.
	Row int
}

func (e *Error) Error() string { return e.Detail }

func malformed(code, format string, args ...any) *Error {
	return &Error{Kind: Malformed, Code: code, Detail: fmt.Sprintf(format, args...)}
}

func unsupported(code, format string, args ...any) *Error {
	return &Error{Kind: Unsupported, Code: code, Detail: fmt.Sprintf(format, args...)}
}

func tooLarge(code, format string, args ...any) *Error {
	return &Error{Kind: TooLarge, Code: code, Detail: fmt.Sprintf(format, args...)}
}

// onLine names the line, in the text too.
func (e *Error) onLine(line int) *Error {
	e.Line = line
	e.Detail = fmt.Sprintf("Line %d: %s", line, e.Detail)
	return e
}

const (
	maxQuotedName = 64 // characters of a name that a text repeats
	maxNamed      = 10 // names that a text lists
)

// quoted gives the name of a key or column as a text may repeat it. A name
// with an @ in it is most likely an address in the wrong place, so it stays out.
func quoted(name string) string {
	if revealing(name) {
		return "(a name with an @ in it)"
	}
	if runes := []rune(name); len(runes) > maxQuotedName {
		name = string(runes[:maxQuotedName]) + "..."
	}
	return strconv.Quote(name)
}

// revealing reports whether a name may contain an address.
func revealing(name string) bool { return strings.ContainsAny(name, "@\uff20") }
