package intake

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"usher.example/internal/onboard"
)

// valued is one element of a multi-valued attribute of SCIM (RFC 7643, 2.4).
type valued struct {
	value, display string
	primary        bool
}

// preferred reads an array of values and gives the primary one, else the first.
func (r *jsonReader) preferred(name string) (string, error) {
	switch r.PeekKind() {
	case jsontext.KindNull:
		return "", r.skip()
	case jsontext.KindBeginArray:
	case jsontext.KindString:
		return r.scalar()
	default:
		return "", r.wrongType(onboard.CodeRowInvalid, quoted(name)+" must be an array")
	}
	var best valued
	var all []string
	err := r.array(func() error {
		v, err := r.valued(name)
		if v.value != "" {
			all = append(all, v.value)
			if best.value == "" || v.primary && !best.primary {
				best = v
			}
		}
		return err
	})
	r.user.primary = best.primary
	for _, value := range all {
		if !strings.EqualFold(strings.TrimSpace(value), strings.TrimSpace(best.value)) {
			r.user.others = append(r.user.others, value)
		}
	}
	return best.value, err
}

// valued reads one element of that field: a string or an object.
func (r *jsonReader) valued(field string) (v valued, err error) {
	switch r.PeekKind() {
	case jsontext.KindString:
		v.value, err = r.scalar()
		return v, err
	case jsontext.KindBeginObject:
		return r.valuedObject(field)
	}
	return v, r.wrongType(onboard.CodeRowInvalid, "A value in "+quoted(field)+" must be a string")
}

func (r *jsonReader) valuedObject(field string) (v valued, err error) {
	err = r.object(func(key string) (err error) {
		switch key {
		case "value":
			v.value, err = r.stringOf(key)
		case "display":
			v.display, err = r.stringOf(key)
		case "primary":
			v.primary = r.PeekKind() == jsontext.KindTrue
			err = r.skip()
		case "type", "$ref":
			err = r.skip()
		default:
			err = r.skipUnknown(key, "A value in "+quoted(field)+" has value, display, primary, type and $ref.", "value", "display", "primary", "type")
		}
		return err
	})
	return v, err
}

// name reads the attribute of that name, or SCIM's object with its parts.
func (r *jsonReader) name() error {
	if r.PeekKind() != jsontext.KindBeginObject {
		return r.plain("name", "name")
	}
	return r.object(r.partOfName)
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
		r.out.warn(key, "%s is not used: the pool has no place for it.", quoted(key))
		return r.skip()
	}
	return r.skipUnknown(key, "A name has formatted, givenName, familyName and middleName.", "formatted", "givenName", "familyName", "middleName")
}
