package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

func TestJSONRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       []onboard.Row
	}{
		{"string", `"a@example.org"`, []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org"}}}},
		{"one user", ` { "email" : " a@example.org " } `, []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org"}}}},
		{"every field", `[{"email":"a@example.org","groups":["staff"," staff ","","it"],"attributes":{"given_name":"Ann","tenant":"t1","custom:Plan":"x"},"ref":" 7 "}]`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Groups: []string{"staff", "it"}, Ref: " 7 ",
				Attributes: attrs{"given_name": "Ann", "custom:tenant": "t1", "custom:Plan": "x"}}}}},
		{"null is absent", `[{"email":null,"groups":null,"attributes":null,"ref":null},{"email":"a@example.org","attributes":{"name":null,"nickname":""}}]`,
			[]onboard.Row{{Number: 1}, {Number: 2, Person: onboard.Person{Email: "a@example.org"}}}},
		{"values as text", `[{"email":"a@example.org","ref":-12.50,"groups":"a;b","attributes":{"n":1.0e3,"yes":true,"no":false}}]`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Ref: "-12.50", Groups: []string{"a;b"},
				Attributes: attrs{"custom:n": "1.0e3", "custom:yes": "true", "custom:no": "false"}}}}},
		{"names as usual", `[{"email":"a@example.org","attributes":{"firstName":"Ann","Last Name":"Lee","CUSTOM:x":"y","phone":"+1"}}]`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org",
				Attributes: attrs{"given_name": "Ann", "family_name": "Lee", "custom:x": "y", "phone_number": "+1"}}}}},
		{"escapes", `["\u0061\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx@example.org"]`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "a\"\\/\b\f\n\r\té😀\ufffdx@example.org"}}}},
		{"an address is left as sent", `["Ann <A@Example.ORG>"]`, []onboard.Row{{Number: 1, Person: onboard.Person{Email: "Ann <A@Example.ORG>"}}}},
		{"scim", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann","externalId":"42",
			"name":{"givenName":"Ann","familyName":"Lee","formatted":"Ann Lee"},"displayName":"Annie","nickName":"An","timezone":"Asia/Tokyo",
			"emails":[{"value":"home@example.org","type":"home"},{"value":"work@example.org","type":"work","primary":true}],
			"phoneNumbers":[{"value":"+81312345678"}],"groups":[{"value":"e9e30dba","display":"Tour Guides","$ref":"../Groups/e9e30dba"},{"value":"it"}]}`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "work@example.org", Ref: "42", Groups: []string{"Tour Guides", "it"},
				Attributes: attrs{"given_name": "Ann", "family_name": "Lee", "name": "Ann Lee", "nickname": "An", "zoneinfo": "Asia/Tokyo", "phone_number": "+81312345678"}}}}},
		{"scim by user name", `{"userName":"ann@example.org","displayName":"Ann"}`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "ann@example.org", Attributes: attrs{"name": "Ann"}}}}},
		{"auth0", `[{"user_id":"auth0|1","email":"a@example.org","email_verified":true,"name":"Ann Lee","given_name":"Ann","family_name":"Lee","nickname":"ann",
			"picture":"https://example.org/a.png","user_metadata":{"a":{"b":[1]}},"app_metadata":{},"identities":[{"provider":"auth0"}],"updated_at":"2026-01-01T00:00:00Z"}]`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Ref: "auth0|1",
				Attributes: attrs{"name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "nickname": "ann", "picture": "https://example.org/a.png"}}}}},
		{"our own ref goes first", `[{"email":"a@example.org","user_id":"u","ref":"r","externalId":"x"}]`,
			[]onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Ref: "r"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, mustRead(t, jsonType, tt.body).Rows, cmpopts.IgnoreFields(onboard.Row{}, "Pointer")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLabelStandsAnywhere(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"label":" Spring ","users":["a@example.org"]}`,
		`{"users":["a@example.org"],"label":"Spring"}`,
		`{"email":"a@example.org","label":"Spring"}`,
		`{"label":"Spring","email":"a@example.org"}`,
	} {
		if sub := mustRead(t, jsonType, body); sub.Label != "Spring" || len(sub.Rows) != 1 {
			t.Errorf("Read(%s): label %q and %d rows, want Spring and 1", body, sub.Label, len(sub.Rows))
		}
	}
}

