package intake_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// small limits bring them within a fuzzer's reach.
func small() intake.Limits {
	return intake.Limits{
		Rows: 8, Bytes: 4096, AttributeValue: 12, Attributes: 4, GroupName: 8, Groups: 3,
		Ref: 8, Label: 12, CellBytes: 64, RowBytes: 128, Columns: 8, Depth: 8,
	}
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"users":["a@example.org",{"email":"b@example.org","groups":["it"],"attributes":{"given_name":"Bo","n":1.5e3},"ref":"7"}],"label":"x"}`,
		`[{"userName":"u","emails":[{"value":"a@example.org","primary":true}],"name":{"givenName":"A"},"groups":[{"display":"g"}]}]`,
		`"\u0061\ud83d\ude00\ud83d"`, `{"email":null}`, `[1,true,[]]`, `{"email":"a","Email":"b"}`, `[01]`, `{"email":"a"}{}`, " \n[]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sub, err := intake.Read(jsonType, body, small())
		checkLimits(t, sub, small())

		// What is JSON to encoding/json is JSON here, and the other way round.
		e, refused := errors.AsType[*intake.Error](err)
		if !refused && err != nil {
			t.Fatalf("error is no *intake.Error: %v", err)
		}
		plain := bytes.TrimPrefix(body, []byte("\ufeff"))
		if refused && e.Kind == intake.Malformed && json.Valid(plain) && (e.Code == intake.CodeJSONSyntax || e.Code == intake.CodeTrailingData) {
			t.Fatalf("encoding/json reads what is refused here: %v", e)
		}
		if err == nil && utf8.Valid(body) { // else it was UTF-16
			if !json.Valid(plain) {
				t.Fatalf("encoding/json refuses what is read here")
			}
			compareStrings(t, plain, sub)
		}
	})
}

// compareStrings holds the rows that have no fault to what encoding/json decodes:
// the address is that of the user in the same place, and every other value
// stands in the document.
func compareStrings(t *testing.T, body []byte, sub onboard.Submission) {
	t.Helper()
	var document any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&document); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"": true}
	collect(document, known)
	users := usersOf(document)
	if len(users) != len(sub.Rows) {
		t.Fatalf("%d rows for %d users", len(sub.Rows), len(users))
	}
	for i, row := range sub.Rows {
		if row.Fault != nil {
			continue
		}
		if want, ok := addressOf(users[i]); ok && isPlain(want) && row.Email != want {
			t.Fatalf("row %d has the address %q, want %q", row.Number, row.Email, want)
		}
		values := append([]string{row.Ref}, row.Groups...)
		for _, value := range slices.AppendSeq(values, maps.Values(row.Attributes)) {
			if !known[value] && !partOf(value, known) {
				t.Fatalf("row %d has the value %q, which is not in the document", row.Number, value)
			}
		}
	}
}

// isPlain reports whether there is nothing around an address to read it out of.
func isPlain(address string) bool {
	return strings.Trim(address, "@.-_+0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// partOf reports whether a value is a part of a text, as a group of a list is, or the
// name beside an address.
func partOf(value string, known map[string]bool) bool {
	for text := range known {
		if strings.Contains(text, value) {
			return true
		}
	}
	return false
}

func usersOf(document any) []any {
	switch d := document.(type) {
	case []any:
		return d
	case map[string]any:
		for _, key := range []string{"users", "Users", "value"} {
			if users, ok := d[key].([]any); ok {
				return users
			}
		}
	}
	return []any{document}
}

// addressOf gives the address where it stands in plain sight.
func addressOf(user any) (string, bool) {
	switch u := user.(type) {
	case string:
		return strings.TrimSpace(u), true
	case map[string]any:
		email, ok := u["email"].(string)
		return strings.TrimSpace(email), ok && strings.TrimSpace(email) != ""
	}
	return "", false
}

// collect gathers every scalar of a decoded document, as sent and trimmed.
func collect(v any, into map[string]bool) {
	switch v := v.(type) {
	case string:
		into[v], into[strings.TrimSpace(v)] = true, true
	case json.Number:
		into[v.String()] = true
	case bool:
		into["true"], into["false"] = true, true
	case []any:
		for _, e := range v {
			collect(e, into)
		}
	case map[string]any:
		for _, e := range v {
			collect(e, into)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"email,name\na@example.org,Ann\n", "sep=;\nE-Mail;groups\n\"a@example.org\";\"x|y\"\n", "\ufeffemail\tref\r\n'-a@example.org\t''=1\r\n",
		"email,name\na,\"b\nc\"\nd,\"e\n", "email,\"a\"\"b\"\nx,\"y\"z\n", "cognito:username,cognito:mfa_enabled,address\na@b,TRUE,x\\,y\n",
		"email,password\na,b\nc\n", "email,state,code,reason\na,b,c,d\n", "email\ra\rb", ",,\nemail,,\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sub, err := intake.Read(csvType, body, small())
		checkLimits(t, sub, small())
		if err != nil {
			if _, ok := errors.AsType[*intake.Error](err); !ok {
				t.Fatalf("error is no *intake.Error: %v", err)
			}
			return
		}
		compareCells(t, body, sub)
	})
}

// compareCells holds the cells to those of encoding/csv, wherever the two mean to
// agree: a plain comma-separated file that is sound from end to end.
func compareCells(t *testing.T, body []byte, sub onboard.Submission) {
	t.Helper()
	lower := bytes.ToLower(body)
	for _, different := range []string{"\ufeff", "sep=", ";", "\t", "\r", "cognito:", "pw", "pass", "pin", "secret", "wort", "state", "'", "\\", "パ"} {
		if bytes.Contains(lower, []byte(different)) {
			return
		}
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil && !errors.Is(err, io.EOF) {
		return
	}
	all = slices.DeleteFunc(all, func(cells []string) bool {
		return !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" })
	})
	for i, row := range sub.Rows {
		if row.Fault != nil {
			continue
		}
		if i+1 >= len(all) || !slices.EqualFunc(filled(row.Cells), filled(all[i+1]), sameButControls) {
			t.Fatalf("row %d has cells %q, encoding/csv reads %q", row.Number, row.Cells, all[min(i+1, len(all)-1)])
		}
	}
}

// filled leaves out the empty cells at the end.
func filled(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}

// sameButControls allows for control characters being replaced in cells kept.
func sameButControls(got, want string) bool {
	return got == want || strings.ContainsRune(got, utf8.RuneError)
}

// FuzzColumns reads tables of which the caller says what two columns mean: the reading
// that comes back says the same, and what was left out is nowhere but in a warning.
func FuzzColumns(f *testing.F) {
	const table = "Vorname;Adresse;Team\nAnn;a@example.org;it\nBo;b@example.org;x|y\n"
	for _, seed := range [][5]string{
		{table, "Vorname", "given_name", "Team", "groups"}, {table, "Adresse", "email", "Team", "none"}, {table, "Team", "department", "Vorname", "ref"},
		{table, "Adresse", "none", "Vorname", "email"}, {table, "Team", "email", "Adresse", "email"}, {table, "Vorname", "Passwort", "Team", ""},
		{"email,Email\na@example.org,b@example.org\n", "Email", "email", "email", "none"}, {"x\na@example.org\n", "y", "email", "x", "custom:x"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	f.Fuzz(func(t *testing.T, table, name, said, other, otherSaid string) {
		options := intake.Options{Columns: map[string]string{name: said, other: otherSaid}, KeepColumns: true}
		if err := intake.CheckOptions(options, small()); err != nil {
			return
		}
		sub, err := intake.ReadWith(csvType, []byte(table), small(), options)
		checkLimits(t, sub, small())
		if err != nil {
			if _, ok := errors.AsType[*intake.Error](err); !ok {
				t.Fatalf("error is no *intake.Error: %v", err)
			}
			return
		}
		if !sub.CSV {
			return // a body in which nothing is a table
		}
		for name, said := range options.Columns {
			checkMeaning(t, sub, name, said)
		}
	})
}

// checkMeaning checks that each column of that name was read as it was said.
func checkMeaning(t *testing.T, sub onboard.Submission, name, said string) {
	t.Helper()
	found := false
	for _, column := range sub.Reading {
		if column.Name != name {
			continue
		}
		found = true
		switch {
		case column.Guessed:
			t.Fatalf("the column %q was said to be %q, and its meaning was guessed: %+v", name, said, column)
		case said == onboard.MeansNone && column.Meaning != onboard.MeansNone,
			said == onboard.MeansEmail && column.Meaning != onboard.MeansEmail,
			(said == onboard.MeansGroups || said == "group") && column.Meaning != onboard.MeansGroups,
			said == onboard.MeansRef && column.Meaning != onboard.MeansRef:
			t.Fatalf("the column %q was said to be %q, and was read as %q", name, said, column.Meaning)
		}
	}
	if !found {
		t.Fatalf("the column %q was said to be %q, and no column of the reading %+v has that name", name, said, sub.Reading)
	}
}

// FuzzExport writes cells and reads them back.
func FuzzExport(f *testing.F) {
	for _, seed := range []string{"-a@example.org", "+a@example.org", "=1+1", "'=1", "''@", "＝1", "'＋", "－", "＠x", "'tis", "a,b;c\td", "x\r\ny", `"`, "", " ", "\r", "'\n"} {
		f.Add(seed, "name", "why: "+seed)
	}
	f.Fuzz(func(t *testing.T, cell, column, reason string) {
		if !utf8.ValidString(cell) || !utf8.ValidString(column) || !utf8.ValidString(reason) {
			return
		}
		columns := []string{"email", "ref", column}
		written := export(t, columns,
			intake.Result{Cells: []string{"a@example.org", cell, cell}, State: onboard.Failed, Code: onboard.CodeRowInvalid, Reason: reason})
		checkFormulas(t, written, ',')

		sub, err := intake.Read(csvType, []byte(written), intake.Limits{})
		if err != nil {
			return // the column's name may be one that no file can have beside the others
		}
		row := sub.Rows[0]
		if row.Fault != nil {
			return
		}
		if row.Ref != cell {
			t.Errorf("ref %q came back as %q from %q", cell, row.Ref, written)
		}
		if i := slices.Index(sub.Columns, strings.TrimSpace(column)); i == 2 && row.Cells[2] != "" && row.Cells[2] != cell && !strings.ContainsRune(row.Cells[2], utf8.RuneError) {
			t.Errorf("cell %q came back as %q from %q", cell, row.Cells[2], written)
		}
	})
}

