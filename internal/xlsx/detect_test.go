package xlsx_test

import (
	"errors"
	"strings"
	"testing"

	"usher.example/internal/xlsx"
)

func TestWhatIsNoWorkbookIsNamed(t *testing.T) {
	t.Parallel()
	ole := "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)
	macroType := strings.Replace(people().files()["[Content_Types].xml"], "openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main", 1)
	tests := []struct {
		name string
		data string
		want xlsx.Format
	}{
		{"nothing", "", xlsx.Empty},
		{"CSV", "email,name\nada@example.org,Ada\n", xlsx.Text},
		{"CSV with a column PK", "PK,email\n1,ada@example.org\n", xlsx.Text},
		{"CSV with an empty first name", "\temail\n\tada@example.org\n", xlsx.Text},
		{"CSV with a mark", "\ufeffemail;name\nada@example.org;Ada\n", xlsx.Text},
		{"CSV of Windows", "email;name\nada@example.org;J\xfcrgen\n", xlsx.Text},
		{"CSV in UTF-16", wide("email\tname\n", 0, true), xlsx.Text},
		{"an address in brackets", "<ada@example.org>", xlsx.Text},
		{"JSON", `{"users":["ada@example.org"]}`, xlsx.Text},
		{"a Google link", `{"url": "https://docs.google.com/open?id=1", "doc_id": "1", "email": "ada@example.org"}`, xlsx.GoogleLink},
		{"HTML", "\n<!DOCTYPE html><html><body><table>", xlsx.HTML},
		{"HTML without html", `<meta http-equiv="Content-Type" content="text/html"><TABLE>`, xlsx.HTML},
		{"a table alone", "<table border=1><tr><td>email", xlsx.HTML},
		{"XHTML", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">`, xlsx.HTML},
		{"XML of Excel 2003", `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>`, xlsx.XML2003},
		{"XML of Excel 2003 in UTF-16", wide(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, 0, true), xlsx.XML2003},
		{"flat OpenDocument", `<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">`, xlsx.OpenDocument},
		{"other XML", `<?xml version="1.0"?><people/>`, xlsx.XML},
		{"PDF", "%PDF-1.7\n", xlsx.PDF},
		{"gzip", "\x1f\x8b\x08\x00", xlsx.Archive},
		{"an empty zip", "PK\x05\x06" + strings.Repeat("\x00", 18), xlsx.Archive},
		{"a program", "\x7fELF\x02\x01\x01\x00\xff", xlsx.Unknown},
		{"Excel 97", ole + "W\x00o\x00r\x00k\x00b\x00o\x00o\x00k\x00", xlsx.OldExcel},
		{"Excel 5", ole + "B\x00o\x00o\x00k\x00", xlsx.OldExcel},
		{"Word 97", ole + "W\x00o\x00r\x00d\x00D\x00o\x00c\x00u\x00m\x00e\x00n\x00t\x00", xlsx.Word},
		{"a password", ole + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00", xlsx.Encrypted},
		{"another container", ole, xlsx.Unknown},
		{"Word", string(archive(t, map[string]string{"[Content_Types].xml": "", "word/document.xml": ""})), xlsx.Word},
		{"PowerPoint", string(archive(t, map[string]string{"[Content_Types].xml": "", "ppt/presentation.xml": ""})), xlsx.PowerPoint},
		{"a binary workbook", string(archive(t, map[string]string{"[Content_Types].xml": "", "xl/workbook.bin": ""})), xlsx.Binary},
		{"OpenDocument", string(archive(t, map[string]string{"mimetype": "", "content.xml": ""})), xlsx.OpenDocument},
		{"Numbers", string(archive(t, map[string]string{"Index.zip": "", "preview.jpg": ""})), xlsx.Numbers},
		{"a zip of workbooks", string(archive(t, map[string]string{"a.xlsx": "", "b.xlsx": ""})), xlsx.Archive},
		{"macros", string(workbook{parts: map[string]string{"xl/VBAProject.bin": "x"}}.zip(t)), xlsx.Macros},
		{"macros by type", string(workbook{parts: map[string]string{"[Content_Types].xml": macroType}}.zip(t)), xlsx.Macros},
		{"macros under another name", string(workbook{parts: map[string]string{bookRels: relationships("rId1 worksheet worksheets/sheet1.xml", "r vbaProject x.bin")}}.zip(t)), xlsx.Macros},
		{"a macro sheet", string(workbook{parts: map[string]string{bookRels: relationships("rId1 worksheet worksheets/sheet1.xml", "r xlMacrosheet x.xml")}}.zip(t)), xlsx.Macros},
	}
	for _, test := range tests {
		_, err := read([]byte(test.data))
		e, ok := errors.AsType[*xlsx.Error](err)
		if !ok || e.Code != xlsx.CodeUnsupported || e.Found != test.want {
			t.Errorf("%s: %+v", test.name, e)
			continue
		}
		if !strings.Contains(e.Detail, "send") {
			t.Errorf("%s does not say what to do: %s", test.name, e.Detail)
		}
	}
}
