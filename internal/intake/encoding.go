package intake

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	bomUTF8    = "\xef\xbb\xbf"
	bomUTF16LE = "\xff\xfe"
	bomUTF16BE = "\xfe\xff"
)

// decode gives the text of a body: UTF-8, or UTF-16 where a byte order mark or
// the charset says so. No other encoding is guessed: a wrong guess would spoil
// people's names without notice.
func decode(body []byte, charset string) (string, error) {
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) || bytes.HasPrefix(body, []byte("\xd0\xcf\x11\xe0")) {
		return "", unsupported(CodeTypeUnsupported,
			"The body is a spreadsheet file (.xlsx, .xls or .ods). Save it as \"CSV UTF-8\" and send that.")
	}

	charset = strings.ToLower(charset)
	switch {
	case bytes.HasPrefix(body, []byte(bomUTF16LE)):
		return decodeUTF16(body[len(bomUTF16LE):], binary.LittleEndian)
	case bytes.HasPrefix(body, []byte(bomUTF16BE)):
		return decodeUTF16(body[len(bomUTF16BE):], binary.BigEndian)
	case charset == "utf-16le":
		return decodeUTF16(body, binary.LittleEndian)
	case charset == "utf-16be", charset == "utf-16": // RFC 2781, 4.3: without a mark, big end first
		return decodeUTF16(body, binary.BigEndian)
	case bytes.IndexByte(body[:min(len(body), 2)], 0) >= 0:
		return "", malformed(CodeNotUTF8, "The body looks like UTF-16 without a byte order mark. Save it as UTF-8.")
	}
	return decodeUTF8(bytes.TrimPrefix(body, []byte(bomUTF8)), charset)
}

func decodeUTF8(body []byte, charset string) (string, error) {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
	default:
		// Whatever the charset is, plain ASCII means the same in it.
		if bytes.IndexFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
			return "", unsupported(CodeCharset, "The charset %s is not supported. Send the body as UTF-8.", quoted(charset))
		}
	}
	if !utf8.Valid(body) {
		return "", notUTF8(body)
	}
	return string(body), nil
}

// notUTF8 names the line of the first byte that cannot be read.
func notUTF8(body []byte) error {
	at := 0
	for at < len(body) {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	line := lineBreaks(string(body[:at])) + 1
	return malformed(CodeNotUTF8, "A character is not UTF-8. Save the file as UTF-8 (in Excel: \"CSV UTF-8\") and send it again.").onLine(line)
}

func decodeUTF16(body []byte, order binary.ByteOrder) (string, error) {
	if len(body)%2 != 0 {
		return "", malformed(CodeNotUTF8, "The body is UTF-16, but ends in the middle of a character. Save it as UTF-8.")
	}
	if bytes.HasPrefix(body, []byte{0, 0}) {
		return "", malformed(CodeNotUTF8, "The body looks like UTF-32. Save it as UTF-8.")
	}
	text := make([]byte, 0, len(body)/2+len(body)/8)
	for i := 0; i < len(body); i += 2 {
		r := rune(order.Uint16(body[i:]))
		if utf16.IsSurrogate(r) {
			if i+4 <= len(body) {
				r = utf16.DecodeRune(r, rune(order.Uint16(body[i+2:])))
			}
			if utf16.IsSurrogate(r) || r == utf8.RuneError {
				return "", malformed(CodeNotUTF8, "Half of a UTF-16 character is missing. Save the file as UTF-8.").onLine(lineBreaks(string(text)) + 1)
			}
			i += 2
		}
		text = utf8.AppendRune(text, r)
	}
	return string(text), nil
}

// lineBreaks counts the ends of lines in s: LF, CRLF, or CR alone.
func lineBreaks(s string) int {
	n := strings.Count(s, "\n")
	if strings.IndexByte(s, '\r') < 0 {
		return n
	}
	return n + strings.Count(s, "\r") - strings.Count(s, "\r\n")
}
