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
		return "", &Fault{CodeEmailMissing, "email is missing; every row needs one address"}
	}
	if n := utf8.RuneCountInString(email); n > MaxEmailLength {
		return email, &Fault{CodeEmailTooLong, fmt.Sprintf(
			"email has %d characters; Cognito takes at most %d as a user name", n, MaxEmailLength)}
	}
	if detail := misspelled(email); detail != "" {
		return email, &Fault{CodeEmailInvalid, detail}
	}
	return email, nil
}

// FoldAddress returns the form in which addresses are compared: the pool takes
// case variants for the same user.
func FoldAddress(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

// misspelled says what is wrong with the form of an address, "" for nothing.
func misspelled(email string) string {
	if !utf8.ValidString(email) {
		return "email is not valid UTF-8; save the file as UTF-8"
	}
	for _, r := range email {
		if detail := strayRune(r); detail != "" {
			return detail
		}
	}
	local, host, found := strings.Cut(email, "@")
	switch {
	case !found:
		return "email has no @; write it as name@example.org"
	case strings.Contains(host, "@"):
		return "email has more than one @; give each address a row of its own"
	case local == "":
		return "email has nothing before the @"
	case len(local) > maxLocalLength:
		return fmt.Sprintf("email has %d bytes before the @; at most %d are allowed", len(local), maxLocalLength)
	case strings.HasPrefix(local, "."), strings.HasSuffix(local, "."), strings.Contains(local, ".."):
		return "email has a dot at the start or end of its name, or two in a row"
	}
	return misspelledHost(host)
}

// strayRune says why r cannot stand in an address, "" if it can.
func strayRune(r rune) string {
	switch {
	case r == ',' || r == ';':
		return "email holds a comma or semicolon; give each address a row of its own"
	case r == '<' || r == '>' || r == '(' || r == ')' || r == '"' || r == '[' || r == ']' || r == '\\' || r == ':':
		return fmt.Sprintf("email holds %q; write only the address, without a display name", r)
	case unicode.IsSpace(r):
		return "email holds a space; write one address without spaces"
	case r == utf8.RuneError:
		return "email holds the character U+FFFD, which stands for one that was lost; save the file as UTF-8 and look the address up"
	case !unicode.IsPrint(r):
		return fmt.Sprintf("email holds the invisible character U+%04X; type the address anew", r)
	}
	return ""
}

// misspelledHost says what is wrong with the part after the @, "" for nothing.
func misspelledHost(host string) string {
	switch {
	case host == "":
		return "email has nothing after the @"
	case len(host) > maxHostLength:
		return fmt.Sprintf("email has a host of %d bytes; at most %d are allowed", len(host), maxHostLength)
	}
	if !strings.Contains(host, ".") {
		return "email has a host without a dot; write it as name@example.org"
	}
	for label := range strings.SplitSeq(host, ".") {
		if detail := misspelledLabel(label); detail != "" {
			return detail
		}
	}
	if allDigits(host[strings.LastIndexByte(host, '.')+1:]) {
		return "email has a host that ends in a number; write the host's name, not its IP address"
	}
	return ""
}

func misspelledLabel(label string) string {
	switch {
	case label == "":
		return "email has a host with an empty part: two dots in a row, or one at an end"
	case len(label) > maxLabelLength:
		return fmt.Sprintf("email has a host part of %d bytes; at most %d are allowed", len(label), maxLabelLength)
	case label[0] == '-' || label[len(label)-1] == '-':
		return "email has a host part that begins or ends with a hyphen"
	}
	for _, r := range label {
		if r >= utf8.RuneSelf {
			return "email has a host with letters beyond ASCII; write it in its xn-- form"
		}
		if !isHostByte(byte(r)) {
			return fmt.Sprintf("email has a host with %q in it; letters, digits, hyphens and dots are allowed", r)
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
