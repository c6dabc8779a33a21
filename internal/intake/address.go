package intake

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// readAddress is an address as it is read out of what people wrote around it.
type readAddress struct {
	address string
	display string // the name beside it

	several bool // there is more than one: address is then what was written
	quoted  bool // an apostrophe was in front, which exports put before every value
	folded  bool // full-width letters became ASCII
	host    bool // an internationalized domain became its xn-- form
}

// addressIn reads the address of a cell or a field: out of "Name <address>",
// quotes, mailto: and the like. What it does not understand stays as it is, for the
// domain to judge.
func addressIn(s string) readAddress {
	s = strings.TrimSpace(s)
	if plainAddress(s) {
		return readAddress{address: s}
	}
	if strings.Count(s, "@")+strings.Count(s, "＠") > 1 && countAddresses(s) > 1 {
		return readAddress{address: s, several: true}
	}
	a := readAddress{address: s}
	if len(s) > maxWritten {
		return a
	}
	a.unwrap()
	a.foldWidth()
	a.foldHost()
	return a
}

// maxWritten is how many bytes an address has with what is written around it. In more
// than that nothing is looked for: the address is too long anyway.
const maxWritten = 1 << 10

// plainAddress reports whether there is nothing to read out of s: it is nothing but
// letters, digits and the signs that addresses have.
func plainAddress(s string) bool {
	if s == "" {
		return true
	}
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '@', c == '.', c == '-', c == '_', c == '+':
		default:
			return false
		}
	}
	return true
}

// unwrap takes off what people and programs write around an address.
func (a *readAddress) unwrap() {
	for before := ""; before != a.address; {
		before = a.address
		s := strings.TrimFunc(a.address, blank)
		s = strings.TrimRightFunc(s, func(r rune) bool { return blank(r) || strings.ContainsRune(",;，；、", r) })
		if rest, ok := cutFold(s, "mailto:"); ok {
			s, _, _ = strings.Cut(rest, "?")
		}
		if rest, ok := strings.CutPrefix(s, "'"); ok && rest != "" {
			if inner, both := strings.CutSuffix(rest, "'"); both {
				rest = inner
			} else {
				a.quoted = true
			}
			s = rest
		}
		if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
			s = s[1 : len(s)-1]
		}
		a.address = s
		a.fromDisplay()
	}
}

// fromDisplay reads "Name <address>", "Name (address)", "address (Name)" and
// "Name|address".
func (a *readAddress) fromDisplay() {
	s := a.address
	for _, pair := range [...]string{"<>", "()", "（）", "＜＞"} {
		open, size := utf8.DecodeRuneInString(pair)
		from := strings.LastIndex(s, string(open))
		to := strings.LastIndex(s, pair[size:])
		if from < 0 || to < from {
			continue
		}
		before, inside, after := s[:from], s[from+size:to], s[to+len(pair)-size:]
		switch {
		case strings.TrimSpace(after) != "":
		case holdsAddress(inside) && !strings.ContainsAny(strings.TrimSpace(inside), " \t"):
			a.take(inside, before)
			return
		case holdsAddress(before) && !holdsAddress(inside) && open != '<':
			a.take(before, inside)
			return
		}
	}
	if before, after, found := strings.Cut(s, ":"); found && !strings.Contains(before, "@") && !strings.ContainsAny(strings.TrimSpace(after), " \t") && holdsAddress(after) {
		a.address = after // "To: address", "SMTP:address"
		return
	}
	if before, after, found := strings.Cut(s, "|"); found {
		switch {
		case holdsAddress(after) && !strings.Contains(before, "@"):
			a.take(after, before)
		case holdsAddress(before) && !strings.Contains(after, "@"):
			a.take(before, after)
		}
	}
}

func (a *readAddress) take(address, display string) {
	a.address = address
	if display = strings.Trim(strings.TrimSpace(display), `"'`); display != "" && a.display == "" {
		a.display = display
	}
}

// foldWidth writes full-width ASCII and the ideographic full stop, which East Asian
// keyboards give, as ASCII.
func (a *readAddress) foldWidth() {
	narrow := strings.Map(func(r rune) rune {
		switch {
		case 0xff01 <= r && r <= 0xff5e:
			return r - 0xff01 + '!'
		case r == '。', r == '｡':
			return '.'
		}
		return r
	}, a.address)
	a.folded = narrow != a.address
	a.address = narrow
}

// foldHost writes an internationalized domain in its xn-- form, by which mail is
// sent.
func (a *readAddress) foldHost() {
	i := strings.LastIndexByte(a.address, '@')
	if i < 0 {
		return
	}
	host := a.address[i+1:]
	letters := false
	for _, r := range host {
		switch {
		case r < utf8.RuneSelf:
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
			letters = true
		default:
			return // punctuation that belongs to no domain: the domain names it
		}
	}
	if !letters {
		return
	}
	if ascii, err := idna.Lookup.ToASCII(host); err == nil {
		a.address, a.host = a.address[:i+1]+ascii, true
	}
}

// blank reports whether r shows nothing: white space and what is invisible at the
// end of copied text.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' || r == '\u2060'
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// holdsAddress reports whether something in s looks like an address: an @ between
// characters that are not blank, with a dot behind it.
func holdsAddress(s string) bool {
	if strings.IndexByte(s, '@') < 0 && !strings.Contains(s, "＠") {
		return false
	}
	return nextAddress(s) >= 0
}

// nextAddress gives the place of the first @ in s that may belong to an address, or
// -1.
func nextAddress(s string) int {
	for at := range addressesIn(s) {
		return at
	}
	return -1
}

func countAddresses(s string) int {
	n := 0
	for range addressesIn(s) {
		n++
	}
	return n
}

// addressesIn gives the place of each @ in s that may belong to an address, in time
// that grows with the length of s only: hostile bodies are full of them.
func addressesIn(s string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; at < len(s); {
			end := strings.IndexFunc(s[at:], unicode.IsSpace)
			if end == 0 {
				_, size := utf8.DecodeRuneInString(s[at:])
				at += size
				continue
			}
			if end < 0 {
				end = len(s) - at
			}
			if !addressesOfWord(s[at:at+end], at, yield) {
				return
			}
			at += end
		}
	}
}

// addressesOfWord gives those of a word without white space, which begins at from: an
// @ with something before it and, after one character more, a dot that is not the
// last character.
func addressesOfWord(word string, from int, yield func(int) bool) bool {
	_, last := utf8.DecodeLastRuneInString(word)
	dot := strings.LastIndexAny(word[:len(word)-last], ".．。｡")
	for i, r := range word {
		if i > 0 && (r == '@' || r == '＠') {
			after := i + utf8.RuneLen(r)
			if after >= len(word) {
				break
			}
			_, first := utf8.DecodeRuneInString(word[after:])
			if dot < after+first {
				break
			}
			if !yield(from + i) {
				return false
			}
		}
	}
	return true
}
