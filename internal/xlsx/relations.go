package xlsx

import (
	"encoding/xml"
	"path"
	"strings"
)

// relation is where a part leads to: another part, or a link out of the workbook.
type relation struct {
	id       string
	kind     string // the last word of its type, in lower case: worksheet, styles
	target   string // a part's name, or the link as it is
	external bool
}

type relations []relation

// relations reads what the part leads to. A part without relationships has none.
func (a *archive) relations(from string) (relations, error) {
	dir, base := path.Split(from)
	name := dir + "_rels/" + base + ".rels"
	if a.parts[name] == nil {
		return nil, nil
	}
	var found relations
	err := a.walk(name, "the list of its parts", starts(func(at []string, attrs []xml.Attr) error {
		if len(at) != 2 || at[1] != "Relationship" {
			return nil
		}
		r := relation{
			id:       attr(attrs, "Id"),
			kind:     strings.ToLower(path.Base(attr(attrs, "Type"))), // transitional and strict types differ before it
			target:   attr(attrs, "Target"),
			external: strings.EqualFold(attr(attrs, "TargetMode"), "External"),
		}
		if !r.external {
			r.target = a.resolve(from, r.target)
		}
		found = append(found, r)
		return a.budget.addListed()
	}))
	return found, err
}

// ofKind gives the first part of that kind.
func (rs relations) ofKind(kind string) (string, bool) {
	for _, r := range rs {
		if r.kind == kind && !r.external {
			return r.target, true
		}
	}
	return "", false
}

func (rs relations) byID() map[string]relation {
	index := make(map[string]relation, len(rs))
	for _, r := range rs {
		index[r.id] = r
	}
	return index
}

// hasMacros reports whether one of them leads to a macro.
func (rs relations) hasMacros() bool {
	for _, r := range rs {
		if strings.Contains(r.kind, "vbaproject") || strings.Contains(r.kind, "macrosheet") {
			return true
		}
	}
	return false
}