// checkFormulas reads an export as a spreadsheet does and looks for formulas. One
// whose list separator is not the file's splits the lines without regard to quotes.
func checkFormulas(t interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, written string, separator rune) {
	t.Helper()
	written = strings.TrimPrefix(written, "\ufeff")
	r := csv.NewReader(strings.NewReader(written))
	r.Comma = separator
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("encoding/csv does not read the export: %v\n%q", err, written)
	}
	for _, cells := range rows {
		for _, cell := range cells {
			if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
				t.Errorf("the cell %q is a formula in %q", cell, written)
			}
		}
	}
	for _, other := range ",;\t|" {
		for part := range strings.FieldsFuncSeq(written, func(r rune) bool { return r == other || r == '\n' || r == '\r' }) {
			part = strings.TrimLeft(part, `"`)
			if first, _ := utf8.DecodeRuneInString(part); part != "" && strings.ContainsRune("=+-@＝＋－＠", first) {
				t.Errorf("%q is a formula where the separator is %q, in %q", part, other, written)
			}
		}
	}
}

// checkLimits holds the invariants of every submission.
func checkLimits(t *testing.T, sub onboard.Submission, l intake.Limits) {
	t.Helper()
	if len(sub.Rows) > l.Rows {
		t.Fatalf("%d rows, the limit is %d", len(sub.Rows), l.Rows)
	}
	check := func(what, s string, most int) {
		if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most || strings.ContainsAny(s, "\ufffe\uffff") {
			t.Fatalf("%s %q is over the limit of %d characters or holds what cannot be sent", what, s, most)
		}
	}
	check("label", sub.Label, l.Label)
	last := 0
	for _, row := range sub.Rows {
		if row.Number <= last {
			t.Fatalf("row %d comes after row %d", row.Number, last)
		}
		last = row.Number
		check("email", row.Email, l.CellBytes)
		check("ref", row.Ref, l.Ref)
		if len(row.Groups) > l.Groups || len(row.Attributes) > l.Attributes || row.Cells != nil && len(row.Cells) < len(sub.Columns) {
			t.Fatalf("row %d holds too much: %+v", row.Number, row)
		}
		if len(row.Cells) > len(sub.Columns) && (row.Fault == nil || len(row.Cells) > 2*l.Columns) {
			t.Fatalf("row %d has %d cells for %d columns, fault %v", row.Number, len(row.Cells), len(sub.Columns), row.Fault)
		}
		for _, group := range row.Groups {
			check("group", group, l.GroupName)
		}
		for name, value := range row.Attributes {
			check("attribute "+name, value, l.AttributeValue+1) // one more shows the domain that it is too long
		}
		for _, cell := range row.Cells {
			check("cell", cell, l.CellBytes)
		}
		if row.Fault != nil && (row.Fault.Code == "" || row.Fault.Detail == "") {
			t.Fatalf("row %d has an empty fault: %+v", row.Number, row)
		}
	}
}
