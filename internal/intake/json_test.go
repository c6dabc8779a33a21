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
		{name: "string", body: `"a@example.org"`, want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org"}}}},
		{name: "one user", body: ` { "email" : " a@example.org " } `, want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org"}}}},
		{name: "every field", body: `[{"email":"a@example.org","groups":["staff"," staff ","","it"],"attributes":{"given_name":"Ann","tenant":"t1","custom:Plan":"x"},"ref":" 7 "}]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Groups: []string{"staff", "it"}, Ref: " 7 ",
				Attributes: attrs{"given_name": "Ann", "custom:tenant": "t1", "custom:Plan": "x"}}}}},
		{name: "null is absent", body: `[{"email":null,"groups":null,"attributes":null,"ref":null},{"email":"a@example.org","attributes":{"name":null,"nickname":""}}]`,
			want: []onboard.Row{{Number: 1}, {Number: 2, Person: onboard.Person{Email: "a@example.org"}}}},
		{name: "values as text", body: `[{"email":"a@example.org","ref":-12.50,"groups":"a;b","attributes":{"n":1.0e3,"yes":true,"no":false}}]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Ref: "-12.50", Groups: []string{"a", "b"},
				Attributes: attrs{"custom:n": "1.0e3", "custom:yes": "true", "custom:no": "false"}}}}},
		{name: "names as usual", body: `[{"email":"a@example.org","attributes":{"firstName":"Ann","Last Name":"Lee","CUSTOM:x":"y","phone":"+1"}}]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org",
				Attributes: attrs{"given_name": "Ann", "family_name": "Lee", "custom:x": "y", "phone_number": "+1"}}}}},
		{name: "escapes", body: `["\u0061\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx@example.org"]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a\"\\/\b\f\n\r\té😀\ufffdx@example.org"}}}},
		{name: "an address with a name", body: `["Ann <A@Example.ORG>"]`, want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "A@Example.ORG", Attributes: attrs{"name": "Ann"}}}}},
		{name: "names of other systems", body: `[{"Email":["a@example.org"],"firstName":"Ann","group":"it, hr","attributes":{"plan":["x"],"none":[]},"ref":[]}]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Groups: []string{"it", "hr"}, Attributes: attrs{"given_name": "Ann", "custom:plan": "x"}}}}},
		{name: "one string for a list", body: `[{"emails":"a@example.org","attributes":[]}]`, want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org"}}}},
		{name: "defaults", body: `{"users":["a@example.org",{"email":"b@example.org","groups":["hr"],"attributes":{"plan":"y"}}],"defaults":{"group":"it","attributes":{"plan":"x"}}}`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Groups: []string{"it"}, Attributes: attrs{"custom:plan": "x"}}},
				{Number: 2, Person: onboard.Person{Email: "b@example.org", Groups: []string{"hr"}, Attributes: attrs{"custom:plan": "y"}}}}},
		{name: "scim", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ann","externalId":"42",
			"name":{"givenName":"Ann","familyName":"Lee","formatted":"Ann Lee"},"displayName":"Annie","nickName":"An","timezone":"Asia/Tokyo",
			"emails":[{"value":"home@example.org","type":"home"},{"value":"work@example.org","type":"work","primary":true}],
			"phoneNumbers":[{"value":"+81312345678"}],"groups":[{"value":"e9e30dba","display":"Tour Guides","$ref":"../Groups/e9e30dba"},{"value":"it"}]}`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "work@example.org", Ref: "42", Groups: []string{"Tour Guides", "it"},
				Attributes: attrs{"given_name": "Ann", "family_name": "Lee", "name": "Ann Lee", "nickname": "An", "zoneinfo": "Asia/Tokyo", "phone_number": "+81312345678"}}}}},
		{name: "scim by user name", body: `{"userName":"ann@example.org","displayName":"Ann"}`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "ann@example.org", Attributes: attrs{"name": "Ann"}}}}},
		{name: "auth0", body: `[{"user_id":"auth0|1","email":"a@example.org","email_verified":true,"name":"Ann Lee","given_name":"Ann","family_name":"Lee","nickname":"ann",
			"picture":"https://example.org/a.png","user_metadata":{"a":{"b":[1]}},"app_metadata":{},"identities":[{"provider":"auth0"}],"updated_at":"2026-01-01T00:00:00Z"}]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Ref: "auth0|1",
				Attributes: attrs{"name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "nickname": "ann", "picture": "https://example.org/a.png"}}}}},
		{name: "our own ref goes first", body: `[{"email":"a@example.org","user_id":"u","ref":"r","externalId":"x"}]`,
			want: []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a@example.org", Ref: "r"}}}},
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
		{user: `5`, code: onboard.CodeRowInvalid, detail: "not a number"},
		{user: `null`, code: onboard.CodeRowInvalid, detail: "not null"},
		{user: `{"email":5}`, code: onboard.CodeRowInvalid, detail: `"email" must be a string, not a number`},
		{user: `{"email":{"value":"a"}}`, code: onboard.CodeRowInvalid, detail: "not an object"},
		{user: `{"emails":5}`, code: onboard.CodeRowInvalid, detail: `"emails" must be an array`},
		{user: `{"email":"a@example.org","mail":"b@example.org"}`, code: onboard.CodeRowInvalid, detail: `"email" and "mail" both hold an address, and they differ`},
		{user: `{"groups":true}`, code: onboard.CodeRowInvalid, detail: `"groups" must be an array of strings, not a boolean`},
		{user: `{"groups":["a",5]}`, code: onboard.CodeRowInvalid, detail: `A value in "groups" must be a string, not a number`},
		{user: `{"ref":[1,2]}`, code: onboard.CodeRowInvalid, detail: `"ref" must be a string, not an array`},
		{user: `{"attributes":["x"]}`, code: onboard.CodeRowInvalid, detail: `"attributes" must be an object`},
		{user: `{"attributes":{"tenant":{"id":1}}}`, code: onboard.CodeAttributeInvalid, detail: `The attribute "tenant" must be`},
		{user: `{"attributes":{"email":"b@example.org"}}`, code: onboard.CodeAttributeInvalid, detail: "Move it to"},
		{user: `{"attributes":{"":"x"}}`, code: onboard.CodeAttributeInvalid, detail: "name of an attribute"},
		{user: `{"attributes":{"a":"\u0000"}}`, code: onboard.CodeAttributeInvalid, detail: "control character"},
		{user: `{"groups":["a\u001bb"]}`, code: onboard.CodeGroupInvalid, detail: "control character"},
		{user: `{"ref":"a\u0007"}`, code: onboard.CodeRowInvalid, detail: "control character"},
		{user: `"a\uffff@example.org"`, code: onboard.CodeEmailInvalid, detail: "U+FFFF"},
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

// A row that fails keeps what could be read of it, so that it is corrected and sent again
// without loss.
func TestRowAtFaultKeepsWhatCouldBeRead(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, jsonType, `[{"groups":1,"ref":"r7","email":"a@example.org","attributes":{"name":"Ann"}}]`)
	row := sub.Rows[0]
	if row.Email != "a@example.org" || row.Ref != "r7" || row.Groups != nil || row.Attributes["name"] != "Ann" {
		t.Errorf("row = %+v, want all but its groups", row)
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
		{name: "cut off", body: `{"users":["a@example.org"`, code: intake.CodeJSONSyntax, pointer: "/users", detail: "cut off"},
		{name: "open string", body: "[\n \"a@example.org", code: intake.CodeJSONSyntax, pointer: "/0", detail: "Line 2, column 2: A string begins here"},
		{name: "comma at the end", body: `["a@example.org",]`, code: intake.CodeJSONSyntax, pointer: "", detail: "Line 1, column 17: A comma is not expected here"},
		{name: "comma in object", body: `{"email":"a@example.org",}`, code: intake.CodeJSONSyntax, pointer: "", detail: "A comma is not expected here"},
		{name: "single quotes", body: `{'email':1}`, code: intake.CodeJSONSyntax, pointer: "", detail: "double quotes"},
		{name: "no colon", body: `{"email" "a"}`, code: intake.CodeJSONSyntax, pointer: "/email", detail: "a colon"},
		{name: "line break in string", body: "[\"a\nb\"]", code: intake.CodeJSONSyntax, pointer: "/0", detail: "line break is inside a string"},
		{name: "escape", body: `["\x"]`, code: intake.CodeJSONSyntax, pointer: "/0", detail: "backslash"},
		{name: "hex", body: `["\u00g0"]`, code: intake.CodeJSONSyntax, pointer: "/0", detail: "backslash"},
		{name: "number", body: `[{"ref":01}]`, code: intake.CodeJSONSyntax, pointer: "/0", detail: "a comma or the end of the object is expected"},
		{name: "no comma", body: `["a@example.org" "b@example.org"]`, code: intake.CodeJSONSyntax, pointer: "", detail: "Line 1, column 18: The JSON is broken: a comma or the end of the array is expected here."},
		{name: "only a comma", body: `{"users":[,"a@example.org"]}`, code: intake.CodeJSONSyntax, pointer: "/users", detail: "A comma is not expected here"},
		{name: "cut off after a colon", body: `{"users":`, code: intake.CodeJSONSyntax, pointer: "/users", detail: "ends where a value should follow"},
		{name: "cut off after a comma", body: `{"label":"x", `, code: intake.CodeJSONSyntax, pointer: "", detail: "ends where a key in double quotes should follow"},
		{name: "other bracket", body: `{"users":["a@example.org"}}`, code: intake.CodeJSONSyntax, pointer: "/users", detail: "a comma or the end of the array"},
		{name: "number as a key", body: `{1:2}`, code: intake.CodeJSONSyntax, pointer: "", detail: "a key in double quotes"},
		{name: "word", body: `[nul]`, code: intake.CodeJSONSyntax, pointer: "/0", detail: "a value"},
		{name: "trailing data", body: `["a@example.org"] x`, code: intake.CodeTrailingData, pointer: "", detail: "after the end"},
		{name: "two documents", body: "{\"email\":\"a@example.org\"}\n{\"email\":\"b@example.org\"}", code: intake.CodeTrailingData, pointer: "", detail: "application/x-ndjson"},
		{name: "unknown at the top", body: `{"users":[],"lable":"x"}`, code: intake.CodeUnknownField, pointer: "/lable", detail: `"lable"`},
		{name: "nearly users", body: `{"user":["a@example.org"]}`, code: intake.CodeUnknownField, pointer: "/user", detail: `write it "users"`},
		{name: "user beside users", body: `{"users":["a@example.org"],"email":"b@example.org"}`, code: intake.CodeUnknownField, pointer: "/email", detail: `"email"`},
		{name: "users beside user", body: `{"email":"b@example.org","users":["a@example.org"]}`, code: intake.CodeUnknownField, pointer: "/users", detail: `"users"`},
		{name: "unknown in a user", body: `{"users":[{"email":"a@example.org"},{"email":"b@example.org","departement":"x"}]}`, code: intake.CodeUnknownField, pointer: "/users/1/departement", detail: `goes under "attributes"`},
		{name: "other case", body: `[{"Attribute":{}}]`, code: intake.CodeUnknownField, pointer: "/0/Attribute", detail: `write it "attributes"`},
		{name: "defaults", body: `{"users":["a@example.org"],"defaults":{"groups":[1]}}`, code: intake.CodeDefaultsInvalid, pointer: "/defaults", detail: "must be a string"},
		{name: "key twice", body: `[{"email":"a@example.org","email":"b@example.org"}]`, code: intake.CodeDuplicateKey, pointer: "/0/email", detail: "appears twice"},
		{name: "key twice by escape", body: `[{"email":"a@example.org","\u0065mail":"b@example.org"}]`, code: intake.CodeDuplicateKey, pointer: "/0/email", detail: "appears twice"},
		{name: "key twice but for case", body: `[{"email":"a@example.org","EMAIL":"b@example.org"}]`, code: intake.CodeDuplicateKey, pointer: "/0/EMAIL", detail: "only in case"},
		{name: "attribute twice but for case", body: `[{"attributes":{"Tenant":"a","tenant":"b"}}]`, code: intake.CodeDuplicateKey, pointer: "/0/attributes/tenant", detail: "only in case"},
		{name: "attribute under two names", body: `[{"attributes":{"given_name":"a","firstName":"b"}}]`, code: intake.CodeDuplicateKey, pointer: "/0/attributes/firstName", detail: `"firstName"`},
		{name: "attribute in two places", body: `[{"given_name":"a","attributes":{"given_name":"b"}}]`, code: intake.CodeDuplicateKey, pointer: "/0/attributes/given_name", detail: "given twice"},
		{name: "key twice in what is not used", body: `[{"app_metadata":{"a":[{"b":1,"b":2}]}}]`, code: intake.CodeDuplicateKey, pointer: "/0/app_metadata/a/0/b", detail: "appears twice"},
		{name: "users not an array", body: `{"users":{"email":"a@example.org"}}`, code: intake.CodeWrongNesting, pointer: "/users", detail: "not an object"},
		{name: "array in an array", body: `[["a@example.org"]]`, code: intake.CodeWrongNesting, pointer: "/0", detail: "not an array"},
		{name: "a number", body: `42`, code: intake.CodeWrongNesting, pointer: "", detail: "array of users"},
		{name: "label", body: `{"users":["a@example.org"],"label":5}`, code: intake.CodeLabelInvalid, pointer: "/label", detail: "not a number"},
		{name: "label with a line break", body: `{"label":"a\nb","users":["a@example.org"]}`, code: intake.CodeLabelInvalid, pointer: "/label", detail: "line break"},
		{name: "nothing in the object", body: `{}`, code: intake.CodeNoRows, pointer: "", detail: `"users"`},
		{name: "too deep", body: `[{"app_metadata":` + deep + `1` + strings.Repeat("}", 40) + `}]`, code: intake.CodeJSONDepth, pointer: "/0/app_metadata" + strings.Repeat("/a", 29) + "/a", detail: "32"},
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
		{name: "spread over lines", line: "{", code: intake.CodeJSONSyntax},
		{name: "two on a line", line: `"a@example.org" "b@example.org"`, code: intake.CodeTrailingData},
		{name: "unknown field", line: `{"users":[]}`, code: intake.CodeUnknownField},
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
	var named []string
	for i := range 52 {
		fmt.Fprintf(&many, `"k%d":[{}],`, i)
		if i < 50 {
			named = append(named, fmt.Sprintf("%q", fmt.Sprint("k", i)))
		}
	}
	for _, tt := range []struct{ name, body, pointer, detail string }{
		{name: "in a user", body: `[{"emial":"a@example.org"},{"email":"a@example.org","emial":1,"Attribute":{"x":[1]},"dept":"x"}]`, pointer: "/0/emial",
			detail: `Line 1, column 11: Unknown fields "emial", "Attribute" (write it "attributes"), "dept". A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
		{name: "several", body: `[{"email":"a@example.org","emial":1,"Attribute":{"x":[1]},"dept":"x"}]`, pointer: "/0/emial",
			detail: `Line 1, column 35: Unknown fields "emial", "Attribute" (write it "attributes"), "dept". A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
		{name: "other spellings only", body: `{"user":"a@example.org","attribute":[]}`, pointer: "/user", detail: `Line 1, column 9: Unknown fields "user" (write it "users"), "attribute" (write it "attributes").`},
		{name: "on both levels", body: `[{"email":"a@example.org","name":{"nick":"x"},"dept":"x"}]`, pointer: "/0/name/nick",
			detail: `Line 1, column 42: Unknown fields "nick", "dept". A name has formatted, givenName, familyName and middleName.`},
		{name: "addresses", body: `[{"a@example.org":1,"b@example.org":2}]`, pointer: "/0",
			detail: `Line 1, column 19: Unknown field (a name with an @ in it). A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
		{name: "a great many", body: `[{` + many.String() + `"email":"a@example.org"}]`, pointer: "/0/k0",
			detail: `Line 1, column 8: Unknown fields ` + strings.Join(named, ", ") + ` and 2 more. A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`},
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
		`{"attributes":{"a/b~":[1,2]}}`, `{"emails":[{"value":1}]}`, `{"email":"c@example.org","ref":"\u0007"}`, `{"attributes":{"d@example.org":{}}}`,
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
