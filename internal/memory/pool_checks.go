package memory

import (
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
	maxPhone     = 15 // digits, by E.164
)

// checkAsk refuses what the pool cannot take as a user.
func (p *Pool) checkAsk(ask onboard.Ask) error {
	if err := p.checkUsername(ask.Email); err != nil {
		return err
	}
	if _, ok := ask.Attributes["preferred_username"]; ok && p.nameAsAlias {
		return answerInvalid()
	}
	for name, value := range ask.Attributes {
		if a, ok := p.attributes[name]; !ok || !a.takes(value) {
			return answerInvalid()
		}
	}
	for name, a := range p.attributes {
		if a.Required && name != "email" && name != "sub" && ask.Attributes[name] == "" && p.demands(a) {
			return answerInvalid()
		}
	}
	return nil
}

// demands reports whether the pool makes no user without a required attribute.
func (p *Pool) demands(a Attribute) bool { return a.Fixed || p.passwordless || p.demandsRequired }

func (p *Pool) checkUsername(email string) error {
	local, domain, ok := strings.Cut(email, "@")
	switch {
	case p.names == AliasNames, p.names == PhoneNames: // no other address comes here
		return answerInvalid()
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

func isPhone(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && digits != "" && len(digits) <= maxPhone && strings.Trim(digits, "0123456789") == ""
}
