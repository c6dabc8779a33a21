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
		{name: "array", contentType: jsonType, body: array},
		{name: "array with charset", contentType: "application/json; charset=UTF-8", body: array},
		{name: "scim type", contentType: "application/scim+json", body: array},
		{name: "users", contentType: jsonType, body: `{"users":` + array + `}`},
		{name: "ndjson", contentType: "application/x-ndjson", body: "\"ann@example.org\"\n{\"email\":\"bob@example.org\"}\n"},
		{name: "jsonl", contentType: "application/jsonl", body: "\"ann@example.org\"\r\n\r\n{\"email\":\"bob@example.org\"}"},
		{name: "csv", contentType: csvType, body: sheet},
		{name: "csv of other names", contentType: "application/csv; header=present", body: sheet},
		{name: "tsv", contentType: "text/tab-separated-values", body: "ref\temail\n\tann@example.org\n\tbob@example.org"},
		{name: "text", contentType: "text/plain", body: "ann@example.org\n\n  bob@example.org  \r\n"},
		{name: "text of an old Macintosh", contentType: "TEXT/PLAIN", body: "ann@example.org\rbob@example.org\r"},
		{name: "form", contentType: "application/x-www-form-urlencoded", body: "email=ann%40example.org&email=bob@example.org&"},
		{name: "byte order mark", contentType: csvType, body: "\ufeff" + sheet},
		{name: "utf-16 little end", contentType: csvType, body: utf16Body("\ufeff"+sheet, false)},
		{name: "utf-16 big end", contentType: csvType, body: utf16Body("\ufeff"+sheet, true)},
		{name: "utf-16 by charset", contentType: "text/csv; charset=utf-16le", body: utf16Body(sheet, false)},
		{name: "utf-16be by charset", contentType: "text/csv; charset=UTF-16", body: utf16Body(sheet, true)},
		{name: "utf-16 json", contentType: jsonType, body: utf16Body("\ufeff"+array, false)},
		{name: "ascii under another charset", contentType: "text/csv; charset=iso-8859-1", body: sheet},
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
		{name: "no type", contentType: "", body: "a", kind: intake.Unsupported, code: intake.CodeTypeUnsupported, detail: "text/csv"},
		{name: "other type", contentType: "image/png", body: "a", kind: intake.Unsupported, code: intake.CodeTypeUnsupported, detail: "image/png"},
		{name: "charset", contentType: "text/csv; charset=klingon", body: "email,name\na@example.org,Zo\xeb", kind: intake.Unsupported, code: intake.CodeCharset, detail: "klingon"},
		{name: "charset that does not fit", contentType: "text/csv; charset=shift_jis", body: "email,name\na@example.org,Zo\xeb", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "utf-7", contentType: "text/csv; charset=utf-7", body: "email,name\na@example.org,Zo\xeb", kind: intake.Unsupported, code: intake.CodeCharset, detail: "utf-7"},
		{name: "spreadsheet cut off", contentType: csvType, body: "PK\x03\x04....", kind: intake.Malformed, code: intake.CodeDamagedWorkbook, detail: "The workbook is damaged"},
		{name: "empty", contentType: jsonType, body: "", kind: intake.Malformed, code: intake.CodeEmptyBody, detail: "empty"},
		{name: "empty upload", contentType: "multipart/form-data; boundary=x", body: "", kind: intake.Malformed, code: intake.CodeEmptyBody, detail: "empty"},
		{name: "blank", contentType: csvType, body: "\ufeff \r\n\t", kind: intake.Malformed, code: intake.CodeEmptyBody, detail: "empty"},
		{name: "header only", contentType: csvType, body: "email,name\n,\n", kind: intake.Malformed, code: intake.CodeNoRows, detail: "no address"},
		{name: "no users", contentType: jsonType, body: "[]", kind: intake.Malformed, code: intake.CodeNoRows, detail: "no address"},
		{name: "json not utf-8", contentType: jsonType, body: "[\n\"Zo\xeb@example.org\"]", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "utf-8 damaged", contentType: csvType, body: "email,name\na@example.org,Zo\xeb\nb@example.org,Zoë\nc@example.org,Zoë\n", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "byte order mark and not utf-8", contentType: csvType, body: "\ufeffemail,name\na@example.org,Zo\xeb\n", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "no encoding fits", contentType: csvType, body: "email,name\na@example.org,Zo\x81\n", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "binary", contentType: csvType, body: "email,name\n\x01\xffa@example.org,Zo\n", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "no type and no list", contentType: "", body: "dear all", kind: intake.Unsupported, code: intake.CodeTypeUnsupported, detail: "Send one of"},
		{name: "utf-16 without mark", contentType: csvType, body: utf16Body("email\n", false), kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "UTF-16"},
		{name: "utf-32", contentType: csvType, body: "\xff\xfe\x00\x00e\x00\x00\x00", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "UTF-32"},
		{name: "utf-16 cut", contentType: csvType, body: "\xff\xfee\x00m", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "middle of a character"},
		{name: "utf-16 half a pair", contentType: csvType, body: "\xff\xfee\x00\n\x00\x3d\xd8a\x00", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "Line 2: "},
		{name: "form field", contentType: form, body: "email=a&name=b", kind: intake.Malformed, code: intake.CodeUnknownField, detail: `"name"`},
		{name: "form escape", contentType: form, body: "email=%zz", kind: intake.Malformed, code: intake.CodeFormSyntax, detail: "%25"},
		{name: "form bytes", contentType: form, body: "email=%ff", kind: intake.Malformed, code: intake.CodeNotUTF8, detail: "UTF-8"},
		{name: "form label twice", contentType: form, body: "email=a&label=x&label=y", kind: intake.Malformed, code: intake.CodeDuplicateKey, detail: "label"},
		{name: "json as form", contentType: form, body: `{"email":"a@example.org"}`, kind: intake.Malformed, code: intake.CodeFormSyntax, detail: "application/json"},
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
		{name: "by type", filename: "people", media: "text/csv", body: "email\na@example.org"},
		{name: "by name", filename: "people.csv", media: "application/octet-stream", body: "email\na@example.org"},
		{name: "as Excel has it", filename: "People.CSV", media: "application/vnd.ms-excel", body: "email;name\na@example.org;"},
		{name: "plain type, telling name", filename: "people.json", media: "text/plain", body: `["a@example.org"]`},
		{name: "no type", filename: "people.ndjson", media: "", body: `"a@example.org"`},
		{name: "tabs", filename: "people.tsv", media: "", body: "name\temail\n\ta@example.org"},
		{name: "text", filename: "people.txt", media: "text/plain; charset=utf-8", body: "a@example.org"},
		{name: "json", filename: "blob", media: "application/json", body: `{"users":["a@example.org"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := upload(t, file{name: tt.filename, media: tt.media, body: tt.body}, file{name: "", media: "", body: "Spring"})
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
	people := file{name: "people.csv", media: "text/csv", body: "email\na@example.org"}
	label := file{name: "", media: "", body: "Spring"}
	for _, tt := range []struct {
		name  string
		files []file
		code  string
	}{
		{name: "none", files: []file{label}, code: intake.CodeOneFile},
		{name: "two", files: []file{people, people}, code: intake.CodeOneFile},
		{name: "two labels", files: []file{people, label, label}, code: intake.CodeDuplicateKey},
		{name: "picture", files: []file{{name: "people.png", media: "image/png", body: "x"}}, code: intake.CodeTypeUnsupported},
		{name: "form in a form", files: []file{{name: "people", media: "application/x-www-form-urlencoded", body: "email=a"}}, code: intake.CodeTypeUnsupported},
		{name: "broken file", files: []file{{name: "people.json", media: "", body: "{"}}, code: intake.CodeJSONSyntax},
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
