package onboard

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
)

// noValues are what programs write where they have no value. Case counts: Null is a
// family name.
var noValues = []string{
	"#N/A", "N/A", "n/a", "NULL", "(null)", "-", "--", "–", "—",
	"0/0/00", "0/0/0000", "00/00/00", "00/00/0000", "0000-00-00",
}

// isNoValue reports whether text means no value.
func isNoValue(text string) bool {
	const longest = 10 // bytes, of the above
	return len(text) <= longest && slices.Contains(noValues, text)
}

// reading is what became of a value.
type reading struct {
	value string // as the pool gets it
	wrong string // why the pool cannot store it, as the end of a sentence; "" if it can
	fix   string // what to do about it
}

func readable(value string) reading { return reading{value: value} }

// readValue brings a value into the form that the pool takes, by the attribute's
// name and its type in the pool ("" if that is not known), or says what is wrong.
func readValue(name, kind, value string) reading {
	switch name {
	case "phone_number":
		return readPhone(value)
	case "birthdate":
		return readBirthdate(value)
	case "locale":
		return readLocale(value)
	}
	switch kind {
	case "Number":
		return readNumber(value)
	case "Boolean":
		return readBoolean(value)
	case "DateTime":
		return readDateTime(value)
	}
	return readable(value)
}

// Lengths of a phone number in digits, country code included.
const (
	maxPhoneDigits = 15 // ITU-T E.164, 6.1
	minPhoneDigits = 7  // the shortest in use, such as those of Niue
)

// shortened matches a number as spreadsheets show one that is too long for its cell.
var shortened = regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+$`)

// readPhone brings a phone number into the form of E.164. It never guesses a country.
func readPhone(value string) reading {
	const write = "Write it with its country code, as +44 20 7946 0000."
	if shortened.MatchString(strings.TrimSpace(value)) {
		return reading{wrong: "was shortened by a spreadsheet, so its last digits are lost",
			fix: "Format the column as text and enter the number again, as +44 20 7946 0000."}
	}
	plain := strings.Map(withoutPhoneMarks, strings.TrimPrefix(value, "tel:"))
	if rest, ok := strings.CutPrefix(plain, "00"); ok {
		plain = "+" + rest
	}
	digits, isInternational := strings.CutPrefix(plain, "+")
	if isInternational { // the 0 of +44 (0)20 is dialed within the country only
		digits = strings.Replace(digits, "(0)", "", 1)
	}
	digits = strings.NewReplacer("(", "", ")", "").Replace(digits)
	switch {
	case digits == "" || !allDigits(digits):
		return reading{wrong: "is not a phone number", fix: write}
	case !isInternational:
		return reading{wrong: "has no country code", fix: write}
	case digits[0] == '0':
		return reading{wrong: "begins with a 0 where its country code belongs", fix: write}
	case len(digits) < minPhoneDigits || len(digits) > maxPhoneDigits:
		return reading{wrong: "has " + counted(len(digits), "digit", "digits") + " where phone numbers have 7 to 15", fix: write}
	}
	return readable("+" + digits)
}

// withoutPhoneMarks leaves out what people and programs put between digits.
func withoutPhoneMarks(r rune) rune {
	if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Pd, r) || r == '.' || r == '/' || r == '\u2212' {
		return -1
	}
	return r
}

// readBirthdate reads a date that there is (OpenID Connect Core 1.0, 5.1).
func readBirthdate(value string) reading {
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		return reading{wrong: "is not a date", fix: "Write it as YYYY-MM-DD, or leave it out."}
	}
	return readable(value)
}

// language matches a language tag with a language of two or three letters (RFC 5646,
// 2.1); no longer one is registered.
var language = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$`)

// readLocale reads a BCP 47 language tag. Many programs write it with underscores
// (OpenID Connect Core 1.0, 5.1).
func readLocale(value string) reading {
	tag := strings.ReplaceAll(value, "_", "-")
	if !language.MatchString(tag) {
		return reading{wrong: "is not a language tag", fix: "Write it as en or en-GB, or leave it out."}
	}
	return readable(tag)
}

// decimal matches a number without an exponent, which only spreadsheets write.
var decimal = regexp.MustCompile(`^[+-]?[0-9]+(?:\.[0-9]+)?$`)

func readNumber(value string) reading {
	switch {
	case decimal.MatchString(value):
		return readable(value)
	case shortened.MatchString(value):
		return reading{wrong: "was shortened by a spreadsheet", fix: "Format the column as text and enter the number again."}
	}
	return reading{wrong: "is not a number", fix: "Write digits only, or leave it out."}
}

func readBoolean(value string) reading {
	switch lower := strings.ToLower(value); lower {
	case "true", "false":
		return readable(lower)
	}
	return reading{wrong: "is neither true nor false", fix: "Write one of the two, or leave it out."}
}

// instant matches the form of RFC 3339, of which time.Parse takes other spellings too,
// such as hours of one digit and offsets of a day.
var instant = regexp.MustCompile(`^[0-9-]{10}T[0-9:]{8}(?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$`)

// readDateTime takes what any documented reading of a time takes: Cognito says
// nothing about the form.
func readDateTime(value string) reading {
	if _, err := time.Parse(time.DateOnly, value); err == nil {
		return readable(value)
	}
	if _, err := time.Parse(time.RFC3339, value); err == nil && instant.MatchString(value) {
		return readable(value)
	}
	if value != "" && allDigits(value) {
		return readable(value)
	}
	return reading{wrong: "is not a time", fix: "Write it as YYYY-MM-DDThh:mm:ssZ, or leave it out."}
}

// beyond says that a number is beyond the bounds of its attribute; "" if it is not.
func beyond(a AttributeSetting, value string) string {
	n, ok := new(big.Rat).SetString(value)
	if !ok {
		return ""
	}
	if least, ok := new(big.Rat).SetString(a.Least); ok && n.Cmp(least) < 0 {
		return "is less than " + a.Least
	}
	if most, ok := new(big.Rat).SetString(a.Most); ok && n.Cmp(most) > 0 {
		return "is more than " + a.Most
	}
	return ""
}
