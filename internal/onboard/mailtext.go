package onboard

import (
	"html"
	"strings"
	"unicode"
)

// plainText returns what people read of an HTML text, with the addresses of its links:
// a program that shows it needs to trust no markup. Markup that is not understood is
// left out.
func plainText(markup string) string {
	var r textOf
	for markup != "" {
		at := strings.IndexByte(markup, '<')
		if at < 0 {
			at = len(markup)
		}
		r.write(markup[:at])
		markup = markup[at:]
		tag, rest, ok := cutTag(markup)
		switch {
		case markup == "":
		case !ok:
			r.write(markup[:1])
			markup = markup[1:]
		default:
			r.take(tag)
			markup = rest
		}
	}
	return r.String()
}

// cutTag cuts a tag off the beginning of markup. ok is false where it is no tag.
func cutTag(markup string) (tag, rest string, ok bool) {
	if comment, found := strings.CutPrefix(markup, "<!--"); found {
		_, rest, _ = strings.Cut(comment, "-->")
		return "!--", rest, true
	}
	if len(markup) < 2 || !strings.ContainsRune("/!?", rune(markup[1])) && !isLetter(markup[1]) {
		return "", "", false
	}
	quote := byte(0)
	for i := 1; i < len(markup); i++ {
		switch c := markup[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return markup[1:i], markup[i+1:], true
		}
	}
	return markup[1:], "", true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// textOf collects the lines of a text.
type textOf struct {
	b      strings.Builder
	hidden string // the element whose content nobody sees, "" outside of one
	breaks int    // line breaks that are due before the next word
	space  bool   // a space is due before it
	href   string // of the link that is open
	from   int    // where its text begins
}

// String returns the text.
func (t *textOf) String() string {
	t.closeLink()
	return t.b.String()
}

// write adds text, in which any white space counts as one space.
func (t *textOf) write(text string) {
	if t.hidden != "" {
		return
	}
	for _, c := range html.UnescapeString(text) {
		switch {
		case unicode.IsSpace(c):
			t.space = true
		case unicode.IsControl(c): // nobody sees it
		default:
			t.gap()
			t.b.WriteRune(c)
		}
	}
}

// gap writes the line breaks or the space that are due.
func (t *textOf) gap() {
	switch {
	case t.b.Len() == 0:
	case t.breaks > 0:
		t.b.WriteString(strings.Repeat("\n", min(t.breaks, 2)))
	case t.space:
		t.b.WriteByte(' ')
	}
	t.breaks, t.space = 0, false
}

// breakLine has the next word begin a line, after n-1 empty ones.
func (t *textOf) breakLine(n int) { t.breaks = max(t.breaks, n) }

// How many line breaks come before and after an element.
var blocks = map[string]int{
	"p": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "h5": 2, "h6": 2, "ul": 2, "ol": 2, "table": 2, "blockquote": 2, "pre": 2, "hr": 2,
	"div": 1, "li": 1, "tr": 1, "section": 1, "header": 1, "footer": 1, "center": 1, "body": 1,
}

// unseen are elements whose content nobody sees.
var unseen = map[string]bool{"head": true, "style": true, "script": true, "title": true, "template": true}

// take does what a tag says.
func (t *textOf) take(tag string) {
	inner, closing := strings.CutPrefix(tag, "/")
	end := strings.IndexFunc(inner, func(c rune) bool { return unicode.IsSpace(c) || c == '/' })
	if end < 0 {
		end = len(inner)
	}
	name := strings.ToLower(inner[:end])
	switch {
	case t.hidden != "":
		if closing && name == t.hidden {
			t.hidden = ""
		}
	case unseen[name]:
		if !closing {
			t.hidden = name
		}
	case name == "br":
		t.breaks++
	case name == "td", name == "th":
		t.space = true
	case name == "img":
		t.write(attribute(inner, "alt"))
	case name == "a":
		t.closeLink()
		if !closing {
			t.href, t.from = strings.TrimSpace(attribute(inner, "href")), t.b.Len()
		}
	default:
		t.breakLine(blocks[name])
		if name == "li" && !closing {
			t.write("-")
			t.space = true
		}
	}
}

// closeLink adds the address of a link where its text is another.
func (t *textOf) closeLink() {
	href := t.href
	t.href = ""
	if href != "" && strings.TrimSpace(t.b.String()[t.from:]) != href {
		t.write(" (" + html.EscapeString(href) + ")")
	}
}

// attribute returns the value of an attribute of a tag.
func attribute(tag, name string) string {
	for rest := tag; ; {
		at := strings.IndexFunc(rest, unicode.IsSpace)
		if at < 0 {
			return ""
		}
		rest = strings.TrimLeftFunc(rest[at:], unicode.IsSpace)
		end := strings.IndexFunc(rest, func(c rune) bool { return c == '=' || unicode.IsSpace(c) })
		if end < 0 {
			return ""
		}
		key := rest[:end]
		rest = strings.TrimLeftFunc(rest[end:], unicode.IsSpace)
		value, isGiven := strings.CutPrefix(rest, "=")
		if !isGiven {
			rest = " " + rest
			continue
		}
		value, rest = cutValue(strings.TrimLeftFunc(value, unicode.IsSpace))
		if strings.EqualFold(key, name) {
			return html.UnescapeString(value)
		}
	}
}

// cutValue cuts the value of an attribute off, which may be in quotes.
func cutValue(text string) (value, rest string) {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		value, rest, _ = strings.Cut(text[1:], text[:1])
		return value, " " + rest
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}
