package onboard

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of an address.
const (
	// MaxEmailLength is the longest address in characters that can be a user
	// name (Amazon Cognito API Reference, "AdminCreateUser": Username 1 to 128).
	MaxEmailLength = 128

	maxLocalLength = 64  // bytes before the @ (RFC 5321, 4.5.3.1.1)
	maxHostLength  = 253 // bytes after it (RFC 1035, 2.3.4, without the root's dot and length)
	maxLabelLength = 63  // bytes between two dots of the host (RFC 1035, 2.3.4)
)

// CheckEmail judges one address as it was sent and returns it trimmed. A nil
// fault means that the pool can be asked for it; otherwise the fault says what
// is wrong and how to fix it, without repeating the address.
//
// It takes what people have: one plain address, no display name, no comment, no
// quoted local part, no address literal; letters beyond ASCII only before the @,
// hosts in their ASCII form.
func CheckEmail(sent string) (string, *Fault) {
	email := strings.TrimSpace(sent)
	if email == "" {
		return "", &Fault{CodeEmailMissing, "The row has no address. Add one, or remove the row."}
	}
	if n := utf8.RuneCountInString(email); n > MaxEmailLength {
		return email, &Fault{CodeEmailTooLong, fmt.Sprintf(
			"The address has %d characters. Cognito accepts at most %d as a user name.", n, MaxEmailLength)}
	}
	if detail := misspelled(email); detail != "" {
		return email, &Fault{CodeEmailInvalid, detail}
	}
	return email, nil
}

// FoldAddress returns the form of an address under which its claim is kept: the pool
// takes case variants for the same user. It says at least of those that they are the
// same, and so also of two letters that Unicode's simple folding maps onto ASCII (see
// [FoldUserName]). Two people who share a claim wait for each other and share a cooldown,
// which does no harm; and a stored claim must be found for ever, so this form stays.
func FoldAddress(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

// FoldUserName returns the form in which two addresses are equal if they are the user
// names of one user. A letter beyond ASCII is never one within it: İ (U+0130) is not i,
// and the Kelvin sign (U+212A) is not k, though lower case makes them so. One person's
// row must not be called a duplicate of another's. Where a pool takes the two for one
// user after all, it says so, and the second row ends as existing.
func FoldUserName(email string) string {
	return strings.Map(func(r rune) rune {
		if lower := unicode.ToLower(r); r < utf8.RuneSelf || lower >= utf8.RuneSelf {
			return lower
		}
		return r
	}, strings.TrimSpace(email))
}

// misspelled says what is wrong with the form of an address, "" for nothing.
func misspelled(email string) string {
	if !utf8.ValidString(email) {
		return "The address is not valid UTF-8. Save the file as UTF-8."
	}
	for _, r := range email {
		if detail := strayRune(r); detail != "" {
			return detail
		}
	}
	local, host, found := strings.Cut(email, "@")
	switch {
	case !found:
		return "The address has no @. Write it as name@example.org."
	case strings.Contains(host, "@"):
		return "The address has more than one @. Put each address in its own row."
	case local == "":
		return "The address has nothing before the @. Write it as name@example.org."
	case len(local) > maxLocalLength:
		return fmt.Sprintf("The address has %d bytes before the @. At most %d are allowed.", len(local), maxLocalLength)
	case strings.HasPrefix(local, "."), strings.HasSuffix(local, "."), strings.Contains(local, ".."):
		return "The part before the @ begins or ends with a dot, or has two dots in a row. Correct it."
	}
	return misspelledHost(host)
}

// strayRune says why r cannot be in an address, "" if it can.
func strayRune(r rune) string {
	switch {
	case r == ',' || r == ';':
		return "The address contains a comma or a semicolon. Put each address in its own row."
	case r == '<' || r == '>' || r == '(' || r == ')' || r == '"' || r == '[' || r == ']' || r == '\\' || r == ':':
		return fmt.Sprintf("The address contains %q. Write only the address, without a display name.", r)
	case unicode.IsSpace(r):
		return "The address contains a space. Write one address without spaces."
	case r == utf8.RuneError:
		return "The address contains U+FFFD, which replaces a character that was lost. Save the file as UTF-8 and look the address up."
	case !unicode.IsPrint(r):
		return fmt.Sprintf("The address contains the invisible character U+%04X. Type the address again.", r)
	}
	return ""
}

// misspelledHost says what is wrong with the part after the @, "" for nothing.
func misspelledHost(host string) string {
	switch {
	case host == "":
		return "The address has nothing after the @. Write it as name@example.org."
	case len(host) > maxHostLength:
		return fmt.Sprintf("The part after the @ has %d bytes. At most %d are allowed.", len(host), maxHostLength)
	}
	if !strings.Contains(host, ".") {
		return "The part after the @ has no dot. Write it as name@example.org."
	}
	for label := range strings.SplitSeq(host, ".") {
		if detail := misspelledLabel(label); detail != "" {
			return detail
		}
	}
	if allDigits(host[strings.LastIndexByte(host, '.')+1:]) {
		return "The part after the @ ends in a number. Write a domain name, not an IP address."
	}
	return ""
}

func misspelledLabel(label string) string {
	switch {
	case label == "":
		return "The part after the @ begins or ends with a dot, or has two dots in a row. Correct it."
	case len(label) > maxLabelLength:
		return fmt.Sprintf("The part after the @ has %d bytes between two dots. At most %d are allowed.", len(label), maxLabelLength)
	case label[0] == '-' || label[len(label)-1] == '-':
		return "After the @ there is a hyphen next to a dot or at an end. Correct it."
	}
	for _, r := range label {
		if r >= utf8.RuneSelf {
			return "The part after the @ has letters beyond ASCII. Write it in its xn-- form."
		}
		if !isHostByte(byte(r)) {
			return fmt.Sprintf("The part after the @ contains %q. Letters, digits, hyphens and dots are allowed there.", r)
		}
	}
	return ""
}

func isHostByte(b byte) bool {
	return b == '-' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
