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
			m.State, m.Code, m.Reason = Failed, fault.Code, fault.Detail
		case seen:
			m.State, m.Code = Duplicate, CodeDuplicate
			m.Reason = fmt.Sprintf("the same address stands in row %d of this request", earlier)
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
			return &Fault{CodeAttributeInvalid, fmt.Sprintf(
				"attribute %s has %s; Cognito stores at most %d", named(name), characters(n), MaxAttributeLength)}
		}
		if pool == nil {
			continue
		}
		setting, ok := pool.Attribute(name)
		switch {
		case !ok:
			return &Fault{CodeAttributeUnknown, fmt.Sprintf(
				"the pool has no attribute %s; leave it out, or add it to the pool first", named(name))}
		case setting.MaxLength > 0 && n > setting.MaxLength:
			return &Fault{CodeAttributeInvalid, fmt.Sprintf(
				"attribute %s has %s; this pool stores at most %d", named(name), characters(n), setting.MaxLength)}
		case n < setting.MinLength:
			return &Fault{CodeAttributeInvalid, fmt.Sprintf(
				"attribute %s has %s; this pool wants at least %d", named(name), characters(n), setting.MinLength)}
		}
	}
	return nil
}

func judgeGroups(groups []string, pool *PoolSettings) *Fault {
	for _, group := range groups {
		switch n := utf8.RuneCountInString(group); {
		case n == 0 || n > MaxGroupLength:
			return &Fault{CodeGroupInvalid, fmt.Sprintf(
				"a group name has %d characters; Cognito takes 1 to %d", n, MaxGroupLength)}
		case pool != nil && !slices.Contains(pool.Groups, group):
			return &Fault{CodeGroupUnknown, fmt.Sprintf(
				"the pool has no group %s; create it first, or leave it out", named(group))}
		}
	}
	return nil
}

// named is the caller's name of an attribute or a group in a sentence: cut where
// it is long, and left out where it may be an address that stands in the wrong
// column.
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

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
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
