package intake

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"usher.example/internal/onboard"
)

// user is what has been read of one user so far and another field may replace:
// fields of SCIM (RFC 7643) and Auth0 may appear beside our own.
type user struct {
	email, emails, username string
	emailKey                string   // the field that email is from
	others                  []string // addresses of a list beside the one that is taken
	primary                 bool     // the list said which one that is
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
		"groups", "attributes", "Attributes", "Username", "ref", "externalId", "user_id",
		"name", "displayName", "nickName", "profileUrl", "phoneNumbers", "timezone":
		return true
	}
	return whyIgnored(key) != "" || userAttribute(key) || spelledOtherwise(key)
}

// spelledOtherwise reports whether a key is another name of a field, as columns of
// a CSV file have it: mail, firstName, group.
func spelledOtherwise(key string) bool {
	m := columnNamed(key)
	return m.role != roleUnnamed && (m.role != roleAttribute || standardAttribute(m.attribute))
}

// userAttribute reports whether key is the exact name of a standard attribute,
// which may appear in a user beside "attributes", as in exports of Auth0.
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
		return `put what the pool should keep under "attributes"`
	case "sub", "id", "meta", "Enabled", "UserStatus", "UserCreateDate", "UserLastModifiedDate", "MFAOptions", "accountEnabled", "userType", "createdDateTime", "schemas", "active", "blocked", "created_at", "updated_at", "identities", "connection",
		"last_login", "last_ip", "logins_count", "multifactor", "cognito:user_status", "cognito:mfa_enabled", "cognito:groups":
		return whyPool
	case "title", "preferredLanguage", "jobTitle", "officeLocation", "businessPhones", "addresses", "photos", "ims", "roles", "entitlements", "x509Certificates",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
		return `the pool has no place for it. Put it under "attributes" if the pool has an attribute for it`
	}
	if strings.HasPrefix(key, "@odata.") {
		return "it is Microsoft Graph's own"
	}
	if secretLike(key) {
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
	switch r.PeekKind() {
	case jsontext.KindString:
		r.user.email, err = r.scalar()
	case jsontext.KindBeginObject:
		err = r.object(r.field)
	case jsontext.KindBeginArray:
		return r.mustBe(CodeWrongNesting, "A user must be a string or an object")
	default:
		err = r.wrongType(onboard.CodeRowInvalid, "A user must be a string or an object")
	}
	if err != nil {
		return err
	}
	return r.finish()
}

func (r *jsonReader) begin(number int) error {
	r.user = user{}
	return r.out.start(number)
}

// finish decides between fields that mean the same, and adds the row.
func (r *jsonReader) finish() error {
	u := &r.user
	r.out.apostrophes = r.out.apostrophes || strings.HasPrefix(u.email, "'")
	r.out.ref(u.ref)
	if !r.out.has("name") && !r.out.has("given_name") && !r.out.has("family_name") || u.display != "" && !r.out.has("name") {
		r.out.attribute("name", "displayName", u.display)
	}
	r.out.address(u.username, u.email, u.emails)
	r.out.stray("displayName", u.display)
	if len(u.others) > 0 || u.email != "" && u.emails != "" && !strings.EqualFold(strings.TrimSpace(u.email), strings.TrimSpace(u.emails)) {
		r.out.note(CodeNotUsed, "There is more than one address. The primary or first one is invited, the others are not.")
	}
	r.out.finish()
	return nil
}

// finishAll adds a row for each address of a document that is one list of them.
func (r *jsonReader) finishAll() error {
	others := r.user.others
	if r.user.primary || len(others) == 0 {
		return r.finish()
	}
	r.user.others = nil
	shared, pairs := r.out.row, slices.Clone(r.out.pairs)
	if err := r.finish(); err != nil {
		return err
	}
	for i, address := range others {
		if err := r.out.start(i + 2); err != nil {
			return err
		}
		r.out.row.Groups, r.out.row.Fault = slices.Clone(shared.Groups), shared.Fault
		r.out.pairs = append(r.out.pairs, pairs...)
		r.user.email, r.user.emails, r.user.username = address, "", ""
		if err := r.finish(); err != nil {
			return err
		}
	}
	return nil
}

