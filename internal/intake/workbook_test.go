package intake_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

const (
	workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	workbooks    = "../xlsx/testdata"
)

// expectation is what a workbook of package xlsx's testdata gives.
type expectation struct {
	File string
	Rows []struct {
		Email      string
		Groups     []string
		Attributes map[string]string
	}
	Faults   map[string]string // by the row as Excel numbers it: a part of the sentence
	Warnings []string          // parts of sentences
	Refused  *struct{ Code, Says string }
	Phones   bool // there are numbers that no pool takes; to judge them is the domain's
}

func expectations(t testing.TB) []expectation {
	t.Helper()
	text, err := os.ReadFile("testdata/workbooks.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []expectation
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWorkbooksBecomeRows(t *testing.T) {
	t.Parallel()
	for _, want := range expectations(t) {
		t.Run(want.File, func(t *testing.T) {
			t.Parallel()
			body := workbook(t, want.File)
			media := workbookType
			if filepath.Ext(want.File) != ".xlsx" {
				media = "application/octet-stream"
			}
			sub, err := intake.Read(media, body, intake.Limits{})
			if want.Refused != nil {
				e, ok := errors.AsType[*intake.Error](err)
				if !ok || e.Code != want.Refused.Code || !strings.Contains(e.Detail, want.Refused.Says) {
					t.Errorf("error %v, want %s with %q", err, want.Refused.Code, want.Refused.Says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			check(t, sub, want)
		})
	}
}

func check(t *testing.T, sub onboard.Submission, want expectation) {
	t.Helper()
	faults := map[string]string{}
	var people []onboard.Person
	for _, row := range sub.Rows {
		if row.Fault != nil {
			faults[strconv.Itoa(row.Number)] = row.Fault.Detail
			continue
		}
		row.Attributes = wantedOnly(row.Attributes)
		people = append(people, row.Person)
	}
	var wanted []onboard.Person
	for _, row := range want.Rows {
		wanted = append(wanted, onboard.Person{Email: row.Email, Groups: row.Groups, Attributes: wantedOnly(row.Attributes)})
	}
	if diff := cmp.Diff(wanted, people, cmpopts.IgnoreFields(onboard.Person{}, "Cells", "Ref"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want.Faults)), slices.Sorted(maps.Keys(faults)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rows with faults (-want +got):\n%s%v", diff, faults)
	}
	for row, says := range want.Faults {
		if !strings.Contains(faults[row], says) {
			t.Errorf("row %s: %q, want %q", row, faults[row], says)
		}
	}
	for _, says := range want.Warnings {
		if !strings.Contains(warnings(sub), says) {
			t.Errorf("warnings\n%swant %q", warnings(sub), says)
		}
	}
}

// wantedOnly leaves out the attributes that the expectations do not speak of.
func wantedOnly(attributes map[string]string) map[string]string {
	kept := map[string]string{}
	for name, value := range attributes {
		switch name {
		case "name", "given_name", "family_name", "phone_number", "birthdate", "custom:employee_no":
			kept[name] = value
		case "custom:Employee no":
			kept["custom:employee_no"] = value // what the pool has decides; see the domain
		}
	}
	return kept
}

func workbook(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(workbooks, name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// xlsxOf makes a workbook of one sheet out of rows of XML. Style 1 is a date.
func xlsxOf(t interface {
	Helper()
	Fatal(args ...any)
}, rows ...string) []byte {
	t.Helper()
	const head = `<?xml version="1.0"?>`
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const packaged = "http://schemas.openxmlformats.org/package/2006/relationships"
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `"`
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range [][2]string{
		{"_rels/.rels", `<Relationships xmlns="` + packaged + `"><Relationship Id="r1" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + main + `><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packaged + `"><Relationship Id="r1" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="r2" Type="` + office + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet ` + main + `><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", `<worksheet ` + main + `><sheetData>` + strings.Join(rows, "") + `</sheetData></worksheet>`},
	} {
		f, err := w.Create(part[0])
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(head + part[1]))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// row makes a row of texts; a cell that begins with < is XML.
func row(cells ...string) string {
	var b strings.Builder
	b.WriteString("<row>")
	for _, cell := range cells {
		if strings.HasPrefix(cell, "<") {
			b.WriteString(cell)
			continue
		}
		b.WriteString(`<c t="inlineStr"><is><t xml:space="preserve">`)
		xml.EscapeText(&b, []byte(cell))
		b.WriteString(`</t></is></c>`)
	}
	b.WriteString("</row>")
	return b.String()
}

func TestCellsThatHoldNoValue(t *testing.T) {
	t.Parallel()
	number, date := `<c><v>31146</v></c>`, `<c s="1"><v>31146</v></c>`
	noDate, noResult, broken := `<c s="1"><v>-5</v></c>`, `<c><f>A1</f></c>`, `<c t="e"><v>#VALUE!</v></c>`
	for _, tt := range []struct {
		name                  string
		header, cells         []string
		fault, value, warning string
	}{
		{name: "date", header: []string{"email", "birthdate"}, cells: []string{"a@example.org", date}, value: "1985-04-09"},
		{name: "bare number", header: []string{"email", "Geburtsdatum"}, cells: []string{"a@example.org", number}, fault: `attribute_invalid: The cell B2, under "Geburtsdatum", holds a bare number where a date belongs. Give the column a date format`},
		{name: "text of digits", header: []string{"email", "birthdate"}, cells: []string{"a@example.org", "31146"}, value: "31146"},
		{name: "number elsewhere", header: []string{"email", "points"}, cells: []string{"a@example.org", number}, value: "31146"},
		{name: "no date", header: []string{"email", "birthdate"}, cells: []string{"a@example.org", noDate}, fault: "attribute_invalid: The cell B2"},
		{name: "no date in an own column", header: []string{"email", "start"}, cells: []string{"a@example.org", noDate}, warning: "that are no dates were taken as no value: B2"},
		{name: "no result in a name", header: []string{"email", "name"}, cells: []string{"a@example.org", noResult}, warning: "no value: B2. Open the workbook in Excel"},
		{name: "no result in a group", header: []string{"email", "groups"}, cells: []string{"a@example.org", noResult}, fault: "group_invalid: The cell B2"},
		{name: "no result in the address", header: []string{"email", "name"}, cells: []string{noResult, "Ann"}, fault: "email_missing: The cell A2", value: "Ann"},
		{name: "nothing else in the row", header: []string{"email", "name"}, cells: []string{noResult}, fault: "email_missing: The cell A2"},
		{name: "error in a name", header: []string{"email", "name"}, cells: []string{"a@example.org", broken}, warning: "#VALUE! in 1 cell were"},
		{name: "error in the address", header: []string{"email", "name"}, cells: []string{broken, "Ann"}, fault: "email_invalid: The address in A2 is the error #VALUE!", value: "Ann"},
		{name: "missing on purpose", header: []string{"email", "name"}, cells: []string{"a@example.org", "#N/A"}},
		{name: "address missing on purpose", header: []string{"email", "name"}, cells: []string{`<c t="e"><v>#N/A</v></c>`, "Ann"}, fault: "email_missing: The cell A2", value: "Ann"},
		{name: "secret", header: []string{"email", "name", "password"}, cells: []string{"a@example.org", broken, "hunter2"}, warning: `"password"`},
		{name: "protected", header: []string{"email", "name"}, cells: []string{"'-a@example.org", "'=1;'+2"}, value: "=1;+2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, workbookType, string(xlsxOf(t, row(tt.header...), row(tt.cells...))))
			got := sub.Rows[0]
			fault := ""
			if got.Fault != nil {
				fault = string(got.Fault.Code) + ": " + got.Fault.Detail
			}
			value := ""
			for _, v := range got.Attributes {
				value += v
			}
			if !strings.HasPrefix(fault, tt.fault) || tt.fault == "" && fault != "" || value != tt.value {
				t.Errorf("fault %q, value %q; want %q, %q", fault, value, tt.fault, tt.value)
			}
			if !strings.Contains(warnings(sub), tt.warning) || tt.warning == "" && len(sub.Warnings) > 0 {
				t.Errorf("warnings %q, want %q", warnings(sub), tt.warning)
			}
			if strings.Contains(fmt.Sprint(sub), "hunter2") {
				t.Errorf("a password was kept: %+v", sub)
			}
		})
	}
}

// What a row has besides the cell that holds no value is kept: people who correct the
// row add that cell only.
func TestRowWithABadCellKeepsTheOthers(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`<c t="e"><v>#N/A</v></c>`, `<c t="e"><v>#VALUE!</v></c>`, `<c><f>A1</f></c>`} {
		sub := mustRead(t, workbookType, string(xlsxOf(t, row("email", "given_name", "groups"), row(bad, "Ann", "staff"))))
		got := sub.Rows[0]
		if got.Fault == nil && got.Email == "" || got.Attributes["given_name"] != "Ann" || !slices.Equal(got.Groups, []string{"staff"}) {
			t.Errorf("%s: fault %v, attributes %v, groups %v; want Ann and staff", bad, got.Fault, got.Attributes, got.Groups)
		}
	}
}

func TestRowsThatTheOwnerDoesNotSee(t *testing.T) {
	t.Parallel()
	hidden := strings.Replace(row("di@example.org", "Di"), "<row>", `<row hidden="1">`, 1)
	sub := mustRead(t, workbookType, string(xlsxOf(t, row("email", "name"), row("a@example.org", "Ann"), hidden, row("", ""), row("b@example.org", "Bo"))))
	if diff := cmp.Diff([]string{"a@example.org", "b@example.org"}, emails(sub)); diff != "" || sub.Rows[1].Number != 5 {
		t.Errorf("rows (-want +got):\n%s%+v", diff, sub.Rows)
	}
	if got := warnings(sub); !strings.Contains(got, "1 row is hidden by hand, left out (di@example.org): 3. Unhide the rows") {
		t.Errorf("warnings %s", got)
	}
	e := readError(t, workbookType, string(xlsxOf(t, row("email", "name"), hidden)))
	if e.Code != intake.CodeNoRows || !strings.Contains(e.Detail, "1 row hidden: 2.") {
		t.Errorf("all rows hidden: %s: %s", e.Code, e.Detail)
	}
}

func TestHeadersOfWorkbooks(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, workbookType, string(xlsxOf(t, row("Our people"), row("Anschrift", "Rufname"), row("a@example.org", "Ann"))))
	if diff := cmp.Diff([]string{"a@example.org"}, emails(sub)); diff != "" || !strings.Contains(warnings(sub), `from the column "Anschrift"`) {
		t.Errorf("emails (-want +got):\n%s%s", diff, warnings(sub))
	}
	if e := readError(t, workbookType, string(xlsxOf(t, row("Name"), row("Ann")))); e.Code != intake.CodeNoEmailColumn {
		t.Errorf("no addresses: %s: %s", e.Code, e.Detail)
	}
	if e := readError(t, workbookType, string(xlsxOf(t))); e.Code != intake.CodeNoEmailColumn {
		t.Errorf("no cells: %s: %s", e.Code, e.Detail)
	}
}

// FuzzWorkbook reads workbooks whose sheet is any XML, and archives with a byte
// changed: every address in a cell becomes a row, a warning or a refusal, and no
// limit is passed.
func FuzzWorkbook(f *testing.F) {
	for _, seed := range []string{
		row("email", "name") + row("a@example.org", "Ann"), row("x") + row("name", "email") + row("Ann", "b@example.org"), row("email") + `<row hidden="1"><c t="inlineStr"><is><t>c@example.org</t></is></c></row>`,
		row("email", "birthdate") + row("a@example.org", `<c s="1"><v>1</v></c>`), `<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row>`, `<row>`, row("a@example.org", "b@example.org"),
	} {
		f.Add(seed, uint16(0), byte(0))
		f.Add(seed, uint16(300), byte(7))
	}
	f.Fuzz(func(t *testing.T, rows string, at uint16, change byte) {
		body := xlsxOf(t, rows)
		body[int(at)%len(body)] ^= change
		sub, err := intake.Read(workbookType, body, small())
		if err != nil {
			if _, ok := errors.AsType[*intake.Error](err); !ok {
				t.Fatalf("error is no *intake.Error: %v", err)
			}
			return
		}
		checkLimits(t, sub, small())
		said := fmt.Sprint(sub.Rows) + warnings(sub)
		for _, address := range []string{"a@example.org", "b@example.org", "c@example.org"} {
			if change == 0 && strings.Contains(rows, ">"+address+"<") && !strings.Contains(said, address) && !strings.Contains(said, "address") {
				t.Fatalf("%s vanished: %s", address, said)
			}
		}
	})
}

// Ten thousand people with fifteen columns are to take a second of CPU and 64 MB at
// most. It reports the CPU time of the process, collection of garbage included, and
// how far the heap grew.
func BenchmarkReadWorkbook(b *testing.B) {
	rows := []string{row("email", "given_name", "family_name", "phone", "birthdate", "groups", "ref", "c8", "c9", "c10", "c11", "c12", "c13", "c14", "c15")}
	for i := range 10_000 {
		n := strconv.Itoa(i)
		rows = append(rows, row("person"+n+"@example.org", "Given "+n, "Family "+n, "+4915155501001", `<c s="1"><v>31146</v></c>`, "staff;it", n,
			"x"+n, "y"+n, "<c><v>"+n+"</v></c>", "z", "London", "Sales", "none", "n"+n))
	}
	body := xlsxOf(b, rows...)
	rows = nil
	b.ReportAllocs()
	runtime.GC()
	before := cpu(b)
	var peak uint64
	for b.Loop() {
		sub, err := intake.Read(workbookType, body, intake.Limits{})
		if err != nil || len(sub.Rows) != 10_000 {
			b.Fatal(len(sub.Rows), err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapSys-m.HeapReleased)
	}
	b.ReportMetric(float64((cpu(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(peak)/(1<<20), "heap-MB")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
