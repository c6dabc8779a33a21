package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"usher.example/internal/xlsx"
)

// people is a workbook of two people, one of them in the shared strings.
func people() workbook {
	return workbook{
		sheet: `<row r="1"><c r="A1" t="inlineStr"><is><t>email</t></is></c></row><row r="2"><c r="A2" t="s"><v>0</v></c></row><row r="3"><c r="A3" t="inlineStr"><is><t>ben.nash@example.org</t></is></c></row>`,
		texts: `<si><t>ada.moss@example.org</t></si>`,
	}
}

func TestWaysToWriteAPackage(t *testing.T) {
	t.Parallel()
	w := people()
	files := w.files()
	const both = "People, 1: email\n2: ada.moss@example.org\n3: ben.nash@example.org\n"
	tests := map[string]map[string]string{
		"as it is":                 nil,
		"prefixes":                 {sheetPart: strings.NewReplacer("</", "</x:", "<", "<x:", "xmlns=", "xmlns:x=").Replace(files[sheetPart])},
		"no content types":         {"[Content_Types].xml": ""},
		"comments, instructions":   {sheetPart: strings.ReplaceAll(files[sheetPart], "<row", "<!-- <row> --><?go?><row")},
		"targets from the root":    {bookRels: relationships("rId1 worksheet xl/worksheets/sheet1.xml", "rId3 sharedStrings /xl/sharedStrings.xml")},
		"targets with dots":        {bookRels: relationships("rId1 worksheet ./x/../worksheets/sheet1.xml", `rId3 sharedStrings .\sharedStrings.xml`)},
		"escaped targets":          {bookRels: relationships("rId1 worksheet worksheets/sheet%31.xml", "rId3 sharedStrings sharedStrings.xml")},
		"escaped names":            {bookRels: relationships("rId1 worksheet worksheets/my%20list.xml", "rId3 sharedStrings sharedStrings.xml"), sheetPart: "", "xl/worksheets/my%20list.xml": files[sheetPart]},
		"names with spaces":        {bookRels: relationships("rId1 worksheet worksheets/my%20list.xml", "rId3 sharedStrings sharedStrings.xml"), sheetPart: "", "xl/worksheets/my list.xml": files[sheetPart]},
		"targets in capitals":      {bookRels: relationships("rId1 worksheet WORKSHEETS/SHEET1.XML", "rId3 sharedStrings SharedStrings.xml")},
		"relationship in its kind": {bookRels: strings.ReplaceAll(files[bookRels], "sharedStrings\"", "SharedStrings\"")},
		"rows out of order":        {sheetPart: swapRows(files[sheetPart])},
		"cells out of order":       {sheetPart: strings.Replace(files[sheetPart], `<c r="A2"`, `<c r="B2"/><c r="A2"`, 1)},
		"rows without numbers":     {sheetPart: strings.NewReplacer(`<row r="2">`, `<row>`, `<c r="A2"`, `<c`).Replace(files[sheetPart])},
		"UTF-16, low byte first":   {sheetPart: wide(files[sheetPart], 0, true), textsPart: wide(files[textsPart], 0, false)},
		"UTF-16, high byte first":  {sheetPart: wide(files[sheetPart], 1, true), textsPart: wide(files[textsPart], 1, false)},
		"declared as ASCII":        {textsPart: "\ufeff<?xml version='1.0' encoding='us-ascii'?>" + files[textsPart]},
		"no styles where named":    {stylesPart: ""},
		"another workbook inside":  {"xl/embeddings/book.xlsx": "PK", "customXml/item1.xml": "<not well formed"},
		"another namespace": {
			bookPart: strings.ReplaceAll(files[bookPart], "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships"),
			bookRels: strings.ReplaceAll(files[bookRels], "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships"),
		},
	}
	for name, parts := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := people()
			w.parts = parts
			if got := shown(t, plainArchive(t, w.files())); got != both {
				t.Errorf("got %s", got)
			}
		})
	}
}

func swapRows(sheet string) string {
	i, j := strings.Index(sheet, `<row r="2"`), strings.Index(sheet, `<row r="3"`)
	end := strings.Index(sheet, "</sheetData>")
	return sheet[:i] + sheet[j:end] + sheet[i:j] + sheet[end:]
}

// wide writes ASCII as UTF-16.
func wide(text string, low int, mark bool) string {
	var out strings.Builder
	if mark {
		text = "\xff" + text
	}
	for i, b := range []byte(text) {
		pair := [2]byte{}
		pair[low] = b
		if mark && i == 0 {
			pair = [2]byte{0xff, 0xfe}
			if low == 1 {
				pair = [2]byte{0xfe, 0xff}
			}
		}
		out.Write(pair[:])
	}
	return out.String()
}

