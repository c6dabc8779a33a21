package intake_test

import (
	"slices"
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
		{name: "contract", body: "email,groups,ref,given_name,tenant\na@example.org,staff;it|staff, 7 ,Ann,t1\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Groups: []string{"staff", "it"}, Ref: " 7 ", Attributes: attrs{"given_name": "Ann", "custom:tenant": "t1"}}}}},
		{name: "any case, order and spelling", body: "Given Name,GROUP,E-Mail,custom:Plan\nAnn,it,a@example.org,x\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Groups: []string{"it"}, Attributes: attrs{"given_name": "Ann", "custom:Plan": "x"}}}}},
		{name: "semicolon", body: "Mail;First Name;Groups\na@example.org;Ann;\"it;hr\"\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Groups: []string{"it", "hr"}, Attributes: attrs{"given_name": "Ann"}}}}},
		{name: "tab", body: "name\temail address\nLee, Ann\ta@example.org",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Lee, Ann"}}}}},
		{name: "more commas than semicolons", body: "name, first, middle;email;ref\nAnn;a@example.org;1",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Ref: "1", Attributes: attrs{"custom:name, first, middle": "Ann"}}}}},
		{name: "sep line", body: "sep=;\r\nemail;ref\r\na@example.org;1,2\r\n",
			want: []onboard.Row{{Number: 3, Person: onboard.Person{Email: "a@example.org", Ref: "1,2"}}}},
		{name: "sep line in quotes", body: "\"SEP=\t\"\nemail\tref\na@example.org\t1\n",
			want: []onboard.Row{{Number: 3, Person: onboard.Person{Email: "a@example.org", Ref: "1"}}}},
		{name: "quotes", body: "\"email\",\"name\"\n\"a@example.org\",\"Ann \"\"A\"\", Lee\"\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": `Ann "A", Lee`}}}}},
		{name: "line breaks in quotes", body: "email,address\n\na@example.org,\"1 Road\r\nTown\"\nb@example.org,x\n",
			want: []onboard.Row{
				{Number: 3, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"address": "1 Road\r\nTown"}}},
				{Number: 5, Person: onboard.Person{Email: "b@example.org", Attributes: attrs{"address": "x"}}}}},
		{name: "empty lines", body: "\n\nemail,name\n\na@example.org,\n,\n , \nb@example.org,\n\n",
			want: []onboard.Row{{Number: 5, Person: onboard.Person{Email: "a@example.org"}}, {Number: 8, Person: onboard.Person{Email: "b@example.org"}}}},
		{name: "old Macintosh", body: "email,name\ra@example.org,Ann\rb@example.org,Bob",
			want: []onboard.Row{
				{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Ann"}}},
				{Number: 3, Person: onboard.Person{Email: "b@example.org", Attributes: attrs{"name": "Bob"}}}}},
		{name: "email missing", body: "email,name\n,Ann\n", want: []onboard.Row{{Number: 2, Person: onboard.Person{Attributes: attrs{"name": "Ann"}}}}},
		{name: "protected cells", body: "email,name,ref\n'-a@example.org,'=Ann,''=1\n+b@example.org,'tis,-1\n",
			want: []onboard.Row{
				{Number: 2, Person: onboard.Person{Email: "-a@example.org", Ref: "'=1", Attributes: attrs{"name": "=Ann"}}},
				{Number: 3, Person: onboard.Person{Email: "+b@example.org", Ref: "-1", Attributes: attrs{"name": "'tis"}}}}},
		{name: "user name for the address", body: "username,email\na@example.org,\nbob,\nc@example.org,d@example.org\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org"}}, {Number: 3}, {Number: 4, Person: onboard.Person{Email: "d@example.org"}}}},
		{name: "user name alone", body: "User Name\na@example.org\nbob\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org"}}, {Number: 3, Person: onboard.Person{Email: "bob"}}}},
		{name: "azure", body: "userPrincipalName,displayName,surname,mail,givenName\na_x@corp.example,Ann Lee,Lee,a@example.org,Ann\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Ann Lee", "family_name": "Lee", "given_name": "Ann"}}}}},
		{name: "scim flattened", body: "externalId,name.givenName,name.familyName,emails.value\n7,Ann,Lee,a@example.org\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Ref: "7", Attributes: attrs{"family_name": "Lee", "given_name": "Ann"}}}}},
		{name: "cognito's own", body: cognitoHeader + "\nann,Ann Lee,Ann,Lee,,,,,,,a@example.org,TRUE,,1990-01-31,Asia/Tokyo,ja-JP,+81312345678,FALSE,1 Road\\, Town\\x,,FALSE\n" +
			"b@example.org" + strings.Repeat(",", 20) + "\n",
			want: []onboard.Row{
				{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "birthdate": "1990-01-31",
					"zoneinfo": "Asia/Tokyo", "locale": "ja-JP", "phone_number": "+81312345678", "address": `1 Road, Town\x`}}},
				{Number: 3, Person: onboard.Person{Email: "b@example.org"}}}},
		{name: "a state of one's own", body: "email,state\na@example.org,Ohio\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"custom:state": "Ohio"}}}}},
		{name: "outcomes read back", body: "email,state,state,code,reason\na@example.org,Ohio,failed,email_invalid,fix it\n",
			want: []onboard.Row{{Number: 2, Person: onboard.Person{Email: "a@example.org", Attributes: attrs{"custom:state": "Ohio"}}}}},
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
		{name: "too few cells and a person in quotes", row: "b@example.org,\"Bob\nc@example.org\"", code: onboard.CodeRowInvalid, detail: "reaches over line 4", cells: []string{"b@example.org", "Bob\nc@example.org", ""}},
		{name: "too few cells and no address", row: "(1 row)", code: onboard.CodeRowInvalid, detail: "The row has 1 cell but the header has 3, and none holds an address.", cells: []string{"(1 row)", "", ""}},
		{name: "too many cells", row: "b@example.org,Lee, Bob,it", code: onboard.CodeRowInvalid, detail: "4 cells", cells: []string{"b@example.org", "Lee", " Bob", "it"}},
		{name: "nothing but a cell too many", row: ",,,x", code: onboard.CodeRowInvalid, detail: "4 cells", cells: []string{"", "", "", "x"}},
		{name: "more cells than can be kept", row: "b@example.org" + strings.Repeat(",", 1030) + "x", code: onboard.CodeRowInvalid, detail: "1031 cells but the header has 3. Fix", cells: nil},
		{name: "quote inside", row: `b@example.org,Bob "B" Lee,it`, code: onboard.CodeRowInvalid, detail: "inside a cell", cells: []string{`b@example.org,Bob "B" Lee,it`, "", ""}},
		{name: "text after quote", row: `b@example.org,"Bob" Lee,it`, code: onboard.CodeRowInvalid, detail: "follows the closing quote", cells: []string{`b@example.org,"Bob" Lee,it`, "", ""}},
		{name: "quote not closed", row: `b@example.org,"Bob,it`, code: onboard.CodeRowInvalid, detail: "not closed", cells: []string{`b@example.org,"Bob,it`, "", ""}},
		{name: "control character", row: "b@example.org,B\x01b,it", code: onboard.CodeAttributeInvalid, detail: "control character", cells: []string{"b@example.org", "B\ufffdb", "it"}},
		{name: "long name", row: "b@example.org," + strings.Repeat("é", 2049) + ",", code: onboard.CodeAttributeInvalid, detail: "2048 characters", cells: []string{"b@example.org", strings.Repeat("é", 2049), ""}},
		{name: "long cell", row: "b@example.org," + strings.Repeat("x", 8193) + ",", code: onboard.CodeAttributeInvalid, detail: `"name" has 8193 bytes. The limit is 8192`, cells: []string{"b@example.org", "", ""}},
		{name: "long row", row: strings.Repeat("b@example.org", 5500) + ",,", code: onboard.CodeRowInvalid, detail: "limit is 65536", cells: nil},
		{name: "long address", row: strings.Repeat("b", 8200) + ",,", code: onboard.CodeEmailTooLong, detail: `"email" has 8200 bytes`, cells: []string{"", "", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, csvType, "email,name,groups\na@example.org,Ann,\n"+tt.row+"\nc@example.org,Cy,it\n")
			if len(sub.Rows) != 3 || sub.Rows[0].Fault != nil || sub.Rows[2].Fault != nil || sub.Rows[2].Number != 4+strings.Count(tt.row, "\n") {
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
		{name: "no e-mail column", body: "Name,Dept\nAnn,it\n", code: intake.CodeNoEmailColumn, detail: `"Name", "Dept"`, line: 1},
		{name: "no header", body: "ann@example.org,Ann\nbob@example.org,Bob\n", code: intake.CodeNoEmailColumn, detail: "Add a line above it", line: 1},
		{name: "lost line breaks", body: "email,nameann@example.org,Annbob@example.org,Bob", code: intake.CodeNoEmailColumn, detail: "--data-binary", line: 1},
		{name: "two columns of addresses", body: "Boss,Person\na@example.org,b@example.org\n", code: intake.CodeNoEmailColumn, detail: `the columns "Boss" and "Person" all hold addresses`, line: 1},
		{name: "broken header", body: "email,\"name\na@example.org,Ann\n", code: intake.CodeCSVHeader, detail: "not closed", line: 1},
		{name: "control character", body: "email,na\x02me\n", code: intake.CodeCSVHeader, detail: "control character", line: 1},
		{name: "separator", body: "sep=|\nemail|name\n", code: intake.CodeCSVHeader, detail: "a comma, a semicolon or a tab", line: 1},
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
		{name: "cognito's own", body: cognitoHeader + "\nann" + strings.Repeat(",", 10) + "a@example.org" + strings.Repeat(",", 10) + "\n",
			want: []string{"email_verified", "phone_number_verified", "updated_at", "cognito:mfa_enabled", "username"}},
		{name: "passwords", body: "email,Password,temp_pwd,Passwort,パスワード,secretary,passport\na@example.org,,,,,,\n",
			want: []string{"Password", "temp_pwd", "Passwort", "パスワード"}},
		{name: "sub", body: "sub,email\n1,a@example.org\n", want: []string{"sub"}},
		{name: "two names", body: "displayName,name,email\nx,x,a@example.org\n", want: []string{"displayName"}},
		{name: "no name but a value", body: "email,,ref\na@example.org,,\nb@example.org,x,y\n", want: []string{"without a name"}},
		{name: "no name and no value", body: "email,,\na@example.org,,\n", want: nil},
		{name: "outcomes", body: "email,state,code,reason\na@example.org,failed,c,r\n", want: nil},
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

// A row that fails while it is read keeps what stands after the fault too, and the
// addresses in its other columns are named as those of other rows are.
func TestCSVRowAtFaultKeepsWhatFollows(t *testing.T) {
	t.Parallel()
	body := "email,mail,name,groups,assistant\nann@example.org,anna@example.org,Ann,staff,zoe@example.org\n"
	sub := mustRead(t, csvType, body)
	row := sub.Rows[0]
	if row.Fault == nil || row.Attributes["name"] != "Ann" || !slices.Equal(row.Groups, []string{"staff"}) {
		t.Errorf("row = %+v, want a fault, the name and the group", row)
	}
	if !slices.ContainsFunc(sub.Warnings, func(w onboard.Fault) bool { return strings.Contains(w.Detail, `"assistant"`) }) {
		t.Errorf("warnings %v, want one that names the column assistant", sub.Warnings)
	}
}
