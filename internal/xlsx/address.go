package xlsx

import (
	"slices"
	"strings"
	"unicode"
)

// maxNamed is how many addresses a note names.
const maxNamed = 1000

// addresses finds what looks like e-mail addresses in a text: something, an @,
// and something with a dot. It is made for counting people, not for judging them.
func addresses(text string) []string {
	if !strings.ContainsAny(text, "@\uff20") {
		return nil
	}
	var found []string
	for word := range strings.FieldsFuncSeq(text, isSeparator) {
		word = strings.Trim(word, ".'@")
		if at := strings.IndexAny(word, "@\uff20"); at > 0 && strings.ContainsAny(strings.Trim(word[at:], "@\uff20.\u3002"), ".\u3002\uff0e") {
			found = append(found, word)
		}
	}
	return found
}

func isSeparator(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("\"<>()[]{},;:|=&?\u3001\uff0c\uff1b", r)
}

func clip(found []string) []string { return slices.Clone(found[:min(len(found), maxNamed)]) }

// addresses gives those that the row's cells show.
func (r Row) addresses() []string {
	var found []string
	for _, c := range r.Cells {
		found = append(found, addresses(c.Text)...)
	}
	return found
}

// maxLinks is how many addresses outside of cells are remembered until the cells
// are known. Excel makes a link of every address that is typed; a sheet has at
// most 65,530 (Excel specifications and limits).
const maxLinks = 65_536

// outside collects the addresses of a sheet that are not in its cells: in
// formulas, links, headers, and whatever else a sheet can hold.
type outside struct {
	seen  map[string]bool // in lower case
	order []string
	over  bool // there are more than maxLinks
}

func (o *outside) scan(text string) {
	if !strings.Contains(text, "@") {
		return
	}
	for _, address := range addresses(text) {
		key := strings.ToLower(address)
		switch {
		case o.seen[key]:
			continue
		case len(o.order) == maxLinks:
			o.over = true
			return
		case o.seen == nil:
			o.seen = map[string]bool{}
		}
		o.seen[key] = true
		o.order = append(o.order, address)
	}
}

// notShown leaves out those that a cell shows too.
func (o *outside) notShown(rows []Row) []string {
	if len(o.order) == 0 {
		return nil
	}
	for _, row := range rows {
		for _, address := range row.addresses() {
			delete(o.seen, strings.ToLower(address))
		}
	}
	return slices.DeleteFunc(o.order, func(address string) bool { return !o.seen[strings.ToLower(address)] })
}
