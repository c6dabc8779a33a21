package xlsx

import (
	"encoding/xml"
	"strconv"
)

// styles gives the number format of a cell by its style.
type styles struct {
	formats []*numberFormat
}

var general = parseFormat("General")

// readStyles reads the formats. A workbook without them has none.
func (rd *reader) readStyles() error {
	name, ok := rd.related.ofKind("styles")
	if !ok || rd.parts[name] == nil {
		return nil
	}
	codes := map[string]string{} // of formats of the workbook's own, by id
	var ids []string
	err := rd.walk(name, "its list of formats", starts(func(path []string, attrs []xml.Attr) error {
		switch {
		case len(path) == 1 && path[0] != "styleSheet":
			return damaged("its list of formats is missing")
		case len(path) == 3 && path[1] == "numFmts" && path[2] == "numFmt":
			codes[attr(attrs, "numFmtId")] = attr(attrs, "formatCode")
			return rd.budget.addListed()
		case len(path) == 3 && path[1] == "cellXfs" && path[2] == "xf":
			ids = append(ids, attr(attrs, "numFmtId"))
			return rd.budget.addListed()
		}
		return nil
	}))
	if err != nil {
		return err
	}
	rd.formats = newStyles(ids, codes)
	return nil
}

func newStyles(ids []string, codes map[string]string) styles {
	known := map[string]*numberFormat{}
	var s styles
	for _, id := range ids {
		f := known[id]
		if f == nil {
			code, ok := codes[id]
			if !ok {
				code = builtIn(id)
			}
			f = parseFormat(code)
			known[id] = f
		}
		s.formats = append(s.formats, f)
	}
	return s
}

// of gives the format of a style; General where there is none.
func (s *styles) of(style string) *numberFormat {
	if style == "" {
		style = "0"
	}
	i, err := strconv.Atoi(style)
	if err != nil || i < 0 || i >= len(s.formats) {
		return general
	}
	return s.formats[i]
}

// builtIn gives the code of a format that workbooks use without writing it down
// (ECMA-376 Part 1, 18.8.30). What a date looks like depends on the reader's
// country there, so only what it is made of counts.
func builtIn(id string) string {
	n, _ := strconv.Atoi(id) // what is no number has no format
	switch {
	case n == 1:
		return "0"
	case n == 22:
		return "yyyy-mm-dd hh:mm"
	case n >= 14 && n <= 17, n >= 27 && n <= 36, n >= 50 && n <= 58:
		return "yyyy-mm-dd"
	case n == 49:
		return "@"
	}
	return "General" // also grouped, scientific, fractions and times of day, which show as plain digits
}
