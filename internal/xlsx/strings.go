package xlsx

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// sharedStrings are the texts that cells point to.
type sharedStrings struct {
	present bool
	texts   []string
	used    []bool
}

// readStrings reads the texts. A workbook whose texts are all in its cells need
// not have the part; one whose cells point to it is refused then.
func (rd *reader) readStrings() error {
	name, ok := rd.related.ofKind("sharedstrings")
	if !ok || rd.parts[name] == nil {
		return nil
	}
	v := stringsVisitor{budget: &rd.budget}
	if err := rd.walk(name, "its list of texts", &v); err != nil {
		return err
	}
	rd.texts = sharedStrings{present: true, texts: v.texts, used: make([]bool, len(v.texts))}
	return nil
}

// at gives the text that a cell points to.
func (s *sharedStrings) at(index string) (string, error) {
	if !s.present {
		return "", damaged("its texts are missing")
	}
	i, err := strconv.Atoi(strings.TrimSpace(index))
	if err != nil || i < 0 || i >= len(s.texts) {
		return "", damaged("some of its texts are missing")
	}
	s.used[i] = true
	return s.texts[i], nil
}

// unused says that texts with addresses are shown in no cell that was read. They
// are left behind by people who were deleted, or by damage to what points to them.
func (s *sharedStrings) unused() []Note {
	var found []string
	for i, text := range s.texts {
		if !s.used[i] {
			found = append(found, addresses(text)...)
		}
	}
	if len(found) == 0 {
		return nil
	}
	return []Note{{Kind: UnusedTexts, Count: len(found), Addresses: clip(found)}}
}

type stringsVisitor struct {
	budget  *budget
	texts   []string
	current []byte
}

func (v *stringsVisitor) start(path []string, _ []xml.Attr) error {
	switch {
	case len(path) == 1 && path[0] != "sst", len(path) == 2 && path[1] != "si" && path[1] != "extLst":
		return damaged("its list of texts holds something else") // or each text after it would get another's place
	case len(path) == 2 && path[1] == "si":
		v.current = v.current[:0]
		return v.budget.addString()
	}
	return nil
}

func (v *stringsVisitor) text(path []string, text []byte) error {
	if isShownText(path) {
		v.current = append(v.current, text...)
		return v.budget.addShared(len(text))
	}
	return nil
}

func (v *stringsVisitor) end(path []string) error {
	if len(path) == 2 && path[1] == "si" {
		v.texts = append(v.texts, unescape(string(v.current)))
	}
	return nil
}

// isShownText reports whether the text of an element is shown: that of t, unless
// it is furigana, the reading of Japanese words above them.
func isShownText(path []string) bool {
	return path[len(path)-1] == "t" && !slices.Contains(path, "rPh")
}

// unescape replaces _xHHHH_, as which Office writes characters that XML forbids.
func unescape(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		unit, ok := escaped(text)
		if !ok {
			out.WriteByte(text[0])
			text = text[1:]
			continue
		}
		text = text[escapeBytes:]
		if utf16.IsSurrogate(unit) {
			if low, ok := escaped(text); ok && utf16.DecodeRune(unit, low) != '\ufffd' {
				unit, text = utf16.DecodeRune(unit, low), text[escapeBytes:]
			}
		}
		out.WriteRune(unit)
	}
	return out.String()
}

const escapeBytes = len("_xHHHH_")

func escaped(text string) (rune, bool) {
	if len(text) < escapeBytes || text[:2] != "_x" || text[escapeBytes-1] != '_' {
		return 0, false
	}
	unit, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(unit), err == nil
}
