package onboard

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CodeAddressBeyondASCII marks a warning: an address that no mail can be sent to.
const CodeAddressBeyondASCII Code = "address_beyond_ascii"

// judgeMailable judges the address of a row that is well-formed.
func (r Rules) judgeMailable(j *Judgement) {
	fault, warning := r.checkMailable(j.Person.Email)
	j.Fault = fault
	if warning != nil {
		j.Remarks = append(j.Remarks, Remark{Fault: *warning})
	}
}

// checkMailable judges whether a well-formed address is one that a mail can be sent
// to. Where no mail is sent, a warning is enough. A resend has to accept what was
// invited earlier.
func (r Rules) checkMailable(email string) (fault, warning *Fault) {
	if r.Options.ResendOnly {
		return nil, nil
	}
	local, _, _ := strings.Cut(email, "@")
	if strings.HasSuffix(strings.ToUpper(local), "#EXT#") {
		return &Fault{CodeEmailInvalid, "The address is the name of a guest account (#EXT#), not a mailbox. Use the address of the person."}, nil
	}
	for _, escape := range [...]string{"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&nbsp;", "&#"} {
		if strings.Contains(strings.ToLower(local), escape) {
			return &Fault{CodeEmailInvalid, fmt.Sprintf("The address contains the HTML escape %s. Write the character itself.", escape)}, nil
		}
	}
	for _, c := range local {
		if c < utf8.RuneSelf {
			continue
		}
		detail := beyondASCII(c)
		if r.Options.Mail == Suppress {
			return nil, &Fault{CodeAddressBeyondASCII, "An address has a character beyond ASCII before the @. The person is created, but no mail can ever be sent there."}
		}
		return &Fault{CodeEmailInvalid, detail}, nil
	}
	return nil, nil
}

// beyondASCII is for a character before the @ that Amazon SES does not send to
// (Amazon SES Developer Guide, "Email format": the local part is 7-bit ASCII).
func beyondASCII(c rune) string {
	detail := fmt.Sprintf("The address contains %q (U+%04X) before the @. Mail can only be sent to ASCII addresses.", string(c), c)
	if spelling := asciiSpelling(c); spelling != "" {
		return detail + fmt.Sprintf(" If it was meant as %s, write that.", spelling)
	}
	return detail + " Look the address up."
}

// spellings gives the usual ASCII spellings of characters, as pairs of the
// characters and the spelling.
var spellings = [...][2]string{
	{"\u2018\u2019\u201b\u02bc\u00b4\u2032`", "'"}, {"\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"}, {"\u201c\u201d\u201e\u00ab\u00bb\u2022\u00b7", "nothing at all"},
	{"ä", "ae or a"}, {"ö", "oe or o"}, {"ü", "ue or u"}, {"ß", "ss"}, {"æ", "ae"}, {"ø", "o or oe"}, {"å", "a or aa"}, {"œ", "oe"}, {"þ", "th"}, {"ðđď", "d"},
	{"àáâãāăą\u0430", "a"}, {"çćĉċč\u0441", "c"}, {"èéêëēĕėęě\u0435", "e"}, {"ĝğġģ", "g"}, {"ĥħ", "h"}, {"ìíîïĩīĭįı\u0456", "i"}, {"ĵ", "j"}, {"ķ", "k"}, {"ĺļľŀł", "l"},
	{"ñńņňŉ", "n"}, {"òóôõōŏő\u043e", "o"}, {"ŕŗř", "r"}, {"śŝşšș\u0455", "s"}, {"ţťŧț", "t"}, {"ùúûũūŭůűų", "u"}, {"ŵ", "w"}, {"ýÿŷ\u0443", "y"}, {"źżž", "z"}, {"\u0440", "p"}, {"\u0445", "x"},
}

// asciiSpelling gives how people write c in ASCII, "" if it is not known.
func asciiSpelling(c rune) string {
	for _, pair := range spellings {
		if strings.ContainsRune(pair[0], unicode.ToLower(c)) {
			return pair[1]
		}
	}
	return ""
}
