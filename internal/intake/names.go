package intake

import (
	"strings"
	"unicode"
)

// role is what a column or an attribute is to us.
type role uint8

const (
	roleAttribute role = iota
	roleEmail
	roleUsername // the address, where the email is empty and this looks like one
	roleGroups
	roleRef
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
}

const (
	whyVerified = "usher marks the invited address as verified, and nothing else"
	whyPool     = "the pool sets it itself"
	whyPassword = "the pool makes every temporary password itself. The values were not kept"
)

// columnNamed gives the meaning of a CSV column by its header, in any case and
// with any spacing: "E-Mail", "Given Name", "givenName".
func columnNamed(name string) meaning {
	switch fold(name) {
	case "":
		return meaning{role: roleUnnamed}
	case "email", "mail", "emailaddress", "mailaddress", "primaryemail", "emails", "emailsvalue":
		return meaning{role: roleEmail}
	case "username", "cognitousername", "userprincipalname":
		return meaning{role: roleUsername}
	case "groups", "group", "groupname", "groupnames", "groupsdisplay", "groupsvalue":
		return meaning{role: roleGroups}
	case "ref", "reference", "externalid", "userid":
		return meaning{role: roleRef}
	case "namegivenname":
		return meaning{attribute: "given_name"}
	case "namefamilyname":
		return meaning{attribute: "family_name"}
	case "nameformatted":
		return meaning{attribute: "name"}
	}
	return attributeNamed(name)
}

// attributeNamed gives the meaning of an attribute's name. Names that OpenID
// Connect does not know are the pool's own, in the case they are written in.
func attributeNamed(name string) meaning {
	name = strings.TrimSpace(name)
	folded := fold(name)
	lower := strings.ToLower(name)
	switch {
	case passwordLike(folded):
		return meaning{role: rolePassword, why: whyPassword}
	case strings.HasPrefix(lower, customPrefix):
		return meaning{attribute: customPrefix + name[len(customPrefix):]}
	case strings.HasPrefix(lower, "cognito:"), folded == "sub":
		return meaning{role: roleIgnored, why: whyPool}
	case folded == "emailverified", folded == "phonenumberverified", folded == "phoneverified":
		return meaning{role: roleIgnored, why: whyVerified}
	case folded == "email":
		return meaning{role: roleEmail}
	}
	if standard := standardAttribute(folded); standard != "" {
		return meaning{attribute: standard}
	}
	return meaning{attribute: customPrefix + name}
}

const customPrefix = "custom:"

// standardAttribute gives the claim of OpenID Connect Core 1.0, section 5.1, that
// a folded name means, or "".
func standardAttribute(folded string) string {
	switch folded {
	case "name", "fullname", "displayname":
		return "name"
	case "givenname", "firstname", "forename":
		return "given_name"
	case "familyname", "lastname", "surname":
		return "family_name"
	case "middlename":
		return "middle_name"
	case "nickname", "profile", "picture", "website", "gender", "locale", "address":
		return folded
	case "preferredusername":
		return "preferred_username"
	case "profileurl":
		return "profile"
	case "birthdate", "dateofbirth", "birthday":
		return "birthdate"
	case "zoneinfo", "timezone":
		return "zoneinfo"
	case "phonenumber", "phone", "mobile", "mobilephone", "telephone":
		return "phone_number"
	case "updatedat":
		return "updated_at"
	}
	return ""
}

// passwordLike reports whether a folded name is one that systems give to passwords.
func passwordLike(folded string) bool {
	switch folded {
	case "pass", "pw", "secret", "pin":
		return true
	}
	for _, word := range [...]string{"password", "passwd", "passphrase", "passcode", "pwd", "passwort", "kennwort", "パスワード"} {
		if strings.Contains(folded, word) {
			return true
		}
	}
	return false
}

// fold reduces the spellings of a name to one: lower case, without the spaces,
// dashes, dots and the like between its words. A separator of cells stays, so
// that a header read with the wrong one does not make sense by accident.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', r == '\t':
			return r
		case r == '_', r == '.', r == ':', unicode.IsSpace(r), unicode.Is(unicode.Dash, r):
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}
