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
		"text/tab-separated-values",
		"text/plain",
		"application/x-www-form-urlencoded",
		"multipart/form-data",
	}
}

// Read turns a body into rows. contentType is the request's Content-Type header
// with its parameters. The submission shares no memory with body.
//
// Rows keep the caller's order; a row that could not be read has its Fault set.
// Values are trimmed, except Ref, which stays as it was sent.
//
// Every error is an [*Error]. Read is safe for concurrent use.
func Read(contentType string, body []byte, limits Limits) (onboard.Submission, error) {
	limits = limits.OrDefaults()

	media, params, err := parseType(contentType)
	if err != nil {
		return onboard.Submission{}, err
	}
	if len(body) > limits.Bytes {
		return onboard.Submission{}, tooLarge(CodeTooManyBytes,
			"The body has %d bytes. The limit is %d. Split it into several requests.", len(body), limits.Bytes)
	}

	c := newCollector(limits)
	if err := c.read(formatOf(media), params, body); err != nil {
		return onboard.Submission{}, err
	}
	if len(c.out.Rows) == 0 {
		return onboard.Submission{}, malformed(CodeNoRows, "The body contains no address. Send at least one.")
	}
	c.warnDisabled()
	return c.out, nil
}

func parseType(contentType string) (string, map[string]string, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return "", nil, unsupported(CodeTypeUnsupported,
			"The Content-Type header is missing or cannot be read. Send one of %s.", strings.Join(Types(), ", "))
	}
	if formatOf(media) == formatNone {
		return "", nil, unsupported(CodeTypeUnsupported,
			"The type %s is not supported. Send one of %s.", quoted(media), strings.Join(Types(), ", "))
	}
	return media, params, nil
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
	}
	if strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json") {
		return formatJSON // application/scim+json
	}
	return formatNone
}

// formatOfFile gives a file's format by the type its sender gave it and, where
// that says little, by the end of its name. Browsers on machines with Excel call
// every CSV file application/vnd.ms-excel.
func formatOfFile(media, filename string) format {
	switch media {
	case "", "application/octet-stream", "text/plain", "application/vnd.ms-excel":
		if f := formatOfName(filename); f != formatNone {
			return f
		}
	}
	return formatOf(media)
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
func (c *collector) read(f format, params map[string]string, body []byte) error {
	if f == formatMultipart && len(body) > 0 {
		return c.readMultipart(params["boundary"], body)
	}
	err := c.readRows(f, params, body)
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

func (c *collector) readRows(f format, params map[string]string, body []byte) error {
	text, err := decode(body, params["charset"])
	if err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return malformed(CodeEmptyBody, "The body is empty. Send at least one address.")
	}
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
		return c.readText(text)
	}
}
