package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

const (
	jsonType = "application/json"
	csvType  = "text/csv"
)

// attrs keeps tables short.
type attrs = map[string]string

func TestEveryTypeGivesTheSameRows(t *testing.T) {
	t.Parallel()
	want := []string{"ann@example.org", "bob@example.org"}
	array := `["ann@example.org", {"email":"bob@example.org"}]`
	sheet := "email\nann@example.org\nbob@example.org\n"
	for _, tt := range []struct{ name, contentType, body string }{
		{"array", jsonType, array},
		{"array with charset", "application/json; charset=UTF-8", array},
		{"scim type", "application/scim+json", array},
		{"users", jsonType, `{"users":` + array + `}`},
		{"ndjson", "application/x-ndjson", "\"ann@example.org\"\n{\"email\":\"bob@example.org\"}\n"},
		{"jsonl", "application/jsonl", "\"ann@example.org\"\r\n\r\n{\"email\":\"bob@example.org\"}"},
		{"csv", csvType, sheet},
		{"csv of other names", "application/csv; header=present", sheet},
		{"tsv", "text/tab-separated-values", "ref\temail\n\tann@example.org\n\tbob@example.org"},
		{"text", "text/plain", "ann@example.org\n\n  bob@example.org  \r\n"},
		{"text of an old Macintosh", "TEXT/PLAIN", "ann@example.org\rbob@example.org\r"},
		{"form", "application/x-www-form-urlencoded", "email=ann%40example.org&email=bob@example.org&"},
		{"byte order mark", csvType, "\ufeff" + sheet},
		{"utf-16 little end", csvType, utf16Body("\ufeff"+sheet, false)},
		{"utf-16 big end", csvType, utf16Body("\ufeff"+sheet, true)},
		{"utf-16 by charset", "text/csv; charset=utf-16le", utf16Body(sheet, false)},
		{"utf-16be by charset", "text/csv; charset=UTF-16", utf16Body(sheet, true)},
		{"utf-16 json", jsonType, utf16Body("\ufeff"+array, false)},
		{"ascii under another charset", "text/csv; charset=iso-8859-1", sheet},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sub := mustRead(t, tt.contentType, tt.body)
			if diff := cmp.Diff(want, emails(sub)); diff != "" {
				t.Errorf("emails (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUTF16KeepsCharactersBeyondTheBasicPlane(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, csvType, utf16Body("\ufeffemail,name\na@example.org,Zoë 𠮷田 😀\n", true))
	if got, want := sub.Rows[0].Attributes["name"], "Zoë 𠮷田 😀"; got != want {
		t.Errorf("name = %q, want %q", got, want)
	}
}

func TestBodiesRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, contentType, body string
		kind                    intake.Kind
		code                    string
		detail                  string // has to stand in the text
	}{
		{"no type", "", "a", intake.Unsupported, intake.CodeTypeUnsupported, "text/csv"},
		{"other type", "image/png", "a", intake.Unsupported, intake.CodeTypeUnsupported, "image/png"},
		{"charset", "text/csv; charset=windows-1252", "email,name\na@example.org,Zo\xeb", intake.Unsupported, intake.CodeCharset, "windows-1252"},
		{"spreadsheet", csvType, "PK\x03\x04....", intake.Unsupported, intake.CodeTypeUnsupported, "CSV UTF-8"},
		{"empty", jsonType, "", intake.Malformed, intake.CodeEmptyBody, "empty"},
		{"empty upload", "multipart/form-data; boundary=x", "", intake.Malformed, intake.CodeEmptyBody, "empty"},
		{"blank", csvType, "\ufeff \r\n\t", intake.Malformed, intake.CodeEmptyBody, "empty"},
		{"header only", csvType, "email,name\n,\n", intake.Malformed, intake.CodeNoRows, "no address"},
		{"no users", jsonType, "[]", intake.Malformed, intake.CodeNoRows, "no address"},
		{"not utf-8", csvType, "email,name\na@example.org,Zo\xeb\n", intake.Malformed, intake.CodeNotUTF8, "Line 2: "},
		{"utf-16 without mark", csvType, utf16Body("email\n", false), intake.Malformed, intake.CodeNotUTF8, "UTF-16"},
		{"utf-32", csvType, "\xff\xfe\x00\x00e\x00\x00\x00", intake.Malformed, intake.CodeNotUTF8, "UTF-32"},
		{"utf-16 cut", csvType, "\xff\xfee\x00m", intake.Malformed, intake.CodeNotUTF8, "middle of a character"},
		{"utf-16 half a pair", csvType, "\xff\xfee\x00\n\x00\x3d\xd8a\x00", intake.Malformed, intake.CodeNotUTF8, "Line 2: "},
		{"form field", form, "email=a&name=b", intake.Malformed, intake.CodeUnknownField, `"name"`},
		{"form escape", form, "email=%zz", intake.Malformed, intake.CodeFormSyntax, "%25"},
		{"form bytes", form, "email=%ff", intake.Malformed, intake.CodeNotUTF8, "UTF-8"},
		{"form label twice", form, "email=a&label=x&label=y", intake.Malformed, intake.CodeDuplicateKey, "label"},
		{"json as form", form, `{"email":"a@example.org"}`, intake.Malformed, intake.CodeFormSyntax, "application/json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := readError(t, tt.contentType, tt.body)
			if e.Kind != tt.kind || e.Code != tt.code || !strings.Contains(e.Detail, tt.detail) {
				t.Errorf("got kind %d code %s detail %q, want kind %d code %s with %q", e.Kind, e.Code, e.Detail, tt.kind, tt.code, tt.detail)
			}
		})
	}
}

