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

// decoded is a body as text, and how it became one.
type decoded struct {
	text string

	// guessed names the encoding that the bytes themselves suggest; "" where the
	// body or its sender says which it is.
	guessed string
}

// decode gives the text of a body: UTF-8, or UTF-16 where a byte order mark or
// the charset says so, or the encoding that the charset names. Otherwise a body
// that is not UTF-8 is refused unless guess is set: see [guessEncoding].
func decode(body []byte, charset string, guess bool) (decoded, error) {
	charset = strings.ToLower(strings.TrimSpace(charset))
	switch {
	case bytes.HasPrefix(body, []byte(bomUTF16LE)):
		return asText(decodeUTF16(body[len(bomUTF16LE):], binary.LittleEndian))
	case bytes.HasPrefix(body, []byte(bomUTF16BE)):
		return asText(decodeUTF16(body[len(bomUTF16BE):], binary.BigEndian))
	case charset == "utf-16le":
		return asText(decodeUTF16(body, binary.LittleEndian))
	case charset == "utf-16be", charset == "utf-16": // RFC 2781, 4.3: without a mark, big end first
		return asText(decodeUTF16(body, binary.BigEndian))
	case bytes.IndexByte(body[:min(len(body), 2)], 0) >= 0:
		return decoded{}, malformed(CodeNotUTF8, "The body looks like UTF-16 without a byte order mark. Save it as UTF-8.")
	}
	body, marked := bytes.CutPrefix(body, []byte(bomUTF8))
	if !marked && named(charset) {
		return decodeNamed(body, charset)
	}
	if utf8.Valid(body) {
		return decoded{text: string(body)}, nil
	}
	if guess && !marked {
		return guessEncoding(body)
	}
	return decoded{}, notUTF8(body)
}

func asText(text string, err error) (decoded, error) { return decoded{text: text}, err }

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
