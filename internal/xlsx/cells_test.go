package xlsx_test

import (
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/xlsx"
)

// showOne reads a workbook whose only cell is A1 and gives that.
func showOne(t *testing.T, w workbook, cell string) xlsx.Cell {
	t.Helper()
	w.sheet = `<row r="1">` + cell + `</row>`
	book, err := read(w.zip(t))
	if err != nil {
		t.Fatalf("%s: %v", cell, err)
	}
	if len(book.Sheets[0].Rows) == 0 {
		return xlsx.Cell{}
	}
	return book.Sheets[0].Rows[0].Cell(0)
}

func TestNumbersShowWhatTheirFormatsSay(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format string // an id or a code; ~ is a space
		value  string
		want   string
		kind   xlsx.Kind
	}{
		// Plain digits, whatever else the format does with them.
		{"0", "447911123456", "447911123456", xlsx.Number},
		{"0", "4.47911123456E11", "447911123456", xlsx.Number},
		{"0", "4.47911123456e+11", "447911123456", xlsx.Number},
		{"0", "447911123456.0", "447911123456", xlsx.Number},
		{"0", " 447911123456\n", "447911123456", xlsx.Number},
		{"0", "00417", "00417", xlsx.Number},
		{"0", "-5", "-5", xlsx.Number},
		{"0", "-0", "0", xlsx.Number},
		{"0", "0.1", "0.1", xlsx.Number},
		{"0", "0.30000000000000004", "0.3", xlsx.Number},
		{"0", "1.5E-7", "0.00000015", xlsx.Number},
		{"0", "1E+20", "100000000000000000000", xlsx.Number},
		{"0", "31146", "31146", xlsx.Number},
		{"2", "12.5", "12.5", xlsx.Number},
		{"3", "447911123456", "447911123456", xlsx.Number},
		{"9", "0.5", "0.5", xlsx.Number},
		{"11", "447911123456", "447911123456", xlsx.Number},
		{"12", "0.5", "0.5", xlsx.Number},
		{"18", "0.5", "0.5", xlsx.Number},
		{"44", "12", "12", xlsx.Number},
		{"48", "447911123456", "447911123456", xlsx.Number},
		{"49", "447911123456", "447911123456", xlsx.Number},
		{"#,##0", "447911123456", "447911123456", xlsx.Number},
		{"0.00E+00", "447911123456", "447911123456", xlsx.Number},
		{"##0.0E-0", "447911123456", "447911123456", xlsx.Number},
		{`"$"#,##0.00`, "1234.5", "1234.5", xlsx.Number},
		{`0~"€"`, "12", "12", xlsx.Number},
		{"[$€-407]~0", "12", "12", xlsx.Number},
		{"[$EUR]~0", "12", "12", xlsx.Number},
		{"_-*~#,##0.00~_€", "1234", "1234", xlsx.Number},
		{"h:mm", "0.5", "0.5", xlsx.Number},
		{"[h]:mm:ss", "1.5", "1.5", xlsx.Number},
		{"mm:ss.0", "0.5", "0.5", xlsx.Number},
		{"h:mm~AM/PM", "0.5", "0.5", xlsx.Number},
		{";;;", "12", "12", xlsx.Number},
		{`"secret"`, "12", "12", xlsx.Number},
		{"[Red]General", "12", "12", xlsx.Number},
		{"GENERAL", "12", "12", xlsx.Number},
		{"Standard", "12", "12", xlsx.Number},
		{"#~?/?", "0.5", "0.5", xlsx.Number},
		{"0%", "0.5", "0.5", xlsx.Number},

		// Pictures of digits.
		{"1", "4915155501001", "4915155501001", xlsx.Picture},
		{"1", "4.915155501001E12", "4915155501001", xlsx.Picture},
		{"1", "417.0", "417", xlsx.Picture},
		{"1", "12.7", "13", xlsx.Picture},
		{"00000", "417", "00417", xlsx.Picture},
		{"00000", "0", "00000", xlsx.Picture},
		{"00000", "-417", "-00417", xlsx.Picture},
		{"00000", "1234567", "1234567", xlsx.Picture},
		{"#", "0", "0", xlsx.Number},
		{"+0", "447911123456", "+447911123456", xlsx.Picture},
		{`"+"0`, "447911123456", "+447911123456", xlsx.Picture},
		{`\+#`, "447911123456", "+447911123456", xlsx.Picture},
		{`"+"General`, "447911123456", "+447911123456", xlsx.Picture},
		{`"+44"~0`, "7911123456", "+44 7911123456", xlsx.Picture},
		{"[$+44-809]0", "7911123456", "+447911123456", xlsx.Picture},
		{`"+"00~000~0000000`, "491701234567", "+49 170 1234567", xlsx.Picture},
		{"[<=9999999]###-####;(###)~###-####", "5555550101", "(555) 555-0101", xlsx.Picture},
		{"[<=9999999]###-####;(###)~###-####", "5550101", "555-0101", xlsx.Picture},
		{"[>=1000]0000;[<0]\"minus\"~0;000", "12", "012", xlsx.Picture},
		{"[>=1000]0000;[<0]\"minus~\"0;000", "-5", "minus 5", xlsx.Picture},
		{"[<100]000;0", "-5", "-005", xlsx.Picture},
		{"(###)~###-####", "447911123456", "(44791) 112-3456", xlsx.Picture},
		{"00~00~00~00~00", "612345678", "06 12 34 56 78", xlsx.Picture},
		{"00000-0000", "123456789", "12345-6789", xlsx.Picture},
		{"000-00-0000", "12345678", "012-34-5678", xlsx.Picture},
		{`0000\.000`, "1234567", "1234.567", xlsx.Picture},
		{"???0", "7", "   7", xlsx.Picture},
		{"0;(0)", "-5", "(5)", xlsx.Picture},
		{"0;-0;\"none~\"0", "0", "none 0", xlsx.Picture},
		{"[Blue]0000", "7", "0007", xlsx.Picture},
		{"_(0_)", "7", "7", xlsx.Picture},
		{`"K;M"00`, "7", "K;M07", xlsx.Picture},
		{`@"x"`, "5", "5x", xlsx.Picture},

		// Dates, never in the format's own order.
		{"14", "31146", "1985-04-09", xlsx.Date},
		{"17", "31146", "1985-04-09", xlsx.Date},
		{"27", "31146", "1985-04-09", xlsx.Date},
		{"58", "31146", "1985-04-09", xlsx.Date},
		{"22", "31146", "1985-04-09", xlsx.Date},
		{"22", "31146.5", "1985-04-09T12:00:00", xlsx.Date},
		{"14", "31146.5", "1985-04-09", xlsx.Date},
		{"dd.mm.yyyy", "3.1146E4", "1985-04-09", xlsx.Date},
		{"mm-dd-yy", "31146", "1985-04-09", xlsx.Date},
		{"m/d/yyyy~h:mm~AM/PM", "31146.75", "1985-04-09T18:00:00", xlsx.Date},
		{"yyyy-mm-dd\\Thh:mm:ss.000", "31146.999994", "1985-04-09T23:59:59", xlsx.Date},
		{"yyyy-mm-dd~hh:mm", "31146.9999999", "1985-04-10", xlsx.Date},
		{"mmm", "31146", "1985-04-09", xlsx.Date},
		{"mmmm~yy", "31146", "1985-04-09", xlsx.Date},
		{"[$-F800]dddd\\,\\~mmmm\\~dd\\,\\~yyyy", "31146", "1985-04-09", xlsx.Date},
		{"[$-F800]", "31146", "1985-04-09", xlsx.Date},
		{"[$-411]ggge\"年\"m\"月\"d\"日\"", "31146", "1985-04-09", xlsx.Date},
		{"[$-D07041E]d/m/bbbb", "31146", "1985-04-09", xlsx.Date},
		{"yyyy\\-mm\\-dd;@", "31146", "1985-04-09", xlsx.Date},
		{"TT.MM.JJJJ", "31146", "1985-04-09", xlsx.Date},
		{"[>1]d.m.yyyy;General", "31146", "1985-04-09", xlsx.Date},
		{"14", "1", "1900-01-01", xlsx.Date},
		{"14", "59", "1900-02-28", xlsx.Date},
		{"14", "61", "1900-03-01", xlsx.Date},
		{"14", "2958465", "9999-12-31", xlsx.Date},
		{"14", "60", "60", xlsx.NoDate},
		{"14", "60.5", "60.5", xlsx.NoDate},
		{"14", "0", "0", xlsx.NoDate},
		{"14", "-1", "-1", xlsx.NoDate},
		{"14", "2958466", "2958466", xlsx.NoDate},
		{"22", "2958465.9999999", "2958465.9999999", xlsx.NoDate},
		{"14", "19850409", "19850409", xlsx.NoDate},
	}
	for _, test := range tests {
		w := workbook{styles: test.format}
		got := showOne(t, w, `<c r="A1" s="0"><v>`+test.value+`</v></c>`)
		if got.Text != test.want || got.Kind != test.kind {
			t.Errorf("%s in the format %s shows %q of kind %d, want %q of kind %d", test.value, test.format, got.Text, got.Kind, test.want, test.kind)
		}
	}
}