func TestTypesAreAllRead(t *testing.T) {
	t.Parallel()
	for _, media := range intake.Types() {
		_, err := intake.Read(media, nil, intake.Limits{})
		if e, ok := errors.AsType[*intake.Error](err); !ok || e.Code != intake.CodeEmptyBody {
			t.Errorf("Read(%q, nothing) = %v, want an empty body", media, err)
		}
	}
}

func TestTextRowsAreNumberedByLine(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, "text/plain", "\r\na@example.org\r\n \n# b\nnot an address")
	want := []onboard.Row{
		{Number: 2, Person: onboard.Person{Email: "a@example.org"}},
		{Number: 4, Person: onboard.Person{Email: "# b"}},
		{Number: 5, Person: onboard.Person{Email: "not an address"}},
	}
	if diff := cmp.Diff(want, sub.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFormTakesALabelAndEmptyAddresses(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, "application/x-www-form-urlencoded", "email=a%2Bb%40example.org&email=&label=New+people")
	want := onboard.Submission{
		Label: "New people",
		Rows:  []onboard.Row{{Number: 1, Person: onboard.Person{Email: "a+b@example.org"}}, {Number: 2}},
	}
	if diff := cmp.Diff(want, sub); diff != "" {
		t.Errorf("submission (-want +got):\n%s", diff)
	}
}

func TestUploadOfOneFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, filename, media, body string }{
		{"by type", "people", "text/csv", "email\na@example.org"},
		{"by name", "people.csv", "application/octet-stream", "email\na@example.org"},
		{"as Excel has it", "People.CSV", "application/vnd.ms-excel", "email;name\na@example.org;"},
		{"plain type, telling name", "people.json", "text/plain", `["a@example.org"]`},
		{"no type", "people.ndjson", "", `"a@example.org"`},
		{"tabs", "people.tsv", "", "name\temail\n\ta@example.org"},
		{"text", "people.txt", "text/plain; charset=utf-8", "a@example.org"},
		{"json", "blob", "application/json", `{"users":["a@example.org"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := upload(t, file{tt.filename, tt.media, tt.body}, file{"", "", "Spring"})
			sub := mustRead(t, contentType, body)
			if diff := cmp.Diff([]string{"a@example.org"}, emails(sub)); diff != "" {
				t.Errorf("emails (-want +got):\n%s", diff)
			}
			if sub.Label != "Spring" {
				t.Errorf("label = %q, want Spring", sub.Label)
			}
		})
	}
}

func TestUploadsRefused(t *testing.T) {
	t.Parallel()
	people := file{"people.csv", "text/csv", "email\na@example.org"}
	label := file{"", "", "Spring"}
	for _, tt := range []struct {
		name  string
		files []file
		code  string
	}{
		{"none", []file{label}, intake.CodeOneFile},
		{"two", []file{people, people}, intake.CodeOneFile},
		{"two labels", []file{people, label, label}, intake.CodeDuplicateKey},
		{"picture", []file{{"people.png", "image/png", "x"}}, intake.CodeTypeUnsupported},
		{"form in a form", []file{{"people", "application/x-www-form-urlencoded", "email=a"}}, intake.CodeTypeUnsupported},
		{"broken file", []file{{"people.json", "", "{"}}, intake.CodeJSONSyntax},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := upload(t, tt.files...)
			if e := readError(t, contentType, body); e.Code != tt.code {
				t.Errorf("code = %s (%s), want %s", e.Code, e.Detail, tt.code)
			}
		})
	}

	contentType, body := upload(t, people)
	for name, e := range map[string]*intake.Error{
		"cut off":     readError(t, contentType, body[:len(body)-20]),
		"no boundary": readError(t, "multipart/form-data", body),
	} {
		if e.Code != intake.CodeMultipart {
			t.Errorf("%s: code = %s, want %s", name, e.Code, intake.CodeMultipart)
		}
	}
}

// file is one part of an upload; without a name it is the field label.
type file struct{ name, media, body string }

func upload(t *testing.T, files ...file) (contentType, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range files {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="label"`}}
		if f.name != "" {
			h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, f.name))
		}
		if f.media != "" {
			h.Set("Content-Type", f.media)
		}
		part, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(f.body))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func utf16Body(s string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

func mustRead(t *testing.T, contentType, body string) onboard.Submission {
	t.Helper()
	sub, err := intake.Read(contentType, []byte(body), intake.Limits{})
	if err != nil {
		t.Fatalf("Read(%s): %v", contentType, err)
	}
	return sub
}

func readError(t *testing.T, contentType, body string) *intake.Error {
	t.Helper()
	sub, err := intake.Read(contentType, []byte(body), intake.Limits{})
	e, ok := errors.AsType[*intake.Error](err)
	if !ok {
		t.Fatalf("Read(%s) = %+v, %v; want an *intake.Error", contentType, sub, err)
	}
	if len(sub.Rows) > 0 {
		t.Errorf("Read(%s) gave %d rows with its error", contentType, len(sub.Rows))
	}
	return e
}

func emails(sub onboard.Submission) []string {
	var all []string
	for _, row := range sub.Rows {
		all = append(all, row.Email)
	}
	return all
}

func warnings(sub onboard.Submission) string {
	var b strings.Builder
	for _, w := range sub.Warnings {
		fmt.Fprintf(&b, "%s: %s\n", w.Code, w.Detail)
	}
	return b.String()
}
