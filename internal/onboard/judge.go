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

// Rules are what a row is judged by before the pool is asked.
type Rules struct {
	// Pool is what the pool can store; nil where that is not known: then the pool
	// itself judges what only it knows.
	Pool *PoolSettings

	// Groups says which groups rows may name.
	Groups GroupRule

	// Lenient leaves out attributes that the pool lacks, with a remark. Otherwise
	// they are the row's fault.
	Lenient bool

	// KeepColumns stores cells that nothing reads.
	KeepColumns bool

	// Obstacle is why no row can succeed, however good it is; nil: some can.
	Obstacle *Obstacle

	// Options are the submission's: whether mail is sent decides which addresses
	// pass.
	Options Options
}

// Judgement is what [Rules.Judge] says of one row.
type Judgement struct {
	Person Person // as it is stored and sent to the pool

	// Fault is why the row can never pass; nil: it is to be invited.
	Fault *Fault

	// Remarks say what the pool does not get of what was sent, or gets otherwise.
	Remarks []Remark

	// LeftOut names the attributes that were left out, since the pool lacks them.
	LeftOut []string
}

// Judge judges one row by itself. It is the one place where a row is judged: a
// dry run and a submission differ in nothing. The row is not changed.
func (r Rules) Judge(row Row) Judgement {
	j := Judgement{Person: row.Person}
	j.Person.Email, j.Fault = CheckEmail(row.Email)
	if isNoValue(j.Person.Email) {
		_, j.Fault = CheckEmail("")
	}
	if row.Fault != nil {
		j.Fault = row.Fault
	}
	if j.Fault == nil {
		j.Fault = r.checkText(j.Person)
	}
	if j.Fault == nil {
		r.judgeMailable(&j)
	}
	if j.Fault == nil && len(j.Person.Attributes) > 0 {
		r.judgeAttributes(&j)
	}
	if j.Fault == nil {
		r.judgeRequired(&j)
	}
	if j.Fault == nil {
		j.Fault = r.checkGroups(j.Person.Groups)
	}
	if j.Fault == nil && r.Obstacle != nil {
		j.Fault = r.Obstacle.fault()
	}
	return j
}

// judgeAttributes judges the attributes of a row, and puts those that change into a
// map of their own.
func (r Rules) judgeAttributes(j *Judgement) {
	given, isOwn := j.Person.Attributes, false
	if r.Lenient && r.Pool != nil {
		given = r.Pool.inOwnSpelling(given)
		j.Person.Attributes = given
	}
	for _, name := range sortedNames(given) {
		value, remark, fault := "", Remark{}, (*Fault)(nil)
		if r.leavesOut(name, given[name]) {
			j.LeftOut = append(j.LeftOut, name)
		} else {
			value, remark, fault = r.judgeAttribute(name, given[name])
		}
		if fault != nil {
			j.Fault = fault
			return
		}
		if remark.Code != "" {
			j.Remarks = append(j.Remarks, remark)
		}
		if value == given[name] && value != "" {
			continue
		}
		if !isOwn {
			j.Person.Attributes, isOwn = maps.Clone(given), true
		}
		if value == "" {
			delete(j.Person.Attributes, name)
		} else {
			j.Person.Attributes[name] = value
		}
	}
	if n := bytesOf(j.Person.Attributes); n > MaxRowBytes {
		j.Fault = &Fault{CodeRowInvalid, rowTooLong(n)}
	}
}

// leavesOut reports whether an attribute is left out: a column of the caller's own,
// which the pool lacks. Of a pool that is not known it is one that no pool stores.
func (r Rules) leavesOut(name, value string) bool {
	if !r.Lenient || isSetByUs(name) {
		return false
	}
	if r.Pool == nil {
		return strings.HasPrefix(name, "custom:") && utf8.RuneCountInString(value) > MaxAttributeLength
	}
	_, known := r.Pool.Attribute(name)
	return !known
}

// judgeAttribute returns the value as the pool gets it, "" for none, with what there
// is to say about that.
func (r Rules) judgeAttribute(name, value string) (string, Remark, *Fault) {
	var setting AttributeSetting
	known := true
	if r.Pool != nil {
		setting, known = r.Pool.Attribute(name)
	}
	switch {
	case isSetByUs(name):
		return "", setByPool(name), nil
	case !known:
		return "", Remark{}, &Fault{CodeAttributeUnknown, attributeMissing(name)}
	case value == "":
		return "", Remark{}, nil
	case isNoValue(value):
		return "", takenForNone(name), nil
	case name == "preferred_username" && r.Pool != nil && r.Pool.NameAsAlias:
		return "", Remark{}, &Fault{CodeAttributeInvalid, aliasNotAtCreation(name)}
	}
	return judgeValue(setting, name, value)
}

// judgeValue judges a value by the attribute's setting, zero if that is not known.
func judgeValue(a AttributeSetting, name, value string) (string, Remark, *Fault) {
	invalid := func(sentence string) (string, Remark, *Fault) {
		return "", Remark{}, &Fault{CodeAttributeInvalid, sentence}
	}
	if n := utf8.RuneCountInString(value); n > MaxAttributeLength {
		return invalid(attributeTooLong(name, n, MaxAttributeLength))
	}
	if strings.ContainsFunc(value, isStrayControl) {
		return invalid(attributeWrong(name, "contains a control character", "Remove it."))
	}
	read := readValue(name, a.Type, value)
	if read.wrong != "" {
		return invalid(attributeWrong(name, read.wrong, read.fix))
	}
	switch n := utf8.RuneCountInString(read.value); {
	case a.MaxLength > 0 && n > a.MaxLength:
		return invalid(attributeTooLong(name, n, a.MaxLength))
	case n < a.MinLength:
		return invalid(attributeTooShort(name, n, a.MinLength))
	}
	if a.Type == "Number" {
		if wrong := beyond(a, read.value); wrong != "" {
			return invalid(attributeWrong(name, wrong, "Correct it, or leave it out."))
		}
	}
	if read.value != value {
		return read.value, normalized(name, read.value), nil
	}
	return value, Remark{}, nil
}

// isStrayControl reports whether c is a control character that no text has.
func isStrayControl(c rune) bool {
	return unicode.IsControl(c) && c != '\t' && c != '\n' && c != '\r'
}

// judgeRequired judges whether a row has the attributes that the pool requires.
func (r Rules) judgeRequired(j *Judgement) {
	if r.Pool == nil {
		return
	}
	for _, a := range r.Pool.Attributes {
		switch {
		case !a.isForRow() || j.Person.Attributes[a.Name] != "":
		case r.Pool.demands(a):
			j.Fault = &Fault{CodeAttributeRequired, requiredMissing(a.Name)}
			return
		default:
			j.Remarks = append(j.Remarks, requiredLater(a.Name))
		}
	}
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
			return &Fault{CodeGroupUnknown, groupMissing(group, r.Pool.Groups)}
		}
	}
	return nil
}

func sortedNames(attributes map[string]string) []string {
	names := make([]string, 0, len(attributes))
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
