package intake_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/intake"
)

// The content decides where the type says nothing, or something else.
func TestTheContentDecides(t *testing.T) {
	t.Parallel()
	const (
		table  = "E-Mail;Vorname\na@example.org;Ann\nb@example.org;Bo\n"
		array  = `["a@example.org",{"email":"b@example.org"}]`
		object = "{\n \"users\": [\"a@example.org\", \"b@example.org\"]\n}"
		lines  = "{\"email\":\"a@example.org\"}\n{\"email\":\"b@example.org\"}\n"
		list   = "a@example.org\nb@example.org\n"
		form   = "application/x-www-form-urlencoded"
	)
	generic := []string{"", "text", "application/octet-stream", "text/plain", "application/vnd.ms-excel", "text/html", workbookType}
	for name, tt := range map[string]struct {
		body  string
		types []string
	}{
		"table":                  {body: table, types: append(generic, csvType, "text/tab-separated-values", form)},
		"table of one column":    {body: "email\na@example.org\nb@example.org\n", types: generic},
		"table in unknown words": {body: "naam;anschrift\nAnn;a@example.org\nBo;b@example.org\n", types: generic},
		"table below a title":    {body: "Autumn term\n\n" + table, types: generic},
		"array":                  {body: array, types: append(generic, csvType)},
		"object":                 {body: object, types: append(generic, csvType)},
		"lines of JSON":          {body: lines, types: append(generic, csvType)},
		"list":                   {body: list, types: generic},
		"list with names":        {body: "Ann, the first <a@example.org>\nBo <b@example.org>\n", types: generic},
	} {
		for _, media := range tt.types {
			sub, err := intake.Read(media, []byte(tt.body), intake.Limits{})
			if err != nil {
				t.Errorf("%s as %q: %v", name, media, err)
				continue
			}
			if diff := cmp.Diff([]string{"a@example.org", "b@example.org"}, emails(sub)); diff != "" {
				t.Errorf("%s as %q (-want +got):\n%s", name, media, diff)
			}
		}
	}
}

func TestOtherFormatsAreNamed(t *testing.T) {
	t.Parallel()
	for says, body := range map[string]string{
		"vCard":                "BEGIN:VCARD\r\nVERSION:3.0\r\nEMAIL:a@example.org\r\nEND:VCARD\r\n",
		"iCalendar":            "BEGIN:VCALENDAR\nATTENDEE:mailto:a@example.org\n",
		"LDIF":                 "version: 1\n\ndn: cn=Ann\nmail: a@example.org\n",
		"directory (LDIF)":     "dn: cn=Ann\nmail: a@example.org\n",
		"RTF":                  `{\rtf1 a@example.org}`,
		"PDF":                  "%PDF-1.7\na@example.org",
		"a web page":           "<!DOCTYPE html><html><table><tr><td>a@example.org</td></tr></table></html>",
		"an XML file":          "<?xml version=\"1.0\"?>\n<people><mail>a@example.org</mail></people>",
		"Excel 97 to 2003":     string(workbook(t, "sheetjs-biff8.xls")),
		"a Numbers document":   string(workbook(t, "r-numbers.numbers")),
		"link to a Google":     string(workbook(t, "r-gsheet.gsheet")),
		"protected by a passw": string(workbook(t, "r-encrypted.xlsx")),
	} {
		for _, media := range []string{"", csvType, "text/plain", "application/octet-stream", "text/vcard"} {
			if e := readError(t, media, body); e.Code != intake.CodeTypeUnsupported || e.Kind != intake.Unsupported || !strings.Contains(e.Detail, says) {
				t.Errorf("%s as %q: %s: %s", says, media, e.Code, e.Detail)
			}
		}
	}
	// A list of users may have the words of a link in it.
	mustRead(t, jsonType, `[{"email":"a@example.org","attributes":{"doc_id":"1"}}]`)
}

func TestWorkbooksOfAnyType(t *testing.T) {
	t.Parallel()
	body := string(workbook(t, "h-openpyxl.xlsx"))
	for _, media := range []string{"", workbookType, csvType, jsonType, "text/plain", "application/octet-stream", "application/zip"} {
		if sub := mustRead(t, media, body); len(sub.Rows) != 2 || !sub.CSV {
			t.Errorf("as %q: %+v", media, sub)
		}
	}
	contentType, form := upload(t, file{name: "people.xlsx", media: workbookType, body: body}, file{name: "", media: "", body: "Spring"})
	if sub := mustRead(t, contentType, form); len(sub.Rows) != 2 || sub.Label != "Spring" {
		t.Errorf("uploaded: %+v", sub)
	}
}

// Browsers send an input for a file in which nothing was chosen as a file without
// a name and content.
func TestUploadWithAnEmptyInput(t *testing.T) {
	t.Parallel()
	const empty = "Content-Disposition: form-data; name=\"second\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n"
	const people = "Content-Disposition: form-data; name=\"file\"; filename=\"p.csv\"\r\n\r\nemail\na@example.org\r\n"
	const unnamed = "Content-Disposition: form-data; name=\"file\"\r\n\r\nemail\na@example.org\r\n"
	for _, parts := range [][]string{{people, empty}, {empty, people}, {empty, people, empty}, {unnamed}} {
		body := "--x\r\n" + strings.Join(parts, "--x\r\n") + "--x--\r\n"
		sub := mustRead(t, "multipart/form-data; boundary=x", body)
		if diff := cmp.Diff([]string{"a@example.org"}, emails(sub)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", parts, diff)
		}
	}
	if e := readError(t, "multipart/form-data; boundary=x", "--x\r\n"+empty+"--x--\r\n"); e.Code != intake.CodeOneFile {
		t.Errorf("nothing chosen: %s: %s", e.Code, e.Detail)
	}
}
