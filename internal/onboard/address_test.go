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
		{"plain", "ann@example.org", "ann@example.org", ""},
		{"trimmed", " \tann@example.org\r\n", "ann@example.org", ""},
		{"no-break space at the end", "ann@example.org\u00a0", "ann@example.org", ""},
		{"case is kept", "Ann@Example.ORG", "Ann@Example.ORG", ""},
		{"plus, hyphen, apostrophe", "-o'neil+news@example.org", "-o'neil+news@example.org", ""},
		{"letters beyond ASCII before the @", "jürgen@example.org", "jürgen@example.org", ""},
		{"punycode host", "a@xn--bcher-kva.example", "a@xn--bcher-kva.example", ""},
		{"digits in the host", "a@3com.example", "a@3com.example", ""},
		{"128 characters", long(128), long(128), ""},
		{"129 characters", long(129), long(129), onboard.CodeEmailTooLong},
		{"64 bytes before the @", strings.Repeat("a", 64) + "@example.org", strings.Repeat("a", 64) + "@example.org", ""},
		{"65 bytes before the @", strings.Repeat("a", 65) + "@example.org", strings.Repeat("a", 65) + "@example.org", onboard.CodeEmailInvalid},
		{"label of 63", "a@" + strings.Repeat("b", 63) + ".org", "a@" + strings.Repeat("b", 63) + ".org", ""},
		{"label of 64", "a@" + strings.Repeat("b", 64) + ".org", "a@" + strings.Repeat("b", 64) + ".org", onboard.CodeEmailInvalid},
		{"empty", "", "", onboard.CodeEmailMissing},
		{"only spaces", " \t\u3000", "", onboard.CodeEmailMissing},
		{"no at", "ann.example.org", "", onboard.CodeEmailInvalid},
		{"two ats", "ann@home@example.org", "", onboard.CodeEmailInvalid},
		{"nothing before", "@example.org", "", onboard.CodeEmailInvalid},
		{"nothing after", "ann@", "", onboard.CodeEmailInvalid},
		{"no dot in host", "ann@localhost", "", onboard.CodeEmailInvalid},
		{"dot at the start", ".ann@example.org", "", onboard.CodeEmailInvalid},
		{"dot before the at", "ann.@example.org", "", onboard.CodeEmailInvalid},
		{"two dots", "a..b@example.org", "", onboard.CodeEmailInvalid},
		{"two dots in host", "a@example..org", "", onboard.CodeEmailInvalid},
		{"dot at the end", "a@example.org.", "", onboard.CodeEmailInvalid},
		{"hyphen starts a label", "a@-example.org", "", onboard.CodeEmailInvalid},
		{"hyphen ends a label", "a@example-.org", "", onboard.CodeEmailInvalid},
		{"underscore in host", "a@exam_ple.org", "", onboard.CodeEmailInvalid},
		{"address literal", "a@[127.0.0.1]", "", onboard.CodeEmailInvalid},
		{"IP address", "a@127.0.0.1", "", onboard.CodeEmailInvalid},
		{"host beyond ASCII", "a@bücher.example", "", onboard.CodeEmailInvalid},
		{"display name", "Ann <ann@example.org>", "", onboard.CodeEmailInvalid},
		{"two addresses, comma", "a@example.org,b@example.org", "", onboard.CodeEmailInvalid},
		{"two addresses, semicolon", "a@example.org;b@example.org", "", onboard.CodeEmailInvalid},
		{"two addresses, space", "a@example.org b@example.org", "", onboard.CodeEmailInvalid},
		{"quoted", `"ann"@example.org`, "", onboard.CodeEmailInvalid},
		{"comment", "ann(home)@example.org", "", onboard.CodeEmailInvalid},
		{"mailto", "mailto:ann@example.org", "", onboard.CodeEmailInvalid},
		{"zero-width space", "ann\u200b@example.org", "", onboard.CodeEmailInvalid},
		{"byte order mark inside", "\ufeffann@example.org", "", onboard.CodeEmailInvalid},
		{"right-to-left override", "ann\u202e@example.org", "", onboard.CodeEmailInvalid},
		{"soft hyphen", "an\u00adn@example.org", "", onboard.CodeEmailInvalid},
		{"control character", "ann\x00@example.org", "", onboard.CodeEmailInvalid},
		{"line break inside", "ann\n@example.org", "", onboard.CodeEmailInvalid},
		{"broken UTF-8", "ann\xff@example.org", "", onboard.CodeEmailInvalid},
		{"lost character", "ann\ufffd@example.org", "", onboard.CodeEmailInvalid},
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
