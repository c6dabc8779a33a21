package xlsx_test

import (
	"fmt"
	"strings"
	"testing"
)

// text is a cell with a text of its own.
func text(name, text string) string {
	return `<c r="` + name + `" t="inlineStr"><is><t>` + text + `</t></is></c>`
}

func row(attributes string, cells ...string) string {
	return `<row ` + attributes + `>` + strings.Join(cells, "") + `</row>`
}

var (
	headerRow = row(`r="1"`, text("A1", "email"), text("B1", "name"))
	adaRow    = row(`r="2"`, text("A2", "ada@example.org"), text("B2", "Ada"))
	benRow    = row(`r="3"`, text("A3", "ben@example.org"), text("B3", "Ben"))
)

func TestWhatIsOnASheet(t *testing.T) {
	t.Parallel()
	const list = "People, 1: email | name\n2: ada@example.org | Ada\n"
	tests := []struct {
		name string
		workbook
		want string
	}{
		{"a list", workbook{sheet: headerRow + adaRow}, list},
		{"nothing", workbook{}, "no sheet with an e-mail column\n"},
		{"no header", workbook{sheet: adaRow}, "no sheet with an e-mail column\nnote: the sheet \"People\" (1 address) is not read; send it on its own [ada@example.org]\n"},
		{"empty rows between", workbook{sheet: row(`r="1"`) + strings.ReplaceAll(headerRow, "1\"", "4\"") + row(`r="9"`, `<c r="A9" s="3"/>`)},
			"People, 4: email | name\n"},
		{"an address above the header", workbook{sheet: row(`r="1"`, text("A1", "Questions: help@example.org")) + strings.NewReplacer(`1"`, `2"`).Replace(headerRow)},
			"People, 2: email | name\nnote: above the header, line 1 is not read (1 address) [help@example.org]\n"},
		{"rows hidden by hand", workbook{sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row hidden="true"`, 1)},
			list + "3 hidden: ben@example.org | Ben\nnote: 1 row hidden: 3 [ben@example.org]\n"},
		{"a row without height", workbook{sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row ht="0" customHeight="1"`, 1)},
			list + "3 hidden: ben@example.org | Ben\nnote: 1 row hidden: 3 [ben@example.org]\n"},
		{"as LibreOffice writes", workbook{before: `<sheetPr filterMode="false"/><cols><col min="1" max="2" hidden="false" collapsed="false"/></cols>`,
			sheet: strings.ReplaceAll(headerRow+adaRow, "<row", `<row customFormat="false" ht="12.8" hidden="false" customHeight="false" outlineLevel="0"`) + `<row r="1048576" ht="12.8" hidden="true"/>`}, list},
		{"as JasperReports writes", workbook{sheet: headerRow + row("", `<c t="inlineStr"><is><t xml:space="preserve"><![CDATA[ada@example.org]]></t></is></c><c t="inlineStr"><is><t xml:space="preserve"><![CDATA[Ada]]></t></is></c>`)}, list},
		{"as Google Sheets writes", workbook{before: `<sheetPr><outlinePr summaryBelow="0"/></sheetPr><sheetViews><sheetView workbookViewId="0"/></sheetViews>`,
			sheet: headerRow + adaRow + `<row r="3"><c r="A3" s="1"/><c r="B3" s="1"/></row>`, after: `<drawing r:id="rId1"/>`,
			parts: map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": relationships("rId1 drawing ../drawings/drawing1.xml")}}, list},
		{"buttons of a filter alone", workbook{sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row hidden="1"`, 1), after: `<autoFilter ref="A1:B3"/>`},
			list + "3 hidden: ben@example.org | Ben\nnote: 1 row hidden: 3 [ben@example.org]\n"},
		{"a filter", workbook{sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row hidden="1"`, 1), after: `<autoFilter ref="$A$1:$B$3"><filterColumn colId="0"><customFilters><customFilter val="a*"/></customFilters></filterColumn></autoFilter>`},
			list + "3 filtered: ben@example.org | Ben\nnote: 1 row hidden by a filter: 3; clear the filter to see them [ben@example.org]\n"},
		{"a filter elsewhere", workbook{sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row hidden="1"`, 1), after: `<autoFilter ref="A10:B20"><filterColumn colId="0"><filters/></filterColumn></autoFilter>`},
			list + "3 hidden: ben@example.org | Ben\nnote: 1 row hidden: 3 [ben@example.org]\n"},
		{"an advanced filter", workbook{before: `<sheetPr filterMode="1"/>`, sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row hidden="1"`, 1)},
			list + "3 filtered: ben@example.org | Ben\nnote: 1 row hidden by a filter: 3; clear the filter to see them [ben@example.org]\n"},
		{"the filter of a table", workbook{sheet: headerRow + adaRow + strings.Replace(benRow, "<row", `<row hidden="1"`, 1), parts: map[string]string{
			"xl/worksheets/_rels/sheet1.xml.rels": relationships("r table ../tables/table1.xml"),
			"xl/tables/table1.xml":                `<table ref="A1:B4"><autoFilter ref="A1:B3"><filterColumn colId="0"><top10 val="1"/></filterColumn></autoFilter></table>`,
		}}, list + "3 filtered: ben@example.org | Ben\nnote: 1 row hidden by a filter: 3; clear the filter to see them [ben@example.org]\n"},
		{"totals", workbook{sheet: headerRow + adaRow + benRow, parts: map[string]string{
			"xl/worksheets/_rels/sheet1.xml.rels": relationships("r table /xl/tables/table1.xml"),
			"xl/tables/table1.xml":                `<table ref="A1:B3" totalsRowCount="1"/>`,
		}}, list + "3 totals: ben@example.org | Ben\nnote: the totals of a table are in row 3 [ben@example.org]\n"},
		{"a table that is missing", workbook{sheet: headerRow + adaRow, parts: map[string]string{
			"xl/worksheets/_rels/sheet1.xml.rels": relationships("r table ../tables/table1.xml"),
		}}, list},
		{"a hidden column", workbook{before: `<cols><col min="2" max="16384" hidden="1"/></cols>`, sheet: headerRow + adaRow}, list + "note: 1 column hidden: B\n"},
		{"cells beyond the header", workbook{sheet: headerRow + row(`r="2"`, text("A2", "ada@example.org"), text("B2", "Ada"), text("D2", "ben@example.org, cy@example.org"), text("E2", "x"))},
			list + "note: 2 cells in columns D, E, where the header has no name, not read (2 addresses) [ben@example.org cy@example.org]\n"},
		{"merged rows", workbook{sheet: headerRow + adaRow, after: `<mergeCells><mergeCell ref="B2:B4"/><mergeCell ref="A9:A12"/><mergeCell ref="A1:C1"/><mergeCell ref="x"/></mergeCells>`},
			list + "note: 1 cell merged over several rows (B2:B4): only the first row has the value\n"},
		{"a header of two lines", workbook{
			sheet: row(`r="1"`, text("A1", "email"), text("B1", "name"), text("D1", "phone")) + row(`r="2"`, text("B2", "first"), text("C2", "last")) + row(`r="3"`, text("A3", "ada@example.org"), text("C3", "Moss")),
			after: `<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/><mergeCell ref="D1:D2"/></mergeCells>`},
			"People, 2: email | first | last | phone\n3: ada@example.org |  | Moss | \nnote: above the header, line 1 is not read\n"},
		{"links and headers", workbook{
			sheet: headerRow + row(`r="2"`, text("A2", "Ada@example.org")+`<c r="B2" t="str"><f>"x"&amp;"cy@example.org"</f><v>Cy</v></c>`),
			after: `<hyperlinks><hyperlink ref="A2" r:id="r" display="ada@example.org"/></hyperlinks><headerFooter><oddHeader>&amp;Cowner@example.org</oddHeader></headerFooter>`,
			parts: map[string]string{"xl/worksheets/_rels/sheet1.xml.rels": strings.Replace(relationships("r hyperlink mailto:di%40example.org?subject=x"), "Target=", `TargetMode="External" Target=`, 1)}},
			"People, 1: email | name\n2: Ada@example.org | Cy\nnote: the sheet \"People\" holds 3 addresses outside of its cells (in formulas, links, comments or headers); not read [cy@example.org Cowner@example.org di@example.org]\n"},
		{"texts of deleted people", workbook{sheet: headerRow + adaRow, texts: "<si><t>gone@example.org</t></si>"},
			list + "note: the workbook holds 1 address that no visible cell shows; not read [gone@example.org]\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := shown(t, test.zip(t)); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Excel makes a link of every address that somebody types.
func TestLinksOfShownAddressesAreNoNews(t *testing.T) {
	t.Parallel()
	var sheet, links strings.Builder
	sheet.WriteString(headerRow)
	for i := 2; i < 3000; i++ {
		address := fmt.Sprintf("p%d@example.org", i)
		sheet.WriteString(row("", text(fmt.Sprintf("A%d", i), address)))
		fmt.Fprintf(&links, `<hyperlink ref="A%d" display="%s"/>`, i, strings.ToUpper(address))
	}
	book, err := read(workbook{sheet: sheet.String(), after: "<hyperlinks>" + links.String() + "</hyperlinks>"}.zip(t))
	if err != nil || len(book.Sheets[0].Rows) != 2999 || len(book.Sheets[0].Notes) > 0 {
		t.Errorf("%d sheets, %v", len(book.Sheets), err)
	}
}

func TestSheets(t *testing.T) {
	t.Parallel()
	list := `<worksheet><sheetData>` + headerRow + adaRow + `</sheetData></worksheet>`
	sheets := func(sheets ...string) map[string]string {
		parts := map[string]string{"xl/worksheets/list.xml": list}
		book, links := "", []string{}
		for _, s := range sheets {
			name, rest, _ := strings.Cut(s, " ")
			state, link, _ := strings.Cut(rest, " ")
			book += `<sheet name="` + name + `" state="` + state + `" r:id="` + name + `"/>`
			links = append(links, name+" "+link)
		}
		parts[bookPart] = `<workbook ` + mainSpace + `><sheets>` + book + `</sheets></workbook>`
		parts[bookRels] = relationships(links...)
		return parts
	}
	tests := []struct {
		name  string
		parts map[string]string
		want  string
	}{
		{"a chart first", sheets("Chart visible chartsheet charts/1.xml", "List visible worksheet worksheets/list.xml"), "List, 1: email | name\n2: ada@example.org | Ada\n"},
		{"all hidden", sheets("List hidden worksheet worksheets/list.xml"), "no sheet with an e-mail column\nnote: hidden sheets are not read: \"List\"\nnote: every sheet with cells is hidden; show the one with the people and save the workbook again\n"},
		{"a hidden one that is missing", sheets("Old veryHidden worksheet worksheets/gone.xml", "List visible worksheet worksheets/list.xml"), "List, 1: email | name\n2: ada@example.org | Ada\nnote: hidden sheets are not read: \"Old\"\n"},
		{"two lists", sheets("A visible worksheet worksheets/list.xml", "B visible worksheet worksheets/list.xml"), "A, 1: email | name\n2: ada@example.org | Ada\nnote: the sheet \"B\" (1 address) is not read; send it on its own [ada@example.org]\n"},
		{"a template first", sheetsAnd(sheets("Template visible worksheet worksheets/t.xml", "List visible worksheet worksheets/list.xml"), "xl/worksheets/t.xml", `<worksheet><sheetData>`+headerRow+`</sheetData></worksheet>`), "List, 1: email | name\n2: ada@example.org | Ada\n"},
		{"a name with an address", sheets("List visible worksheet worksheets/list.xml", "old@example.org hidden worksheet worksheets/list.xml"), "List, 1: email | name\n2: ada@example.org | Ada\nnote: hidden sheets are not read: (a name with an @ in it)\n"},
		{"charts only", sheets("Chart visible chartsheet charts/1.xml"), "no sheet with an e-mail column\nnote: every sheet with cells is hidden; show the one with the people and save the workbook again\n"},
		{"an unknown kind", sheets("A visible somesheet worksheets/list.xml"), `damaged_workbook: the workbook is damaged (the sheet "A" is missing); open it in Excel, let Excel repair it, save it and send it again` + "\n"},
	}
	for _, test := range tests {
		if got := shown(t, workbook{parts: test.parts}.zip(t)); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}

func sheetsAnd(parts map[string]string, name, content string) map[string]string {
	parts[name] = content
	return parts
}
