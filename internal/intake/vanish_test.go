package intake_test

import (
	"fmt"
	"mime/multipart"
	"net/textproto"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// TestNobodyVanishes: whatever looks like an address in a body is a row, is in a
// column or field that a warning names, or the row or the body is refused.
func TestNobodyVanishes(t *testing.T) {
	t.Parallel()
	for name, body := range bodies() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				b := body(t)
				sub, err := intake.ReadWith(b.contentType, []byte(b.text), intake.Limits{}, intake.Options{Columns: b.columns})
				if err != nil {
					return
				}
				accounted := map[string]bool{}
				refused := map[int]bool{}
				var invalid strings.Builder // what is in the place of an address in rows that are refused
				for _, row := range sub.Rows {
					if _, fault := onboard.CheckEmail(row.Email); fault != nil || row.Fault != nil {
						refused[row.Number] = true
						invalid.WriteString(row.Email + "\n")
					} else {
						accounted[row.Email] = true
					}
				}
				for _, a := range b.addresses {
					if !accounted[a.address] && !a.in(refused) && !strings.Contains(invalid.String(), a.address) && !a.said(sub.Warnings) {
						t.Fatalf("%s is in no row and no warning of\n%s\nrows %+v\nwarnings %+v", a.address, b.text, sub.Rows, sub.Warnings)
					}
				}
			})
		})
	}
}

// body is a body and the addresses that are in it.
type body struct {
	contentType, text string
	addresses         []placed
	columns           map[string]string // what the caller said that they mean
	headers           []string          // of a table
}

// placed is an address with the number of the row that it would be refused with, and
// the column or field that a warning would name; "" if any warning does.
type placed struct {
	address string
	row     int
	field   string
	last    int // the line on which a row of several lines ends, 0 if it has one
}

// said reports whether a warning is about the address. Where another line was taken
// for the header, the columns have other names, and any warning of addresses counts.
func (a placed) said(all []onboard.Fault) bool {
	otherHeader := slices.ContainsFunc(all, func(w onboard.Fault) bool {
		return strings.Contains(w.Detail, "lines above it") || strings.Contains(w.Detail, "Above the header")
	})
	return slices.ContainsFunc(all, func(w onboard.Fault) bool {
		return a.field == "" || strings.Contains(w.Detail, a.field) || otherHeader && strings.Contains(w.Detail, "address")
	})
}

// in reports whether a row in which the address is was refused.
func (a placed) in(refused map[int]bool) bool {
	for row := a.row; row <= max(a.row, a.last); row++ {
		if refused[row] {
			return true
		}
	}
	return false
}

func bodies() map[string]func(*rapid.T) body {
	return map[string]func(*rapid.T) body{
		"csv": csvBody, "mapped": mappedBody, "text": textBody, "json": jsonBody, "ndjson": ndjsonBody, "form": formBody,
		"workbook": workbookBody, "upload": uploadBody,
	}
}

// somebody draws an address that no other is a part of.
func somebody(t *rapid.T, n *int) string {
	*n++
	return fmt.Sprintf("p%d.%s@example.org", *n, rapid.SampledFrom([]string{"a", "moss", "x-y"}).Draw(t, "name"))
}

// written draws a way in which people write an address into a cell or a line.
func written(t *rapid.T, address string) string {
	return fmt.Sprintf(rapid.SampledFrom([]string{"%s", " %s ", "Ada Moss <%s>", "'%s", "<%s>", "mailto:%s", "%s;", "%s,", "Ada (%s)", "%s (Ada)", "Ada|%s", "SMTP:%s", "Ada %s", `"Moss, Ada" <%s>`}).Draw(t, "written"), address)
}

func someHeaders(t *rapid.T) []string {
	return rapid.SliceOfN(rapid.SampledFrom([]string{"email", "Mail", "E-mail 1 - Value", "E-mail 2 - Value", "Vorname", "group", "Notes", "ref", "username", "Boss", "state", "code", "reason", "updated_at", "Phone", ""}), 1, 6).Draw(t, "headers")
}

