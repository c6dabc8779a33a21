package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// cognitoHeader is the header that GetCSVHeader gives for a new pool.
const cognitoHeader = "cognito:username,name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website," +
	"email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,phone_number_verified,address,updated_at,cognito:mfa_enabled"

func TestCSVRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       []onboard.Row
	}{
		{"contract", "email,groups,ref,given_name,tenant\na@example.org,staff;it|staff, 7 ,Ann,t1\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Groups: []string{"staff", "it"}, Ref: " 7 ", Attributes: attrs{"given_name": "Ann", "custom:tenant": "t1"}}}}},
		{"any case, order and spelling", "Given Name,GROUP,E-Mail,custom:Plan\nAnn,it,a@example.org,x\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Groups: []string{"it"}, Attributes: attrs{"given_name": "Ann", "custom:Plan": "x"}}}}},
		{"semicolon", "Mail;First Name;Groups\na@example.org;Ann;\"it;hr\"\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Groups: []string{"it", "hr"}, Attributes: attrs{"given_name": "Ann"}}}}},
		{"tab", "name\temail address\nLee, Ann\ta@example.org",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Lee, Ann"}}}}},
		{"more commas than semicolons", "name, first, middle;email;ref\nAnn;a@example.org;1",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Ref: "1", Attributes: attrs{"custom:name, first, middle": "Ann"}}}}},
		{"sep line", "sep=;\r\nemail;ref\r\na@example.org;1,2\r\n",
			[]onboard.Row{{Number: 3, Person: onboard.Person{Email: "a@example.org", Ref: "1,2"}}}},
		{"sep line in quotes", "\"SEP=\t\"\nemail\tref\na@example.org\t1\n",
			[]onboard.Row{{Number: 3, Person: onboard.Person{Email: "a@example.org", Ref: "1"}}}},
		{"quotes", "\"email\",\"name\"\n\"a@example.org\",\"Ann \"\"A\"\", Lee\"\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": `Ann "A", Lee`}}}}},
		{"line breaks in quotes", "email,address\n\na@example.org,\"1 Road\r\nTown\"\nb@example.org,x\n",
			[]onboard.Row{
				{Number: 3, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"address": "1 Road\r\nTown"}}},
				{Number: 5, Person: onboard.Person{Email: "b@example.org", Attributes: attrs{"address": "x"}}}}},
		{"empty lines", "\n\nemail,name\n\na@example.org,\n,\n , \nb@example.org,\n\n",
			[]onboard.Row{{Number: 5, Person: onboard.Person{Email: "a@example.org"}}, {Number: 8, Person: onboard.Person{Email: "b@example.org"}}}},
		{"old Macintosh", "email,name\ra@example.org,Ann\rb@example.org,Bob",
			[]onboard.Row{
				{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Ann"}}},
				{Number: 3, Person: onboard.Person{Email: "b@example.org", Attributes: attrs{"name": "Bob"}}}}},
		{"email missing", "email,name\n,Ann\n", []onboard.Row{{Number: 2, Person: onboard.Person{Attributes: attrs{"name": "Ann"}}}}},
		{"protected cells", "email,name,ref\n'-a@example.org,'=Ann,''=1\n+b@example.org,'tis,-1\n",
			[]onboard.Row{
				{Number: 2, Person: onboard.Person{Email: "-a@example.org", Ref: "'=1", Attributes: attrs{"name": "=Ann"}}},
				{Number: 3, Person: onboard.Person{Email: "+b@example.org", Ref: "-1", Attributes: attrs{"name": "'tis"}}}}},
		{"user name for the address", "username,email\na@example.org,\nbob,\nc@example.org,d@example.org\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org"}}, {Number: 3}, {Number: 4, Person: onboard.Person{Email: "d@example.org"}}}},
		{"user name alone", "User Name\na@example.org\nbob\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org"}}, {Number: 3, Person: onboard.Person{Email: "bob"}}}},
		{"azure", "userPrincipalName,displayName,surname,mail,givenName\na_x@corp.example,Ann Lee,Lee,a@example.org,Ann\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Ann Lee", "family_name": "Lee", "given_name": "Ann"}}}}},
		{"scim flattened", "externalId,name.givenName,name.familyName,emails.value\n7,Ann,Lee,a@example.org\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Ref: "7", Attributes: attrs{"family_name": "Lee", "given_name": "Ann"}}}}},
		{"cognito's own", cognitoHeader + "\nann,Ann Lee,Ann,Lee,,,,,,,a@example.org,TRUE,,1990-01-31,Asia/Tokyo,ja-JP,+81312345678,FALSE,1 Road\\, Town\\x,,FALSE\n" +
			"b@example.org" + strings.Repeat(",", 20) + "\n",
			[]onboard.Row{
				{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "birthdate": "1990-01-31",
					"zoneinfo": "Asia/Tokyo", "locale": "ja-JP", "phone_number": "+81312345678", "address": `1 Road, Town\x`}}},
				{Number: 3, Person: onboard.Person{Email: "b@example.org"}}}},
		{"a state of one's own", "email,state\na@example.org,Ohio\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"custom:state": "Ohio"}}}}},
		{"outcomes read back", "email,state,state,code,reason\na@example.org,Ohio,failed,email_invalid,fix it\n",
			[]onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"custom:state": "Ohio"}}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, csvType, tt.body)
			if diff := cmp.Diff(tt.want, sub.Rows, cmpopts.IgnoreFields(onboard.Row{}, "Cells")); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCSVKeepsTheCallersOwnColumns(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, csvType, "E-Mail,Temp Password, Dept ,state,code,reason\n a@example.org ,hunter2,'=x,failed,c,r\n\"-b@example.org\",,\"x\ny\",,,\n")
	if diff := cmp.Diff([]string{"E-Mail", "Temp Password", "Dept"}, sub.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	want := [][]string{{" a@example.org ", "", "=x"}, {"-b@example.org", "", "x\ny"}}
	for i, row := range sub.Rows {
		if diff := cmp.Diff(want[i], row.Cells); diff != "" {
			t.Errorf("cells of row %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestOneBadCSVRow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, row string
		code      onboard.Code
		detail    string
		cells     []string
	}{
		{"too few cells", "b@example.org,Bob", onboard.CodeRowInvalid, "2 cells but the header has 3", []string{"b@example.org", "Bob", ""}},
		{"one cell", "b@example.org", onboard.CodeRowInvalid, "1 cell but", []string{"b@example.org", "", ""}},
		{"too many cells", "b@example.org,Lee, Bob,it", onboard.CodeRowInvalid, "4 cells", []string{"b@example.org", "Lee", " Bob", "it"}},
		{"nothing but a cell too many", ",,,x", onboard.CodeRowInvalid, "4 cells", []string{"", "", "", "x"}},
		{"more cells than can be kept", "b@example.org" + strings.Repeat(",", 131), onboard.CodeRowInvalid, "132 cells but the header has 3. Fix", nil},
		{"quote inside", `b@example.org,Bob "B" Lee,it`, onboard.CodeRowInvalid, "inside a cell", []string{`b@example.org,Bob "B" Lee,it`, "", ""}},
		{"text after quote", `b@example.org,"Bob" Lee,it`, onboard.CodeRowInvalid, "follows the closing quote", []string{`b@example.org,"Bob" Lee,it`, "", ""}},
		{"quote not closed", `b@example.org,"Bob,it`, onboard.CodeRowInvalid, "not closed", []string{`b@example.org,"Bob,it`, "", ""}},
		{"control character", "b@example.org,B\x01b,it", onboard.CodeAttributeInvalid, "control character", []string{"b@example.org", "B\ufffdb", "it"}},
		{"long name", "b@example.org," + strings.Repeat("é", 2049) + ",", onboard.CodeAttributeInvalid, "2048 characters", []string{"b@example.org", strings.Repeat("é", 2049), ""}},
		{"long cell", "b@example.org," + strings.Repeat("x", 8193) + ",", onboard.CodeAttributeInvalid, `"name" has 8193 bytes. The limit is 8192`, []string{"b@example.org", "", ""}},
		{"long row", strings.Repeat("b@example.org", 5500) + ",,", onboard.CodeRowInvalid, "limit is 65536", nil},
		{"long address", strings.Repeat("b", 8200) + ",,", onboard.CodeEmailTooLong, `"email" has 8200 bytes`, []string{"", "", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, csvType, "email,name,groups\na@example.org,Ann,\n"+tt.row+"\nc@example.org,Cy,it\n")
			if len(sub.Rows) != 3 || sub.Rows[0].Fault != nil || sub.Rows[2].Fault != nil || sub.Rows[2].Number != 4 {
				t.Fatalf("%d rows: %+v; want three with a fault in the second", len(sub.Rows), sub.Rows)
			}
			row := sub.Rows[1]
			if row.Fault == nil || row.Fault.Code != tt.code || !strings.Contains(row.Fault.Detail, tt.detail) || row.Number != 3 {
				t.Errorf("row %d has fault %+v, want %s with %q in row 3", row.Number, row.Fault, tt.code, tt.detail)
			}
			if diff := cmp.Diff(tt.cells, row.Cells); diff != "" {
				t.Errorf("cells (-want +got):\n%s", diff)
			}
		})
	}
}

func TestForgottenQuoteDoesNotSwallowTheRowsBelow(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, csvType, "email,name\na@example.org,\"Ann\nb@example.org,Bob\nc@example.org,\"Cy\"\nd@example.org,Di\n")
	var good []int
	for _, row := range sub.Rows {
		if row.Fault == nil {
			good = append(good, row.Number)
		}
	}
	if diff := cmp.Diff([]int{3, 4, 5}, good); diff != "" || len(sub.Rows) != 4 {
		t.Errorf("%d rows, lines read (-want +got):\n%s", len(sub.Rows), diff)
	}
}

func TestCSVRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, code, detail string
		line                     int
	}{
		{"no e-mail column", "Name,Dept\nAnn,it\n", intake.CodeNoEmailColumn, `"Name", "Dept"`, 1},
		{"no header", "ann@example.org,Ann\n", intake.CodeNoEmailColumn, "Add a line above it", 1},
		{"two e-mail columns", "email,name,E-Mail\n", intake.CodeDuplicateColumn, `"email" and "E-Mail"`, 1},
		{"two columns of one attribute", "\nemail,first name,givenName\n", intake.CodeDuplicateColumn, `"first name" and "givenName"`, 2},
		{"two columns but for case", "email,Tenant,tenant\n", intake.CodeDuplicateColumn, `"Tenant" and "tenant"`, 1},
		{"broken header", "email,\"name\na@example.org,Ann\n", intake.CodeCSVHeader, "not closed", 1},
		{"control character", "email,na\x02me\n", intake.CodeCSVHeader, "control character", 1},
		{"separator", "sep=|\nemail|name\n", intake.CodeCSVHeader, "a comma, a semicolon or a tab", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := readError(t, csvType, tt.body)
			if e.Code != tt.code || e.Line != tt.line || !strings.Contains(e.Detail, tt.detail) {
				t.Errorf("got %s on line %d: %q; want %s on line %d with %q", e.Code, e.Line, e.Detail, tt.code, tt.line, tt.detail)
			}
		})
	}
}

func TestColumnsNotUsedAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       []string
	}{
		{"cognito's own", cognitoHeader + "\nann" + strings.Repeat(",", 10) + "a@example.org" + strings.Repeat(",", 10) + "\n",
			[]string{"email_verified", "phone_number_verified", "cognito:mfa_enabled", "username"}},
		{"passwords", "email,Password,temp_pwd,Passwort,パスワード,secretary,passport\na@example.org,,,,,,\n",
			[]string{"Password", "temp_pwd", "Passwort", "パスワード"}},
		{"sub", "sub,email\n1,a@example.org\n", []string{"sub"}},
		{"two names", "displayName,name,email\nx,y,a@example.org\n", []string{"displayName"}},
		{"no name but a value", "email,,\na@example.org,,\nb@example.org,x,y\n", []string{"without a name"}},
		{"no name and no value", "email,,\na@example.org,,\n", nil},
		{"outcomes", "email,state,code,reason\na@example.org,failed,c,r\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, csvType, tt.body)
			if len(sub.Warnings) != len(tt.want) {
				t.Fatalf("warnings:\n%swant %v", warnings(sub), tt.want)
			}
			for i, name := range tt.want {
				if w := sub.Warnings[i]; w.Code != intake.CodeNotUsed || !strings.Contains(w.Detail, name) {
					t.Errorf("warning %d = %+v, want it to name %s", i, w, name)
				}
			}
		})
	}
}
