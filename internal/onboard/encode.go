package onboard

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// appendJSON appends m as encoding/json would write it, to the byte but for two
// characters: see [AppendText]. It is written by hand because ten thousand
// messages are encoded within one call of the API, and reflection takes most of
// that call's time.
func (m Message) appendJSON(b []byte) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, int64(m.Version), 10)
	b = AppendText(append(b, `,"request_id":`...), m.RequestID)
	b = strconv.AppendInt(append(b, `,"row":`...), int64(m.Row), 10)
	b = strconv.AppendInt(append(b, `,"round":`...), int64(m.Round), 10)
	b = m.appendFields(b)
	b = appendOptional(b, `,"state":`, string(m.State))
	b = appendOptional(b, `,"code":`, string(m.Code))
	b = appendOptional(b, `,"reason":`, m.Reason)
	if m.Failures != 0 {
		b = strconv.AppendInt(append(b, `,"failures":`...), int64(m.Failures), 10)
	}
	if m.Since != 0 {
		b = strconv.AppendInt(append(b, `,"since":`...), m.Since, 10)
	}
	b = appendOptional(b, `,"seal":`, m.Seal)
	return append(b, '}')
}

// room is about how many bytes m takes as JSON: enough for all but texts with
// many escapes.
func (m Message) room() int {
	return 128 + len(m.RequestID) + m.Person.room() + len(m.State) + len(m.Code) + len(m.Reason) + len(m.Seal)
}

// appendOptional appends a field unless its text is empty.
func appendOptional(b []byte, name, text string) []byte {
	if text == "" {
		return b
	}
	return AppendText(append(b, name...), text)
}

// AppendTexts appends name as it stands and then texts as a JSON list; nothing if
// there are none.
func AppendTexts(b []byte, name string, texts []string) []byte {
	if len(texts) == 0 {
		return b
	}
	b = append(append(b, name...), '[')
	for i, text := range texts {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendText(b, text)
	}
	return append(b, ']')
}

// appendAttributes appends them in the order of their names.
func appendAttributes(b []byte, attributes map[string]string) []byte {
	if len(attributes) == 0 {
		return b
	}
	b = append(b, `,"attributes":{`...)
	for i, name := range sortedNames(attributes) {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendText(append(AppendText(b, name), ':'), attributes[name])
	}
	return append(b, '}')
}

// AppendText appends text as a JSON string, as encoding/json would write it but
// for U+FFFE and U+FFFF: escaped they pass a queue too. What is safe in JSON, HTML
// and a queue alike stands as it is; bytes that are no UTF-8 become the
// replacement character.
//
// The functions' answers are written with it too. It stands here all the same and
// not beside the reader of JSON: nothing of ours lies under the domain, and a
// second copy would be a second set of rules on what a queue carries.
func AppendText(b []byte, text string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if plain[text[i]] {
			i++
			continue
		}
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
			if !separator(r) && !stray(r) && (r != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		b = appendEscape(append(b, text[from:i]...), r)
		i += size
		from = i
	}
	return append(append(b, text[from:]...), '"')
}

// plain tells of each byte whether it stands as it is. It is a table because every
// byte of every message and answer is looked up in it.
var plain = func() (table [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		table[c] = !strings.ContainsRune(`"\<>&`, c)
	}
	return table
}()

// separator reports whether r ends a line in JavaScript.
func separator(r rune) bool { return r == '\u2028' || r == '\u2029' }

// stray reports whether r is one of the two characters that JSON carries as they
// are and a queue refuses (Amazon SQS API Reference, "SendMessage").
func stray(r rune) bool { return r == '\uFFFE' || r == '\uFFFF' }

const hexDigits = "0123456789abcdef"

// appendEscape appends what stands for r, which is not above U+FFFF.
func appendEscape(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	}
	return append(b, '\\', 'u', hexDigits[r>>12], hexDigits[r>>8&0xf], hexDigits[r>>4&0xf], hexDigits[r&0xf])
}
