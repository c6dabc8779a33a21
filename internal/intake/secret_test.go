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
		{contentType: csvType, body: "email,password\na@example.org,%s\n"},
		{contentType: csvType, body: "email,custom:password,name\na@example.org,%s,Ann\n"},
		{contentType: csvType, body: "email,password,name\n%s,Ann\n"},
		{contentType: csvType, body: "email,name,password\na@example.org,Lee, Ann,%s\n"},
		{contentType: csvType, body: "password,email\n%s\"x\",a@example.org\n"},
		{contentType: csvType, body: "password,email\n\"%s,a@example.org\n"},
		{contentType: jsonType, body: `[{"email":"a@example.org","password":"%s"}]`},
		{contentType: jsonType, body: `[{"email":"a@example.org","attributes":{"temporary_password":"%s"}}]`},
		{contentType: jsonType, body: `[{"email":"a@example.org","temporaryPassword":{"x":["%s"]}}]`},
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
		{contentType: csvType, body: canary + ",Ann\n"},
		{contentType: csvType, body: "Ann," + canary + ",Lee\nx,y,z\n"},
		{contentType: csvType, body: "email," + canary + "," + canary + "\n"},
		{contentType: jsonType, body: `{"` + canary + `":{}}`},
		{contentType: jsonType, body: `[{"` + canary + `":{}}]`},
		{contentType: jsonType, body: `[{"email":"` + canary + `" "x"}]`},
		{contentType: jsonType, body: `[{"app_metadata":{"` + canary + `":{"x":}}}]`},
		{contentType: jsonType, body: `[{"app_metadata":{"` + canary + `":1,"` + canary + `":2}}]`},
		{contentType: jsonType, body: `[["` + canary + `"]]`},
		{contentType: "application/x-www-form-urlencoded", body: canary + "=1"},
		{contentType: "text/csv; charset=" + canary, body: "é"},
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
