package intake_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// TestLibreOffice opens exports in LibreOffice, whatever that takes for the
// separator, and looks for formulas. make spreadsheet-test runs it.
func TestLibreOffice(t *testing.T) {
	if os.Getenv("USHER_REQUIRE_LIBREOFFICE") == "" {
		t.Skip("NOT TESTED with LibreOffice: make spreadsheet-test")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cells := []string{"=1+1", "Ann;=1+2;", "Ann,=1+3,", "Ann\t=1+4\t", "Ann\n=1+5", `Ann;"=1+6`, "'=1+7", "+1+8", "-1+9", "@SUM(1)", "＝1+10", ";=1+11", "\"=1+12\"", "a|=1+13"}
	files := []string{write("control", "x,\"Ann;=1+1;\"\r\n=1+2,y\r\n")}
	for name, separator := range map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t'} {
		var results []intake.Result
		for _, cell := range cells {
			results = append(results, intake.Result{Cells: []string{"x", cell, cell}, State: onboard.Failed, Code: onboard.CodeRowInvalid, Reason: cell})
		}
		files = append(files, write(name, exportIn(t, intake.Dialect{Separator: separator, Mark: true}, []string{"email", "note", "=1+14"}, results...)))
	}
	for _, separator := range ",;\t|" {
		opened := opened(t, dir, separator, files)
		for name, text := range opened {
			formulas := strings.Count(text, "table:formula=")
			switch {
			case name == "control" && formulas == 0 && separator != '\t' && separator != '|':
				t.Errorf("separator %q: LibreOffice finds no formula where there is one, so this test shows nothing", separator)
			case name != "control" && formulas > 0:
				t.Errorf("separator %q, export with a %s: %d formulas", separator, name, formulas)
			}
		}
		if name := map[rune]string{',': "comma", ';': "semicolon", '\t': "tab"}[separator]; name != "" {
			for _, want := range []string{">&apos;=1+1<", ">Ann;&apos;=1+2;<", ">failed<", ">＝1+10<"} {
				want = strings.Replace(want, ">＝", ">&apos;＝", 1)
				if got := opened[name]; !strings.Contains(got, want) && !strings.Contains(got, strings.ReplaceAll(want, "&apos;", "'")) {
					t.Errorf("export with a %s: no cell %s", name, want)
				}
			}
		}
	}
}

// opened gives the files as LibreOffice reads them with a separator, by name.
func opened(t *testing.T, dir string, separator rune, files []string) map[string]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out := filepath.Join(dir, fmt.Sprint("read with ", separator))
	// Separator, quote, UTF-8, from the first line; the last word has formulas
	// evaluated (LibreOffice help, "CSV Filter Parameters").
	filter := fmt.Sprintf("Text - txt - csv (StarCalc):%d,34,76,1,,0,false,true,false,false,false,-1,true", separator)
	args := append([]string{"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--convert-to", "fods", "--infilter=" + filter, "--outdir", out}, files...)
	if output, err := exec.CommandContext(ctx, "soffice", args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, output)
	}
	texts := map[string]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		text, err := os.ReadFile(filepath.Join(out, name+".fods"))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	return texts
}
