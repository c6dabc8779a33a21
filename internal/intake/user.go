package intake

import (
	"strings"

	"usher.example/internal/onboard"
)

// user is what has been read of one user so far and may still be outranked:
// fields of SCIM (RFC 7643) and Auth0 stand beside our own.
type user struct {
	email, emails, username string
	ref                     string
	refRank                 int
	display                 string
}

// userFields are the fields that a key in another spelling may have meant.
func userFields() []string { return []string{"email", "groups", "attributes", "ref"} }

// userField reports whether a user may have a field of that name.
func userField(key string) bool {
	switch key {
	case "email", "emails", "userName", "username", "cognito:username",
		"groups", "attributes", "ref", "externalId", "user_id",
		"name", "displayName", "nickName", "profileUrl", "phoneNumbers", "timezone":
		return true
	}
	return whyIgnored(key) != "" || userAttribute(key)
}

// userAttribute reports whether key is the exact name of a standard attribute,
// which may stand in a user beside "attributes", as Auth0 has it.
func userAttribute(key string) bool {
	switch key {
	case "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username",
		"profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "address", "phone_number":
		return true
	}
	return false
}

// whyIgnored says why a known field of another system is not used, or "".
func whyIgnored(key string) string {
	switch key {
	case "email_verified", "phone_verified", "phone_number_verified", "verify_email":
		return whyVerified
	case "app_metadata", "user_metadata":
		return `what the pool should keep goes under "attributes"`
	case "sub", "id", "meta", "schemas", "active", "blocked", "created_at", "updated_at", "identities", "connection",
		"last_login", "last_ip", "logins_count", "multifactor", "cognito:user_status", "cognito:mfa_enabled", "cognito:groups":
		return whyPool
	case "title", "userType", "preferredLanguage", "addresses", "photos", "ims", "roles", "entitlements", "x509Certificates",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
		return `a field of SCIM without a place in the pool; put it under "attributes" if the pool has an attribute for it`
	}
	if passwordLike(fold(key)) {
		return whyPassword
	}
	return ""
}

// oneUser reads a user, a string or an object, as the row of that number.
func (r *jsonReader) oneUser(number int) error {
	if err := r.begin(number); err != nil {
		return err
	}
	var err error
	switch r.Peek() {
	case '"':
		r.user.email, err = r.text()
	case '{':
		err = r.eachField(r.field)
	case '[':
		return r.mustBe(CodeWrongNesting, "a user must be a string or an object")
	default:
		err = r.wrongType(onboard.CodeRowInvalid, "a user must be a string or an object")
	}
	if err != nil {
		return err
	}
	r.finish()
	return nil
}

func (r *jsonReader) begin(number int) error {
	r.user = user{}
	return r.out.start(number)
}

// finish settles which field outranks which, and adds the row.
func (r *jsonReader) finish() {
	u := &r.user
	email := strings.TrimSpace(u.email)
	if email == "" {
		email = strings.TrimSpace(u.emails)
	}
	if username := strings.TrimSpace(u.username); email == "" && strings.Contains(username, "@") {
		email = username
	} else if username != "" && username != email {
		r.out.warn("username", "username is not used where it differs from the e-mail address: people sign in with their address")
	}
	r.out.email(email)
	r.out.ref(u.ref)
	if !r.out.has("name") {
		r.out.attribute("name", "displayName", u.display)
	}
	r.out.finish()
}

// field reads the value of one field of a user.
func (r *jsonReader) field(key string) (err error) {
	u := &r.user
	switch key {
	case "email":
		u.email, err = r.stringOf(key)
	case "emails":
		u.emails, err = r.preferred(key)
	case "userName", "username", "cognito:username":
		u.username, err = r.stringOf(key)
	case "groups":
		err = r.groups()
	case "attributes":
		err = r.attributes()
	case "ref":
		err = r.ref(key, 3)
	case "externalId":
		err = r.ref(key, 2)
	case "user_id":
		err = r.ref(key, 1)
	case "name":
		err = r.name()
	case "displayName":
		u.display, err = r.stringOf(key)
	case "nickName":
		err = r.plain("nickname", key)
	case "profileUrl":
		err = r.plain("profile", key)
	case "timezone":
		err = r.plain("zoneinfo", key)
	case "phoneNumbers":
		var phone string
		if phone, err = r.preferred(key); err == nil {
			err = r.attribute("phone_number", key, phone)
		}
	default:
		err = r.otherField(key)
	}
	return err
}