func TestOneBadUserIsOneBadRow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		user   string
		code   onboard.Code
		detail string
	}{
		{`5`, onboard.CodeRowInvalid, "not a number"},
		{`null`, onboard.CodeRowInvalid, "not null"},
		{`{"email":5}`, onboard.CodeRowInvalid, `"email" must be a string, not a number`},
		{`{"email":{"value":"a"}}`, onboard.CodeRowInvalid, "not an object"},
		{`{"emails":"a@example.org"}`, onboard.CodeRowInvalid, `"emails" must be an array`},
		{`{"groups":true}`, onboard.CodeRowInvalid, `"groups" must be an array of strings, not a boolean`},
		{`{"groups":["a",5]}`, onboard.CodeRowInvalid, `A value in "groups" must be a string, not a number`},
		{`{"ref":[]}`, onboard.CodeRowInvalid, `"ref" must be a string, not an array`},
		{`{"attributes":[]}`, onboard.CodeRowInvalid, `"attributes" must be an object`},
		{`{"attributes":{"tenant":{"id":1}}}`, onboard.CodeAttributeInvalid, `The attribute "tenant" must be`},
		{`{"attributes":{"email":"b@example.org"}}`, onboard.CodeAttributeInvalid, "Move it to"},
		{`{"attributes":{"":"x"}}`, onboard.CodeAttributeInvalid, "name of an attribute"},
		{`{"attributes":{"a":"\u0000"}}`, onboard.CodeAttributeInvalid, "control character"},
		{`{"groups":["a\u001bb"]}`, onboard.CodeGroupInvalid, "control character"},
		{`{"ref":"a\u0007"}`, onboard.CodeRowInvalid, "control character"},
		{`"a\uffff@example.org"`, onboard.CodeEmailInvalid, "U+FFFF"},
	} {
		t.Run(tt.user, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, jsonType, `{"users":["a@example.org",`+tt.user+`,"c@example.org"]}`)
			if len(sub.Rows) != 3 || sub.Rows[0].Fault != nil || sub.Rows[2].Fault != nil || sub.Rows[2].Number != 3 {
				t.Fatalf("rows = %+v, want three with a fault in the second", sub.Rows)
			}
			f := sub.Rows[1].Fault
			if f == nil || f.Code != tt.code || !strings.Contains(f.Detail, tt.detail) {
				t.Errorf("fault = %+v, want %s with %q", f, tt.code, tt.detail)
			}
		})
	}
}

func TestRowAtFaultKeepsAddressAndRef(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, jsonType, `[{"groups":1,"ref":"r7","email":"a@example.org","attributes":{"name":"Ann"}}]`)
	row := sub.Rows[0]
	if row.Email != "a@example.org" || row.Ref != "r7" || row.Groups != nil || row.Attributes != nil {
		t.Errorf("row = %+v, want its address and ref alone", row)
	}
}

func TestJSONRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 40)
	for _, tt := range []struct {
		name, body    string
		code, pointer string
		detail        string
	}{
		{"cut off", `{"users":["a@example.org"`, intake.CodeJSONSyntax, "/users", "cut off"},
		{"open string", "[\n \"a@example.org", intake.CodeJSONSyntax, "/0", "Line 2, column 2: A string begins here"},
		{"comma at the end", `["a@example.org",]`, intake.CodeJSONSyntax, "", "Line 1, column 17: A comma is not expected here"},
		{"comma in object", `{"email":"a@example.org",}`, intake.CodeJSONSyntax, "", "A comma is not expected here"},
		{"single quotes", `{'email':1}`, intake.CodeJSONSyntax, "", "double quotes"},
		{"no colon", `{"email" "a"}`, intake.CodeJSONSyntax, "/email", "a colon"},
		{"line break in string", "[\"a\nb\"]", intake.CodeJSONSyntax, "/0", "line break is inside a string"},
		{"escape", `["\x"]`, intake.CodeJSONSyntax, "/0", "backslash"},
		{"hex", `["\u00g0"]`, intake.CodeJSONSyntax, "/0", "backslash"},
		{"number", `[{"ref":01}]`, intake.CodeJSONSyntax, "/0", "a comma or the end of the object is expected"},
		{"no comma", `["a@example.org" "b@example.org"]`, intake.CodeJSONSyntax, "", "Line 1, column 18: The JSON is broken: a comma or the end of the array is expected here."},
		{"only a comma", `{"users":[,"a@example.org"]}`, intake.CodeJSONSyntax, "/users", "A comma is not expected here"},
		{"cut off after a colon", `{"users":`, intake.CodeJSONSyntax, "/users", "ends where a value should follow"},
		{"cut off after a comma", `{"label":"x", `, intake.CodeJSONSyntax, "", "ends where a key in double quotes should follow"},
		{"other bracket", `{"users":["a@example.org"}}`, intake.CodeJSONSyntax, "/users", "a comma or the end of the array"},
		{"number as a key", `{1:2}`, intake.CodeJSONSyntax, "", "a key in double quotes"},
		{"word", `[nul]`, intake.CodeJSONSyntax, "/0", "a value"},
		{"trailing data", `["a@example.org"] x`, intake.CodeTrailingData, "", "after the end"},
		{"two documents", "{\"email\":\"a@example.org\"}\n{\"email\":\"b@example.org\"}", intake.CodeTrailingData, "", "application/x-ndjson"},
		{"unknown at the top", `{"users":[],"lable":"x"}`, intake.CodeUnknownField, "/lable", `"lable"`},
		{"nearly users", `{"user":["a@example.org"]}`, intake.CodeUnknownField, "/user", `write it "users"`},
		{"user beside users", `{"users":["a@example.org"],"email":"b@example.org"}`, intake.CodeUnknownField, "/email", `"email"`},
		{"users beside user", `{"email":"b@example.org","users":["a@example.org"]}`, intake.CodeUnknownField, "/users", `"users"`},
		{"unknown in a user", `{"users":[{"email":"a@example.org"},{"email":"b@example.org","department":"x"}]}`, intake.CodeUnknownField, "/users/1/department", `goes under "attributes"`},
		{"other case", `[{"Email":"a@example.org"}]`, intake.CodeUnknownField, "/0/Email", `write it "email"`},
		{"other case at the top", `{"Email":"a@example.org"}`, intake.CodeUnknownField, "/Email", `write it "email"`},
		{"key twice", `[{"email":"a@example.org","email":"b@example.org"}]`, intake.CodeDuplicateKey, "/0/email", "appears twice"},
		{"key twice by escape", `[{"email":"a@example.org","\u0065mail":"b@example.org"}]`, intake.CodeDuplicateKey, "/0/email", "appears twice"},
		{"key twice but for case", `[{"email":"a@example.org","EMAIL":"b@example.org"}]`, intake.CodeDuplicateKey, "/0/EMAIL", "only in case"},
		{"attribute twice but for case", `[{"attributes":{"Tenant":"a","tenant":"b"}}]`, intake.CodeDuplicateKey, "/0/attributes/tenant", "only in case"},
		{"attribute under two names", `[{"attributes":{"given_name":"a","firstName":"b"}}]`, intake.CodeDuplicateKey, "/0/attributes/firstName", `"firstName"`},
		{"attribute in two places", `[{"given_name":"a","attributes":{"given_name":"b"}}]`, intake.CodeDuplicateKey, "/0/attributes/given_name", "given twice"},
		{"key twice in what is not used", `[{"app_metadata":{"a":[{"b":1,"b":2}]}}]`, intake.CodeDuplicateKey, "/0/app_metadata/a/0/b", "appears twice"},
		{"users not an array", `{"users":{"email":"a@example.org"}}`, intake.CodeWrongNesting, "/users", "not an object"},
		{"array in an array", `[["a@example.org"]]`, intake.CodeWrongNesting, "/0", "not an array"},
		{"a number", `42`, intake.CodeWrongNesting, "", "array of users"},
		{"label", `{"users":["a@example.org"],"label":5}`, intake.CodeLabelInvalid, "/label", "not a number"},
		{"label with a line break", `{"label":"a\nb","users":["a@example.org"]}`, intake.CodeLabelInvalid, "/label", "line break"},
		{"nothing in the object", `{}`, intake.CodeNoRows, "", `"users"`},
		{"too deep", `[{"app_metadata":` + deep + `1` + strings.Repeat("}", 40) + `}]`, intake.CodeJSONDepth, "/0/app_metadata" + strings.Repeat("/a", 29) + "/a", "32"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := readError(t, jsonType, tt.body)
			if e.Kind != intake.Malformed || e.Code != tt.code || e.Pointer != tt.pointer || !strings.Contains(e.Detail, tt.detail) {
				t.Errorf("got %s at %q: %q; want %s at %q with %q", e.Code, e.Pointer, e.Detail, tt.code, tt.pointer, tt.detail)
			}
		})
	}
}