func csvBody(t *rapid.T) body {
	n := 0
	headers := someHeaders(t)
	separator := rapid.SampledFrom([]string{",", ";", "\t"}).Draw(t, "separator")
	b := body{contentType: csvType, headers: headers}
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	var out strings.Builder
	line := 1
	for range rapid.IntRange(0, 2).Draw(t, "above") {
		out.WriteString("Staff list" + strings.Repeat(separator, rapid.IntRange(0, 3).Draw(t, "padding")) + "\n")
		line++
	}
	for i, h := range headers {
		if i > 0 {
			out.WriteString(separator)
		}
		out.WriteString(quote(h))
	}
	out.WriteString("\n")
	for range rapid.IntRange(1, 5).Draw(t, "rows") {
		line++
		start, before := line, len(b.addresses)
		for i := range rapid.IntRange(1, len(headers)+2).Draw(t, "cells") {
			if i > 0 {
				out.WriteString(separator)
			}
			cell := rapid.SampledFrom([]string{"", "x", "Ada", "two\nlines", "failed"}).Draw(t, "cell")
			for range rapid.IntRange(0, 2).Draw(t, "addresses") {
				a := placed{address: somebody(t, &n), row: start}
				if i < len(headers) && headers[i] != "" {
					a.field = headers[i]
				}
				cell += rapid.SampledFrom([]string{" ", "\n", "; "}).Draw(t, "before") + written(t, a.address)
				b.addresses = append(b.addresses, a)
			}
			cell = strings.TrimLeft(cell, " \n;")
			line += strings.Count(cell, "\n")
			out.WriteString(quote(cell))
		}
		out.WriteString("\n")
		for i := range b.addresses[before:] {
			b.addresses[before+i].last = line
		}
	}
	b.text = out.String()
	return b
}

// mappedBody is a table of which the caller says what some columns mean.
func mappedBody(t *rapid.T) body {
	b := csvBody(t)
	b.columns = map[string]string{}
	for _, name := range b.headers {
		if name != "" && rapid.Bool().Draw(t, "said") {
			b.columns[name] = rapid.SampledFrom([]string{"email", "groups", "ref", "none", "given_name", "department", "name"}).Draw(t, "meaning")
		}
	}
	return b
}

// workbookBody is a sheet of texts. Its rows are numbered as Excel does.
func workbookBody(t *rapid.T) body {
	n := 0
	b := body{contentType: workbookType}
	headers := someHeaders(t)
	rows := []string{row(headers...)}
	for number := range rapid.IntRange(1, 5).Draw(t, "rows") {
		var cells []string
		for i := range rapid.IntRange(1, len(headers)+2).Draw(t, "cells") {
			cell := rapid.SampledFrom([]string{"", "x", "Ada", "two\nlines", "failed"}).Draw(t, "cell")
			for range rapid.IntRange(0, 2).Draw(t, "addresses") {
				a := placed{address: somebody(t, &n), row: number + 2}
				if i < len(headers) {
					a.field = headers[i]
				}
				cell += rapid.SampledFrom([]string{" ", "\n", "; "}).Draw(t, "before") + written(t, a.address)
				b.addresses = append(b.addresses, a)
			}
			cells = append(cells, strings.TrimLeft(cell, " \n;<"))
		}
		rows = append(rows, row(cells...))
	}
	b.text = string(xlsxOf(t, rows...))
	return b
}