// plainArchive packs files as they are, without an XML declaration.
func plainArchive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range files {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store}) // packing takes longer than reading
		if err == nil && content != "" {
			_, err = f.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*xlsx.Error](err)
	if !ok {
		t.Fatalf("%v is no *xlsx.Error", err)
	}
	return e.Code
}

// Whatever hides a person is an error.
func TestDamageIsAnError(t *testing.T) {
	t.Parallel()
	files := people().files()
	sheet := func(from, to string) map[string]string {
		if !strings.Contains(files[sheetPart], from) {
			t.Fatalf("the sheet has no %s", from)
		}
		return map[string]string{sheetPart: strings.Replace(files[sheetPart], from, to, 1)}
	}
	tests := map[string]map[string]string{
		"no relationships":              {"_rels/.rels": ""},
		"no workbook":                   {bookPart: ""},
		"no list of sheets":             {bookRels: ""},
		"no sheet part":                 {sheetPart: ""},
		"no texts":                      {textsPart: ""},
		"texts cut short":               {textsPart: strings.Replace(files[textsPart], "</sst>", "", 1)},
		"another root of the texts":     {textsPart: `<html><si><t>x</t></si></html>`},
		"another element in the texts":  {textsPart: strings.Replace(files[textsPart], "<si>", "<sj/><si>", 1)},
		"another root of the sheet":     {sheetPart: strings.ReplaceAll(files[sheetPart], "worksheet", "chartsheet")},
		"no rows":                       {sheetPart: strings.ReplaceAll(files[sheetPart], "sheetData", "sheetDate")},
		"no sheets":                     {bookPart: strings.ReplaceAll(files[bookPart], "<sheet ", "<shoot ")},
		"another root of the workbook":  {bookPart: strings.ReplaceAll(files[bookPart], "workbook", "cookbook")},
		"styles that cannot be read":    {stylesPart: "<styleSheet><numFmts>"},
		"another root of the styles":    {stylesPart: "<styles/>"},
		"a relationship that leads out": {bookRels: strings.Replace(files[bookRels], `Target="worksheets`, `TargetMode="External" Target="worksheets`, 1)},
		"index too high":                sheet("<v>0</v>", "<v>1</v>"),
		"index below zero":              sheet("<v>0</v>", "<v>-1</v>"),
		"no index":                      sheet("<v>0</v>", "<v></v>"),
		"index that is no number":       sheet("<v>0</v>", "<v>O</v>"),
		"an ampersand":                  sheet("ben.nash@", "ben & nash@"),
		"an unknown entity":             sheet("ben.nash@", "ben&nash;@"),
		"bytes that are no UTF-8":       sheet("ben.nash", "b\xe9n"),
		"a control character":           sheet("ben.nash", "b\x01n"),
		"an end tag of another":         sheet("</row>", "</raw>"),
		"an end tag too many":           sheet("</row>", "</row></row>"),
		"a second root":                 sheet("</worksheet>", "</worksheet><worksheet/>"),
		"text after the root":           sheet("</worksheet>", "</worksheet>x"),
		"an end that is missing":        sheet("</worksheet>", ""),
		"a row twice":                   sheet(`<row r="3">`, `<row r="3"><c r="B3"><v>1</v></c></row><row r="3">`),
		"a cell twice":                  sheet(`<c r="A3"`, `<c r="A3"><v>1</v></c><c r="A3"`),
		"a value twice":                 sheet("<v>0</v>", "<v>0</v><v>0</v>"),
		"a value and a text":            sheet("</is>", "</is><v>ben</v>"),
		"a text twice":                  sheet("</is>", "</is><is><t>x</t></is>"),
		"a cell of another row":         sheet(`r="A3"`, `r="A4"`),
		"a column too far":              sheet(`r="A3"`, `r="XFE3"`),
		"a row too far":                 sheet(`<row r="3"`, `<row r="1048577"`),
		"row zero":                      sheet(`<row r="3"`, `<row r="0"`),
		"a name of no cell":             sheet(`r="A3"`, `r="3A"`),
		"an unknown type":               sheet(`<c r="A3" t="inlineStr"><is><t>ben.nash@example.org</t></is>`, `<c r="A3" t="x"><v>1</v>`),
		"an element in place of a row":  {sheetPart: strings.ReplaceAll(files[sheetPart], "row", "rov")},
		"an element in place of a cell": {sheetPart: strings.NewReplacer("<c ", "<d ", "</c>", "</d>").Replace(files[sheetPart])},
		"an element in place of v":      {sheetPart: strings.NewReplacer("<v>", "<w>", "</v>", "</w>").Replace(files[sheetPart])},
		"a DOCTYPE":                     {textsPart: `<!DOCTYPE sst [<!ENTITY a "ada">]>` + files[textsPart]},
		"thirty-three elements deep":    {textsPart: strings.Repeat("<sst>", 33) + strings.Repeat("</sst>", 33)},
		"an encoding that is not read":  {textsPart: `<?xml version="1.0" encoding="ebcdic"?>` + files[textsPart]},
		"half a UTF-16 character":       {textsPart: "\xff\xfe<\x00s\x00s\x00t\x00\x00\xd8>\x00"},
		"an empty part":                 {textsPart: " "},
	}
	for name, parts := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := people()
			w.parts = parts
			book, err := read(plainArchive(t, w.files()))
			if codeOf(t, err) != xlsx.CodeDamaged {
				t.Errorf("got %v, %v", book, err)
			} else if detail := err.Error(); !strings.Contains(detail, "let Excel repair it") || strings.Contains(detail, "@") {
				t.Errorf("it says %s", detail)
			}
		})
	}
}

