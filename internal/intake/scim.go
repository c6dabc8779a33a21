package intake

import "usher.example/internal/onboard"

// valued is one element of a multi-valued attribute of SCIM (RFC 7643, 2.4).
type valued struct {
	value, display string
	primary        bool
}

// preferred reads an array of values and gives the primary one, else the first.
func (r *jsonReader) preferred(name string) (string, error) {
	switch r.Peek() {
	case 'n':
		_, err := r.scalar()
		return "", err
	case '[':
		if err := r.enter(); err != nil {
			return "", err
		}
	default:
		return "", r.wrongType(onboard.CodeRowInvalid, name+" must be an array")
	}
	var best valued
	for {
		more, err := r.element()
		if err != nil || !more {
			return best.value, err
		}
		v, err := r.valued("a value of " + name)
		if err != nil {
			return "", err
		}
		if v.value != "" && (best.value == "" || v.primary && !best.primary) {
			best = v
		}
	}
}

// valued reads one element: a string or an object.
func (r *jsonReader) valued(what string) (valued, error) {
	switch r.Peek() {
	case '"':
		text, err := r.text()
		return valued{value: text}, err
	case '{':
		return r.valuedObject(what)
	}
	return valued{}, r.wrongType(onboard.CodeRowInvalid, what+" must be a string")
}

func (r *jsonReader) valuedObject(what string) (v valued, err error) {
	err = r.eachField(func(key string) (err error) {
		switch key {
		case "value":
			v.value, err = r.stringOf("value of " + what)
		case "display":
			v.display, err = r.stringOf("display of " + what)
		case "primary":
			v.primary = r.Peek() == 't'
			err = r.skip()
		case "type", "$ref":
			err = r.skip()
		default:
			err = r.unknown(key, what+" has value, display, primary, type and $ref", "value", "display", "primary", "type")
		}
		return err
	})
	return v, err
}

// name reads the attribute of that name, or SCIM's object with its parts.
func (r *jsonReader) name() error {
	if r.Peek() != '{' {
		return r.plain("name", "name")
	}
	return r.eachField(r.partOfName)
}

func (r *jsonReader) partOfName(key string) error {
	switch key {
	case "formatted":
		return r.plain("name", key)
	case "givenName":
		return r.plain("given_name", key)
	case "familyName":
		return r.plain("family_name", key)
	case "middleName":
		return r.plain("middle_name", key)
	case "honorificPrefix", "honorificSuffix":
		r.out.warn(key, "%s is not used: the pool has no place for it", quoted(key))
		return r.skip()
	}
	return r.unknown(key, "a name has formatted, givenName, familyName and middleName", "formatted", "givenName", "familyName", "middleName")
}