// uploadBody is any of the other bodies as a file of a form, with the type that a
// browser would give it or none.
func uploadBody(t *rapid.T) body {
	inside := rapid.SampledFrom([]string{"csv", "text", "json", "ndjson", "workbook"}).Draw(t, "inside")
	b := bodies()[inside](t)
	var out strings.Builder
	w := multipart.NewWriter(&out)
	header := textproto.MIMEHeader{}
	name := "people." + map[string]string{"csv": "csv", "text": "txt", "json": "json", "ndjson": "ndjson", "workbook": "xlsx"}[inside]
	header.Set("Content-Disposition", `form-data; name="file"; filename="`+name+`"`)
	if media := rapid.SampledFrom([]string{b.contentType, "application/octet-stream", ""}).Draw(t, "type"); media != "" {
		header.Set("Content-Type", media)
	}
	part, err := w.CreatePart(header)
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(b.text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b.contentType, b.text = w.FormDataContentType(), out.String()
	return b
}

func textBody(t *rapid.T) body {
	n := 0
	b := body{contentType: "text/plain"}
	for line := range rapid.IntRange(1, 4).Draw(t, "lines") {
		for i := range rapid.IntRange(1, 4).Draw(t, "people") {
			a := placed{address: somebody(t, &n), row: line + 1, field: "no field"}
			if i > 0 {
				b.text += rapid.SampledFrom([]string{" ", ",", "; ", "；", "、", "\t", " and ", " / ", "|", " cc "}).Draw(t, "between")
			}
			b.text += written(t, a.address)
			b.addresses = append(b.addresses, a)
		}
		b.text += "\n"
	}
	// With several addresses on a line rows are numbered by address: a row at fault
	// then has it, or the row before.
	for i := range b.addresses {
		b.addresses[i].row = -1
	}
	return b
}

func formBody(t *rapid.T) body {
	n := 0
	b := body{contentType: "application/x-www-form-urlencoded", text: "label=x"}
	for i := range rapid.IntRange(1, 4).Draw(t, "people") {
		var values []string
		for range rapid.IntRange(1, 2).Draw(t, "in one") {
			a := placed{address: somebody(t, &n), row: i + 1, field: "no field"}
			values = append(values, a.address)
			b.addresses = append(b.addresses, a)
		}
		b.text += "&email=" + strings.Join(values, rapid.SampledFrom([]string{"%2C", "+", "%3B", "%0A"}).Draw(t, "between"))
	}
	return b
}

// userOf writes a user with addresses in any of its fields.
func userOf(t *rapid.T, b *body, n *int, row int) string {
	var fields []string
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"email", "mail", "emails", "username", "groups", "attributes", "ref", "name", "app_metadata", "phoneNumbers", "title", "displayName"}), 1, 5, rapid.ID).Draw(t, "keys") {
		field := key
		switch key {
		case "attributes":
			field = "note"
		case "email", "emails", "mail":
			field = "more than one address"
		case "phoneNumbers":
			field = "phoneNumbers"
		}
		a, other := placed{address: somebody(t, n), row: row, field: field}, placed{address: somebody(t, n), row: row, field: field}
		b.addresses = append(b.addresses, a)
		form := rapid.SampledFrom([]string{`"%s"`, `["%s"]`, `["%s","%s"]`, `[{"value":"%s"},{"value":"%s","primary":true}]`}).Draw(t, "form")
		if key == "attributes" {
			form = `{"note":"%s"}`
		}
		value := fmt.Sprintf(form, []any{a.address, other.address}[:strings.Count(form, "%s")]...)
		if strings.Count(form, "%s") > 1 {
			b.addresses = append(b.addresses, other)
		}
		fields = append(fields, `"`+key+`":`+value)
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func jsonBody(t *rapid.T) body {
	n := 0
	b := body{contentType: jsonType}
	if rapid.Bool().Draw(t, "alone") {
		b.text = userOf(t, &b, &n, 1)
		return b
	}
	var users []string
	for i := range rapid.IntRange(1, 4).Draw(t, "users") {
		users = append(users, userOf(t, &b, &n, i+1))
	}
	b.text = fmt.Sprintf(rapid.SampledFrom([]string{`[%s]`, `{"users":[%s]}`, `{"value":[%s]}`}).Draw(t, "document"), strings.Join(users, ","))
	return b
}

func ndjsonBody(t *rapid.T) body {
	n := 0
	b := body{contentType: "application/x-ndjson"}
	for i := range rapid.IntRange(1, 4).Draw(t, "users") {
		b.text += userOf(t, &b, &n, i+1) + "\n"
	}
	return b
}

// A body that is full of what may be addresses takes no longer than its size.
func TestManyAtSignsDoNotSlowReading(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"@", "a@b.c,", "a@", "'", "<a@b.c>", "a@b.c ", "("} {
		text := strings.Repeat(piece, 1_000_000/len(piece)) + ".x"
		began := time.Now()
		_, _ = intake.Read("text/plain", []byte(text), intake.Limits{})
		_, _ = intake.Read(csvType, []byte("email,name\na@example.org,\""+text+"\"\n"), intake.Limits{})
		_, _ = intake.Read(jsonType, []byte(`["`+text+`"]`), intake.Limits{})
		if took := time.Since(began); took > 20*time.Second { // usually under a second; hours if quadratic
			t.Errorf("%q: took %v", piece, took)
		}
	}
}
