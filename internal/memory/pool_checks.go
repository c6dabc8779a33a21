package memory

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

// Limits of user names and attributes, in characters (Amazon Cognito API
// Reference, "AdminCreateUser" and "AttributeType").
const (
	maxUsername  = onboard.MaxEmailLength
	maxAttribute = onboard.MaxAttributeLength
	birthdateLen = 10 // YYYY-MM-DD
	maxPhone     = 15 // digits, by E.164
)

// standard lists the OpenID attributes that every pool has and callers may set
// (Amazon Cognito Developer Guide, "User pool attributes").
var standard = []string{
	"address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale",
	"middle_name", "name", "nickname", "phone_number", "phone_number_verified", "picture",
	"preferred_username", "profile", "updated_at", "website", "zoneinfo",
}

// schema returns the greatest length of every attribute by name.
func schema(own []Attribute) map[string]int {
	lengths := make(map[string]int, len(standard)+len(own))
	for _, name := range standard {
		lengths[name] = maxAttribute
	}
	for _, a := range own {
		lengths[a.Name] = maxAttribute
		if a.MaxLength > 0 {
			lengths[a.Name] = min(a.MaxLength, maxAttribute)
		}
	}
	return lengths
}

// checkAsk refuses what the pool cannot take as a user.
func (p *Pool) checkAsk(ask onboard.Ask) error {
	if err := checkUsername(ask.Email); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(ask.Attributes)) {
		if err := p.checkAttribute(name, ask.Attributes[name]); err != nil {
			return err
		}
	}
	return nil
}

func checkUsername(email string) error {
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case email == "", utf8.RuneCountInString(email) > maxUsername,
		!ok, local == "", domain == "", strings.Contains(domain, "@"), strings.ContainsFunc(email, notInNames):
		return answerInvalid()
	}
	return nil
}

// notInNames reports characters that no user name may have: everything that is
// not a letter, mark, symbol, number or punctuation.
func notInNames(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.S, unicode.N, unicode.P)
}

func (p *Pool) checkAttribute(name, value string) error {
	longest, ok := p.attributes[name]
	length := utf8.RuneCountInString(value)
	switch {
	case !ok, length > longest,
		name == "phone_number" && !isPhone(value),
		name == "birthdate" && length != birthdateLen:
		return answerInvalid()
	}
	return nil
}

func isPhone(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && digits != "" && len(digits) <= maxPhone && strings.Trim(digits, "0123456789") == ""
}
