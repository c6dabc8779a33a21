package onboard

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences that name what they are about. Those without parameters are in
// reason.go.

// Sentence returns text as a sentence: with a capital letter and a full stop. A
// reason that an earlier version of usher stored may have neither, and has to
// stand beside others.
func Sentence(text string) string {
	text = strings.TrimSpace(text)
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	text = string(unicode.ToUpper(first)) + text[size:]
	if !strings.ContainsRune(".!?", rune(text[len(text)-1])) {
		text += "."
	}
	return text
}

// duplicateOf is for a row with the address of an earlier one.
func duplicateOf(row int) string {
	return fmt.Sprintf("The same address appears in row %d of this request. It is invited once.", row)
}

// attributeTooLong is for a value that Cognito, or this pool, does not store.
func attributeTooLong(name string, n, most int) string {
	return fmt.Sprintf("Attribute %s has %s. The pool stores at most %d. Shorten it.", attributeNamed(name), characters(n), most)
}

// attributeTooShort is for a value that this pool does not store.
func attributeTooShort(name string, n, least int) string {
	return fmt.Sprintf("Attribute %s has %s. The pool requires at least %d. Lengthen it, or leave it out.", attributeNamed(name), characters(n), least)
}

// rowTooLong is for a row that does not fit into a message.
func rowTooLong(bytes int) string {
	return fmt.Sprintf("The attributes of the row have %d bytes. The limit is %d. Shorten them.", bytes, MaxRowBytes)
}

func attributeMissing(name string) string {
	return fmt.Sprintf("The pool has no attribute %s. Leave it out, or add it to the pool first.", attributeNamed(name))
}

func groupNameInvalid(n int) string {
	return fmt.Sprintf("A group name has %s. Cognito accepts 1 to %d. Correct the name.", characters(n), MaxGroupLength)
}

// mostGroups is how many of a pool's groups a sentence names.
const mostGroups = 10

func groupMissing(name string, groups []string) string {
	var list []string
	for _, g := range groups {
		if len(list) < mostGroups && !strings.Contains(g, "@") {
			list = append(list, named(g))
		}
	}
	has := "It has none."
	switch more := len(groups) - len(list); {
	case len(list) == 0 && more > 0:
		has = "It has " + counted(more, "other", "others") + "."
	case more > 0:
		has = fmt.Sprintf("It has %s and %d more.", strings.Join(list, ", "), more)
	case len(list) > 0:
		has = "It has " + strings.Join(list, ", ") + "."
	}
	return fmt.Sprintf("The pool has no group %s. %s Create the group first, or leave it out.", named(name), has)
}

// attributeWrong is for a value that the pool cannot store, whatever its length.
func attributeWrong(name, wrong, fix string) string {
	return fmt.Sprintf("Attribute %s %s. %s", attributeNamed(name), wrong, fix)
}

// aliasNotAtCreation is for an attribute that people may sign in with, and that a new
// user cannot have.
func aliasNotAtCreation(name string) string {
	return fmt.Sprintf("The pool takes %s as an alias, which Cognito does not set for a new user. Leave it out.", attributeNamed(name))
}

func requiredMissing(name string) string {
	return fmt.Sprintf("The pool requires %s, and no user can be created without it. Give the row a value.", attributeNamed(name))
}

// requiredLater is for a row without an attribute that the pool requires and lets
// people add.
func requiredLater(name string) Remark {
	const rest = "no value for %s, which the pool requires. By its documentation Cognito asks for it at the first sign-in; it may also refuse the row."
	return remark("attribute_required", "The row has ", fmt.Sprintf(rest, attributeNamed(name)))
}

// setByPool is for an attribute that is never taken from a row.
func setByPool(name string) Remark {
	return Remark{Fault: Fault{CodeNotUsed, fmt.Sprintf("Attribute %s is not used: the pool or usher sets it.", attributeNamed(name))}}
}

// takenForNone is for a value that says that there is none.
func takenForNone(name string) Remark {
	return remark(CodeNormalized, "The row has ", fmt.Sprintf("a mark for no value in %s, which is left out.", attributeNamed(name)))
}

// normalized is for a value that the pool gets in another form.
func normalized(name, value string) Remark {
	return Remark{
		Fault: Fault{CodeNormalized, fmt.Sprintf("Attribute %s is stored as %s.", attributeNamed(name), strconv.Quote(value))},
		Rows:  escaped(fmt.Sprintf("a value of %s that is stored in the form which the pool takes.", attributeNamed(name))),
	}
}

// remark says the same of one row as of several, but for its beginning.
func remark(code Code, row, rest string) Remark {
	return Remark{Fault: Fault{code, row + rest}, Rows: escaped(rest)}
}

// escaped begins a sentence with the number of its rows: see [Remark].
func escaped(rest string) string { return "%s " + strings.ReplaceAll(rest, "%", "%%") }

// refusedWith is for a row that the pool refused without saying why.
func refusedWith(attributes map[string]string) string {
	if len(attributes) == 0 {
		return "The pool refused the address of this row, which has nothing else. Check the address."
	}
	var list []string
	for _, name := range sortedNames(attributes) {
		list = append(list, attributeNamed(name))
	}
	return fmt.Sprintf("The pool refused the address of this row or a value of %s. It does not say which. Check them, correct the row and submit it again.",
		strings.Join(list, ", "))
}

// notText is for a value with a character in it that is no text.
func notText(what string, r rune) string {
	return fmt.Sprintf("%s has the invisible character U+%04X. Type the value again.", what, r)
}

// administratorsGroup is for a row that would make an administrator.
func administratorsGroup(name string) string {
	return fmt.Sprintf("Members of group %s may invite people themselves, so no row may name it. Leave it out, or list it in AllowedGroups.", named(name))
}

// groupNotListed is for a group outside of the list of an installation.
func groupNotListed(name string) string {
	return fmt.Sprintf("Group %s is not one that usher may put people into. Leave it out, or list it in AllowedGroups.", named(name))
}

// groupHasRole is for a group whose members can use AWS.
func groupHasRole(name string) string {
	return fmt.Sprintf("Group %s carries an IAM role, so no row may name it. Leave it out, or list it in AllowedGroups.", named(name))
}

// notAddedTo is for a person who was invited and whom a group would not have.
func notAddedTo(group, reason string) string {
	return fmt.Sprintf("The person was invited, but not added to group %s. %s", named(group), reason)
}

// createdUnmailed is for a person whose account was created before the pool
// refused the mail.
func createdUnmailed(reason string) string {
	return "The account was created, but no mail was sent. " + reason
}

// waitsBehind is for a row that waits for another one of its address.
func waitsBehind(reason string) string {
	return "Another row with this address comes first and is waiting. " + Sentence(reason)
}

// attributeNamed is the name of an attribute in a sentence, as people know it.
func attributeNamed(name string) string {
	if own, ok := strings.CutPrefix(name, "custom:"); ok {
		return named(own) + " (custom attribute)"
	}
	return named(name)
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
