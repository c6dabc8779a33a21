package xlsx_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"usher.example/internal/xlsx"
)

// workbook is what a test wants in a workbook of one sheet, with the smallest
// package around it.
type workbook struct {
	sheet  string // what is in sheetData
	after  string // what follows it in the worksheet
	before string // what precedes it
	texts  string // what is in sst; no part if it is empty
	styles string // number formats of styles 0, 1, …, one a field: ids and codes
	book   string // attributes of workbookPr
	parts  map[string]string
}

const (
	mainSpace  = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"`
	relSpace   = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`
	relType    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	xmlLine    = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	sheetPart  = "xl/worksheets/sheet1.xml"
	bookPart   = "xl/workbook.xml"
	bookRels   = "xl/_rels/workbook.xml.rels"
	textsPart  = "xl/sharedStrings.xml"
	stylesPart = "xl/styles.xml"
)

// files gives the parts of the package. Those of w.parts replace and add; an
// empty one takes a part out.
func (w workbook) files() map[string]string {
	files := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":         relationships("rId1 officeDocument xl/workbook.xml"),
		bookPart:              `<workbook ` + mainSpace + `><workbookPr ` + w.book + `/><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		bookRels:              relationships("rId1 worksheet worksheets/sheet1.xml", "rId2 styles styles.xml", "rId3 sharedStrings sharedStrings.xml"),
		sheetPart:             `<worksheet ` + mainSpace + `>` + w.before + `<sheetData>` + w.sheet + `</sheetData>` + w.after + `</worksheet>`,
	}
	if w.texts != "" {
		files[textsPart] = `<sst ` + mainSpace + `>` + w.texts + `</sst>`
	}
	if w.styles != "" {
		files[stylesPart] = styleSheet(strings.Fields(w.styles))
	}
	for name, content := range w.parts {
		files[name] = content
		if content == "" {
			delete(files, name)
		}
	}
	return files
}

func relationships(lines ...string) string {
	var out strings.Builder
	out.WriteString(`<Relationships ` + relSpace + `>`)
	for _, line := range lines {
		f := strings.Fields(line)
		fmt.Fprintf(&out, `<Relationship Id="%s" Type="%s" Target="%s"/>`, f[0], relType+f[1], f[2])
	}
	out.WriteString(`</Relationships>`)
	return out.String()
}

// styleSheet gives each format to one style. An id is used as it is, a code gets
// an id from 164 on. A tilde means a space.
func styleSheet(formats []string) string {
	var own, used strings.Builder
	for i, f := range formats {
		id, err := strconv.Atoi(f)
		if err != nil || f[0] == '+' || strings.Trim(f, "0") == "" && len(f) > 1 {
			id = 164 + i
			code := strings.NewReplacer("~", " ", "&", "&amp;", `"`, "&quot;", "<", "&lt;").Replace(f)
			fmt.Fprintf(&own, `<numFmt numFmtId="%d" formatCode="%s"/>`, id, code)
		}
		fmt.Fprintf(&used, `<xf numFmtId="%d"/>`, id)
	}
	return `<styleSheet ` + mainSpace + `><numFmts>` + own.String() + `</numFmts><cellXfs>` + used.String() + `</cellXfs></styleSheet>`
}

func (w workbook) zip(t testing.TB) []byte {
	t.Helper()
	return archive(t, w.files())
}

// archive packs files, the names in no order.
func archive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range files {
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store}) // packing takes longer than reading
		if err == nil {
			if strings.HasSuffix(name, "xml") || strings.HasSuffix(name, ".rels") {
				content = xmlLine + content
			}
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

func read(data []byte) (xlsx.Book, error) {
	return xlsx.Read(bytes.NewReader(data), int64(len(data)))
}
