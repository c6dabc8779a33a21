package intake

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// role is what a column or an attribute is to us.
type role uint8

const (
	roleAttribute role = iota
	roleEmail
	roleUsername // the address, where the email is empty and this looks like one
	roleGroups
	roleRef
	roleAttributes // all attributes as a JSON object, as results of other bodies have them
	roleIgnored
	rolePassword // ignored, and its value blanked
	roleUnnamed  // a column without a name
	roleOutcome  // state, code and reason: what [Export] added
)

// meaning is what a name means: its role, and the attribute's full name or
// the reason why it is not used.
type meaning struct {
	role      role
	attribute string
	why       string

	// place is the number in names such as "E-mail 2 - Value", 0 where there is
	// none: such columns hold different things by design, the first one the main.
	place int
}

const (
	whyVerified = "usher marks the invited address as verified, and nothing else"
	whyPool     = "the pool sets it itself"
	whyPassword = "it may hold secrets. Its values were not kept. The pool makes every temporary password itself"
	whyLeftOut  = "it was left out on request"
)

// columnNamed gives the meaning of a column by its header, in any case and with any
// spacing and decoration: "E-Mail", "Given Name", "givenName", "Email Address
// [Required]", "First name [givenName]", "E-mail 1 - Value".
func columnNamed(name string) meaning {
	if fold(name) == "" {
		return meaning{role: roleUnnamed}
	}
	if secretLike(name) {
		return meaning{role: rolePassword, why: whyPassword}
	}
	for _, spelling := range spellings(name) {
		if m, ok := known()[spelling]; ok {
			return m
		}
		if m, ok := numbered(spelling); ok {
			return m
		}
	}
	return attributeNamed(name)
}

// numbered gives the meaning of a folded name with a number: email1value, group2.
func numbered(folded string) (meaning, bool) {
	bare := strings.TrimSuffix(folded, "value")
	base := strings.TrimRight(bare, "0123456789")
	m, ok := known()[base]
	if !ok || base == bare || m.role != roleEmail && m.role != roleGroups && m.attribute != "phone_number" {
		return meaning{}, false
	}
	for _, digit := range bare[len(base):] {
		m.place = min(m.place*10+int(digit-'0'), 1000)
	}
	return m, true
}

// decorations are what forms and templates add to a name.
var decorations = folded("required, optional, mandatory, upload only, Pflichtfeld, Pflicht, obligatoire, facultatif, obligatorio, opcional, obrigatório, obbligatorio, facoltativo, verplicht, optioneel, wymagane, opcjonalne, zorunlu, обязательно, 必須, 任意, 必填, 选填")

// spellings gives the forms of a name to look up: as it is, without what is in
// brackets, and what is in them.
func spellings(name string) []string {
	outside, inside := brackets(name)
	list := []string{fold(name), undecorated(fold(outside))}
	for _, part := range inside {
		list = append(list, fold(part))
	}
	return list
}

func undecorated(folded string) string {
	for _, word := range decorations {
		if rest, ok := strings.CutSuffix(folded, word); ok && rest != "" {
			return rest
		}
	}
	return folded
}

// brackets takes the parts in brackets out of a name.
func brackets(name string) (outside string, inside []string) {
	var rest strings.Builder
	for {
		i := strings.IndexAny(name, "([{（【")
		if i < 0 {
			break
		}
		_, width := utf8.DecodeRuneInString(name[i:])
		j := strings.IndexAny(name[i:], ")]}）】")
		if j < 0 {
			break
		}
		rest.WriteString(name[:i])
		inside = append(inside, name[i+width:i+j])
		_, closing := utf8.DecodeRuneInString(name[i+j:])
		name = name[i+j+closing:]
	}
	rest.WriteString(name)
	return rest.String(), inside
}

// attributeNamed gives the meaning of an attribute's name. Names that OpenID
// Connect does not know are the pool's own, in the case they are written in.
func attributeNamed(name string) meaning {
	name = strings.TrimSpace(name)
	lower := strings.ToLower(name)
	switch {
	case secretLike(name):
		return meaning{role: rolePassword, why: whyPassword}
	case strings.HasPrefix(lower, customPrefix):
		return meaning{attribute: customPrefix + name[len(customPrefix):]}
	case strings.HasPrefix(lower, "cognito:"):
		return meaning{role: roleIgnored, why: whyPool}
	case fold(name) == "email":
		return meaning{role: roleEmail}
	}
	if m := known()[fold(name)]; m.role == roleIgnored || m.attribute != "" && programsName(fold(name)) {
		return m
	}
	return meaning{attribute: customPrefix + name}
}

// programsName reports whether a folded name is one by which programs call a claim
// in JSON. Other names there are the pool's own, whatever they mean to people.
func programsName(folded string) bool {
	switch folded {
	case "fullname", "displayname", "firstname", "forename", "lastname", "surname", "profileurl", "dateofbirth", "birthday",
		"timezone", "phone", "mobile", "mobilephone", "telephone":
		return true
	}
	return standardAttribute(known()[folded].attribute) && folded == fold(known()[folded].attribute)
}

const customPrefix = "custom:"

// standardAttribute reports whether a name is a claim of OpenID Connect Core 1.0,
// section 5.1, that people can be given.
func standardAttribute(name string) bool {
	switch name {
	case "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
		"website", "gender", "birthdate", "zoneinfo", "locale", "address", "phone_number":
		return true
	}
	return false
}

// secretLike reports whether a name is one that systems give to secrets.
func secretLike(name string) bool {
	all := fold(name)
	for _, part := range secretParts() {
		if strings.Contains(all, part) {
			return true
		}
	}
	for _, word := range words(name) {
		if secretWhole()[fold(word)] {
			return true
		}
	}
	return false
}

// words splits a name at everything that is not a letter or a digit, and before a
// capital letter: totp_secret, clientSecret.
func words(name string) []string {
	var list []string
	from, lower := 0, false
	for i, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r):
			list = append(list, name[from:i])
			from, lower = i+utf8.RuneLen(r), false
		case unicode.IsUpper(r) && lower:
			list = append(list, name[from:i])
			from, lower = i, false
		default:
			lower = unicode.IsLower(r)
		}
	}
	return append(list, name[from:])
}

// fold reduces the spellings of a name to one: lower case, without accents and
// without the spaces, dashes, dots and the like between its words. A separator of
// cells stays, so that a header read with the wrong one does not make sense by
// accident.
func fold(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			name = norm.NFKD.String(name)
			break
		}
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', strings.ContainsRune(separators+"|", r):
			return r
		case r == 'ł' || r == 'Ł':
			return 'l'
		case r == 'ı':
			return 'i'
		case unicode.IsSpace(r), unicode.IsPunct(r), unicode.IsSymbol(r), unicode.IsControl(r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
