package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/jsonscan"
)

// FuzzScanner reads what encoding/json reads, as the same, and nothing else.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{
		` {"a":[1,-0.5e+7,true,false,null,{}],"":{"b":[]}} `, `"plain"`, `"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"`,
		`"half \ud83d of a pair, \ude00\ud83d"`, `"\u12"`, `"\x"`, "\"line\nbreak\"", `"no end`, `"no end\"`, `"\`,
		`[1,]`, `[,1]`, `[1 2]`, `{"a":1,}`, `{"a" 1}`, `{a:1}`, `{"a":1,"a":2}`, `01`, `1.`, `-`, `1e`, `tru`, `nul`, `+1`, `1 2`, ``, `]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.Count(text, "[")+strings.Count(text, "{") > 500 {
			return
		}
		var want any
		wanted := decode(text, &want)
		s := jsonscan.Scanner{Src: text}
		got, err := value(&s)
		if (err == nil) != (wanted == nil) {
			t.Fatalf("%q: error %v, encoding/json says %v", text, err, wanted)
		}
		if diff := cmp.Diff(want, got); err == nil && diff != "" {
			t.Errorf("%q (-encoding/json +here):\n%s", text, diff)
		}
		s = jsonscan.Scanner{Src: text}
		if err := document(&s, s.Skip); (err == nil) != (wanted == nil) {
			t.Errorf("%q: to skip it: %v, encoding/json says %v", text, err, wanted)
		}
		if s.At > len(text) {
			t.Errorf("%q: at byte %d", text, s.At)
		}
	})
}

func decode(text string, into any) error {
	if !json.Valid([]byte(text)) {
		return &json.SyntaxError{}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// value reads a whole text as encoding/json does into an any.
func value(s *jsonscan.Scanner) (v any, err error) {
	return v, document(s, func() error {
		v, err = element(s)
		return err
	})
}

// document has read take the only value of a text.
func document(s *jsonscan.Scanner, read func() error) error {
	s.Space()
	if err := read(); err != nil {
		return err
	}
	s.Space()
	if s.At < len(s.Src) {
		return s.Unexpected("the end")
	}
	return nil
}

func element(s *jsonscan.Scanner) (any, error) {
	switch s.Peek() {
	case '{':
		object := map[string]any{}
		err := s.Object(func(name string) (err error) {
			object[name], err = element(s)
			return err
		})
		return object, err
	case '[':
		array := []any{}
		err := s.Array(func() error {
			v, err := element(s)
			array = append(array, v)
			return err
		})
		return array, err
	case '"':
		return s.String()
	}
	return scalar(s)
}

func scalar(s *jsonscan.Scanner) (any, error) {
	switch word, err := s.Scalar(); word {
	case "true", "false":
		return word == "true", err
	case "null":
		return nil, err
	default:
		return json.Number(word), err
	}
}

// TestPlainStringCostsNothing is not parallel: AllocsPerRun counts everybody's.
func TestPlainStringCostsNothing(t *testing.T) {
	s := jsonscan.Scanner{Src: `"ann@example.org"`}
	if n := testing.AllocsPerRun(100, func() {
		s.At = 0
		if text, err := s.String(); err != nil || text != "ann@example.org" {
			t.Fatal(text, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestFaultIsPointedAt(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]int{
		`{"a":1 "b":2}`:     7,
		`{"a":"x\y"}`:       7,
		"{\"a\":\"x\ny\"}":  7,
		`{"a":"never ends}`: 5,
		`{"a":tru}`:         5,
		`{"a":[1,2`:         9,
		`{"a":1,}`:          7,
		`{"a":1.}`:          7,
	} {
		s := jsonscan.Scanner{Src: text}
		if err := s.Skip(); err == nil || s.At != at {
			t.Errorf("%s: at byte %d, want %d: %v", text, s.At, at, err)
		}
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	s := jsonscan.Scanner{Src: strings.Repeat("[", 5_000_000)}
	if err := s.Skip(); err == nil || !strings.Contains(err.Error(), "inside one another") {
		t.Errorf("error %v", err)
	}
	s = jsonscan.Scanner{Src: strings.Repeat("[", 999) + strings.Repeat("]", 999)}
	if err := s.Skip(); err != nil {
		t.Errorf("999 arrays: %v", err)
	}
}
