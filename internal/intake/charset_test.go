package intake_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"

	"usher.example/internal/intake"
)

// Excel writes CSV in the encoding of its machine and says nowhere which it is.
func TestEncodingsAreGuessedFromTables(t *testing.T) {
	t.Parallel()
	western, sjis := charmap.Windows1252, japanese.ShiftJIS
	for _, tt := range []struct {
		enc   encoding.Encoding
		names string // each is a row
		want  string
	}{
		{western, "Jörg", "Windows-1252"},
		{western, "Jäger", "Windows-1252"},
		{western, "Renée|Noël|Zoë", "Windows-1252"},
		{western, "Łukasz"[2:] + "é", "Windows-1252"},
		{western, "Strauß|Groß", "Windows-1252"},
		{western, "MÜLLER|GRÖßE|ÅSA", "Windows-1252"},
		{western, "Seán O’Brien|D’Arcy", "Windows-1252"},
		{western, "São João|Nuñez|Peña", "Windows-1252"},
		{western, "€ 5 – “x”", "Windows-1252"},
		{sjis, "山田太郎", "Shift-JIS"},
		{sjis, "山田,太郎", "Shift-JIS"},
		{sjis, "林|森", "Shift-JIS"},
		{sjis, "さくら", "Shift-JIS"},
		{sjis, "ヤマダ", "Shift-JIS"},
		{sjis, "ﾔﾏﾀﾞ ﾀﾛｳ", "Shift-JIS"},
	} {
		for _, media := range []string{csvType, "", "text/csv; charset=utf-8", "application/vnd.ms-excel"} {
			text := "email;name\n"
			for name := range strings.SplitSeq(tt.names, "|") {
				text += "a@example.org;" + name + "\n"
			}
			body, err := tt.enc.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			sub := mustRead(t, media, body)
			for i, name := range strings.Split(tt.names, "|") {
				if got := sub.Rows[i].Attributes["name"]; got != name {
					t.Errorf("%q was read as %q", name, got)
				}
			}
			first := strings.Split(tt.names, "|")[0]
			if got := warnings(sub); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "adjusted: The file is not UTF-8.") || !strings.Contains(got, tt.want) || !strings.Contains(got, `"`+first) {
				t.Errorf("warnings %q, want %s and the cell %q", got, tt.want, first)
			}
		}
	}
}

func TestCharsetNamesTheEncoding(t *testing.T) {
	t.Parallel()
	for charset, enc := range map[string]encoding.Encoding{
		"iso-8859-1": charmap.Windows1252, "Windows-1252": charmap.Windows1252, "windows-1250": charmap.Windows1250, "iso-8859-2": charmap.ISO8859_2,
		"macintosh": charmap.Macintosh, "cp850": charmap.CodePage850, "IBM437": charmap.CodePage437, "shift_jis": japanese.ShiftJIS,
		"euc-jp": japanese.EUCJP, "iso-2022-jp": japanese.ISO2022JP, "gb18030": simplifiedchinese.GB18030, "koi8-r": charmap.KOI8R,
	} {
		name := "é"
		for _, candidate := range []string{"Žofie", "山田", "Юрий", "Zoé"} {
			if _, err := enc.NewEncoder().String(candidate); err == nil {
				name = candidate
				break
			}
		}
		body, err := enc.NewEncoder().String("email,name\na@example.org," + name + "\n")
		if err != nil {
			t.Fatal(err)
		}
		sub := mustRead(t, "text/csv; charset="+charset, body)
		if got := sub.Rows[0].Attributes["name"]; got != name || len(sub.Warnings) > 0 {
			t.Errorf("%s: %q was read as %q, warnings %q", charset, name, got, warnings(sub))
		}
	}
}

// Programs name a Western charset by habit; nobody's name is "ZoÃ«".
func TestUTF8UnderAWesternCharset(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, "text/csv; charset=iso-8859-1", "email,name\na@example.org,Zoë\n")
	if got := sub.Rows[0].Attributes["name"]; got != "Zoë" {
		t.Errorf("name = %q", got)
	}
}

func TestExcelsUnicodeTextIsATable(t *testing.T) {
	t.Parallel()
	body := utf16Body("\ufeffE-Mail\tVorname\r\nada@example.org\tZoë\r\n", false)
	for _, media := range []string{"text/plain", "", "text/plain; charset=utf-16", csvType} {
		sub := mustRead(t, media, body)
		if len(sub.Rows) != 1 || sub.Rows[0].Email != "ada@example.org" || !sub.CSV {
			t.Errorf("%q: rows %+v", media, sub.Rows)
		}
	}
}

// The sample cell is never the address or a secret.
func TestSampleOfAGuessedEncoding(t *testing.T) {
	t.Parallel()
	sub := mustRead(t, csvType, "email,password\nj\xf6rg@example.org,hunter\xf6\n")
	if got := warnings(sub); strings.Contains(got, "hunter") || strings.Contains(got, "rg@") || !strings.Contains(got, "Windows-1252") {
		t.Errorf("warnings %q", got)
	}
	if sub.Rows[0].Email != "jörg@example.org" {
		t.Errorf("address %q", sub.Rows[0].Email)
	}
}

// FuzzEncoding reads tables of any bytes: each becomes rows of sound text, with a
// warning where the encoding was guessed, or is refused.
func FuzzEncoding(f *testing.F) {
	for _, seed := range []string{
		"email,name\na@example.org,Zo\xeb\n", "email;name\na@example.org;\x8eR\x93c\n", "\xff\xfee\x00m\x00a\x00i\x00l\x00\n\x00a\x00@\x00b\x00",
		"email\nj\xc3\xb6rg@example.org,\xf6\n", "email,n\na@b.c,\x81\x40\xb1\xb2\n", "\x00e", "email\r\x1b$B;3\x1b(B",
	} {
		for _, charset := range []string{"", "shift_jis", "windows-1251", "gb18030", "iso-2022-jp", "utf-16"} {
			f.Add(charset, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, charset string, body []byte) {
		media := csvType
		if charset != "" {
			media += "; charset=" + charset
		}
		sub, err := intake.Read(media, body, small())
		checkLimits(t, sub, small())
		if err == nil && charset == "" && !strings.HasPrefix(string(body), "\xff\xfe") && !strings.HasPrefix(string(body), "\xfe\xff") {
			guessed := false
			for _, w := range sub.Warnings {
				guessed = guessed || strings.HasPrefix(w.Detail, "The file is not UTF-8.")
			}
			if guessed == utf8Valid(body) {
				t.Fatalf("guessed %t for %q", guessed, body)
			}
		}
	})
}

func utf8Valid(body []byte) bool { return strings.ToValidUTF8(string(body), "") == string(body) }
