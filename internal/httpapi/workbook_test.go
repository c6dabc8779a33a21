package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// A dry run of every workbook shows who would be invited, which rows cannot be, and
// what is not read.
func TestWorkbooksInADryRun(t *testing.T) {
	t.Parallel()
	var all []struct {
		File     string
		Rows     []struct{ Email string }
		Faults   map[string]string
		Warnings []string
		Refused  *struct{ Code, Says string }
		Phones   bool
	}
	text, err := os.ReadFile("../intake/testdata/workbooks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	pool := goodPool()
	pool.Groups = append(pool.Groups, "students")
	for _, name := range []string{"name", "family_name", "phone_number", "birthdate", "custom:employee_no", "custom:department"} {
		pool.Attributes = append(pool.Attributes, onboard.AttributeSetting{Name: name, Mutable: true})
	}
	b := setup(t, func(cfg *httpapi.Config) { cfg.Inspector = &inspector{settings: pool} })
	for _, want := range all {
		body, err := os.ReadFile(filepath.Join("../xlsx/testdata", want.File))
		if err != nil {
			t.Fatal(err)
		}
		media := workbookType
		if filepath.Ext(want.File) != ".xlsx" {
			media = "application/octet-stream"
		}
		c := post("/requests?dry_run=true", media, string(body))
		if want.Refused != nil {
			status := map[string]int{"damaged_workbook": 400, "workbook_too_large": 413, "type_unsupported": 415}[want.Refused.Code]
			if got := b.want(status, c); got["code"] != want.Refused.Code || !strings.Contains(got["detail"].(string), want.Refused.Says) {
				t.Errorf("%s: %v: %v", want.File, got["code"], got["detail"])
			}
			continue
		}
		got := b.want(200, c)
		var wanted, invited []string
		for _, row := range want.Rows {
			wanted = append(wanted, row.Email)
		}
		failed := map[string]string{}
		for _, v := range got["invitations"].([]any) {
			inv := v.(map[string]any)
			if inv["state"] == "pending" || want.Phones {
				invited = append(invited, inv["email"].(string))
			} else {
				failed[strconv.Itoa(int(inv["row"].(float64)))] = inv["reason"].(string)
			}
		}
		if diff := cmp.Diff(wanted, invited, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: who would be invited (-want +got):\n%s", want.File, diff)
		}
		if !slices.Equal(slices.Sorted(maps.Keys(want.Faults)), slices.Sorted(maps.Keys(failed))) {
			t.Errorf("%s: rows that fail: %v, want %v", want.File, failed, want.Faults)
		}
		for row, says := range want.Faults {
			if !strings.Contains(failed[row], says) {
				t.Errorf("%s, row %s: %q, want %q", want.File, row, failed[row], says)
			}
		}
		for _, says := range want.Warnings {
			if warned := fmt.Sprint(got["warnings"]); !strings.Contains(warned, says) {
				t.Errorf("%s: warnings %s, want %q", want.File, warned, says)
			}
		}
	}
	if strings.Contains(b.log.String(), "@") {
		t.Errorf("an address is in the log %s", b.log)
	}
}
