package xlsx_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usher.example/internal/xlsx"
)

// testdata/expect.txt says what each workbook beside it gives: the sheet and the
// row of its header, the names, a line for each row, and the notes; or the code
// of the error and its sentence. Between its cells is a vertical bar; what is no
// text has its kind in brackets.
func TestWorkbooksAsProgramsWriteThem(t *testing.T) {
	t.Parallel()
	want := expectations(t)
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		if name == "expect.txt" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(t, data); got != want[name] {
				t.Errorf("got\n== %s\n%s\nwant\n%s", name, got, want[name])
			}
		})
		if _, ok := want[name]; !ok {
			t.Errorf("expect.txt does not say what %s gives", name)
		}
	}
	if len(want) < len(files)-1 {
		t.Errorf("%d expectations for %d files", len(want), len(files)-1)
	}
}

func expectations(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("testdata/expect.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for section := range strings.SplitSeq("\n"+string(text), "\n== ") {
		name, content, _ := strings.Cut(section, "\n")
		if name != "" {
			want[name] = strings.TrimRight(content, "\n") + "\n"
		}
	}
	return want
}

// hasEmail is a predicate as intake has it: some name is that of the address.
func hasEmail(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		return slices.Contains([]string{"email", "e-mail"}, strings.ToLower(strings.TrimSpace(cell)))
	})
}

var (
	kindNames = map[xlsx.Kind]string{
		xlsx.Number: "number", xlsx.Picture: "picture", xlsx.Date: "date", xlsx.Boolean: "boolean",
		xlsx.Invalid: "error", xlsx.NoResult: "no result", xlsx.NoDate: "no date",
	}
	hidingNames = map[xlsx.Hiding]string{xlsx.HiddenByHand: " hidden", xlsx.Filtered: " filtered"}
)

func shown(t testing.TB, data []byte) string {
	t.Helper()
	book, err := read(data)
	if err != nil {
		e, ok := errors.AsType[*xlsx.Error](err)
		if !ok {
			t.Fatalf("%v is no *xlsx.Error", err)
		}
		return fmt.Sprintf("%s: %s\n", e.Code, e.Detail)
	}
	choice, ok := book.Choose(hasEmail)
	var out strings.Builder
	if ok {
		fmt.Fprintf(&out, "%s, %d: %s\n", choice.Sheet.Name, choice.Header, strings.Join(choice.Columns, " | "))
	} else {
		out.WriteString("no sheet with an e-mail column\n")
	}
	for _, row := range choice.Rows {
		out.WriteString(shownRow(row, len(choice.Columns)))
	}
	for _, n := range choice.Notes {
		fmt.Fprintf(&out, "note: %s", n)
		if len(n.Addresses) > 0 {
			fmt.Fprintf(&out, " [%s]", strings.Join(n.Addresses, " "))
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func shownRow(row xlsx.Row, width int) string {
	totals := ""
	if row.Totals {
		totals = " totals"
	}
	texts := row.Texts(width)
	for i, text := range texts {
		text = strings.ReplaceAll(text, "\n", `\n`)
		if kind := kindNames[row.Cell(i).Kind]; kind != "" {
			text = strings.TrimPrefix(text+" ("+kind+")", " ")
		}
		texts[i] = text
	}
	return fmt.Sprintf("%d%s%s: %s\n", row.Number, hidingNames[row.Hiding], totals, strings.Join(texts, " | "))
}
