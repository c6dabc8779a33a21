package onboard

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
)

// The characters of a temporary password that people type off a screen: none that looks
// like another (0 O o, 1 l I i, 2 Z, 5 S s, 8 B, 6 b, 9 g), none that differs from
// another in size alone (c C, k K, p P, ...), and none that HTML gives a meaning.
const (
	typeableUpper  = "ABDEFGHJKLMNRTYZ"
	typeableLower  = "acdefhmnpqtuwx"
	typeableDigits = "3479"
	typeable       = typeableUpper + typeableLower + typeableDigits
)

// The form of such a password: three groups of five with a hyphen between.
const (
	typeableGroups    = 3
	typeableGroupSize = 5
	typeableLength    = typeableGroups*typeableGroupSize + typeableGroups - 1
)

// TypeablePassword returns a new temporary password that can be typed, such as
// Kx7mR-t4qZp-9wLfn. It has upper and lower case, a digit and a symbol (the hyphen), and
// all such passwords are as likely: 15 characters out of 34 are 76 bits, and what leaving
// out those without one of each kind costs is less than half a bit.
func TypeablePassword() string {
	for {
		var b strings.Builder
		for i := range typeableGroups * typeableGroupSize {
			if i > 0 && i%typeableGroupSize == 0 {
				b.WriteByte('-')
			}
			b.WriteByte(typeable[below(len(typeable))])
		}
		password := b.String()
		if strings.ContainsAny(password, typeableUpper) && strings.ContainsAny(password, typeableLower) && strings.ContainsAny(password, typeableDigits) {
			return password
		}
	}
}

// below returns a random number from 0 to n-1, each as likely.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(fmt.Sprintf("onboard: the system gives no random numbers: %v", err))
	}
	return int(i.Int64())
}

// TakesTypeable reports whether people of the pool can get a [TypeablePassword]: where
// they get a password at all, and the pool does not ask for a longer one. Every other
// rule of a policy is satisfied (Amazon Cognito API Reference, "PasswordPolicyType").
func (p PoolSettings) TakesTypeable() bool {
	return !p.Passwordless && p.PasswordLength <= typeableLength
}

// findInTypeable says why passwords that can be typed are asked for and not used.
func findInTypeable(s *PoolSettings) []Finding {
	if s.TakesTypeable() {
		return nil
	}
	f := Finding{
		"typeable_passwords_unused", SeverityWarning,
		fmt.Sprintf("The pool asks for passwords of %d characters, and those that can be typed have %d. So people get passwords that the pool makes.", s.PasswordLength, typeableLength),
		fmt.Sprintf("Lower MinimumLength of the pool's password policy to %d, or set TemporaryPasswords to pool.", typeableLength),
	}
	if s.Passwordless {
		f.Effect = "usher is set to make temporary passwords that can be typed, but people of this pool get none. The setting does nothing."
		f.Fix = "Set TemporaryPasswords to pool."
	}
	return []Finding{f}
}