// field reads the value of one field of a user.
func (r *jsonReader) field(key string) (err error) {
	u := &r.user
	switch key {
	case "email":
		err = r.email(key)
	case "emails":
		u.emails, err = r.preferred(key)
	case "userName", "username", "cognito:username", "Username":
		u.username, err = r.stringOf(key)
	case "groups":
		err = r.groups()
	case "attributes", "Attributes":
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
		kept := *u
		var phone string
		if phone, err = r.preferred(key); err == nil {
			err = r.attribute("phone_number", key, phone)
		}
		u.others, u.primary = kept.others, kept.primary
	default:
		err = r.otherField(key)
	}
	return err
}

func (r *jsonReader) otherField(key string) error {
	if key == "profile" && r.PeekKind() == jsontext.KindBeginObject {
		r.foreign = okta
		return r.skipUnknown(key, "")
	}
	if userAttribute(key) {
		return r.plain(key, key)
	}
	if why := whyIgnored(key); why != "" {
		r.out.warn(key, "%s is not used: %s.", quoted(key), why)
		return r.skipMark(key)
	}
	if spelledOtherwise(key) {
		return r.foreignField(key, columnNamed(key))
	}
	return r.skipUnknown(key, `A user has email, groups, attributes and ref. Everything else that the pool keeps goes under "attributes".`, userFields()...)
}

// foreignField reads a field by another name than ours.
func (r *jsonReader) foreignField(key string, m meaning) (err error) {
	switch m.role {
	case roleEmail:
		return r.email(key)
	case roleUsername:
		r.user.username, err = r.stringOf(key)
		return err
	case roleGroups:
		return r.groups()
	case roleRef:
		return r.ref(key, 1)
	case roleAttribute:
		return r.plain(m.attribute, key)
	}
	r.out.warn(key, "%s is not used: %s.", quoted(key), m.why)
	return r.skip()
}

// email reads the address, or a list of addresses. Of two fields that hold one, the
// first that is not empty counts, and they must not differ.
func (r *jsonReader) email(key string) error {
	var address string
	var err error
	if r.PeekKind() == jsontext.KindBeginArray {
		address, err = r.preferred(key)
	} else {
		address, err = r.stringOf(key)
	}
	u := &r.user
	switch {
	case err != nil || strings.TrimSpace(address) == "":
	case u.email == "":
		u.email, u.emailKey = address, key
	case !strings.EqualFold(strings.TrimSpace(u.email), strings.TrimSpace(address)):
		r.out.fault(onboard.CodeRowInvalid, "%s and %s both hold an address, and they differ. Keep one.", quoted(u.emailKey), quoted(key))
	}
	return err
}

// plain reads an attribute that is a field of the user itself.
func (r *jsonReader) plain(name, key string) error {
	value, err := r.attributeValue(key)
	if err != nil {
		return err
	}
	return r.attribute(name, key, value)
}

func (r *jsonReader) attribute(name, sent, value string) error {
	if before, twice := r.out.attribute(name, sent, value); twice {
		return r.place(int(r.InputOffset())).malformed(CodeDuplicateKey, "The attribute %s is given twice, as %s and as %s. Keep one.", quoted(name), quoted(before), quoted(sent))
	}
	return nil
}

// attributes reads the object of that name.
func (r *jsonReader) attributes() error {
	switch r.PeekKind() {
	case jsontext.KindNull:
		return r.skip()
	case jsontext.KindBeginObject:
		return r.object(r.namedAttribute)
	case jsontext.KindBeginArray:
		return r.array(r.cognitoAttribute)
	}
	return r.wrongType(onboard.CodeRowInvalid, `"attributes" must be an object`)
}

func (r *jsonReader) namedAttribute(name string) error {
	if len(name) > r.out.limits.CellBytes || strings.TrimSpace(name) == "" || printable(name) != name {
		r.out.fault(onboard.CodeAttributeInvalid, "The name of an attribute is empty, contains a control character or is longer than %d bytes. Use the name that the pool has.", r.out.limits.CellBytes)
		return r.skip()
	}
	m := r.out.meaning(name)
	switch m.role {
	case roleEmail:
		r.out.fault(onboard.CodeAttributeInvalid, `The address is under "attributes". Move it to "email" of the user.`)
		return r.skip()
	case roleIgnored, rolePassword:
		r.out.warn(name, "The attribute %s is not used: %s.", quoted(name), m.why)
		return r.skip()
	}
	value, err := r.attributeValue(name)
	if err != nil {
		return err
	}
	r.out.noteDisabled(r.out.mark(name), name, value)
	return r.attribute(m.attribute, name, value)
}

