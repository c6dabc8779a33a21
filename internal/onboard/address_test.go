package onboard_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

func TestCheckEmail(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("a", 60) + "@" + hostOf(n-61) }
	tests := []struct {
		name, sent, want string
		code             onboard.Code
	}{
		{name: "plain", sent: "ann@example.org", want: "ann@example.org", code: ""},
		{name: "trimmed", sent: " \tann@example.org\r\n", want: "ann@example.org", code: ""},
		{name: "no-break space at the end", sent: "ann@example.org\u00a0", want: "ann@example.org", code: ""},
		{name: "case is kept", sent: "Ann@Example.ORG", want: "Ann@Example.ORG", code: ""},
		{name: "plus, hyphen, apostrophe", sent: "-o'neil+news@example.org", want: "-o'neil+news@example.org", code: ""},
		{name: "letters beyond ASCII before the @", sent: "jürgen@example.org", want: "jürgen@example.org", code: ""},
		{name: "punycode host", sent: "a@xn--bcher-kva.example", want: "a@xn--bcher-kva.example", code: ""},
		{name: "digits in the host", sent: "a@3com.example", want: "a@3com.example", code: ""},
		{name: "128 characters", sent: long(128), want: long(128), code: ""},
		{name: "129 characters", sent: long(129), want: long(129), code: onboard.CodeEmailTooLong},
		{name: "64 bytes before the @", sent: strings.Repeat("a", 64) + "@example.org", want: strings.Repeat("a", 64) + "@example.org", code: ""},
		{name: "65 bytes before the @", sent: strings.Repeat("a", 65) + "@example.org", want: strings.Repeat("a", 65) + "@example.org", code: onboard.CodeEmailInvalid},
		{name: "label of 63", sent: "a@" + strings.Repeat("b", 63) + ".org", want: "a@" + strings.Repeat("b", 63) + ".org", code: ""},
		{name: "label of 64", sent: "a@" + strings.Repeat("b", 64) + ".org", want: "a@" + strings.Repeat("b", 64) + ".org", code: onboard.CodeEmailInvalid},
		{name: "empty", sent: "", want: "", code: onboard.CodeEmailMissing},
		{name: "only spaces", sent: " \t\u3000", want: "", code: onboard.CodeEmailMissing},
		{name: "no at", sent: "ann.example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "two ats", sent: "ann@home@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "nothing before", sent: "@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "nothing after", sent: "ann@", want: "", code: onboard.CodeEmailInvalid},
		{name: "no dot in host", sent: "ann@localhost", want: "", code: onboard.CodeEmailInvalid},
		{name: "dot at the start", sent: ".ann@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "dot before the at", sent: "ann.@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "two dots", sent: "a..b@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "two dots in host", sent: "a@example..org", want: "", code: onboard.CodeEmailInvalid},
		{name: "dot at the end", sent: "a@example.org.", want: "", code: onboard.CodeEmailInvalid},
		{name: "hyphen starts a label", sent: "a@-example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "hyphen ends a label", sent: "a@example-.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "underscore in host", sent: "a@exam_ple.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "address literal", sent: "a@[127.0.0.1]", want: "", code: onboard.CodeEmailInvalid},
		{name: "IP address", sent: "a@127.0.0.1", want: "", code: onboard.CodeEmailInvalid},
		{name: "host beyond ASCII", sent: "a@bücher.example", want: "", code: onboard.CodeEmailInvalid},
		{name: "display name", sent: "Ann <ann@example.org>", want: "", code: onboard.CodeEmailInvalid},
		{name: "two addresses, comma", sent: "a@example.org,b@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "two addresses, semicolon", sent: "a@example.org;b@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "two addresses, space", sent: "a@example.org b@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "quoted", sent: `"ann"@example.org`, want: "", code: onboard.CodeEmailInvalid},
		{name: "comment", sent: "ann(home)@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "mailto", sent: "mailto:ann@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "zero-width space", sent: "ann\u200b@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "byte order mark inside", sent: "\ufeffann@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "right-to-left override", sent: "ann\u202e@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "soft hyphen", sent: "an\u00adn@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "control character", sent: "ann\x00@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "line break inside", sent: "ann\n@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "broken UTF-8", sent: "ann\xff@example.org", want: "", code: onboard.CodeEmailInvalid},
		{name: "lost character", sent: "ann\ufffd@example.org", want: "", code: onboard.CodeEmailInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, fault := onboard.CheckEmail(tt.sent)
			if tt.code == "" {
				if fault != nil {
					t.Fatalf("CheckEmail(%q): refused: %v", tt.sent, fault.Detail)
				}
				if got != tt.want {
					t.Fatalf("CheckEmail(%q) = %q, want %q", tt.sent, got, tt.want)
				}
				return
			}
			if fault == nil {
				t.Fatalf("CheckEmail(%q) passed, want %s", tt.sent, tt.code)
			}
			if fault.Code != tt.code {
				t.Errorf("CheckEmail(%q): code %s (%s), want %s", tt.sent, fault.Code, fault.Detail, tt.code)
			}
		})
	}
}

// hostOf returns a valid host of n bytes.
func hostOf(n int) string {
	host := "example.org"
	for len(host) < n {
		host = strings.Repeat("b", min(n-len(host)-1, 60)) + "." + host
	}
	return host
}

func FuzzCheckEmail(f *testing.F) {
	for _, seed := range []string{"ann@example.org", "", "a@b", "Ä@x.y", "a@b..c", "a\u200b@x.org", strings.Repeat("a", 129) + "@x.org", "a@\xff.org"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		email, fault := onboard.CheckEmail(sent)
		if fault != nil {
			if fault.Code == "" || fault.Detail == "" {
				t.Fatalf("a fault without code or sentence: %+v", fault)
			}
			whole := strings.Contains(email, "@") && !strings.Contains("name@example.org", email)
			if whole && strings.Contains(fault.Detail, email) {
				t.Fatalf("the sentence repeats the address: %q", fault.Detail)
			}
			return
		}
		if again, fault := onboard.CheckEmail(email); fault != nil || again != email {
			t.Fatalf("%q passed but its trimmed form %q does not", sent, email)
		}
		if utf8.RuneCountInString(email) > onboard.MaxEmailLength || strings.Count(email, "@") != 1 {
			t.Fatalf("passed: %q", email)
		}
		folded := onboard.FoldAddress(email)
		if onboard.FoldAddress(folded) != folded {
			t.Fatalf("folding %q twice differs from once", email)
		}
	})
}
