package onboard

import (
	"maps"
	"slices"
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

	// Groups says which groups rows may name.
	Groups GroupRule

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
	if j.Fault == nil {
		j.Fault = checkText(j.Person)
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
			return &Fault{CodeAttributeInvalid, attributeTooLong(name, n, MaxAttributeLength)}
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
		return &Fault{CodeAttributeUnknown, attributeMissing(name)}
	case setting.MaxLength > 0 && n > setting.MaxLength:
		return &Fault{CodeAttributeInvalid, attributeTooLong(name, n, setting.MaxLength)}
	case n < setting.MinLength:
		return &Fault{CodeAttributeInvalid, attributeTooShort(name, n, setting.MinLength)}
	}
	return nil
}

func (r Rules) checkGroups(groups []string) *Fault {
	for _, group := range groups {
		n := utf8.RuneCountInString(group)
		refusal := r.Groups.refusal(group, r.Pool != nil && slices.Contains(r.Pool.RoleGroups, group))
		switch {
		case n == 0 || n > MaxGroupLength:
			return &Fault{CodeGroupInvalid, groupNameInvalid(n)}
		case refusal != nil:
			return refusal
		case r.Pool != nil && !slices.Contains(r.Pool.Groups, group):
			return &Fault{CodeGroupUnknown, groupMissing(group)}
		}
	}
	return nil
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