// attributeValue reads a string, number or boolean as text, also as the one element
// of an array; null is no value.
func (r *jsonReader) attributeValue(name string) (string, error) {
	switch r.PeekKind() {
	case jsontext.KindBeginArray:
		return r.onlyOne(onboard.CodeAttributeInvalid, "The attribute "+quoted(name)+" must be a string, number or boolean")
	case jsontext.KindBeginObject:
		return "", r.wrongType(onboard.CodeAttributeInvalid, "The attribute "+quoted(name)+" must be a string, number or boolean")
	}
	return r.scalar()
}

// groups reads an array of names, a single name, or SCIM's array of objects.
func (r *jsonReader) groups() error {
	switch r.PeekKind() {
	case jsontext.KindString, jsontext.KindNull:
		names, err := r.scalar()
		r.out.groupList(names)
		return err
	case jsontext.KindBeginArray:
		return r.array(r.group)
	}
	return r.wrongType(onboard.CodeRowInvalid, `"groups" must be an array of strings`)
}

func (r *jsonReader) group() error {
	group, err := r.valued("groups")
	r.out.group(cmp.Or(group.display, group.value)) // SCIM's value is an id, its display the name
	return err
}

// ref reads the caller's key. Of several fields that hold one, the rank decides.
func (r *jsonReader) ref(key string, rank int) (err error) {
	var ref string
	if r.PeekKind() == jsontext.KindNumber {
		ref, err = r.scalar()
	} else {
		ref, err = r.stringOf(key)
	}
	if ref != "" && rank > r.user.refRank {
		r.user.ref, r.user.refRank = ref, rank
	}
	return err
}

// onlyOne reads an array of one string, number or boolean. Another array is the
// row's fault.
func (r *jsonReader) onlyOne(code onboard.Code, what string) (value string, err error) {
	count := 0
	err = r.array(func() (err error) {
		count++
		switch r.PeekKind() {
		case jsontext.KindBeginObject, jsontext.KindBeginArray:
			count++
			return r.skip()
		}
		value, err = r.scalar()
		return err
	})
	if err == nil && count > 1 {
		r.out.fault(code, "%s, not an array.", what)
		return "", nil
	}
	return value, err
}

// cognitoAttribute reads an attribute as the AWS command line writes it: an object
// with Name and Value.
func (r *jsonReader) cognitoAttribute() error {
	if r.PeekKind() != jsontext.KindBeginObject {
		return r.wrongType(onboard.CodeRowInvalid, `"attributes" must be an object`)
	}
	var name, value string
	err := r.object(func(key string) (err error) {
		switch key {
		case "Name", "name":
			name, err = r.stringOf(key)
		case "Value", "value":
			value, err = r.attributeValue(key)
		default:
			err = r.skipUnknown(key, "An attribute in a list has Name and Value.", "Name", "Value")
		}
		return err
	})
	if err != nil || name == "" {
		return err
	}
	switch m := r.out.meaning(name); m.role {
	case roleEmail:
		if r.user.email == "" {
			r.user.email, r.user.emailKey = value, name
		}
		if !strings.Contains(r.user.username, "@") {
			r.user.username = "" // Cognito's own id
		}
		return nil
	case roleIgnored, rolePassword:
		r.out.warn(name, "The attribute %s is not used: %s.", quoted(name), m.why)
		return nil
	default:
		return r.attribute(m.attribute, name, value)
	}
}

// stringOf reads a string; null is none, anything else the row's fault.
func (r *jsonReader) stringOf(name string) (string, error) {
	switch r.PeekKind() {
	case jsontext.KindBeginArray:
		return r.onlyOne(onboard.CodeRowInvalid, quoted(name)+" must be a string")
	case jsontext.KindString, jsontext.KindNull:
		return r.scalar()
	}
	return "", r.wrongType(onboard.CodeRowInvalid, quoted(name)+" must be a string")
}
