package onboard

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxAttributeLength is the longest value of a user attribute in characters
// (Amazon Cognito API Reference, "AttributeType").
const MaxAttributeLength = 2048

// MaxGroupLength is the longest group name in characters (Amazon Cognito API
// Reference, "AdminAddUserToGroup").
const MaxGroupLength = 128

// CodeNotUsed marks a warning: something was read that will not be used.
const CodeNotUsed Code = "not_used"

// Rules are what a row is judged by before the pool is asked.
type Rules struct {
	// Pool is what the pool can store; nil where that is not known: then the pool
	// itself judges what only it knows.
	Pool *PoolSettings

	// Lenient leaves out attributes that the pool lacks, with a warning. Otherwise
	// they are the row's fault.
	Lenient bool
}

// Judgement is what [Rules.Judge] says of one row.
type Judgement struct {
	Person Person // as it is stored and sent to the pool

	// Fault is why the row can never pass; nil: it is to be invited.
	Fault *Fault

	// Warnings say what the pool does not get of what was sent, or gets otherwise.
	Warnings []Fault
}

// Judge judges one row by itself. It is the one place where a row is judged: a
// dry run and a submission differ in nothing. The row is not changed.
func (r Rules) Judge(row Row) Judgement {
	j := Judgement{Person: row.Person}
	j.Person.Email, j.Fault = CheckEmail(row.Email)
	if row.Fault != nil {
		j.Fault = row.Fault
	}
	if j.Fault == nil && r.Lenient {
		r.leaveOut(&j)
	}
	if j.Fault == nil {
		j.Fault = r.checkAttributes(j.Person.Attributes)
	}
	if j.Fault == nil {
		j.Fault = r.checkGroups(j.Person.Groups)
	}
	return j
}

// leaveOut takes out the attributes that the pool lacks.
func (r Rules) leaveOut(j *Judgement) {
	if r.Pool == nil {
		return
	}
	for _, name := range sortedNames(j.Person.Attributes) {
		if _, ok := r.Pool.Attribute(name); ok {
			continue
		}
		if len(j.Warnings) == 0 {
			j.Person.Attributes = maps.Clone(j.Person.Attributes)
		}
		delete(j.Person.Attributes, name)
		j.Warnings = append(j.Warnings, Fault{CodeNotUsed,
			"The pool has no attribute " + name + ". The column comes back in the results and is not stored in the pool."})
	}
}

func (r Rules) checkAttributes(attributes map[string]string) *Fault {
	for _, name := range sortedNames(attributes) {
		n := utf8.RuneCountInString(attributes[name])
		if n > MaxAttributeLength {
			return &Fault{CodeAttributeInvalid, fmt.Sprintf(
				"Attribute %s has %s; Cognito stores at most %d. Shorten it.", named(name), characters(n), MaxAttributeLength)}
		}
		if fault := r.checkAttribute(name, n); fault != nil {
			return fault
		}
	}
	return nil
}

// checkAttribute checks an attribute with a value of n characters against the pool.
func (r Rules) checkAttribute(name string, n int) *Fault {
	if r.Pool == nil {
		return nil
	}
	setting, ok := r.Pool.Attribute(name)
	switch {
	case !ok:
		return &Fault{CodeAttributeUnknown, fmt.Sprintf(
			"The pool has no attribute %s. Leave it out, or add it to the pool first.", named(name))}
	case setting.MaxLength > 0 && n > setting.MaxLength:
		return &Fault{CodeAttributeInvalid, fmt.Sprintf(
			"Attribute %s has %s; this pool stores at most %d. Shorten it.", named(name), characters(n), setting.MaxLength)}
	case n < setting.MinLength:
		return &Fault{CodeAttributeInvalid, fmt.Sprintf(
			"Attribute %s has %s; this pool wants at least %d. Lengthen it, or leave it out.", named(name), characters(n), setting.MinLength)}
	}
	return nil
}

func (r Rules) checkGroups(groups []string) *Fault {
	for _, group := range groups {
		switch n := utf8.RuneCountInString(group); {
		case n == 0 || n > MaxGroupLength:
			return &Fault{CodeGroupInvalid, fmt.Sprintf(
				"A group name has %s; Cognito takes 1 to %d. Correct the name.", characters(n), MaxGroupLength)}
		case r.Pool != nil && !slices.Contains(r.Pool.Groups, group):
			return &Fault{CodeGroupUnknown, fmt.Sprintf(
				"The pool has no group %s. Create it first, or leave it out.", named(group))}
		}
	}
	return nil
}

// named is the caller's name of an attribute or a group in a sentence: cut where
// it is long, and left out where it may be an address in the wrong column.
func named(name string) string {
	const most = 40 // characters
	if strings.Contains(name, "@") {
		return "with an @ in its name"
	}
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most]) + "…"
	}
	return strconv.Quote(name)
}

func characters(n int) string { return counted(n, "character", "characters") }

// counted writes a number with the word for what it counts.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func sortedNames(attributes map[string]string) []string {
	if len(attributes) == 0 {
		return nil
	}
	names := make([]string, 0, len(attributes))
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
