package xlsx_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher.example/internal/xlsx"
)

// FuzzArchive changes whole files.
func FuzzArchive(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 20<<10 {
			f.Add(data)
		}
	}
	f.Add(plainArchive(f, crowded().files()))
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := read(data)
		if err != nil {
			checkError(t, err)
			return
		}
		book.Choose(hasEmail)
	})
}

// checkError holds an error to what it promises.
func checkError(t testing.TB, err error) {
	t.Helper()
	e, ok := errors.AsType[*xlsx.Error](err)
	switch {
	case !ok:
		t.Fatalf("%v is no *xlsx.Error", err)
	case e.Code != xlsx.CodeDamaged && e.Code != xlsx.CodeTooLarge && e.Code != xlsx.CodeUnsupported:
		t.Fatalf("the code is %s", e.Code)
	case (e.Code == xlsx.CodeUnsupported) == (e.Found == xlsx.Workbook):
		t.Fatalf("the code is %s, found is %d", e.Code, e.Found)
	}
}

// crowded is a workbook with addresses wherever a sheet can have them.
func crowded() workbook {
	return workbook{
		before: `<sheetPr codeName="code@example.org"/><cols><col min="1" max="2"/></cols>`,
		sheet: `<row r="1" spans="1:4"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>` +
			`<row r="2" hidden="1"><c r="A2" t="s"><v>1</v></c><c r="B2" t="inlineStr"><is><r><t>ri</t></r><r><t>ch@example.org</t></r><rPh><t>reading@example.org</t></rPh></is></c></row>` +
			`<row r="3"><c r="A3" t="str"><f>LOWER("formula@example.org")</f><v>value@example.org</v></c><c r="B3"><v>447911123456</v></c><c r="D3" t="e"><v>#REF!</v></c></row>` +
			`<row r="5"><c r="A5"><f>"lost@example.org"</f></c><c r="B5" t="d"><v>1985-04-09</v></c></row>`,
		after: `<autoFilter ref="A1:B3"><filterColumn colId="0"><filters><filter val="filter@example.org"/></filters></filterColumn></autoFilter><mergeCells><mergeCell ref="A2:A3"/></mergeCells>` +
			`<hyperlinks><hyperlink ref="A2" display="link@example.org"/></hyperlinks><headerFooter><oddFooter>foot@example.org</oddFooter></headerFooter>`,
		texts: `<si><t>email</t></si><si><r><t>shared@</t></r><r><t>example.org</t></r></si><si><t>unused@example.org</t></si>`,
	}
}

// FuzzSheet changes the XML of the sheet and of the texts. Each person in it is
// in a cell or in a note, or the workbook is refused.
func FuzzSheet(f *testing.F) {
	for _, w := range []workbook{crowded(), people()} {
		files := w.files()
		f.Add(files[sheetPart], files[textsPart])
	}
	f.Fuzz(func(t *testing.T, sheet, texts string) {
		checkNobodyVanishes(t, sheet, texts)
	})
}

// checkNobodyVanishes reports whether the workbook was read.
func checkNobodyVanishes(t testing.TB, sheet, texts string) bool {
	t.Helper()
	files := people().files()
	files[sheetPart], files[textsPart] = sheet, texts
	book, err := read(plainArchive(t, files))
	if err != nil {
		checkError(t, err)
		return false
	}
	var accounted strings.Builder
	for _, s := range book.Sheets {
		for _, row := range s.Rows {
			for _, cell := range row.Cells {
				accounted.WriteString(cell.Text + "\n")
			}
		}
		for _, n := range s.Notes {
			accounted.WriteString(strings.Join(n.Addresses, "\n") + "\n")
		}
	}
	for _, n := range book.Notes {
		accounted.WriteString(strings.Join(n.Addresses, "\n") + "\n")
	}
	all := strings.ToLower(accounted.String())
	for _, address := range slices.Concat(addressesIn(t, sheet, false), addressesIn(t, texts, true)) {
		if !strings.Contains(all, strings.ToLower(address)) {
			t.Fatalf("%s has vanished from\n%s\nand\n%s", address, sheet, texts)
		}
	}
	return true
}

var addressLike = regexp.MustCompile(`[A-Za-z0-9.]*[A-Za-z0-9]@[A-Za-z0-9]+(\.[A-Za-z0-9]+)+`)

