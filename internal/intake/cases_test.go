package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/intake"
)

// caseType is the type that each kind of file in testdata/cases is sent with.
var caseType = map[string]string{".csv": csvType, ".txt": "text/plain", ".json": jsonType, ".xlsx": csvType}

// caseRow is what a row of a case is expected to be; a fault is a part of its
// sentence.
type caseRow struct {
	email, groups string
	attributes    attrs
	ref, fault    string
}

// TestCases reads files as people have them: exports and templates of directories,
// mail programs and spreadsheets.
func TestCases(t *testing.T) {
	t.Parallel()
	ada := func(attributes attrs) caseRow { return caseRow{email: "ada.moss@example.org", attributes: attributes} }
	ben := func(attributes attrs) caseRow { return caseRow{email: "ben.nash@example.org", attributes: attributes} }
	named := func(given, family string) attrs { return attrs{"given_name": given, "family_name": family} }
	for _, tt := range []struct {
		file     string
		rows     []caseRow
		warnings []string // a part of each, in any order
		refused  string   // the code and a part of the sentence; some rows otherwise
	}{
		{file: "01-google-workspace-template.csv", warnings: []string{`"Password [Required]"`, `"Password Hash`, `"Change Password`, `"Recovery Email" holds addresses that are not invited`}, rows: []caseRow{
			ada(attrs{"given_name": "Ada", "family_name": "Moss", "phone_number": "+15555550102"}), ben(named("Ben", "Nash"))}},
		{file: "02-entra-bulk-create.csv", warnings: []string{"The header is on line 2", `"Initial password`}, rows: []caseRow{
			ada(attrs{"name": "Ada Moss", "given_name": "Ada", "family_name": "Moss"}), ben(attrs{"name": "Ben Nash", "given_name": "Ben", "family_name": "Nash"})}},
		{file: "05-m365-active-users-export.csv", warnings: []string{`"Last password`, `"Password never`}, rows: []caseRow{ada(attrs{"name": "Ada Moss", "given_name": "Ada", "family_name": "Moss"})}},
		{file: "06-google-contacts-old.csv", rows: []caseRow{ada(attrs{"name": "Ada Moss", "given_name": "Ada", "family_name": "Moss", "phone_number": "+1 555 555 0101"})}},
		{file: "09-auth0-export.csv", warnings: []string{"Rows 2 and 3: An apostrophe"}, rows: []caseRow{
			{email: "ada.moss@example.org", ref: "auth0|6500000000000000000000a1", attributes: attrs{"name": "Ada Moss", "given_name": "Ada"}},
			{email: "ben.nash@example.org", ref: "auth0|6500000000000000000000a2", attributes: attrs{"name": "Ben Nash", "given_name": "Ben"}}}},
		{file: "13-okta-users-api.json", refused: "unknown_field: looks like Okta's list of users. Extract what is needed first"},
		{file: "19-keycloak-users.json", refused: "unknown_field: looks like a realm of Keycloak. Extract what is needed first"},
		{file: "20-cognito-list-users.json", warnings: []string{`"sub"`, `"email_verified"`, `"UserCreateDate"`, `"UserLastModifiedDate"`, `"Enabled"`, `"UserStatus"`}, rows: []caseRow{ada(attrs{"given_name": "Ada"})}},
		{file: "24-graph-users.json", warnings: []string{`"id" is not used`}, rows: []caseRow{ada(attrs{"name": "Ada Moss", "given_name": "Ada", "family_name": "Moss"})}},
		{file: "28b-secret-columns.csv", warnings: []string{`"password_digest"`, `"totp_secret"`, `"Initial PW"`, `"Mot de passe"`}, rows: []caseRow{ada(attrs{"given_name": "Ada"})}},
		{file: "33-groups-comma-in-cell.csv", rows: []caseRow{{email: "ada.moss@example.org", groups: "staff students", attributes: attrs{"given_name": "Ada"}}, {email: "ben.nash@example.org", groups: "staff", attributes: attrs{"given_name": "Ben"}}}},
		{file: "34-two-group-columns.csv", rows: []caseRow{{email: "ada.moss@example.org", groups: "staff students"}, {email: "ben.nash@example.org", groups: "staff"}}},
		{file: "40-phones.csv", rows: []caseRow{ada(attrs{"phone_number": "4.47911E+11"}), ben(attrs{"phone_number": "447911123456"}), {email: "cy.orr@example.org", attributes: attrs{"phone_number": "07911 123456"}}}},
		{file: "43-dates.csv", rows: []caseRow{ada(attrs{"birthdate": "4/9/1985"}), {email: "cy.orr@example.org", attributes: attrs{"birthdate": "31120"}},
			{email: "ed.quin@example.org", attributes: attrs{"birthdate": "1985-13-45"}}, {email: "gus.sands@example.org", attributes: attrs{"birthdate": "1985-04-09 00:00:00"}}}},
		{file: "46-look-alike-characters.csv", rows: []caseRow{{email: "sean.o’moss@example.org", attributes: attrs{"given_name": "Sean"}},
			{email: "“ben.nash@example.org”", attributes: attrs{"given_name": "Ben"}}, {email: "•flo.rae@example.org", attributes: attrs{"given_name": "Flo"}}}},
		{file: "46b-full-width-letters.csv", warnings: []string{"Row 2: Full-width"}, rows: []caseRow{{email: "ada@example.org", attributes: attrs{"given_name": "Ada"}}}},
		{file: "49-display-names-in-cell.csv", rows: []caseRow{ada(attrs{"given_name": "Ada"}), ben(attrs{"given_name": "Ben"}),
			{email: "cy.orr@example.org", attributes: attrs{"given_name": "Cy"}}, {email: "di.pek@example.org", attributes: attrs{"given_name": "Di"}}}},
		{file: "50e-tsv-as-txt.txt", rows: []caseRow{ada(attrs{"given_name": "Ada"}), ben(attrs{"given_name": "Ben"})}},
		{file: "62-extra-empty-cells.csv", rows: []caseRow{ada(attrs{"given_name": "Ada"}), ben(attrs{"given_name": "Ben"}), {email: "cy.orr@example.org", attributes: attrs{"given_name": "Cy"}}}},
		{file: "62b-excel-missing-trailing.csv", rows: []caseRow{{email: "ada.moss@example.org", groups: "staff", attributes: attrs{"given_name": "Ada"}}, ben(attrs{"given_name": "Ben"}),
			{email: "cy.orr@example.org"}, {email: "di.pek@example.org", attributes: attrs{"given_name": "Di"}}}},
		{file: "65b-title-above-header.csv", warnings: []string{"The header is on line 3"}, rows: []caseRow{{email: "ada.moss@example.org", groups: "staff", attributes: attrs{"given_name": "Ada"}}}},
		{file: "69-windows-1252.csv", warnings: []string{`read as Windows-1252 (Western European), so that row 3 has "Jörg"`}, rows: []caseRow{ada(attrs{"given_name": "Ada"}), {email: "jorg@example.org", attributes: attrs{"given_name": "Jörg"}}}},
		{file: "71-lost-characters.csv", warnings: []string{"Row 2: A value contains U+FFFD", "Row 3: A value looks like UTF-8"}, rows: []caseRow{ada(named("\ufffdda", "M\ufffdss")), ben(named("B?n", "JÃ¼rgens"))}},
		{file: "75-headers-de.csv", rows: []caseRow{{email: "ada.moss@example.org", groups: "staff", attributes: named("Ada", "Moss")}}},
		{file: "77-long-note.csv", rows: []caseRow{ada(attrs{"given_name": "Ada"})}},
		{file: "83b-state-code-reason.csv", rows: []caseRow{ada(attrs{"custom:state": "NY", "custom:code": "10001", "custom:reason": "new hire"}), ben(attrs{"custom:state": "CA", "custom:code": "90001", "custom:reason": "transfer"})}},
		{file: "84j-emails-list.json", rows: []caseRow{ada(nil), ben(nil)}},
		{file: "85c-excel.xlsx", refused: "damaged_workbook: its end is missing"},
		{file: "89-json-failures-roundtrip.json", rows: []caseRow{{email: "ada.moss@example.org", groups: "staff", attributes: attrs{"given_name": "Ada", "phone_number": "07911 123456"}}, {email: "ben.nash@example.org", groups: "stuff", attributes: attrs{"given_name": "Ben"}}}},
		{file: "93-psql-footer.csv", rows: []caseRow{ada(attrs{"given_name": "Ada"}), {fault: "The row has 1 cell but the header has 2, and none holds an address."}}},
		{file: "97-department-capital.csv", rows: []caseRow{ada(attrs{"custom:Department": "Sales", "custom:Tenant": "north"})}},
		{file: "a0-lost-linebreaks.csv", refused: "no_email_column: --data-binary"},
		{file: "c0-updated-at.csv", warnings: []string{`"updated_at" is not used`}, rows: []caseRow{ada(nil), ben(nil)}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(filepath.Join("testdata", "cases", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if refused := tt.refused; refused != "" {
				code, part, _ := strings.Cut(refused, ": ")
				e := readError(t, caseType[filepath.Ext(tt.file)], string(body))
				if e.Code != code || !strings.Contains(e.Detail, part) {
					t.Errorf("refused as %s: %s; want %s with %q", e.Code, e.Detail, code, part)
				}
				return
			}
			sub := mustRead(t, caseType[filepath.Ext(tt.file)], string(body))
			var got []caseRow
			for i, row := range sub.Rows {
				r := caseRow{email: row.Email, groups: strings.Join(row.Groups, " "), attributes: known(row.Attributes, tt.rows[min(i, len(tt.rows)-1)].attributes), ref: row.Ref}
				if row.Fault != nil {
					r.fault = row.Fault.Detail
					if i < len(tt.rows) && tt.rows[i].fault != "" && strings.Contains(r.fault, tt.rows[i].fault) {
						r.fault = tt.rows[i].fault
					}
				}
				got = append(got, r)
			}
			if diff := cmp.Diff(tt.rows, got, cmp.AllowUnexported(caseRow{})); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			for _, part := range tt.warnings {
				if !strings.Contains(warnings(sub), part) {
					t.Errorf("no warning with %q in:\n%s", part, warnings(sub))
				}
			}
			if len(sub.Warnings) != len(tt.warnings) {
				t.Errorf("warnings:\n%swant %d", warnings(sub), len(tt.warnings))
			}
		})
	}
}

// known leaves out attributes of the pool's own that the case says nothing of: a
// pool that lacks them leaves them out too.
func known(all, expected attrs) attrs {
	var some attrs
	for name, value := range all {
		if _, ok := expected[name]; !ok && strings.HasPrefix(name, "custom:") {
			continue
		}
		if some == nil {
			some = attrs{}
		}
		some[name] = value
	}
	return some
}

// Every file of the folder is a case.
func TestEveryCaseIsTried(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("cases_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Join("testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(string(source), `file: "`+f.Name()+`"`) {
			t.Errorf("%s is not tried", f.Name())
		}
	}
}

// Pasted text holds people in many ways.
func TestPastedRecipients(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Ada Moss <ada.moss@example.org> Ben Nash <ben.nash@example.org>",
		"ada.moss@example.org; ben.nash@example.org", "ada.moss@example.org, ben.nash@example.org;", "ada.moss@example.org；ben.nash@example.org",
		"ada.moss@example.org、ben.nash@example.org", "ada.moss@example.org\tben.nash@example.org", "ada.moss@example.org and ben.nash@example.org",
		"ada.moss@example.org (cc ben.nash@example.org)", "\"Moss, Ada\" <ada.moss@example.org>, \"Nash, Ben\" <ben.nash@example.org>",
		"'ada.moss@example.org', 'ben.nash@example.org'", "mailto:ada.moss@example.org\nBen Nash (ben.nash@example.org)", "ada.moss@example.org / ben.nash@example.org",
		"ada.moss@example.org ben.nash@example.org", "<ada.moss@example.org><ben.nash@example.org>", "Ada: ada.moss@example.org, Ben: ben.nash@example.org",
	} {
		var got []string
		for _, row := range mustRead(t, "text/plain", text).Rows {
			got = append(got, row.Email)
		}
		if diff := cmp.Diff([]string{"ada.moss@example.org", "ben.nash@example.org"}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// The column of the addresses is found in twelve languages, decorated or not.
func TestEmailColumnIsFound(t *testing.T) {
	t.Parallel()
	for _, header := range []string{
		"Email*", "Email Address [Required]", "E-mail 1 - Value", "user_email", "PrimarySmtpAddress", "E-Mail-Adresse", "Adresse électronique", "ADRESSE ELECTRONIQUE", "Courriel (obligatoire)",
		"Correo electrónico", "Endereço de e-mail", "Indirizzo e-mail", "E-mailadres", "Adres e-mail", "E-posta Adresi", "Электронная почта", "メールアドレス", "Ｅメール", "电子邮箱", "電子郵件地址", "emailAddress", "EMAIL ADDRESS:", "e mail", "Contact e-mail (work)", "adresse e\u0301lectronique", "E-MAİL",
	} {
		sub := mustRead(t, csvType, "Nr;"+header+";Boss\n1;a@example.org;b@example.org\n")
		if sub.Rows[0].Email != "a@example.org" {
			t.Errorf("%s: address %q, warnings %s", header, sub.Rows[0].Email, warnings(sub))
		}
	}
	for header, want := range map[string]attrs{
		"Vorname;Nachname": {"given_name": "x", "family_name": "y"}, "Prénom;Nom": {"given_name": "x", "family_name": "y"}, "Nombre;Apellidos": {"given_name": "x", "family_name": "y"},
		"Nome;Sobrenome": {"given_name": "x", "family_name": "y"}, "Nome;Cognome": {"given_name": "x", "family_name": "y"}, "Voornaam;Achternaam": {"given_name": "x", "family_name": "y"},
		"Imię;Nazwisko": {"given_name": "x", "family_name": "y"}, "Adı;Soyadı": {"given_name": "x", "family_name": "y"}, "Имя;Фамилия": {"given_name": "x", "family_name": "y"}, "名;姓": {"given_name": "x", "family_name": "y"}, "First Name [Required];Surname*": {"given_name": "x", "family_name": "y"},
	} {
		if diff := cmp.Diff(want, mustRead(t, csvType, "email;"+header+"\na@example.org;x;y\n").Rows[0].Attributes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", header, diff)
		}
	}
	sub := mustRead(t, csvType, "Kontakt;Ort\na@example.org;Ulm\n")
	if sub.Rows[0].Email != "a@example.org" || !strings.Contains(warnings(sub), `column "Kontakt"`) {
		t.Errorf("by content: %+v, warnings %s", sub.Rows[0], warnings(sub))
	}
	_, err := intake.ReadWith(csvType, []byte("Kontakt;Chef\na@example.org;b@example.org\n"), intake.Limits{}, intake.Options{Columns: map[string]string{"Kontakt": "email"}})
	if err != nil {
		t.Errorf("with the column named: %v", err)
	}
}
