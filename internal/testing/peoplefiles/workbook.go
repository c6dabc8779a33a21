package peoplefiles

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
)

// WorkbookRows is the number of people in the workbook of [Workbook].
const WorkbookRows = 500

// Fault is a cell of the workbook that has to be fixed.
type Fault struct {
	Row       int // as Excel numbers it: the header is row 1
	Bad, Good string
	IsGroup   bool // the cell is the group, else the address
}

// Faults are the cells of the workbook that have to be fixed.
var Faults = []Fault{
	{Row: 17, Bad: "person17schule.example.org", Good: "person17@schule.example.org"},
	{Row: 58, Bad: "jürgen.groß@schule.example.org", Good: "juergen.gross@schule.example.org"},
	{Row: 103, Bad: "", Good: "person103@schule.example.org"},
	{Row: 204, Bad: "person 204@schule.example.org", Good: "person204@schule.example.org"},
	{Row: 319, Bad: "Staff", Good: "staff", IsGroup: true},
	{Row: 388, Bad: "person388@@schule.example.org", Good: "person388@schule.example.org"},
	{Row: 455, Bad: "#N/A", Good: "person455@schule.example.org"},
}

const (
	space    = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relSpace = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relType  = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	types    = `application/vnd.openxmlformats-officedocument.spreadsheetml.`

	firstBirthday = 25569 // 1 January 1970 as Excel counts days
	dateStyle     = 1     // the index of the date format in the part styles
)

// Workbook is the list of a German school as Excel stores it: texts are shared,
// dates of birth are numbers with a date format. The columns for the department and
// the group have names of the school's own.
func Workbook() []byte {
	var sheet strings.Builder
	shared := &texts{places: map[string]int{}}
	sheet.WriteString(`<row r="1">`)
	for i, name := range []string{"E-Mail-Adresse", "Vorname", "Nachname", "Geburtsdatum", "Abteilung", "Klasse/Gruppe"} {
		sheet.WriteString(shared.cell(i, 1, name))
	}
	sheet.WriteString(`</row>`)
	for row := 2; row <= WorkbookRows+1; row++ {
		writePerson(&sheet, shared, row)
	}
	return pack([]part{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			override("workbook", "sheet.main") + override("worksheets/sheet1", "worksheet") + override("styles", "styles") + override("sharedStrings", "sharedStrings") + `</Types>`},
		{"_rels/.rels", `<Relationships ` + relSpace + `>` + relation(1, "officeDocument", "xl/workbook.xml") + `</Relationships>`},
		{"xl/workbook.xml", `<workbook ` + space + `><sheets><sheet name="Tabelle1" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships ` + relSpace + `>` + relation(1, "worksheet", "worksheets/sheet1.xml") +
			relation(2, "styles", "styles.xml") + relation(3, "sharedStrings", "sharedStrings.xml") + `</Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet ` + space + `><sheetData>` + sheet.String() + `</sheetData></worksheet>`},
		{"xl/styles.xml", `<styleSheet ` + space + `><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
			`<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>`},
		{"xl/sharedStrings.xml", `<sst ` + space + `>` + shared.items.String() + `</sst>`},
	})
}

// writePerson writes the row of one person, with the faulty cell if there is one.
func writePerson(sheet *strings.Builder, shared *texts, row int) {
	email, group := fmt.Sprintf("person%d@schule.example.org", row), "students"
	if row%5 == 4 {
		group = "staff"
	}
	for _, f := range Faults {
		switch {
		case f.Row == row && f.IsGroup:
			group = f.Bad
		case f.Row == row:
			email = f.Bad
		}
	}
	fmt.Fprintf(sheet, `<row r="%d">`, row)
	for i, text := range []string{email, "Jörg", fmt.Sprintf("Müller %d", row)} {
		sheet.WriteString(shared.cell(i, row, text))
	}
	fmt.Fprintf(sheet, `<c r="D%d" s="%d"><v>%d</v></c>`, row, dateStyle, firstBirthday+row)
	sheet.WriteString(shared.cell(4, row, "Förderung") + shared.cell(5, row, group) + `</row>`)
}

// texts are the shared texts of a workbook.
type texts struct {
	places map[string]int
	items  strings.Builder
}

// cell refers to a text; an error value stays in its cell, and an empty cell is left out.
func (s *texts) cell(column, row int, text string) string {
	name := fmt.Sprintf("%c%d", 'A'+column, row)
	switch {
	case text == "":
		return ""
	case strings.HasPrefix(text, "#"):
		return fmt.Sprintf(`<c r="%s" t="e"><v>%s</v></c>`, name, text)
	}
	place, known := s.places[text]
	if !known {
		place = len(s.places)
		s.places[text] = place
		s.items.WriteString("<si><t>")
		_ = xml.EscapeText(&s.items, []byte(text)) // a Builder returns no error
		s.items.WriteString("</t></si>")
	}
	return fmt.Sprintf(`<c r="%s" t="s"><v>%d</v></c>`, name, place)
}

func override(name, kind string) string {
	return fmt.Sprintf(`<Override PartName="/xl/%s.xml" ContentType="%s%s+xml"/>`, name, types, kind)
}

func relation(id int, kind, target string) string {
	return fmt.Sprintf(`<Relationship Id="rId%d" Type="%s%s" Target="%s"/>`, id, relType, kind, target)
}

// part is one part of the package, which is an archive.
type part struct{ name, content string }

func pack(parts []part) []byte {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		f, err := z.Create(p.name)
		if err == nil {
			_, err = f.Write([]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + p.content))
		}
		if err != nil {
			panic(err) // a Buffer returns no error
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