// addressesIn finds the addresses in the XML of a part, read with namespaces; of
// the list of texts only what is shown.
func addressesIn(t testing.TB, part string, textsOnly bool) []string {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(part, "\ufeff")))
	dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var found, path []string
	for {
		token, err := dec.Token()
		if err != nil {
			return found // in UTF-16, or refused by the stricter reader here
		}
		switch e := token.(type) {
		case xml.StartElement:
			path = append(path, e.Name.Local)
			for _, a := range e.Attr {
				if !textsOnly {
					found = append(found, addressLike.FindAllString(a.Value, -1)...)
				}
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if !textsOnly || len(path) > 0 && path[len(path)-1] == "t" && !slices.Contains(path, "rPh") {
				found = append(found, addressLike.FindAllString(string(e), -1)...)
			}
		}
	}
}

// What FuzzSheet does, with a seed: pieces of XML that are lost, repeated or
// swapped, and single bytes.
func TestNobodyVanishes(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	files := crowded().files()
	parts := []string{files[sheetPart], files[textsPart]}
	checkNobodyVanishes(t, parts[0], parts[1])
	const changes = 1500 // enough for each kind on each part; FuzzSheet makes more
	refused := 0
	for range changes {
		changed := slices.Clone(parts)
		i := random.IntN(2)
		changed[i] = mutate(random, changed[i])
		if !checkNobodyVanishes(t, changed[0], changed[1]) {
			refused++
		}
	}
	if refused < changes/10 || refused > changes-changes/10 {
		t.Errorf("%d of %d are refused: the changes are too rough or too gentle", refused, changes)
	}
}

// pieces are tags and what is between them.
var pieces = regexp.MustCompile(`<[^>]*>|[^<]+`)

func mutate(random *rand.Rand, part string) string {
	found := pieces.FindAllString(part, -1)
	i, j := random.IntN(len(found)), random.IntN(len(found))
	switch random.IntN(6) {
	case 0:
		found = slices.Delete(found, i, i+1)
	case 1:
		found = slices.Insert(found, i, found[j])
	case 2:
		found[i], found[j] = found[j], found[i]
	case 3:
		found = slices.Delete(found, i, min(i+4, len(found))) // often a whole element
	case 4:
		found[i] = strings.ReplaceAll(found[i], `"1"`, `"7"`)
	default:
		text := []byte(found[i])
		text[random.IntN(len(text))] = "0129abcst<>&\"/ @"[random.IntN(16)]
		found[i] = string(text)
	}
	return strings.Join(found, "")
}

// FuzzFormat changes a number and its format: no digit of a whole number is lost,
// and a date is one.
func FuzzFormat(f *testing.F) {
	for _, code := range []string{"General", "0", `"+"0`, "[<=9999999]###-####;(###) ###-####", "dd.mm.yyyy hh:mm", "_-* #,##0.00 [$€-407]_-", `@"x"`, ";;;", "[h]:mm", `0;(0);"none"`} {
		f.Add(code, uint64(447911123456))
	}
	f.Add("yyyy-mm-dd;@", uint64(31146))
	f.Fuzz(func(t *testing.T, code string, number uint64) {
		number %= 1e15
		var escaped bytes.Buffer
		if err := xml.EscapeText(&escaped, []byte(code)); err != nil {
			t.Fatal(err)
		}
		digits := strconv.FormatUint(number, 10)
		w := workbook{sheet: `<row><c s="0"><v>` + digits + `</v></c></row>`, parts: map[string]string{
			stylesPart: `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="` + escaped.String() + `"/></numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>`,
		}}
		book, err := read(plainArchive(t, w.files()))
		if err != nil {
			checkError(t, err)
			return
		}
		cell := book.Sheets[0].Rows[0].Cells[0]
		if cell.Kind == xlsx.Date {
			if _, err := time.Parse(time.DateOnly, cell.Text); err != nil {
				t.Fatalf("%s in the format %q is the date %q", digits, code, cell.Text)
			}
			return
		}
		left := digits
		for _, r := range cell.Text {
			if left != "" && string(r) == left[:1] {
				left = left[1:]
			}
		}
		if left != "" {
			t.Fatalf("%s in the format %q shows %q", digits, code, cell.Text)
		}
	})
}
