package xlsx

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// formatParser reads one section.
type formatParser struct {
	rest    string
	out     section
	letters []string // runs of one of y m d h s e g b, in lower case
	joined  bool     // whether the last letter still belongs to the run
}

func (p *formatParser) parse() section {
	for p.rest != "" {
		if !p.keyword() && !p.quoted() && !p.bracket() {
			p.character()
		}
	}
	p.judge()
	return p.out
}

// keyword takes General and the marks of forenoon and afternoon.
func (p *formatParser) keyword() bool {
	if p.take("General") || p.take("Standard") {
		p.out.general = true
		p.out.pieces = append(p.out.pieces, piece{placeholder: 'G'})
		return true
	}
	if p.take("AM/PM") || p.take("A/P") {
		p.out.other = true
		return true
	}
	if p.take("E+") || p.take("E-") {
		p.out.other = true
		return true
	}
	return false
}

func (p *formatParser) take(word string) bool {
	if len(p.rest) < len(word) || !strings.EqualFold(p.rest[:len(word)], word) {
		return false
	}
	p.rest, p.joined = p.rest[len(word):], false
	return true
}

// quoted takes "literals", \l, and the space and the filling that _ and * make of
// the character after them.
func (p *formatParser) quoted() bool {
	runes := []rune(p.rest)
	switch p.rest[0] {
	case '"':
		text, rest, _ := strings.Cut(p.rest[1:], `"`)
		p.literal(text)
		p.rest = rest
	case '\\':
		p.rest = string(runes[min(2, len(runes)):])
		p.literal(string(runes[1:min(2, len(runes))]))
	case '_', '*':
		p.rest, p.joined = string(runes[min(2, len(runes)):]), false
	default:
		return false
	}
	return true
}

func (p *formatParser) literal(text string) {
	p.joined = false
	p.out.other = p.out.other || isCurrency(text)
	if text != "" {
		p.out.pieces = append(p.out.pieces, piece{literal: text})
	}
}

// bracket takes colors, conditions, elapsed times, and currencies with their
// language: [$€-407]. The language F800 is the system's long date.
func (p *formatParser) bracket() bool {
	if p.rest[0] != '[' {
		return false
	}
	inside, rest, _ := strings.Cut(p.rest[1:], "]")
	p.rest, p.joined = rest, false
	switch {
	case strings.HasPrefix(inside, "$"):
		text, language, _ := strings.Cut(inside[1:], "-")
		p.out.date = p.out.date || strings.HasSuffix(strings.ToUpper(language), "F800")
		p.out.other = p.out.other || strings.ContainsFunc(text, unicode.IsLetter)
		p.literal(text)
	case strings.HasPrefix(inside, "<"), strings.HasPrefix(inside, ">"), strings.HasPrefix(inside, "="):
		operator := inside[:len(inside)-len(strings.TrimLeft(inside, "<>="))]
		if value, err := strconv.ParseFloat(inside[len(operator):], 64); err == nil {
			p.out.condition = condition{operator, value}
		}
	case strings.Trim(strings.ToLower(inside), "hms") == "" && inside != "":
		p.letters = append(p.letters, "["+strings.ToLower(inside)) // elapsed time
		p.out.other = true
	}
	return true
}

func (p *formatParser) character() {
	r := []rune(p.rest)[0]
	p.rest = p.rest[len(string(r)):]
	switch lower := unicode.ToLower(r); {
	case strings.ContainsRune("ymdhsegb", lower):
		p.letter(string(lower))
		return
	case r == '.' && len(p.letters) > 0 && strings.HasPrefix(p.letters[len(p.letters)-1], "s"):
		p.rest = strings.TrimLeft(p.rest, "0") // parts of seconds
	case strings.ContainsRune("0#?", r):
		p.out.digits++
		p.out.pieces = append(p.out.pieces, piece{placeholder: byte(r)})
	case r == '@':
		p.out.textual = true
		p.out.pieces = append(p.out.pieces, piece{placeholder: '@'})
	case strings.ContainsRune(".,%/", r):
		p.out.other = true
	default:
		p.literal(string(r))
	}
	p.joined = false
}

func (p *formatParser) letter(l string) {
	if last := len(p.letters) - 1; p.joined && last >= 0 && strings.HasPrefix(p.letters[last], l) {
		p.letters[last] += l
	} else {
		p.letters = append(p.letters, l)
	}
	p.joined = true
}

// judge says what the letters mean: m is a month unless it is beside hours or
// seconds. Where there are places for digits, letters are no date.
func (p *formatParser) judge() {
	for i, run := range p.letters {
		switch run[0] {
		case 'y', 'd', 'e', 'g', 'b':
			p.out.date = true
		case 'm':
			minutes := i > 0 && strings.HasPrefix(strings.TrimPrefix(p.letters[i-1], "["), "h") ||
				i+1 < len(p.letters) && strings.HasPrefix(strings.TrimPrefix(p.letters[i+1], "["), "s")
			p.out.date = p.out.date || !minutes || len(run) > 2
		}
	}
	p.out.hours = slices.ContainsFunc(p.letters, func(run string) bool { return strings.Contains(run, "h") })
	if p.out.digits > 0 {
		p.out.date = false
	}
	p.out.other = p.out.other || len(p.letters) > 0
}