func (r *jsonReader) otherField(key string) error {
	if userAttribute(key) {
		return r.plain(key, key)
	}
	if why := whyIgnored(key); why != "" {
		r.out.warn(key, "%s is not used: %s", quoted(key), why)
		return r.skip()
	}
	return r.unknown(key, `a user has email, groups, attributes and ref; what else the pool keeps goes under "attributes"`, userFields()...)
}

// plain reads an attribute that stands in the user itself.
func (r *jsonReader) plain(name, key string) error {
	value, err := r.attributeValue(key)
	if err != nil {
		return err
	}
	return r.attribute(name, key, value)
}

func (r *jsonReader) attribute(name, sent, value string) error {
	if before, twice := r.out.attribute(name, sent, value); twice {
		return r.fail(CodeDuplicateKey, "the attribute %s is given twice, as %s and as %s; keep one", quoted(name), quoted(before), quoted(sent))
	}
	return nil
}

// attributes reads the object of that name.
func (r *jsonReader) attributes() error {
	switch r.Peek() {
	case 'n':
		_, err := r.scalar()
		return err
	case '{':
	default:
		return r.wrongType(onboard.CodeRowInvalid, "attributes must be an object")
	}
	return r.eachField(r.namedAttribute)
}

func (r *jsonReader) namedAttribute(name string) error {
	if len(name) > r.out.limits.CellBytes || strings.TrimSpace(name) == "" || printable(name) != name {
		r.out.fault(onboard.CodeAttributeInvalid, "the name of an attribute is empty, holds a control character or is longer than %d bytes; name it as the pool does", r.out.limits.CellBytes)
		return r.skip()
	}
	m := r.out.meaning(name)
	switch m.role {
	case roleEmail:
		r.out.fault(onboard.CodeAttributeInvalid, `the address goes into "email" of the user, not under "attributes"`)
		return r.skip()
	case roleIgnored, rolePassword:
		r.out.warn(name, "the attribute %s is not used: %s", quoted(name), m.why)
		return r.skip()
	}
	value, err := r.attributeValue(name)
	if err != nil {
		return err
	}
	return r.attribute(m.attribute, name, value)
}

// attributeValue reads a string, number or boolean as text; null is no value.
func (r *jsonReader) attributeValue(name string) (string, error) {
	switch r.Peek() {
	case '"':
		return r.text()
	case '{', '[':
		return "", r.wrongType(onboard.CodeAttributeInvalid, "the attribute "+quoted(name)+" must be a string, number or boolean")
	case 'n':
		_, err := r.scalar()
		return "", err
	}
	return r.scalar()
}

// groups reads an array of names, a single name, or SCIM's array of objects.
func (r *jsonReader) groups() error {
	switch r.Peek() {
	case 'n':
		_, err := r.scalar()
		return err
	case '"':
		name, err := r.text()
		r.out.group(name)
		return err
	case '[':
		if err := r.enter(); err != nil {
			return err
		}
	default:
		return r.wrongType(onboard.CodeRowInvalid, "groups must be an array of strings")
	}
	for {
		more, err := r.element()
		if err != nil || !more {
			return err
		}
		group, err := r.valued("a group")
		if err != nil {
			return err
		}
		if group.display != "" {
			group.value = group.display // SCIM's value is an id, its display the name
		}
		r.out.group(group.value)
	}
}

// ref reads the caller's key. Of several fields that hold one, the rank decides.
func (r *jsonReader) ref(key string, rank int) error {
	var ref string
	var err error
	if c := r.Peek(); c == '-' || '0' <= c && c <= '9' {
		ref, err = r.scalar()
	} else {
		ref, err = r.stringOf(key)
	}
	if ref != "" && rank > r.user.refRank {
		r.user.ref, r.user.refRank = ref, rank
	}
	return err
}

// stringOf reads a string; null is none, anything else the row's fault.
func (r *jsonReader) stringOf(name string) (string, error) {
	switch r.Peek() {
	case '"':
		return r.text()
	case 'n':
		_, err := r.scalar()
		return "", err
	}
	return "", r.wrongType(onboard.CodeRowInvalid, name+" must be a string")
}