func TestDatesOf1904(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value, want string
		kind        xlsx.Kind
	}{
		{"0", "1904-01-01", xlsx.Date},
		{"60", "1904-03-01", xlsx.Date},
		{"29684", "1985-04-09", xlsx.Date},
		{"2957003", "9999-12-31", xlsx.Date},
		{"2957004", "2957004", xlsx.NoDate},
		{"-1", "-1", xlsx.NoDate},
	}
	for _, attribute := range []string{`date1904="1"`, `date1904="true"`} {
		for _, test := range tests {
			got := showOne(t, workbook{styles: "14", book: attribute}, `<c r="A1"><v>`+test.value+`</v></c>`)
			if got.Text != test.want || got.Kind != test.kind {
				t.Errorf("%s: %s shows %q of kind %d", attribute, test.value, got.Text, got.Kind)
			}
		}
	}
}

func TestCellsThatAreNoNumbers(t *testing.T) {
	t.Parallel()
	w := workbook{
		styles: `0 14 @"@example.org" yyyy-mm-dd~hh:mm`,
		texts: `<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space="preserve">ch </t></r></si>` +
			`<si><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh><phoneticPr fontId="1"/></si><si><t>a_x000D_b_x005F_x0041_ _x00e4_ _xD83D__xDE00_ _x12_</t></si>` +
			`<si><t>ada</t></si><si/><si><t><![CDATA[<c&d>]]></t></si>`,
	}
	tests := []struct {
		cell, want string
		kind       xlsx.Kind
	}{
		{`<c r="A1" t="s"><v>0</v></c>`, "plain", xlsx.String},
		{`<c r="A1" t="s"><v> 1 </v></c>`, "rich ", xlsx.String},
		{`<c r="A1" t="s"><v>2</v></c>`, "東京", xlsx.String},
		{`<c r="A1" t="s"><v>3</v></c>`, "a\rb_x0041_ ä 😀 _x12_", xlsx.String},
		{`<c r="A1" t="s" s="2"><v>4</v></c>`, "ada@example.org", xlsx.String},
		{`<c r="A1" t="s" s="2"><f>B1</f><v>4</v></c>`, "ada@example.org", xlsx.String},
		{`<c r="A1" t="s"><v>5</v></c>`, "", xlsx.Blank},
		{`<c r="A1" t="s" s="2"><v>5</v></c>`, "", xlsx.Blank},
		{`<c r="A1" t="s"><v>6</v></c>`, "<c&d>", xlsx.String},
		{`<c r="A1" t="s"/>`, "", xlsx.Blank},
		{`<c r="A1" t="inlineStr"><is><t>in</t></is></c>`, "in", xlsx.String},
		{`<c r="A1" t="inlineStr"><is><r><t>i</t></r><r><t>n</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>`, "in", xlsx.String},
		{`<c r="A1" t="inlineStr"><v>in v</v></c>`, "in v", xlsx.String},
		{`<c r="A1"><is><t>no type</t></is></c>`, "no type", xlsx.String},
		{`<c r="A1" t="str"><f>B1</f><v>a_x000A_b</v></c>`, "a\nb", xlsx.String},
		{`<c r="A1" t="str"><v>  </v></c>`, "", xlsx.Blank},
		{`<c r="A1" t="str"><f>B1</f><v></v></c>`, "", xlsx.Blank},
		{`<c r="A1" t="str" s="2"><f>B1</f><v></v></c>`, "", xlsx.Blank},
		{`<c r="A1" t="str"><f>B1</f></c>`, "", xlsx.NoResult},
		{`<c r="A1"><f>B1</f></c>`, "", xlsx.NoResult},
		{`<c r="A1"><f>B1</f><v/></c>`, "", xlsx.NoResult},
		{`<c r="A1"><f t="shared" si="0"/><v></v></c>`, "", xlsx.NoResult},
		{`<c r="A1" t="b"><f>B1</f></c>`, "", xlsx.NoResult},
		{`<c r="A1"><f>B1</f><v>7</v></c>`, "7", xlsx.Number},
		{`<c r="A1" t="n"><v>7</v></c>`, "7", xlsx.Number},
		{`<c r="A1" t="b"><v>1</v></c>`, "TRUE", xlsx.Boolean},
		{`<c r="A1" t="b"><v>false</v></c>`, "FALSE", xlsx.Boolean},
		{`<c r="A1" t="e"><v>#N/A</v></c>`, "#N/A", xlsx.Invalid},
		{`<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>`, "#DIV/0!", xlsx.Invalid},
		{`<c r="A1" t="d"><v>1985-04-09</v></c>`, "1985-04-09", xlsx.Date},
		{`<c r="A1" t="d" s="1"><v>1985-04-09T12:30:00</v></c>`, "1985-04-09", xlsx.Date},
		{`<c r="A1" t="d" s="3"><v>1985-04-09T12:30:00.000Z</v></c>`, "1985-04-09T12:30:00", xlsx.Date},
		{`<c r="A1" t="d" s="3"><v>1985-04-09T00:00:00</v></c>`, "1985-04-09", xlsx.Date},
		{`<c r="A1" t="d"><v>soon</v></c>`, "soon", xlsx.NoDate},
		{`<c r="A1"/>`, "", xlsx.Blank},
		{`<c r="A1"><v/></c>`, "", xlsx.Blank},
		{`<c r="A1" s="99"><v>5</v></c>`, "5", xlsx.Number},
		{`<c r="a1"><v>5</v></c>`, "5", xlsx.Number},
		{`<c r="A"><v>5</v></c>`, "5", xlsx.Number},
		{`<c><v>5<!-- five -->6</v></c>`, "56", xlsx.Number},
		{`<c r="A1"><v>5</v><extLst><ext><v>6</v></ext></extLst></c>`, "5", xlsx.Number},

		// What is not what its type says is still text.
		{`<c r="A1"><v>ada@example.org</v></c>`, "ada@example.org", xlsx.String},
		{`<c r="A1"><v>1,5</v></c>`, "1,5", xlsx.String},
		{`<c r="A1"><v>Infinity</v></c>`, "Infinity", xlsx.String},
		{`<c r="A1"><v>0x1p-2</v></c>`, "0x1p-2", xlsx.String},
		{`<c r="A1" t="b"><v>maybe</v></c>`, "maybe", xlsx.String},
	}
	for _, test := range tests {
		if got := showOne(t, w, test.cell); got.Text != test.want || got.Kind != test.kind {
			t.Errorf("%s shows %q of kind %d, want %q of kind %d", test.cell, got.Text, got.Kind, test.want, test.kind)
		}
	}
}

func TestNumbersThatAreTooLongForASpreadsheet(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"123456789012345": false, "1234567890123456": true, "1.234567890123456E15": true,
		"0001234567890123": false, "-1234567890123456": true, "0.1234567890123456": false,
	} {
		got := showOne(t, workbook{}, `<c r="A1"><v>`+value+`</v></c>`)
		if got.Inexact != want {
			t.Errorf("%s is inexact: %v", value, got.Inexact)
		}
	}
	book, err := read(workbook{sheet: `<row><c><v>1</v></c><c><v>1234567890123456</v></c><c><v>12345678901234567</v></c></row>`}.zip(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(book.Sheets[0].Notes); !strings.Contains(got, "2 numbers") || !strings.Contains(got, "first in B1") {
		t.Errorf("the notes are %s", got)
	}
}
