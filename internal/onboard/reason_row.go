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

func attributeMissing(name string) string {
	return fmt.Sprintf("The pool has no attribute %s. Leave it out, or add it to the pool first.", attributeNamed(name))
}

func groupNameInvalid(n int) string {
	return fmt.Sprintf("A group name has %s. Cognito accepts 1 to %d. Correct the name.", characters(n), MaxGroupLength)
}

func groupMissing(name string) string {
	return fmt.Sprintf("The pool has no group %s. Create it first, or leave it out.", named(name))
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
