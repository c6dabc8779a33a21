package settings_test

import (
	"strings"
	"testing"
	"time"

	"usher.example/internal/settings"
)

func from(env map[string]string) *settings.Reader {
	return settings.NewReader(func(name string) string { return env[name] })
}

func TestReadsWhatIsSet(t *testing.T) {
	t.Parallel()
	r := from(map[string]string{"TABLE": "t", "ROWS": "7", "FACTOR": "0.5", "SHARE": "1", "WAIT": "250ms", "LOCAL": "true"})
	if got := r.Required("TABLE"); got != "t" {
		t.Errorf("Required = %q", got)
	}
	if got := r.Int("ROWS", 1, 1); got != 7 {
		t.Errorf("Int = %d", got)
	}
	if got := r.Number("FACTOR", 1, 0, 1); got != 0.5 {
		t.Errorf("Number = %g", got)
	}
	if got := r.Share("SHARE"); got != 1 {
		t.Errorf("Share = %g", got)
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
}

func TestTakesTheDefaultForWhatIsNotSet(t *testing.T) {
	t.Parallel()
	r := from(map[string]string{"EMPTY": ""})
	if r.String("EMPTY", "x") != "x" || r.Int("N", 3, 1) != 3 || r.Number("F", .95, 0, 1) != .95 || r.Share("S") != 0 ||
		r.Duration("D", time.Second) != time.Second || r.Bool("B") {
		t.Error("a default was not taken")
	}
	if err := r.Err(); err != nil {
		t.Errorf("Err = %v", err)
	}
}

func TestReportsAllFaultsTogether(t *testing.T) {
	t.Parallel()
	r := from(map[string]string{"ROWS": "0", "FACTOR": "0", "SHARE": "NaN", "LOST": "-0.1", "WAIT": "5", "LOCAL": "perhaps"})
	r.Required("TABLE")
	r.Int("ROWS", 1, 1)
	r.Number("FACTOR", .95, 0, 1)
	r.Share("SHARE")
	r.Share("LOST")
	r.Duration("WAIT", 0)
	r.Bool("LOCAL")
	err := r.Err()
	if err == nil {
		t.Fatal("no fault")
	}
	for _, name := range []string{"TABLE", "ROWS", "FACTOR", "SHARE", "LOST", "WAIT", "LOCAL"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in:\n%v", name, err)
		}
	}
}

func TestSaysOnceWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := from(nil)
	r.Required("TABLE")
	r.Required("TABLE")
	r.Fault("TABLE", "is invalid")
	if got, want := r.Err().Error(), "TABLE is not set\nTABLE is invalid"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
