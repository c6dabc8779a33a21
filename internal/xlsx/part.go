package xlsx

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// visitor is shown the elements and the text of a part, in order. path holds the
// local names from the root to the element itself; all three may keep none of
// their arguments. Prefixes are left out: programs choose them freely, and where
// an element is says what it is.
type visitor interface {
	start(path []string, attrs []xml.Attr) error
	text(path []string, text []byte) error
	end(path []string) error
}

// starts is a visitor that only wants to see where elements begin.
type starts func(path []string, attrs []xml.Attr) error

func (f starts) start(path []string, attrs []xml.Attr) error { return f(path, attrs) }
func (starts) text([]string, []byte) error                   { return nil }
func (starts) end([]string) error                            { return nil }

// walk shows a part to v, to its last byte, so that its checksum is compared. It
// asks for raw tokens, which cost half as much as those with namespaces, and
// matches the tags itself. what names the part in errors.
func (a *archive) walk(name, what string, v visitor) error {
	file := a.parts[name]
	if file == nil {
		return damaged("%s is missing", what)
	}
	if err := a.budget.expect(file.UncompressedSize64); err != nil {
		return err
	}
	content, err := file.Open()
	if err != nil {
		return damagedPart(what, err)
	}
	defer content.Close()
	src, err := newSource(content, &a.budget)
	if err != nil {
		return damagedPart(what, err)
	}
	w := walker{src: src, dec: xml.NewDecoder(src), visitor: v}
	w.dec.CharsetReader = src.declared
	if err := w.walk(); err != nil {
		return damagedPart(what, err)
	}
	return nil
}

type walker struct {
	src     *source
	dec     *xml.Decoder
	visitor visitor
	path    []string
	tags    []xml.Name // with prefixes, to match end tags
	rooted  bool
}

func (w *walker) walk() error {
	for {
		w.src.token = 0
		token, err := w.dec.RawToken()
		if errors.Is(err, io.EOF) {
			if len(w.tags) > 0 || !w.rooted {
				return errMalformed
			}
			return nil
		}
		if err == nil {
			err = w.visit(token)
		}
		if err != nil {
			return err
		}
	}
}

func (w *walker) visit(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		return w.end(t)
	case xml.CharData:
		if len(w.path) == 0 {
			if strings.TrimSpace(string(t)) != "" {
				return errMalformed
			}
			return nil
		}
		return w.visitor.text(w.path, t)
	case xml.Directive:
		return damaged("it holds a DOCTYPE or another declaration, which no spreadsheet program writes")
	}
	return nil // comments and instructions
}

func (w *walker) start(t xml.StartElement) error {
	if len(w.tags) == 0 && w.rooted {
		return errMalformed
	}
	if len(w.tags) == maxDepth {
		return damaged("its elements are nested more than 32 deep, which no spreadsheet program writes")
	}
	w.rooted = true
	w.tags = append(w.tags, t.Name)
	w.path = append(w.path, t.Name.Local)
	return w.visitor.start(w.path, t.Attr)
}

func (w *walker) end(t xml.EndElement) error {
	last := len(w.tags) - 1
	if last < 0 || w.tags[last] != t.Name {
		return errMalformed
	}
	if err := w.visitor.end(w.path); err != nil {
		return err
	}
	w.tags, w.path = w.tags[:last], w.path[:last]
	return nil
}

// attr gives an attribute without a prefix.
func attr(attrs []xml.Attr, name string) string {
	for i := range attrs {
		if attrs[i].Name.Local == name && attrs[i].Name.Space == "" {
			return attrs[i].Value
		}
	}
	return ""
}

// isTrue reads an xsd:boolean.
func isTrue(value string) bool { return value == "1" || strings.EqualFold(value, "true") }
