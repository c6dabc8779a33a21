package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/intake"
)

// TestPasswordsAreKeptNowhere sends a canary as a password in every way, rows
// out of step included, and looks for it in all that Read gives.
func TestPasswordsAreKeptNowhere(t *testing.T) {
	t.Parallel()
	const canary = "hunter2@canary"
	for _, tt := range []struct{ contentType, body string }{
		{csvType, "email,password\na@example.org,%s\n"},
		{csvType, "email,custom:password,name\na@example.org,%s,Ann\n"},
		{csvType, "email,password,name\n%s,Ann\n"},
		{csvType, "email,name,password\na@example.org,Lee, Ann,%s\n"},
		{csvType, "password,email\n%s\"x\",a@example.org\n"},
		{csvType, "password,email\n\"%s,a@example.org\n"},
		{jsonType, `[{"email":"a@example.org","password":"%s"}]`},
		{jsonType, `[{"email":"a@example.org","attributes":{"temporary_password":"%s"}}]`},
		{jsonType, `[{"email":"a@example.org","temporaryPassword":{"x":["%s"]}}]`},
	} {
		sub, err := intake.Read(tt.contentType, fmt.Appendf(nil, tt.body, canary), intake.Limits{})
		all := fmt.Sprintf("%+v %v", sub, err)
		for _, row := range sub.Rows {
			all += fmt.Sprintf("%+v %+v", row, row.Fault)
		}
		if strings.Contains(all, "hunter2") {
			t.Errorf("a password is kept from %s: %s", tt.body, all)
		}
	}
}

// TestErrorsQuoteNoValue sends a canary in places where bodies go wrong.
func TestErrorsQuoteNoValue(t *testing.T) {
	t.Parallel()
	const canary = "canary@example.org"
	for _, tt := range []struct{ contentType, body string }{
		{csvType, canary + ",Ann\n"},
		{csvType, "Ann," + canary + ",Lee\nx,y,z\n"},
		{csvType, "email," + canary + "," + canary + "\n"},
		{jsonType, `{"` + canary + `":{}}`},
		{jsonType, `[{"` + canary + `":{}}]`},
		{jsonType, `[{"email":"` + canary + `" "x"}]`},
		{jsonType, `[{"app_metadata":{"` + canary + `":{"x":}}}]`},
		{jsonType, `[{"app_metadata":{"` + canary + `":1,"` + canary + `":2}}]`},
		{jsonType, `[["` + canary + `"]]`},
		{"application/x-www-form-urlencoded", canary + "=1"},
		{"text/csv; charset=" + canary, "é"},
	} {
		_, err := intake.Read(tt.contentType, []byte(tt.body), intake.Limits{})
		e, ok := errors.AsType[*intake.Error](err)
		if !ok {
			t.Errorf("Read(%s, %s) = %v, want an error", tt.contentType, tt.body, err)
			continue
		}
		if strings.Contains(e.Detail+e.Pointer, "canary") {
			t.Errorf("the error of %s gives the address away: %s %s", tt.body, e.Detail, e.Pointer)
		}
	}
}
