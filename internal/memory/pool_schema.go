package memory

import (
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

// Attribute is a user attribute of a pool, as its schema has it.
type Attribute struct {
	Name      string // in full: "custom:tenant"
	Type      string // String (or ""), Number, Boolean or DateTime
	MinLength int    // characters
	MaxLength int    // characters; 0 means 2048, the most there is
	Least     string // of a Number; "" means no bound
	Most      string // of a Number; "" means no bound
	Required  bool
	Fixed     bool // never changes after the user is created
}

// standard lists the OpenID attributes that every pool has and callers may set, and
// sub, which they may not (Amazon Cognito Developer Guide, "User pool attributes").
var standard = []Attribute{
	{Name: "address"}, {Name: "birthdate", MinLength: 10, MaxLength: 10}, {Name: "email", Required: true},
	{Name: "email_verified", Type: "Boolean"}, {Name: "family_name"}, {Name: "gender"}, {Name: "given_name"},
	{Name: "locale"}, {Name: "middle_name"}, {Name: "name"}, {Name: "nickname"}, {Name: "phone_number"},
	{Name: "phone_number_verified", Type: "Boolean"}, {Name: "picture"}, {Name: "preferred_username"},
	{Name: "profile"}, {Name: "sub", MinLength: 1, Required: true, Fixed: true},
	{Name: "updated_at", Type: "Number", Least: "0"}, {Name: "website"}, {Name: "zoneinfo"},
}

// schema returns every attribute by name. Those of the configuration replace
// standard ones.
func schema(own []Attribute) map[string]Attribute {
	all := make(map[string]Attribute, len(standard)+len(own))
	for _, a := range slices.Concat(standard, own) {
		if a.MaxLength == 0 || a.MaxLength > maxAttribute {
			a.MaxLength = maxAttribute
		}
		if a.Type == "" {
			a.Type = "String"
		}
		all[a.Name] = a
	}
	return all
}

// setting is how the pool describes the attribute.
func (a Attribute) setting() onboard.AttributeSetting {
	s := onboard.AttributeSetting{Name: a.Name, Type: a.Type, Required: a.Required, Mutable: !a.Fixed, Least: a.Least, Most: a.Most}
	if a.Type == "String" {
		s.MinLength, s.MaxLength = a.MinLength, a.MaxLength
	}
	return s
}

// takes reports whether the attribute can have the value.
func (a Attribute) takes(value string) bool {
	length := utf8.RuneCountInString(value)
	if length > maxAttribute || a.Type == "String" && (length < a.MinLength || length > a.MaxLength) {
		return false
	}
	switch a.Name {
	case "sub":
		return false
	case "phone_number":
		return isPhone(value)
	case "birthdate":
		return isDate(value)
	}
	switch a.Type {
	case "Number":
		return a.hasNumber(value)
	case "Boolean":
		return value == "true" || value == "false"
	case "DateTime":
		return isMoment(value)
	}
	return true
}

// hasNumber reports whether a value is a number within the attribute's bounds.
func (a Attribute) hasNumber(value string) bool {
	n := numberOf(value)
	if n == nil {
		return false
	}
	least, most := numberOf(a.Least), numberOf(a.Most)
	return (least == nil || n.Cmp(least) >= 0) && (most == nil || n.Cmp(most) <= 0)
}

// numberBits holds any number of 2,048 digits exactly enough to compare two.
const numberBits = 16384

// numberOf reads digits with an optional sign and fraction; nil for anything else.
func numberOf(text string) *big.Float {
	whole, fraction, hasPoint := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	if !isDigits(whole) || hasPoint && !isDigits(fraction) || len(text)-len(strings.TrimLeft(text, "+-")) > 1 {
		return nil
	}
	n, _, err := big.ParseFloat(text, 10, numberBits, big.ToNearestEven)
	if err != nil {
		return nil
	}
	return n
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isDate reports whether text is a day of the calendar as YYYY-MM-DD.
func isDate(text string) bool {
	if len(text) != len("YYYY-MM-DD") || text[4] != '-' || text[7] != '-' || !isDigits(text[:4]+text[5:7]+text[8:]) {
		return false
	}
	year, month, day := twoDigits(text[:2])*100+twoDigits(text[2:4]), twoDigits(text[5:7]), twoDigits(text[8:])
	lengths := []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		lengths[1] = 29
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= lengths[month-1]
}

func twoDigits(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// isMoment reports whether text is a day, a time of a day, or seconds since 1970: which
// of them Cognito takes is documented nowhere.
func isMoment(text string) bool {
	if isDigits(text) || isDate(text) {
		return true
	}
	day, rest, _ := strings.Cut(text, "T")
	if !isDate(day) || len(rest) < len("hh:mm:ssZ") || !isClock(rest[:8], true) {
		return false
	}
	zone := rest[8:]
	if fraction, ok := strings.CutPrefix(zone, "."); ok {
		zone = strings.TrimLeft(fraction, "0123456789")
		if zone == fraction {
			return false
		}
	}
	return zone == "Z" || len(zone) == len("+hh:mm") && (zone[0] == '+' || zone[0] == '-') && isClock(zone[1:], false)
}

// isClock reports whether text is hh:mm:ss, or hh:mm.
func isClock(text string, withSeconds bool) bool {
	if text[2] != ':' || withSeconds && text[5] != ':' || !isDigits(strings.ReplaceAll(text, ":", "")) {
		return false
	}
	hour, minute, second := twoDigits(text[:2]), twoDigits(text[3:5]), 0
	if withSeconds {
		second = twoDigits(text[6:])
	}
	return hour < 24 && minute < 60 && second < 60
}
