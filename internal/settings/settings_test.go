package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/settings"
)

func from(env map[string]string) *settings.Reader {
	return settings.NewReader(func(name string) string { return env[name] })
}

func TestReadsWhatIsSet(t *testing.T) {
	t.Parallel()
	r := from(map[string]string{"TABLE": "t", "ROWS": "7", "SHARE": "0.5", "WAIT": "250ms", "LOCAL": "true"})
	if got := r.Required("TABLE"); got != "t" {
		t.Errorf("Required = %q", got)
	}
	if got := r.Int("ROWS", 1, 1); got != 7 {
		t.Errorf("Int = %d", got)
	}
	if got := r.Number("SHARE", 1, 0, 1); got != 0.5 {
		t.Errorf("Number = %g", got)
	}
	if got := r.Duration("WAIT", 0); got != 250*time.Millisecond {
		t.Errorf("Duration = %s", got)
	}
	if !r.Bool("LOCAL") {
		t.Error("Bool = false")
	}
	if err := r.Err(); err != nil {
		t.Errorf("Err = %v", err)
	}
	if diff := cmp.Diff([]string{"TABLE", "ROWS", "SHARE", "WAIT", "LOCAL"}, r.Names()); diff != "" {
		t.Errorf("Names (-want +got):\n%s", diff)
	}
}

func TestTakesTheDefaultForWhatIsNotSet(t *testing.T) {
	t.Parallel()
	r := from(map[string]string{"EMPTY": ""})
	if r.String("EMPTY", "x") != "x" || r.Int("N", 3, 1) != 3 || r.Number("F", .95, 0, 1) != .95 ||
		r.Duration("D", time.Second) != time.Second || r.Bool("B") {
		t.Error("a default was not taken")
	}
	if err := r.Err(); err != nil {
		t.Errorf("Err = %v", err)
	}
}

func TestReportsAllFaultsTogether(t *testing.T) {
	t.Parallel()
	r := from(map[string]string{"ROWS": "0", "SHARE": "NaN", "WAIT": "5", "LOCAL": "perhaps"})
	r.Required("TABLE")
	r.Int("ROWS", 1, 1)
	r.Number("SHARE", .95, 0, 1)
	r.Duration("WAIT", 0)
	r.Bool("LOCAL")
	err := r.Err()
	if err == nil {
		t.Fatal("no fault")
	}
	for _, name := range []string{"TABLE", "ROWS", "SHARE", "WAIT", "LOCAL"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
}
