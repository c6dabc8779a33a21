package intake

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
)

// The encodings that are guessed, by the names that people know them under.
const (
	nameWestern  = "Windows-1252 (Western European)"
	nameShiftJIS = "Shift-JIS (Japanese)"
)

// named reports whether a charset names an encoding other than UTF-8.
func named(charset string) bool {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		return false
	}
	return true
}

// decodeNamed reads the body in the encoding that its charset names. Text that is
// UTF-8 beyond ASCII is hardly ever sound text in a Western encoding, and those are
// the ones that programs name by habit: there the content decides.
func decodeNamed(body []byte, charset string) (decoded, error) {
	enc := encodingNamed(charset)
	if enc == nil && isASCII(body) {
		return decoded{text: string(body)}, nil // it means the same in all but a few
	}
	if enc == nil {
		return decoded{}, unsupported(CodeCharset, "The charset %s is not supported. Send the body as UTF-8.", quoted(charset))
	}
	if enc == charmap.Windows1252 && utf8.Valid(body) {
		return decoded{text: string(body)}, nil
	}
	text, ok := decodeAs(enc, body)
	if !ok {
		return decoded{}, malformed(CodeNotUTF8, "A character is not %s, which the charset says. Name the encoding that the file has, or save it as UTF-8.", quoted(charset)).
			onLine(lineBreaks(text[:strings.IndexRune(text, utf8.RuneError)]) + 1)
	}
	return decoded{text: text}, nil
}

// encodingNamed gives the encoding of a name as browsers (WHATWG) or else mail
// programs (IANA) know it; nil for none.
func encodingNamed(charset string) encoding.Encoding {
	if enc, err := htmlindex.Get(charset); err == nil {
		if enc == encoding.Replacement {
			return nil
		}
		return enc
	}
	for _, name := range []string{charset, "ibm" + strings.TrimPrefix(strings.ReplaceAll(charset, "-", ""), "cp")} {
		if enc, err := ianaindex.IANA.Encoding(name); err == nil && enc != nil {
			return enc
		}
	}
	return nil
}

// decodeAs reads the body in an encoding, and reports whether every byte has a
// meaning in it.
func decodeAs(enc encoding.Encoding, body []byte) (string, bool) {
	text, err := enc.NewDecoder().Bytes(body)
	return string(text), err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

func isASCII(body []byte) bool {
	return bytes.IndexFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// guessEncoding reads a table that is not UTF-8 and does not say what it is: as
// Shift-JIS, if all of it fits and most of what is beyond ASCII looks it, or else
// as windows-1252, which Excel writes in Western Europe and the Americas. What was
// UTF-8 once and is damaged is refused, since another encoding would spoil every
// name in it.
func guessEncoding(body []byte) (decoded, error) {
	if damagedUTF8(body) {
		return decoded{}, notUTF8(body)
	}
	if text, ok := decodeAs(japanese.ShiftJIS, body); ok && looksJapanese(body) {
		return decoded{text: text, guessed: nameShiftJIS}, nil
	}
	if i := bytes.IndexFunc(body, notWestern); i >= 0 {
		return decoded{}, notGuessed(body[:i])
	}
	for i, b := range body {
		if undefined1252(b) {
			return decoded{}, notGuessed(body[:i])
		}
	}
	text, ok := decodeAs(charmap.Windows1252, body)
	if !ok {
		return decoded{}, notUTF8(body)
	}
	return decoded{text: text, guessed: nameWestern}, nil
}

func notGuessed(before []byte) error {
	return malformed(CodeNotUTF8, "A character is neither UTF-8 nor Windows-1252. Save the file as UTF-8 (in Excel: \"CSV UTF-8\"), or name its encoding with charset= in the Content-Type.").
		onLine(lineBreaks(string(before)) + 1)
}

// notWestern reports whether r is a control character that no text has.
func notWestern(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\v\f\r", r) }

// undefined1252 reports whether windows-1252 has nothing at that byte (Microsoft's
// table of code page 1252).
func undefined1252(b byte) bool {
	switch b {
	case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
		return true
	}
	return false
}

// damagedUTF8 reports whether more of what is beyond ASCII is UTF-8 than not.
func damagedUTF8(body []byte) bool {
	sound, broken := 0, 0
	for len(body) > 0 {
		r, size := utf8.DecodeRune(body)
		switch {
		case r == utf8.RuneError && size == 1:
			broken++
		case size > 1:
			sound++
		}
		body = body[size:]
	}
	return sound > broken
}

// looksJapanese reports whether a body that fits Shift-JIS is more likely that than
// a Western encoding, in which an accented letter and the ASCII letter after it fit
// as well. What counts for it: kana, pairs side by side, pairs without an ASCII
// byte, and bytes that windows-1252 does not have. Pairs whose first byte is an
// accented letter there do not; they are rare characters in Japanese.
func looksJapanese(body []byte) bool {
	pairs, likely := 0, 0
	beside := false
	for i := 0; i < len(body); i++ {
		first, second, third := body[i], byteAt(body, i+1), byteAt(body, i+2)
		switch {
		case first < 0x80:
			beside = false
			continue
		case isKana(first):
			run := 1
			for isKana(byteAt(body, i+run)) {
				run++
			}
			if beside || run >= minKana {
				likely += run
			}
			pairs += run - 1
			i += run - 1
		case 0xf0 <= first && first <= 0xf9: // a machine's own characters: in nobody's name
			return false
		default:
			i++
			if first < 0xa0 && (beside || first == 0x82 || first == 0x83 || second >= 0x80 || third >= 0x80 || undefined1252(first)) {
				likely++
			}
		}
		beside = true
		pairs++
	}
	return likely*2 >= pairs
}

// minKana is how many half-width katakana in a row are no accented capitals: those
// come one or two at a time.
const minKana = 3

// isKana reports whether b is half-width katakana, which has one byte.
func isKana(b byte) bool { return 0xa1 <= b && b <= 0xdf }

// byteAt gives the byte at i, 0 behind the end.
func byteAt(body []byte, i int) byte {
	if i < len(body) {
		return body[i]
	}
	return 0
}

// warnGuessed says which encoding was taken, and shows a cell that it decided.
func (c *collector) warnGuessed(name string) {
	if name == "" {
		return
	}
	sample := ""
	if row, cell := c.sampleCell(); cell != "" {
		sample = fmt.Sprintf(", so that row %d has %q", row, cell)
	}
	c.adjusted(`The file is not UTF-8. It was read as %s%s. If that is wrong, save the file as UTF-8 (in Excel: "CSV UTF-8"), or name its encoding with charset= in the Content-Type.`, name, sample)
}

// sampleCell gives the first value beyond ASCII that is kept and is no address.
func (c *collector) sampleCell() (row int, cell string) {
	for _, row := range c.out.Rows {
		cells := slices.Concat(row.Cells, []string{row.Ref}, row.Groups)
		for _, name := range slices.Sorted(maps.Keys(row.Attributes)) {
			cells = append(cells, row.Attributes[name])
		}
		for _, cell := range cells {
			if !isASCII([]byte(cell)) && !revealing(cell) {
				return row.Number, shortened(cell)
			}
		}
	}
	return 0, ""
}
