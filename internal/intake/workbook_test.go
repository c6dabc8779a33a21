package intake_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

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
