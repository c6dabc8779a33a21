package xlsx

import (
	"encoding/xml"
	"io"
	"strings"
)

// reader is a workbook while it is read.
type reader struct {
	*archive
	workbook string // the name of its part
	related  relations
	date1904 bool
	texts    sharedStrings
	formats  styles
}

// Read reads a workbook of size bytes. Every error is an [*Error]; its code says
// whether the file is damaged, too large or something else. Read is safe for
// concurrent use if r is.
func Read(r io.ReaderAt, size int64) (Book, error) {
	a, err := openArchive(r, size)
	if err != nil {
		return Book{}, err
	}
	rd := reader{archive: a}
	book, listed, err := rd.readWorkbook()
	if err != nil {
		return Book{}, err
	}
	if err := rd.readStyles(); err != nil {
		return Book{}, err
	}
	if err := rd.readStrings(); err != nil {
		return Book{}, err
	}
	related := rd.related.byID()
	for i := range book.Sheets {
		if err := rd.readSheet(&book.Sheets[i], related[listed[i]]); err != nil {
			return Book{}, err
		}
	}
	book.Notes = rd.texts.unused()
	return book, nil
}

// readWorkbook finds the workbook in the package and reads the list of its sheets.
// The second result is the relationship of each.
func (rd *reader) readWorkbook() (Book, []string, error) {
	root, err := rd.relations("")
	if err != nil {
		return Book{}, nil, err
	}
	name, ok := root.ofKind("officedocument")
	if !ok {
		return Book{}, nil, damaged("the list of its parts is missing")
	}
	rd.workbook = name
	if rd.related, err = rd.relations(name); err != nil {
		return Book{}, nil, err
	}
	if err := rd.refuseMacros(); err != nil {
		return Book{}, nil, err
	}
	var book Book
	var ids []string
	err = rd.walk(name, "its list of sheets", starts(func(path []string, attrs []xml.Attr) error {
		switch {
		case len(path) == 1 && path[0] != "workbook":
			return damaged("its list of sheets is missing")
		case len(path) == 2 && path[1] == "workbookPr":
			rd.date1904 = isTrue(attr(attrs, "date1904"))
		case len(path) == 3 && path[1] == "sheets" && path[2] == "sheet":
			book.Sheets = append(book.Sheets, Sheet{Name: attr(attrs, "name"), Visibility: visibility(attr(attrs, "state"))})
			ids = append(ids, relationshipID(attrs))
			return rd.budget.addListed()
		}
		return nil
	}))
	if err == nil && len(book.Sheets) == 0 {
		err = damaged("it has no sheets")
	}
	return book, ids, err
}

func visibility(state string) Visibility {
	switch state {
	case "hidden":
		return Hidden
	case "veryHidden":
		return VeryHidden
	}
	return Visible
}

// relationshipID gives the attribute r:id, whatever its prefix.
func relationshipID(attrs []xml.Attr) string {
	for _, a := range attrs {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// refuseMacros refuses a workbook of a type that may hold macros, and one that
// leads to macros under another type.
func (rd *reader) refuseMacros() error {
	if rd.related.hasMacros() {
		return unsupported(Macros)
	}
	const types = "[content_types].xml"
	if rd.parts[types] == nil {
		return nil // nothing else here needs it
	}
	return rd.walk(types, "the list of its types", starts(func(path []string, attrs []xml.Attr) error {
		if len(path) != 2 || path[1] != "Override" || partName(attr(attrs, "PartName")) != rd.workbook {
			return nil
		}
		return refuseType(strings.ToLower(attr(attrs, "ContentType")))
	}))
}

func refuseType(contentType string) error {
	switch {
	case strings.Contains(contentType, "sheet.binary"):
		return unsupported(Binary)
	case strings.Contains(contentType, "macroenabled"):
		return unsupported(Macros)
	}
	return nil
}

// readSheet reads a visible worksheet; the others are only named.
func (rd *reader) readSheet(s *Sheet, to relation) error {
	s.worksheet = to.kind != "chartsheet" && to.kind != "dialogsheet"
	if s.Visibility != Visible || !s.worksheet {
		return nil
	}
	if to.kind != "worksheet" || to.external {
		return damaged("the sheet %s is missing", quoted(s.Name))
	}
	return rd.readWorksheet(s, to.target)
}
