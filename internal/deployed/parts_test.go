package deployed_test

import (
	"log/slog"
	"strings"
	"testing"

	"usher.example/internal/deployed"
)

func from(env map[string]string) *deployed.Parts {
	return deployed.NewParts(func(name string) string { return env[name] })
}

func TestLogLevelIsTheLeastThatIsWritten(t *testing.T) {
	t.Parallel()
	for text, least := range map[string]slog.Level{"": slog.LevelInfo, "WARN": slog.LevelWarn, "ERROR": slog.LevelError} {
		p := from(map[string]string{"LOG_LEVEL": text})
		if err := p.Err(); err != nil {
			t.Errorf("LOG_LEVEL=%s: %v", text, err)
		}
		for _, log := range []*slog.Logger{p.Log, p.Log.With("row", 1), p.Log.WithGroup("a")} {
			if !log.Enabled(t.Context(), least) || log.Enabled(t.Context(), least-1) {
				t.Errorf("LOG_LEVEL=%s: what is written does not begin at %s", text, least)
			}
		}
	}
	if err := from(map[string]string{"LOG_LEVEL": "loud"}).Err(); err == nil || !strings.Contains(err.Error(), "LOG_LEVEL") {
		t.Errorf("LOG_LEVEL=loud: %v, want an error that names it", err)
	}
}

func TestDomainsAreLookedUpWhereTheStackSaysSo(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"": false, "false": false, "true": true} {
		if got := from(map[string]string{"MAIL_DOMAIN_CHECK": value}).MailResolver() != nil; got != want {
			t.Errorf("MAIL_DOMAIN_CHECK=%s: resolver %t, want %t", value, got, want)
		}
	}
}

// Whoever is named there is let in without a token, so nothing but SAM local may
// make it count.
func TestLocalAdministratorCountsUnderSAMLocalOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, sam string
		want      bool
	}{
		{name: "", sam: "", want: false}, {name: "eve", sam: "", want: false}, {name: "eve", sam: "false", want: false}, {name: "", sam: "true", want: false}, {name: "eve", sam: "true", want: true},
	} {
		p := from(map[string]string{"LOCAL_ADMINISTRATOR": tt.name, "AWS_SAM_LOCAL": tt.sam})
		caller := p.LocalAdministrator("administrators")
		if got := caller != nil; got != tt.want {
			t.Errorf("LOCAL_ADMINISTRATOR=%s AWS_SAM_LOCAL=%s: %+v", tt.name, tt.sam, caller)
		}
	}
}