func TestJSONFaultIsPointedAt(t *testing.T) {
	t.Parallel()
	for text, column := range map[string]int{
		`{"é":1 "b":2}`:     8,
		`{"a":"x\y"}`:       8,
		"{\"a\":\"x\ty\"}":  8,
		`{"a":"never ends}`: 6,
		`{"a":tru}`:         9,
		`{"a":[1,2`:         10,
		`{"a":1,}`:          7,
		`{"a":1.}`:          8,
		`{"a":1}}`:          9, // the first ends the user
		`{"a" :,"b":1}`:     7,
	} {
		e := readError(t, jsonType, `[{"email":"a@example.org","app_metadata":`+"\n"+text+"}]")
		if want := fmt.Sprintf("Line 2, column %d: ", column); !strings.HasPrefix(e.Detail, want) || e.Code != intake.CodeJSONSyntax {
			t.Errorf("%s: %s %q, want it to begin with %q", text, e.Code, e.Detail, want)
		}
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", `{"a":`} {
		e := readError(t, jsonType, `{"app_metadata":`+strings.Repeat(open, 900_000))
		if e.Code != intake.CodeJSONDepth {
			t.Errorf("%s: %s %q", open, e.Code, e.Detail)
		}
	}
}

func TestNDJSONRowsAreNumberedByLine(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, "application/x-ndjson", "\n{\"email\":\"a@example.org\"}\r\n\n  7\n\"b@example.org\"")
	var got []string
	for _, row := range sub.Rows {
		got = append(got, fmt.Sprint(row.Number, row.Email, row.Fault != nil))
	}
	if diff := cmp.Diff([]string{"2a@example.orgfalse", "4true", "5b@example.orgfalse"}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestNDJSONRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, line, code string }{
		{"spread over lines", "{", intake.CodeJSONSyntax},
		{"two on a line", `"a@example.org" "b@example.org"`, intake.CodeTrailingData},
		{"unknown field", `{"users":[]}`, intake.CodeUnknownField},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := readError(t, "application/x-ndjson", "\"a@example.org\"\n\n"+tt.line+"\n\"b@example.org\"\n")
			if e.Code != tt.code || e.Line != 3 || !strings.HasPrefix(e.Detail, "Line 3, ") {
				t.Errorf("got %s on line %d: %q; want %s on line 3", e.Code, e.Line, e.Detail, tt.code)
			}
		})
	}
}

func TestAllUnknownFieldsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 12 {
		fmt.Fprintf(&many, `"k%d":[{}],`, i)
	}
	for _, tt := range []struct{ name, body, pointer, detail string }{
		{"in a user", `[{"emial":"a@example.org"},{"email":"a@example.org","emial":1,"Ref":{"x":[1]},"dept":"x"}]`, "/0/emial",
			`Line 1, column 11: Unknown field "emial". A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
		{"several", `[{"email":"a@example.org","emial":1,"Ref":{"x":[1]},"dept":"x"}]`, "/0/emial",
			`Line 1, column 35: Unknown fields "emial", "Ref" (write it "ref"), "dept". A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
		{"other spellings only", `{"Email":"a@example.org","group":[]}`, "/Email", `Line 1, column 10: Unknown fields "Email" (write it "email"), "group" (write it "groups").`},
		{"on both levels", `[{"email":"a@example.org","name":{"nick":"x"},"dept":"x"}]`, "/0/name/nick",
			`Line 1, column 42: Unknown fields "nick", "dept". A name has formatted, givenName, familyName and middleName.`},
		{"addresses", `[{"a@example.org":1,"b@example.org":2}]`, "/0",
			`Line 1, column 19: Unknown fields (a name with an @ in it), (a name with an @ in it). A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
		{"a great many", `[{` + many.String() + `"email":"a@example.org"}]`, "/0/k0",
			`Line 1, column 8: Unknown fields "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9" and 2 more. A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := readError(t, jsonType, tt.body)
			if e.Code != intake.CodeUnknownField || e.Pointer != tt.pointer || e.Detail != tt.detail {
				t.Errorf("got %s at %q: %s\nwant it at %q: %s", e.Code, e.Pointer, e.Detail, tt.pointer, tt.detail)
			}
		})
	}
}

