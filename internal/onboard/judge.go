package onboard

import (
	"maps"
	"slices"
	"strings"
	"unicode"
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

	// Options are the submission's: whether mail is sent decides which addresses
	// pass.
	Options Options
}

// Judgement is what [Rules.Judge] says of one row.
type Judgement struct {
	Person Person // as it is stored and sent to the pool

	// Fault is why the row can never pass; nil: it is to be invited.
	Fault *Fault

	// LeftOut names the attributes that were left out, since the pool lacks them.
	LeftOut []string

	// Warnings say what is doubtful about the row.
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
		fault, warning := r.checkMailable(j.Person.Email)
		if j.Fault = fault; warning != nil {
			j.Warnings = append(j.Warnings, *warning)
		}
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

// leaveOut takes out the attributes that the pool lacks: they are columns of the
// caller's own. Those of a pool that is not known are left out where no pool could
// store them.
func (r Rules) leaveOut(j *Judgement) {
	if len(j.Person.Attributes) == 0 {
		return
	}
	j.Person.Attributes = maps.Clone(j.Person.Attributes)
	if r.Pool != nil {
		r.Pool.matchOwn(j.Person.Attributes)
	}
	for name, value := range j.Person.Attributes {
		switch {
		case r.Pool == nil:
			if !strings.HasPrefix(name, "custom:") || utf8.RuneCountInString(value) <= MaxAttributeLength {
				continue
			}
		case r.has(name):
			continue
		}
		delete(j.Person.Attributes, name)
		j.LeftOut = append(j.LeftOut, name)
	}
	if len(j.Person.Attributes) == 0 {
		j.Person.Attributes = nil
	}
}

func (r Rules) has(name string) bool {
	_, ok := r.Pool.Attribute(name)
	return ok
}

func (r Rules) checkAttributes(attributes map[string]string) *Fault {
	for _, name := range sortedNames(attributes) {
		n := utf8.RuneCountInString(attributes[name])
		switch {
		case n > MaxAttributeLength:
			return &Fault{CodeAttributeInvalid, attributeTooLong(name, n, MaxAttributeLength)}
		case strings.ContainsFunc(attributes[name], isStrayControl):
			return &Fault{CodeAttributeInvalid, attributeWithControl(name)}
		}
		if fault := r.checkAttribute(name, n); fault != nil {
			return fault
		}
	}
	if n := bytesOf(attributes); n > MaxRowBytes {
		return &Fault{CodeRowInvalid, rowTooLong(n)}
	}
	return nil
}

// isStrayControl reports whether c is a control character that no text has.
func isStrayControl(c rune) bool {
	return unicode.IsControl(c) && c != '\t' && c != '\n' && c != '\r'
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
		switch n := utf8.RuneCountInString(group); {
		case n == 0 || n > MaxGroupLength:
			return &Fault{CodeGroupInvalid, groupNameInvalid(n)}
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
