package cognitopool

import (
	"errors"
	"regexp"
	"testing"

	"usher.example/internal/onboard"
)

// action finds words for what usher does with a row or a request that has ended
// or stopped in a certain way.
var action = regexp.MustCompile(`(?i)\b(retry|retried|resume|resumed|resend|resent)\b`)

// An answer does not know what becomes of its row. One that said "then retry" did
// so of people who were invited, whom no retry takes.
func TestReasonsPromiseNoAction(t *testing.T) {
	t.Parallel()
	if !action.MatchString("correct its name, then retry.") {
		t.Fatal("this test finds nothing")
	}
	for _, m := range meanings {
		// Such a row is not_mailed in any case, and a resend takes it.
		if found := action.FindString(m.reason); found != "" && !errors.Is(m.class, onboard.ErrNotMailed) {
			t.Errorf("%q promises a %s", m.reason, found)
		}
	}
}
