package xlsx_test

import (
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/xlsx"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("each case unpacks up to 64 MB")
	}
	cells := func(row, cells int) string {
		return fmt.Sprintf(`<row r="%d">`, row) + strings.Repeat(`<c/>`, cells) + `</row>`
	}
	var elements strings.Builder
	for row := range 2_000_000/10_000 + 1 {
		elements.WriteString(cells(row+1, 9_999))
	}
	exact := elements.String()[:elements.Len()-len(cells(201, 9_999))]
	text := strings.Repeat("x", 32_000)
	tests := []struct {
		name string
		workbook
		code string
	}{
		{"500,000 strings", workbook{texts: strings.Repeat("<si/>", 500_000)}, ""},
		{"500,001 strings", workbook{texts: strings.Repeat("<si/>", 500_001)}, xlsx.CodeTooLarge},
		{"2,000,000 elements", workbook{sheet: exact}, ""},
		{"2,010,000 elements", workbook{sheet: elements.String()}, xlsx.CodeTooLarge},
		{"33 MB of shared text", workbook{texts: strings.Repeat("<si><t>"+text+"</t></si>", 33<<20/32_000)}, xlsx.CodeTooLarge},
		{"one text shown by many cells", workbook{
			texts: "<si><t>" + text + "</t></si>",
			sheet: "<row>" + strings.Repeat(`<c t="s"><v>0</v></c>`, 33<<20/32_000) + "</row>",
		}, xlsx.CodeTooLarge},
		{"a text of 900 kB", workbook{texts: "<si><t>" + strings.Repeat("x", 900_000) + "</t></si>"}, ""},
		{"a text of 1.1 MB", workbook{texts: "<si><t>" + strings.Repeat("x", 1_100_000) + "</t></si>"}, xlsx.CodeTooLarge},
		{"a cell in pieces", workbook{sheet: "<row><c><v>" + strings.Repeat("12345678901234567890<!---->", 55_000) + "</v></c></row>"}, xlsx.CodeTooLarge},
		{"a comment of 1.1 MB", workbook{texts: "<!--" + strings.Repeat("<", 1_100_000) + "-->"}, xlsx.CodeTooLarge},
		{"a tag of 1.1 MB", workbook{texts: "<si" + strings.Repeat(` a=""`, 220_000) + "/>"}, xlsx.CodeTooLarge},
		{"70 MB", workbook{after: strings.Repeat("<!-- "+text+" -->", 70<<20/32_000)}, xlsx.CodeTooLarge},
		{"70,000 formats", workbook{parts: map[string]string{stylesPart: "<styleSheet><cellXfs>" + strings.Repeat("<xf/>", 70_000) + "</cellXfs></styleSheet>"}}, xlsx.CodeTooLarge},
		{"70,000 relationships", workbook{parts: map[string]string{"_rels/.rels": "<Relationships>" + strings.Repeat("<Relationship/>", 70_000) + "</Relationships>"}}, xlsx.CodeTooLarge},
		{"a row of 16,385 cells", workbook{sheet: cells(1, 16_385)}, xlsx.CodeDamaged},
		{"a row after the last", workbook{sheet: cells(1_048_576, 1) + "<row/>"}, xlsx.CodeDamaged},
	}
	for _, test := range tests {
		_, err := read(test.zip(t))
		if codeOf(t, err) != test.code {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestManyParts(t *testing.T) {
	t.Parallel()
	w := people()
	w.parts = map[string]string{}
	for i := range 10_001 {
		w.parts[fmt.Sprintf("xl/media/%d.png", i)] = "x"
	}
	if _, err := read(w.zip(t)); codeOf(t, err) != xlsx.CodeTooLarge {
		t.Errorf("got %v", err)
	}
}
