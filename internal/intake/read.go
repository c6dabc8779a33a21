package intake

import (
	"errors"
	"mime"
	"path"
	"strings"

	"usher.example/internal/onboard"
)

// format is one way of writing rows down.
type format int

const (
	formatNone format = iota
	formatAny         // a type that says nothing of the content, which decides
	formatJSON
	formatNDJSON
	formatCSV
	formatTSV
	formatText
	formatForm
	formatMultipart
)

// Types lists the media types that [Read] takes, the usual one of each format.
func Types() []string {
	return []string{
		"application/json",
		"application/x-ndjson",
		"text/csv",
		workbookType,
		"text/tab-separated-values",
		"text/plain",
		"application/x-www-form-urlencoded",
		"multipart/form-data",
	}
}

// workbookType is the media type of .xlsx.
const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Read turns a body into rows. contentType is the request's Content-Type header
// with its parameters. The submission shares no memory with body.
//
// Rows keep the caller's order; a row that could not be read has its Fault set.
// Values are trimmed, except Ref, which stays as it was sent.
//
// Every error is an [*Error]. Read is safe for concurrent use.
func Read(contentType string, body []byte, limits Limits) (onboard.Submission, error) {
	return ReadWith(contentType, body, limits, Options{})
}

// ReadWith is [Read] with what the caller said beside the body.
func ReadWith(contentType string, body []byte, limits Limits, options Options) (onboard.Submission, error) {
	limits = limits.OrDefaults()

	media, params := parseType(contentType)
	if len(body) > limits.Bytes {
		return onboard.Submission{}, tooLarge(CodeTooManyBytes,
			"The body has %d bytes. The limit is %d. Split it into several requests.", len(body), limits.Bytes)
	}

	c := newCollector(limits)
	c.options = options
	if err := CheckOptions(options, limits); err != nil {
		return onboard.Submission{}, err
	}
	if err := c.read(source{formatOf(media), media, params, body, false}); err != nil {
		return onboard.Submission{}, err
	}
	if len(c.out.Rows) == 0 {
		return onboard.Submission{}, malformed(CodeNoRows, "The body contains no address. Send at least one.")
	}
	if len(options.Columns) > 0 && !c.out.CSV {
		return onboard.Submission{}, malformed(CodeColumnsInvalid, "columns says what columns of a table mean, but the body is not a table. Leave it out.")
	}
	c.addDefaults()
	c.sayNotes()
	c.warnDisabled()
	return c.out, nil
}

// source is a body, or one file of it, and what its sender says that it is.
type source struct {
	format format
	media  string
	params map[string]string
	body   []byte
	isFile bool // of an upload
}

// parseType reads a Content-Type. One that is missing or cannot be read says
// nothing, as does the word without a slash that some programs send.
func parseType(contentType string) (string, map[string]string) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || !strings.Contains(media, "/") {
		return "", nil
	}
	return media, params
}

func (s source) unsupported() error {
	switch {
	case s.isFile:
		return unsupported(CodeTypeUnsupported, "The type of the uploaded file is not supported. Send a .xlsx, .csv, .tsv, .json, .ndjson or .txt file.")
	case s.media == "":
		return unsupported(CodeTypeUnsupported,
			"The Content-Type header is missing or cannot be read, and the body does not show what it is. Send one of %s.", strings.Join(Types(), ", "))
	}
	if s.format == formatAny {
		return unsupported(CodeTypeUnsupported, "The content does not show what it is: no workbook, no JSON, no table with a column for the address and no list of addresses. Send one of %s.", strings.Join(Types(), ", "))
	}
	return unsupported(CodeTypeUnsupported, "The type %s is not supported. Send one of %s.", quoted(s.media), strings.Join(Types(), ", "))
}

func formatOf(media string) format {
	switch media {
	case "application/json", "text/json":
		return formatJSON
	case "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines":
		return formatNDJSON
	case "text/csv", "application/csv", "text/x-csv", "text/comma-separated-values":
		return formatCSV
	case "text/tab-separated-values":
		return formatTSV
	case "text/plain":
		return formatText
	case "application/x-www-form-urlencoded":
		return formatForm
	case "multipart/form-data":
		return formatMultipart
	case "", workbookType, "application/vnd.ms-excel", "application/octet-stream", "binary/octet-stream":
		return formatAny
	}
	if strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json") {
		return formatJSON // application/scim+json
	}
	if strings.HasPrefix(media, "text/") {
		return formatAny
	}
	return formatNone
}

// formatOfFile gives a file's format by the type its sender gave it and, where
// that says little, by the end of its name. Browsers on machines with Excel call
// every CSV file application/vnd.ms-excel.
func formatOfFile(media, filename string) format {
	f := formatOf(media)
	if f == formatAny || f == formatText {
		if named := formatOfName(filename); named != formatNone {
			return named
		}
	}
	return f
}

func formatOfName(filename string) format {
	switch strings.ToLower(path.Ext(filename)) {
	case ".json":
		return formatJSON
	case ".ndjson", ".jsonl":
		return formatNDJSON
	case ".csv":
		return formatCSV
	case ".tsv", ".tab":
		return formatTSV
	case ".txt":
		return formatText
	}
	return formatNone
}

// read hands the body to the reader of its format.
func (c *collector) read(s source) error {
	if s.format == formatMultipart && len(s.body) > 0 {
		return c.readMultipart(s.params["boundary"], s.body)
	}
	if s.format != formatForm {
		if done, err := c.foreign(s.format, s.body); done {
			return err
		}
	}
	if s.format == formatNone {
		return s.unsupported()
	}
	f, err := c.readText(s)
	if e, ok := errors.AsType[*Error](err); ok && f.byLine() {
		e.Row = e.Line
	}
	return err
}

// byLine reports whether the rows of a format are numbered by line.
func (f format) byLine() bool {
	switch f {
	case formatNDJSON, formatCSV, formatTSV, formatText:
		return true
	}
	return false
}

// guessable reports whether the encoding of a format may be guessed. JSON is UTF-8
// (RFC 8259, 8.1), and so are forms.
func (f format) guessable() bool {
	switch f {
	case formatAny, formatCSV, formatTSV, formatText:
		return true
	}
	return false
}

// readText reads a body that is text, and gives the format that it has.
func (c *collector) readText(s source) (format, error) {
	d, err := decode(s.body, s.params["charset"], s.format.guessable())
	if err != nil {
		return s.format, err
	}
	if strings.TrimSpace(d.text) == "" {
		return s.format, malformed(CodeEmptyBody, "The body is empty. Send at least one address.")
	}
	f, err := c.formatOfText(s.format, d.text)
	if err == nil && f == formatNone {
		err = s.unsupported()
	}
	if err == nil {
		err = c.readFormat(f, d.text)
	}
	if err == nil {
		c.warnGuessed(d.guessed)
	}
	return f, err
}

func (c *collector) readFormat(f format, text string) error {
	switch f {
	case formatJSON:
		return c.readJSON(text)
	case formatNDJSON:
		return c.readNDJSON(text)
	case formatCSV:
		return c.readCSV(text, separators)
	case formatTSV:
		return c.readCSV(text, "\t")
	case formatForm:
		return c.readForm(text)
	default:
		return c.readList(text)
	}
}
