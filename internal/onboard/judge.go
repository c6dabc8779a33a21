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

// Judge turns rows into messages, one for each, in the same order. A row that
// can never pass, and one whose address stands earlier, carries its outcome;
// the others are to be invited. Pool may be nil: then what the pool can store
// is not known here, and the pool itself will judge it.
func Judge(sub Submission, pool *PoolSettings) []Message {
	messages := make([]Message, len(sub.Rows))
	first := make(map[string]int, len(sub.Rows)) // folded address to row number
	for i, row := range sub.Rows {
		m := Message{Row: row.Number, Person: row.Person}
		email, fault := CheckEmail(row.Email)
		m.Email = email
		if row.Fault != nil {
			fault = row.Fault
		}
		if fault == nil && sub.CSV {
			m.Attributes = known(m.Attributes, pool)
		}
		if fault == nil {
			fault = judgeAttributes(m.Attributes, pool)
		}
		if fault == nil {
			fault = judgeGroups(m.Groups, pool)
		}
		switch earlier, seen := first[FoldAddress(email)]; {
		case fault != nil:
			m.State, m.Code, m.Reason = Failed, fault.Code, Sentence(fault.Detail)
		case seen:
			m.State, m.Code, m.Reason = Duplicate, CodeDuplicate, duplicateOf(earlier)
		default:
			first[FoldAddress(email)] = row.Number
		}
		messages[i] = m
	}
	return messages
}

// known returns the attributes that the pool can store; all when that is not known.
func known(attributes map[string]string, pool *PoolSettings) map[string]string {
	if pool == nil {
		return attributes
	}
	stray := func(name, _ string) bool {
		_, ok := pool.Attribute(name)
		return !ok
	}
	for name, value := range attributes {
		if stray(name, value) {
			kept := maps.Clone(attributes)
			maps.DeleteFunc(kept, stray)
			return kept
		}
	}
	return attributes
}

func judgeAttributes(attributes map[string]string, pool *PoolSettings) *Fault {
	for _, name := range sortedNames(attributes) {
		n := utf8.RuneCountInString(attributes[name])
		if n > MaxAttributeLength {
			return &Fault{CodeAttributeInvalid, attributeTooLong(name, n, MaxAttributeLength)}
		}
		if pool == nil {
			continue
		}
		setting, ok := pool.Attribute(name)
		switch {
		case !ok:
			return &Fault{CodeAttributeUnknown, attributeMissing(name)}
		case setting.MaxLength > 0 && n > setting.MaxLength:
			return &Fault{CodeAttributeInvalid, attributeTooLong(name, n, setting.MaxLength)}
		case n < setting.MinLength:
			return &Fault{CodeAttributeInvalid, attributeTooShort(name, n, setting.MinLength)}
		}
	}
	return nil
}

func judgeGroups(groups []string, pool *PoolSettings) *Fault {
	for _, group := range groups {
		switch n := utf8.RuneCountInString(group); {
		case n == 0 || n > MaxGroupLength:
			return &Fault{CodeGroupInvalid, groupNameInvalid(n)}
		case pool != nil && !slices.Contains(pool.Groups, group):
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
