package deployed_test

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"usher.example/internal/deployed"
	"usher.example/internal/onboard"
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

// LOG_LEVEL decides what is written, but not of the audit: what people did must be in
// the log whatever somebody has set.
func TestNoSettingSwitchesTheAuditOff(t *testing.T) {
	for _, level := range []string{"", "WARN", "ERROR"} {
		t.Setenv("AWS_LAMBDA_LOG_LEVEL", level)
		p := from(map[string]string{"LOG_LEVEL": level})
		var out strings.Builder
		for _, log := range []*slog.Logger{p.Audit(), deployed.NewAudit(&out)} {
			for _, at := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError} {
				if !log.Enabled(t.Context(), at) {
					t.Errorf("LOG_LEVEL=%s: the audit drops lines at %s", level, at)
				}
			}
		}
		ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "r-1"})
		deployed.NewAudit(&out).InfoContext(ctx, "audit", "action", "submit")
		var line map[string]any
		if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
			t.Fatalf("%v: %s", err, out.String())
		}
		if _, ok := line["level"]; ok || line["message"] != "audit" || line["action"] != "submit" || line["requestId"] != "r-1" || line["timestamp"] == nil {
			t.Errorf("LOG_LEVEL=%s: %s", level, out.String())
		}
	}
}

func TestGroupsThatRowsMayName(t *testing.T) {
	t.Parallel()
	got := from(map[string]string{"ADMIN_GROUP": "admins", "ALLOWED_GROUPS": "staff  club,of,chess"}).Groups()
	if want := (onboard.GroupRule{Administrators: "admins", Allowed: []string{"staff", "club,of,chess"}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	p := from(nil)
	if p.Groups(); p.Err() == nil {
		t.Error("without the administrators' group a worker would let rows name it")
	}
}

func TestDailyInvitations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": onboard.DefaultDailyInvitations, "0": -1, "7": 7} {
		if got := from(map[string]string{"DAILY_INVITATIONS_PER_ADMINISTRATOR": text}).DailyInvitations(); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
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