// TestRowsHavePointers: to the row, or to what is at fault in it.
func TestRowsHavePointers(t *testing.T) {
	t.Parallel()
	bad := []string{
		`"a@example.org"`, `{"email":"b@example.org","attributes":{"x":1}}`, `5`, `{"groups":["a",{"value":"b","type":"x"},7]}`,
		`{"attributes":{"a/b~":[1]}}`, `{"emails":[{"value":1}]}`, `{"email":"c@example.org","ref":"\u0007"}`, `{"attributes":{"d@example.org":{}}}`,
	}
	want := []string{"", "", "", "/groups/2", "/attributes/a~1b~0", "/emails/0/value", "", "/attributes"}
	for base, body := range map[string]string{"": "[" + strings.Join(bad, ",") + "]", "/users": `{"users":[` + strings.Join(bad, ",") + `]}`} {
		for i, row := range mustRead(t, jsonType, body).Rows {
			if pointer := fmt.Sprintf("%s/%d%s", base, i, want[i]); row.Pointer != pointer {
				t.Errorf("row %d points to %q, want %q: %v", row.Number, row.Pointer, pointer, row.Fault)
			}
		}
	}
	for i, row := range mustRead(t, "application/x-ndjson", strings.Join(bad, "\n")).Rows {
		if row.Pointer != want[i] {
			t.Errorf("line %d points to %q, want %q: %v", row.Number, row.Pointer, want[i], row.Fault)
		}
	}
	if row := mustRead(t, csvType, "email,name\na@example.org,x\n").Rows[0]; row.Pointer != "" {
		t.Errorf("a CSV row points to %q", row.Pointer)
	}
}

// TestKeysOfOneObjectDoNotSlowTheNext reads an object of very many keys and then
// very many objects: what is kept for comparing keys must not be cleared each time.
func TestKeysOfOneObjectDoNotSlowTheNext(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	body := `[{"email":"a@example.org","app_metadata":[{` + b.String() + `"x":1}` + strings.Repeat(`,{"a":1}`, 200_000) + `]}]`
	began := time.Now()
	mustRead(t, jsonType, body)
	if took := time.Since(began); took > 20*time.Second { // usually 0.3 s; minutes if cleared each time
		t.Errorf("took %v", took)
	}
}

func TestManyKeysAreStillCompared(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 200_000 {
		fmt.Fprintf(&b, `"k%d":%d,`, i, i)
	}
	body := `[{"email":"a@example.org","app_metadata":{` + b.String() + `"K150000":1}}]`
	if e := readError(t, jsonType, body); e.Code != intake.CodeDuplicateKey {
		t.Errorf("code = %s, want %s", e.Code, intake.CodeDuplicateKey)
	}
}

func TestForeignFieldsAreWarnedOfOnce(t *testing.T) {
	t.Parallel()
	user := `{"email":"a@example.org","email_verified":true,"password":"hunter2","attributes":{"sub":"1","passwd":"hunter2","cognito:x":1}}`
	sub := mustRead(t, jsonType, `[`+user+`,`+user+`]`)
	want := []string{"email_verified", "password", "sub", "passwd", "cognito:x"}
	if len(sub.Warnings) != len(want) {
		t.Fatalf("warnings:\n%s\nwant one each for %v", warnings(sub), want)
	}
	for i, name := range want {
		if !strings.Contains(sub.Warnings[i].Detail, `"`+name+`"`) {
			t.Errorf("warning %d = %q, want it to name %s", i, sub.Warnings[i].Detail, name)
		}
	}
	if sub.Rows[0].Attributes != nil {
		t.Errorf("attributes = %v, want none", sub.Rows[0].Attributes)
	}
}