func TestDamagedArchives(t *testing.T) {
	t.Parallel()
	whole := people().zip(t)
	for cut := len(whole) - 1; cut > 4; cut -= 7 {
		if _, err := read(whole[:cut]); codeOf(t, err) != xlsx.CodeDamaged {
			t.Fatalf("cut after %d of %d bytes: %v", cut, len(whole), err)
		}
	}
	if _, err := read(append([]byte("\r\n"), whole...)); err != nil {
		t.Errorf("with a line break before it: %v", err)
	}
	if _, err := read(append(whole[:len(whole):len(whole)], "\n<!-- sent by a portal -->"...)); err != nil {
		t.Errorf("with something after it: %v", err)
	}
}

// rawArchive packs files with a header that lies or repeats.
func rawArchive(t *testing.T, files map[string]string, extra ...*zip.FileHeader) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(f, content)
	}
	for _, header := range extra {
		content := []byte(header.Comment)
		header.Comment = ""
		if header.CRC32 == 0 {
			header.CRC32 = crc32.ChecksumIEEE(content)
		}
		header.CompressedSize64 = uint64(len(content))
		if header.UncompressedSize64 == 0 {
			header.UncompressedSize64 = uint64(len(content))
		}
		f, err := z.CreateRaw(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestArchivesThatLie(t *testing.T) {
	t.Parallel()
	files := people().files()
	texts := files[textsPart]
	delete(files, textsPart)
	tests := []struct {
		name  string
		extra []*zip.FileHeader // the comment is the content
		code  string
	}{
		{"the truth", []*zip.FileHeader{{Name: textsPart, Comment: texts}}, ""},
		{"a part twice", []*zip.FileHeader{{Name: textsPart, Comment: texts}, {Name: textsPart, Comment: texts}}, xlsx.CodeDamaged},
		{"a part twice, in capitals", []*zip.FileHeader{{Name: textsPart, Comment: texts}, {Name: "XL/sharedstrings.XML", Comment: texts}}, xlsx.CodeDamaged},
		{"a part twice, with a backslash", []*zip.FileHeader{{Name: textsPart, Comment: texts}, {Name: `\xl\sharedStrings.xml`, Comment: texts}}, xlsx.CodeDamaged},
		{"a checksum", []*zip.FileHeader{{Name: textsPart, Comment: texts, CRC32: 7}}, xlsx.CodeDamaged},
		{"larger than it is", []*zip.FileHeader{{Name: textsPart, Comment: texts, UncompressedSize64: 1000}}, xlsx.CodeDamaged},
		{"smaller than it is", []*zip.FileHeader{{Name: textsPart, Comment: texts, UncompressedSize64: 5}}, xlsx.CodeDamaged},
		{"too large by its own word", []*zip.FileHeader{{Name: textsPart, Comment: texts, UncompressedSize64: 1 << 40}}, xlsx.CodeTooLarge},
		{"a way of packing", []*zip.FileHeader{{Name: textsPart, Comment: texts, Method: 99}}, xlsx.CodeDamaged},
		{"a password", []*zip.FileHeader{{Name: textsPart, Comment: texts, Flags: 1}}, xlsx.CodeUnsupported},
		{"a picture that would be too large", []*zip.FileHeader{{Name: textsPart, Comment: texts}, {Name: "xl/media/1.png", Comment: "x", UncompressedSize64: 1 << 40}}, ""},
	}
	for _, test := range tests {
		if _, err := read(rawArchive(t, files, test.extra...)); codeOf(t, err) != test.code {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
