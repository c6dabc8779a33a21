package intake_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

func TestExportIsSafeInASpreadsheet(t *testing.T) {
	t.Parallel()
	got := export(t, []string{"email", "=name"},
		intake.Result{Cells: []string{"-a@example.org", `say "x"`}, State: onboard.Invited},
		intake.Result{Cells: []string{"+b@example.org", "a;b"}, State: onboard.Failed, Code: onboard.CodeEmailInvalid, Reason: "@x, y"},
		intake.Result{Cells: []string{"\t=1"}, State: onboard.Existing},
		intake.Result{Cells: []string{"'@x", "'tis", "=beyond the header"}, State: onboard.Existing},
		intake.Result{Cells: []string{"＝1+1", "＋49"}, State: onboard.Failed, Code: onboard.CodeEmailInvalid, Reason: "＠x"},
		intake.Result{Cells: []string{"'－1", "1＝1"}, State: onboard.Existing},
	)
	want := "email,'=name,state,code,reason\r\n" +
		"'-a@example.org,\"say \"\"x\"\"\",invited,,\r\n" +
		"'+b@example.org,\"a;b\",failed,email_invalid,\"'@x, y\"\r\n" +
		"\"'\t'=1\",,existing,,\r\n" +
		"''@x,'tis,existing,,,'=beyond the header\r\n" +
		"'＝1+1,'＋49,failed,email_invalid,'＠x\r\n" +
		"''－1,1＝1,existing,,\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("export (-want +got):\n%s", diff)
	}
}

// What protects a cell comes off where the cell is read, in a header as in a row,
// and nothing else does.
func TestProtectedCellsComeBack(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "'=", "'＝", "''＠", "'", "'’", "＂", "é"} {
		cell, name := first+"1+1", first+"name"
		written := export(t, []string{"email", name}, intake.Result{Cells: []string{"a@example.org", cell}, State: onboard.Invited})
		sub := mustRead(t, csvType, written)
		if sub.Columns[1] != name || sub.Rows[0].Cells[1] != cell {
			t.Errorf("column %q, cell %q came back as %q, %q from %q", name, cell, sub.Columns[1], sub.Rows[0].Cells[1], written)
		}
	}
}

// Whatever the cells are, every dialect gives them back exactly, and none has a
// formula for a spreadsheet, whatever that takes for the separator.
func TestEveryCellComesBackInEveryDialect(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"=", "+", "-", "@", "'", `"`, ",", ";", "\t", "|", "\n", "\r\n", "\r", "＝", "＋", "1+1", "a", " ", "é", "Ann"})
	cell := rapid.Map(rapid.SliceOfN(piece, 0, 8), func(pieces []string) string { return strings.Join(pieces, "") })
	rapid.Check(t, func(t *rapid.T) {
		cells := []string{"a@example.org", cell.Draw(t, "first"), cell.Draw(t, "second")}
		name := "x" + cell.Draw(t, "name") + "x"
		d := intake.Dialect{Separator: rapid.SampledFrom([]byte(",;\t")).Draw(t, "separator"), Mark: rapid.Bool().Draw(t, "mark")}
		written := exportIn(t, d, []string{"email", "ref", name},
			intake.Result{Cells: cells, State: onboard.Failed, Code: onboard.CodeRowInvalid, Reason: cell.Draw(t, "reason")})
		checkFormulas(t, written, rune(d.Separator))

		sub, err := intake.Read(csvType, []byte(written), intake.Limits{})
		if err != nil {
			t.Fatalf("%v\n%q", err, written)
		}
		if diff := cmp.Diff(cells, sub.Rows[0].Cells); diff != "" || sub.Rows[0].Fault != nil {
			t.Fatalf("fault %v, cells (-want +got):\n%s%q", sub.Rows[0].Fault, diff, written)
		}
	})
}

func TestFailuresAreReadBackInTheCallersColumns(t *testing.T) {
	t.Parallel()
	first := mustRead(t, csvType, "Mail;Dept;Groups\n-a@example.org;'=x;it|hr\n+b@example.org;\"y;\nz\";\n")
	var results []intake.Result
	for _, row := range first.Rows {
		results = append(results, intake.Result{Cells: row.Cells, State: onboard.Failed, Code: onboard.CodeRefusedByPool, Reason: "no, never"})
	}
	again := mustRead(t, csvType, exportIn(t, intake.Dialect{Separator: ';', Mark: true}, first.Columns, results...))

	for i := range first.Rows { // the row with a line break moves the lines below it
		again.Rows[i].Number = first.Rows[i].Number
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("submission read back (-first +again):\n%s", diff)
	}
}

// A row with more cells than the header keeps them all, however often it comes
// back uncorrected, and is never taken for a sound one.
func TestRowsOutOfStepLoseNothing(t *testing.T) {
	t.Parallel()
	const whole = "b@example.org,Lee,=Bob,it,\"x,\ny\""
	body := "email,name,groups\n" + whole + "\n"
	for round := range 3 {
		sub := mustRead(t, csvType, body)
		row := sub.Rows[0]
		if row.Fault == nil || row.Fault.Code != onboard.CodeRowInvalid {
			t.Fatalf("round %d: fault %v from %q, want row_invalid", round, row.Fault, body)
		}
		if diff := cmp.Diff([]string{"b@example.org", "Lee", "=Bob", "it", "x,\ny"}, row.Cells); diff != "" {
			t.Fatalf("round %d: cells (-want +got):\n%s", round, diff)
		}
		body = export(t, sub.Columns, intake.Result{Cells: row.Cells, State: onboard.Failed, Code: row.Fault.Code, Reason: row.Fault.Detail})
	}

	corrected := "email,name,groups,state,code,reason\nb@example.org,\"Lee, Bob\",it,failed,row_invalid,why\n"
	if row := mustRead(t, csvType, corrected).Rows[0]; row.Fault != nil || !cmp.Equal(row.Cells, []string{"b@example.org", "Lee, Bob", "it"}) {
		t.Errorf("the corrected row has cells %q, fault %v", row.Cells, row.Fault)
	}
}

// A separator typed into a file that has outcomes pushes the caller's cells into
// their columns.
func TestCellsPushedIntoTheOutcomeAreKept(t *testing.T) {
	t.Parallel()
	row := mustRead(t, csvType, "email,name,groups,state,code,reason\nb@example.org,Lee, Bob,it,failed,email_invalid,why\n").Rows[0]
	if diff := cmp.Diff([]string{"b@example.org", "Lee", " Bob", "it", "failed", "email_invalid", "why"}, row.Cells); diff != "" || row.Fault == nil {
		t.Errorf("fault %v, cells (-want +got):\n%s", row.Fault, diff)
	}
}

func TestExportGivesTheWritersError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken pipe")
	e := intake.NewExport(failingWriter{broken}, []string{"email"}, intake.Dialect{})
	if err := e.Flush(); !errors.Is(err, broken) {
		t.Errorf("Flush = %v, want %v", err, broken)
	}
	if err := e.Write(intake.Result{}); !errors.Is(err, broken) {
		t.Errorf("Write = %v, want %v", err, broken)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func export(t *testing.T, columns []string, results ...intake.Result) string {
	t.Helper()
	return exportIn(t, intake.Dialect{}, columns, results...)
}

func exportIn(t interface {
	Helper()
	Fatal(...any)
}, d intake.Dialect, columns []string, results ...intake.Result) string {
	t.Helper()
	var b strings.Builder
	e := intake.NewExport(&b, columns, d)
	for _, r := range results {
		if err := e.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
