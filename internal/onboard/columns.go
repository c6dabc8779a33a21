package onboard

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// MaxRowBytes is the most bytes that the values of a row have: ten rows share a
// batch of 1 MiB (Amazon SQS Developer Guide, "Amazon SQS message quotas").
const MaxRowBytes = 64 << 10

// inOwnSpelling gives the attributes by the names that the pool has for them, if it
// spells them otherwise: a column Department is for custom:department. What it
// returns may be the map itself.
func (p PoolSettings) inOwnSpelling(attributes map[string]string) map[string]string {
	result, isOwn := attributes, false
	for _, name := range sortedNames(attributes) {
		own := p.ownNamed(name)
		if own == name || attributes[own] != "" {
			continue
		}
		if !isOwn {
			result, isOwn = maps.Clone(attributes), true
		}
		result[own] = attributes[name]
		delete(result, name)
	}
	return result
}

// ownNamed gives the only attribute of the pool that name means, case and spaces
// aside; name itself if there is no other.
func (p PoolSettings) ownNamed(name string) string {
	if _, ok := p.Attribute(name); ok || !strings.HasPrefix(name, "custom:") {
		return name
	}
	found := ""
	for _, a := range p.Attributes {
		if foldName(a.Name) == foldName(name) {
			if found != "" {
				return name
			}
			found = a.Name
		}
	}
	if found == "" {
		return name
	}
	return found
}

// foldName folds the spellings of an attribute's name to one.
func foldName(name string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(name))
}

// leaveOutColumns takes out the columns that are not used, from the header and from
// all rows, and says so in one sentence. Those of a pool that is not known may be
// of use to it.
func (j *Judged) leaveOutColumns() {
	sub := &j.Submission
	defer j.sayLeftOut(sub.Reading)
	if len(sub.Reading) != len(sub.Columns) || len(sub.Columns) == 0 {
		return
	}
	sub.Reading = slices.Clone(sub.Reading)
	var unused []string
	kept := make([]int, 0, len(sub.Columns))
	for i := range sub.Reading {
		col := &sub.Reading[i]
		if j.settle(col) {
			unused = append(unused, columnNamed(col.Name, i))
		}
		if col.Meaning != MeansNone || sub.KeepColumns {
			kept = append(kept, i)
		}
	}
	if len(unused) > 0 {
		j.Warnings = append(j.Warnings, unusedColumns(unused, sub.KeepColumns))
	}
	if len(kept) < len(sub.Columns) {
		j.keepOnly(kept)
	}
}

// sayLeftOut names attributes that were left out and are not from a column of their
// own, in one sentence.
func (j *Judged) sayLeftOut(reading []Column) {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(j.leftOut)) {
		if !slices.ContainsFunc(reading, func(c Column) bool { return c.Meaning == name }) {
			names = append(names, attributeNamed(name))
		}
	}
	if len(names) > 0 {
		j.Warnings = append(j.Warnings, Fault{CodeNotUsed, "The pool lacks these attributes, so they are not stored: " + listed(names) + "."})
	}
}

// settle decides what a column means for this pool, and reports whether it turns out
// to mean nothing.
func (j *Judged) settle(col *Column) bool {
	switch col.Meaning {
	case MeansEmail, MeansGroups, MeansRef, MeansAttributes, MeansNone:
		return false
	}
	if j.pool == nil {
		return false
	}
	col.Meaning = j.pool.ownNamed(col.Meaning)
	if _, ok := j.pool.Attribute(col.Meaning); ok {
		return false
	}
	col.Meaning = MeansNone
	return true
}

func (j *Judged) keepOnly(kept []int) {
	email := slices.IndexFunc(j.Submission.Reading, func(c Column) bool { return c.Meaning == MeansEmail })
	for i := range j.Messages {
		person := &j.Messages[i].Person
		switch {
		case person.Cells == nil:
		case j.Submission.Rows[i].Unaligned: // any cell may be of a column that is left out
			cells := make([]string, len(kept))
			if at := slices.Index(kept, email); at >= 0 {
				cells[at] = person.Email
			}
			person.Cells = cells
		default:
			person.Cells = pick(person.Cells, kept)
		}
	}
	j.Submission.Columns = pick(j.Submission.Columns, kept)
}

func pick(cells []string, which []int) []string {
	picked := make([]string, 0, len(which))
	for _, i := range which {
		if i < len(cells) {
			picked = append(picked, cells[i])
		}
	}
	return picked
}

// unusedColumns is the one warning for all columns that the pool has no use for.
func unusedColumns(names []string, kept bool) Fault {
	what := "They come back in the results."
	if !kept {
		what = "They are not stored, and do not come back in the results unless you ask for it."
	}
	return Fault{CodeNotUsed, fmt.Sprintf("The pool has no attribute for these columns, so they are not used: %s. %s", listed(names), what)}
}

// listed joins names, of very many the first.
func listed(names []string) string {
	const most = 20
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + " and " + strconv.Itoa(len(names)-most) + " more"
}

func columnNamed(name string, i int) string {
	if name == "" {
		return "column " + strconv.Itoa(i+1)
	}
	return named(name)
}

// bytesOf is how many bytes the values of attributes have.
func bytesOf(attributes map[string]string) int {
	n := 0
	for name, value := range maps.All(attributes) {
		n += len(name) + len(value)
	}
	return n
}
